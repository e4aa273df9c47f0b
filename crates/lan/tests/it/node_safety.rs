//! How safe conversations are, and what is refused.

use lan::{Output, Policy, TlsRole};
use model::{Channel, Command, Refusal, Reply, Signal};

use crate::node_rig::{Net, SECOND, Who, purple_header, purple_message, user};

/// A header of a client that can do more than libpurple.
fn header(from: &str, to: &str) -> String {
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' from='{from}' to='{to}' version='1.0'>"
    )
}

fn with_policy(net: &mut Net, name: &'static str, require_tls: bool) -> Who {
    let mut config = Net::config(name);
    config.policy = Policy { require_tls };
    net.node_with(name, config)
}

fn with_pin(net: &mut Net, name: &'static str, other: &str, pin: [u8; 32]) -> Who {
    let mut config = Net::config(name);
    config.pins.insert(other.into(), pin);
    net.node_with(name, config)
}

fn pins(net: &Net, who: Who) -> Vec<(String, [u8; 32])> {
    let pins = net.machines[who]
        .log
        .iter()
        .filter_map(|output| match output {
            Output::StorePin { name, fingerprint } => Some((name.clone(), *fingerprint)),
            _ => None,
        });
    pins.collect()
}

fn unsafe_words(reply: Option<&Reply>) -> &str {
    match reply {
        Some(Reply::Refused(Refusal::Unsafe(why))) => why,
        other => panic!("{other:?}"),
    }
}

fn refused(net: &Net, who: Who) -> usize {
    net.channels(who)
        .iter()
        .filter(|c| matches!(c, Channel::Refused(_)))
        .count()
}

#[test]
fn two_of_ours_encrypt_and_keep_each_others_key() {
    // [LAN-38] [LAN-46]
    let mut net = Net::new();
    let (ana, bo) = (net.node("ana@abox"), net.node("bo@bbox"));
    net.run(SECOND * 5);
    net.tell(ana, "bo@bbox", "between you and me");
    net.run(SECOND);
    assert_eq!(net.heard(bo), ["ana@abox: between you and me"]);
    let (key_of_ana, key_of_bo) = (net.machines[ana].key, net.machines[bo].key);
    assert_eq!(
        net.channels(ana),
        [Channel::Encrypted {
            fingerprint: key_of_bo,
            known: false
        }]
    );
    assert_eq!(
        net.channels(bo),
        [Channel::Encrypted {
            fingerprint: key_of_ana,
            known: false
        }]
    );
    assert_eq!(pins(&net, ana), [("bo@bbox".to_owned(), key_of_bo)]);
    assert_eq!(pins(&net, bo), [("ana@abox".to_owned(), key_of_ana)]);
    let wire = String::from_utf8_lossy(&net.pipes[net.call(ana, bo)].clear).into_owned();
    assert!(
        wire.contains("starttls") && !wire.contains("between"),
        "{wire}"
    );
    assert!(
        !wire.contains("message") && !wire.contains("EXTERNAL"),
        "{wire}"
    );
    // A receipt comes for what is said, so a break a moment later leaves no doubt.
    let call = net.call(ana, bo);
    net.reset(call, bo);
    assert!(net.doubtful(ana).is_empty());
}

#[test]
fn a_known_key_is_said_to_be_known() {
    // [LAN-46]
    let mut net = Net::new();
    let ana = with_pin(&mut net, "ana@abox", "bo@bbox", [2; 32]);
    let _bo = net.node("bo@bbox");
    net.run(SECOND * 5);
    net.tell(ana, "bo@bbox", "hello");
    net.run(SECOND);
    assert_eq!(
        net.channels(ana),
        [Channel::Encrypted {
            fingerprint: [2; 32],
            known: true
        }]
    );
    assert!(pins(&net, ana).is_empty());
}

#[test]
fn a_changed_key_is_refused_loudly_both_ways() {
    // [LAN-46]
    for ana_calls in [true, false] {
        let mut net = Net::new();
        let ana = with_pin(&mut net, "ana@abox", "bo@bbox", [99; 32]);
        let bo = net.node("bo@bbox");
        net.run(SECOND * 5);
        let (from, to) = if ana_calls {
            (ana, "bo@bbox")
        } else {
            (bo, "ana@abox")
        };
        let told = net.tell(from, to, "hello");
        net.run(SECOND * 20);
        assert!(net.heard(ana).is_empty() && net.heard(bo).is_empty());
        assert_eq!(refused(&net, ana), 1);
        assert!(pins(&net, ana).is_empty());
        if ana_calls {
            let why = unsafe_words(net.reply(ana, told));
            assert!(
                why.contains("has changed") && why.contains("tincan lan forget 'bo@bbox'"),
                "{why}"
            );
        } else {
            assert!(matches!(net.reply(bo, told), Some(Reply::Refused(_))));
        }
    }
}

#[test]
fn a_pinned_peer_in_the_clear_is_refused_both_ways() {
    // [LAN-46]
    for has_version in [true, false] {
        let write = if has_version { header } else { purple_header };
        let mut net = Net::new();
        let ana = with_pin(&mut net, "ana@abox", "bob@bobbox", [2; 32]);
        let bob = net.raw("bob@bobbox");
        net.run(SECOND * 5);
        let call = net.connect(bob, ana);
        net.write(call, bob, write("bob@bobbox", "ana@abox"));
        net.write(
            call,
            bob,
            purple_message("bob@bobbox", "ana@abox", "trust me"),
        );
        net.run(SECOND);
        let answer = net.read(call, bob);
        assert!(answer.ends_with("</stream:stream>"), "{answer}");
        assert_eq!(answer.contains("<required/>"), has_version, "{answer}");
        net.run(SECOND * 3);
        assert!(net.heard(ana).is_empty() && net.is_closed_for(call, bob));
        let told = net.tell(ana, "bob@bobbox", "is it you?");
        net.run(SECOND);
        let call = net.call(ana, bob);
        net.write(call, bob, write("bob@bobbox", "ana@abox"));
        net.run(SECOND * 4);
        let said = net.read(call, bob);
        assert!(
            !said.contains("is it you") && said.ends_with("</stream:stream>"),
            "{said}"
        );
        assert!(unsafe_words(net.reply(ana, told)).contains("not now"));
        assert_eq!(refused(&net, ana), 1, "told once");
    }
}

#[test]
fn a_strict_node_talks_only_encrypted() {
    // [LAN-40]
    let mut net = Net::new();
    let ana = with_policy(&mut net, "ana@abox", true);
    let (bo, bob) = (net.node("bo@bbox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let call = net.connect(bob, ana);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    net.write(call, bob, purple_message("bob@bobbox", "ana@abox", "hello"));
    net.run(SECOND);
    assert!(net.read(call, bob).ends_with("</stream:stream>"));
    let told = net.tell(ana, "bob@bobbox", "hello");
    net.run(SECOND * 3);
    let call = net.call(ana, bob);
    net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
    assert!(!net.read(call, bob).contains("<message"));
    unsafe_words(net.reply(ana, told));
    assert!(net.heard(ana).is_empty());
    // The seed's header, without a name, is no way in.
    let call = net.connect(bob, ana);
    let bare =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    net.write(call, bob, bare);
    net.run(SECOND);
    assert!(net.read(call, bob).ends_with("</stream:stream>"));
    net.tell(ana, "bo@bbox", "hello");
    net.run(SECOND);
    assert_eq!(net.heard(bo), ["ana@abox: hello"]);
}

#[test]
fn an_end_never_comes_right_behind_the_answer_to_a_header() {
    // [LAN-40] [LAN-24]: a libpurple that reads both at once crashes.
    for why in ["policy", "farewell"] {
        let mut net = Net::new();
        let ana = with_policy(&mut net, "ana@abox", why == "policy");
        let bob = net.raw("bob@bobbox");
        net.run(SECOND * 5);
        let call = net.connect(bob, ana);
        net.write(call, bob, purple_header("bob@bobbox", "ana@abox"));
        if why == "farewell" {
            net.ask(ana, Command::SignOut { farewell: None });
        }
        net.run(SECOND / 2);
        let header = net.read(call, bob);
        assert!(
            header.contains("<stream:stream") && !header.contains("</"),
            "{header}"
        );
        net.run(SECOND / 5);
        assert!(net.read(call, bob).ends_with("</stream:stream>"), "{why}");
        net.run(SECOND * 3);
        assert!(net.is_closed_for(call, bob) && net.heard(ana).is_empty());
    }
}

#[test]
fn whoever_says_a_version_and_shows_no_features_is_talked_to_in_the_clear() {
    // [LAN-39]
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    net.tell(ana, "bob@bobbox", "hello");
    net.run(SECOND);
    let call = net.call(ana, bob);
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    net.read(call, bob);
    net.run(SECOND * 2);
    assert_eq!(net.read(call, bob), "");
    net.run(SECOND * 2);
    assert!(net.read(call, bob).contains("<body>hello</body>"));
    assert_eq!(net.channels(ana), [Channel::Plain]);
}

#[test]
fn features_without_tls_are_enough_to_go_on() {
    // [LAN-39]: as Gajim and Salut send them.
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    net.tell(ana, "bob@bobbox", "hello");
    net.run(SECOND);
    let call = net.call(ana, bob);
    net.write(
        call,
        bob,
        format!("{}<stream:features/>", header("bob@bobbox", "ana@abox")),
    );
    assert!(net.read(call, bob).contains("<body>hello</body>"));
    net.write(call, bob, "</stream:stream>");
    let call = net.connect(bob, ana);
    net.write(
        call,
        bob,
        format!("{}<stream:features/>", header("bob@bobbox", "ana@abox")),
    );
    net.read(call, bob);
    net.tell(ana, "bob@bobbox", "again");
    assert!(net.is_closed_for(call, bob) || !net.doubtful(ana).contains(&"again".to_owned()));
    net.run(SECOND);
    assert!(net.read(call, bob).contains("<body>again</body>"));
}

#[test]
fn a_scripted_caller_goes_all_the_way_to_encryption() {
    // [LAN-38] [LAN-46]
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let call = net.connect(bob, ana);
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    let answer = net.read(call, bob);
    assert!(
        answer.contains("<starttls") && !answer.contains("<required/>"),
        "{answer}"
    );
    net.write(
        call,
        bob,
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    );
    assert!(net.read(call, bob).contains("<proceed"));
    net.tls(call, bob, TlsRole::Client);
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    assert!(net.read(call, bob).contains("EXTERNAL"));
    net.write(
        call,
        bob,
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>",
    );
    assert!(net.read(call, bob).contains("invalid-mechanism"));
    net.write(
        call,
        bob,
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
    );
    assert!(net.read(call, bob).contains("<success"));
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    assert!(net.read(call, bob).contains("<stream:features/>"));
    net.write(call, bob, purple_message("bob@bobbox", "ana@abox", "safe"));
    assert_eq!(net.heard(ana), ["bob@bobbox: safe"]);
    assert!(matches!(
        net.channels(ana)[..],
        [Channel::Encrypted { known: false, .. }]
    ));
}

#[test]
fn nobody_talks_before_the_proof_or_under_another_name() {
    // [LAN-46] [LAN-48]
    for attack in ["a message first", "another name"] {
        let mut net = Net::new();
        let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
        net.run(SECOND * 5);
        let call = net.connect(bob, ana);
        net.write(call, bob, header("bob@bobbox", "ana@abox"));
        net.write(
            call,
            bob,
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        );
        net.tls(call, bob, TlsRole::Client);
        if attack == "another name" {
            net.write(call, bob, header("eve@evebox", "ana@abox"));
        } else {
            net.write(call, bob, header("bob@bobbox", "ana@abox"));
            net.write(call, bob, purple_message("bob@bobbox", "ana@abox", "early"));
        }
        net.run(SECOND);
        assert!(
            net.read(call, bob).ends_with("</stream:stream>"),
            "{attack}"
        );
        assert!(net.heard(ana).is_empty() && pins(&net, ana).is_empty());
        net.run(SECOND * 3);
        assert!(net.is_closed_for(call, bob));
    }
}

#[test]
fn a_stranger_in_the_clear_does_not_displace_an_encrypted_stream() {
    // [LAN-46] [LAN-43]
    let mut net = Net::new();
    let (ana, bo) = (net.node("ana@abox"), net.node("bo@bbox"));
    net.run(SECOND * 5);
    net.tell(bo, "ana@abox", "hello");
    net.run(SECOND);
    // Somebody else on bo's machine.
    let call = net.connect(bo, ana);
    net.write(call, bo, purple_header("bo@bbox", "ana@abox"));
    net.write(
        call,
        bo,
        purple_message("bo@bbox", "ana@abox", "it is me, bo"),
    );
    net.run(SECOND * 3);
    assert_eq!(net.heard(ana), ["bo@bbox: hello"]);
    net.tell(ana, "bo@bbox", "still you?");
    net.run(SECOND);
    assert_eq!(net.heard(bo), ["ana@abox: still you?"]);
    let with = net.signals(ana).filter_map(|signal| match signal {
        Signal::Channel {
            with,
            channel: Channel::Refused(_),
        } => Some(with.clone()),
        _ => None,
    });
    assert_eq!(with.collect::<Vec<_>>(), [user("bo@bbox")]);
}

/// A scripted caller with a version goes all the way to encryption.
fn encrypt(net: &mut Net, bob: Who, ana: Who) -> usize {
    let call = net.connect(bob, ana);
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    net.write(
        call,
        bob,
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    );
    net.tls(call, bob, TlsRole::Client);
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    net.write(
        call,
        bob,
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
    );
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    call
}

#[test]
fn a_stream_from_before_the_key_was_known_is_not_believed_after() {
    // [LAN-46]: else what comes on it would look as safe as the rest.
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let clear = net.connect(bob, ana);
    net.write(clear, bob, purple_header("bob@bobbox", "ana@abox"));
    net.write(clear, bob, purple_message("bob@bobbox", "ana@abox", "one"));
    let safe = encrypt(&mut net, bob, ana);
    net.write(clear, bob, purple_message("bob@bobbox", "ana@abox", "two"));
    net.write(safe, bob, purple_message("bob@bobbox", "ana@abox", "three"));
    assert_eq!(net.heard(ana), ["bob@bobbox: one", "bob@bobbox: three"]);
    assert!(matches!(
        net.channels(ana)[..],
        [Channel::Plain, Channel::Encrypted { known: false, .. }]
    ));
    net.tell(ana, "bob@bobbox", "four");
    net.run(SECOND * 3);
    assert!(net.read(safe, bob).contains("four") && !net.read(clear, bob).contains("four"));
    assert!(net.is_closed_for(clear, bob));
}

#[test]
fn proofs_of_another_kind_are_answered_a_few_times() {
    // [LAN-46] [LAN-48]
    let mut net = Net::new();
    let (ana, bob) = (net.node("ana@abox"), net.raw("bob@bobbox"));
    net.run(SECOND * 5);
    let call = net.connect(bob, ana);
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    net.write(
        call,
        bob,
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
    );
    net.tls(call, bob, TlsRole::Client);
    net.write(call, bob, header("bob@bobbox", "ana@abox"));
    let guess = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>";
    net.write(call, bob, guess.repeat(1_000));
    net.run(SECOND);
    let said = net.read(call, bob);
    assert_eq!(said.matches("invalid-mechanism").count(), 3, "{said}");
    assert!(said.ends_with("</stream:stream>"), "{said}");
}
