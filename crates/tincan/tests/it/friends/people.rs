//! Becoming friends by text, and what can be done alone: without a network [RS-2] [RS-3] [RS-5].

use super::{friends, known, me, strangers, tincan, unlocked};
use crate::clients::records;
use crate::support::{Home, run};

#[test]
fn every_form_of_the_text_adds_the_same_person() {
    // [RS-2]
    let (_, bea) = strangers();
    let texts = [
        tincan(&bea, &["friends", "invite"]).ok(),
        tincan(
            &bea,
            &[
                "friends",
                "invite",
                "--short",
                "--address",
                "192.0.2.1:7812",
            ],
        )
        .ok(),
        tincan(&bea, &["friends", "invite", "--certificate"]).ok(),
        tincan(&bea, &["friends", "invite", "--footer"]).ok(),
        format!(
            "Hello Ana,\r\n\r\nhere it is.\r\n\r\n{}",
            tincan(&bea, &["friends", "invite", "--certificate", "--footer"])
                .ok()
                .replace('\n', "\r\n")
        ),
    ];
    for text in texts {
        let (ana, _) = strangers();
        let file = ana.write("bea.txt", &text);
        let added = tincan(&ana, &["friends", "add", &file, "--json"]).ok();
        let added = records(&added).remove(0);
        assert_eq!(added["pgp_id"], me(&bea)["pgp_id"], "{text}");
        assert_eq!(added["standing"], "friend");
        let all = known(&ana);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["name"], "bea");
        assert_eq!(all[0]["locations"][0]["id"], me(&bea)["location_id"]);
    }
}

#[test]
fn an_invite_says_where_a_node_would_listen_or_that_it_does_not() {
    // [RS-2] [RS-6]
    let (ana, bea) = strangers();
    let invite = |listen: &str| {
        let mut command = unlocked(&bea, &["friends", "invite"]);
        run(command.env("TINCAN_FRIENDS__LISTEN", listen))
    };
    // No node runs, and its settings tell all the same.
    let whole = invite("127.0.0.1:4711");
    assert_eq!((whole.code, whole.err.as_str()), (0, ""), "{whole:?}");
    tincan(&ana, &["friends", "add", whole.out.trim()]).ok();
    let known = known(&ana).remove(0);
    assert_eq!(known["locations"][0]["address"], "127.0.0.1:4711");
    // Any port: nobody knows yet which one.
    let bare = invite("127.0.0.1:0");
    assert_eq!(bare.code, 0);
    assert!(
        bare.err.contains("no address") && bare.err.contains("--address"),
        "{bare:?}"
    );
}

#[test]
fn a_qr_code_goes_to_the_terminal_and_the_text_to_whoever_reads() {
    // [RS-2]
    let (ana, bea) = strangers();
    let shown = tincan(&bea, &["friends", "invite", "--qr"]);
    assert!(
        shown.err.lines().count() > 15 && shown.err.contains('█'),
        "{}",
        shown.err
    );
    let text = shown.out.trim().to_owned();
    assert!(
        tincan(&ana, &["friends", "add", &text])
            .ok()
            .starts_with("bea  ")
    );
}

#[test]
fn corrupt_texts_are_told_apart_and_change_nothing() {
    // [RS-2]
    let (ana, bea) = strangers();
    let certificate = tincan(&bea, &["friends", "invite", "--certificate"]).ok();
    let invite = tincan(&bea, &["friends", "invite"]).ok();
    let key = tincan(&bea, &["friends", "export"]).ok();
    let secret = tincan(&bea, &["friends", "export", "--secret"]).ok();
    // In the midst of an id or a key, and not of a `%2B`: there a change costs the checksum only.
    let changed = |text: &str, from: usize| {
        let text = text.trim_end();
        let is_plain = |at: &usize| !text[at - 2..=*at].contains(['%', '\n']);
        let at = (from..).find(is_plain).unwrap();
        let other = if text.as_bytes()[at] == b'A' {
            "B"
        } else {
            "A"
        };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    let in_invite = invite.find("rsInvite=").unwrap() + 30;
    let half = &certificate[..certificate.len() / 2];
    let table = [
        ("", "empty"),
        (half, "cut off"),
        (&changed(&certificate, certificate.len() / 2), "checksum"),
        (&changed(&invite, in_invite), "checksum"),
        (&key, "PGP key"),
        (&secret, "private key"),
    ];
    for (text, part) in table {
        let file = ana.write("text", text);
        let sentence = tincan(&ana, &["friends", "add", &file]).failed(1);
        assert!(sentence.contains(part), "{part}: {sentence}");
        assert_eq!(known(&ana), Vec::<serde_json::Value>::new(), "{part}");
    }
    let own = tincan(&ana, &["friends", "invite"]).ok();
    tincan(&ana, &["friends", "add", own.trim()]).failed(1);
    let missing = tincan(&ana, &["friends", "add", "nowhere.txt"]).failed(1);
    assert!(missing.contains("cannot read nowhere.txt"), "{missing}");
    assert!(known(&ana).is_empty());
}

#[test]
fn friends_are_removed_blocked_trusted_and_signed() {
    // [RS-3] [RS-5]
    let (ana, bea) = friends();
    tincan(&ana, &["friends", "trust", "bea", "marginal"]).ok();
    tincan(&ana, &["friends", "sign", "bea", "--yes"]).ok();
    let friend = known(&ana).remove(0);
    assert_eq!(
        (&friend["trust"], &friend["signed"]),
        (&"marginal".into(), &true.into())
    );
    let wrong = run(ana
        .tincan(&["friends", "sign", "bea", "--yes"])
        .write_stdin("wrong\n"));
    assert!(wrong.failed(1).contains("the passphrase is wrong"));

    let kept = tincan(&ana, &["friends", "remove", "bea"]).failed(1);
    assert!(kept.contains("--yes"), "{kept}");
    assert_eq!(known(&ana)[0]["standing"], "friend");
    tincan(&ana, &["friends", "remove", "bea", "--yes"]).ok();
    let is_friend = |home: &Home| known(home).iter().any(|one| one["standing"] == "friend");
    assert!(!is_friend(&ana) && is_friend(&bea));

    super::add(&ana, &bea);
    let id = me(&bea)["pgp_id"].as_str().unwrap().to_owned();
    tincan(&ana, &["friends", "block", &id]).ok();
    assert!(!is_friend(&ana));
    for action in ["approve", "deny", "remove", "block", "trust"] {
        let args = ["friends", action, "nobody", "full"];
        let args = if action == "trust" {
            &args[..]
        } else {
            &args[..3]
        };
        let sentence = tincan(&ana, args).failed(1);
        assert!(sentence.contains("nobody"), "{action}: {sentence}");
    }
}

#[test]
fn a_message_for_somebody_offline_waits_and_can_be_taken_back() {
    // [RS-11]
    let (ana, _) = friends();
    let sent = tincan(&ana, &["send", "friend:bea", "See you at eight"]);
    assert!(
        sent.err.contains("bea is not online; the message waits"),
        "{sent:?}"
    );
    assert_eq!(sent.ok(), "");
    run(unlocked(&ana, &["send", "friend:BEA"]).write_stdin("and bring the tent\n")).ok();
    let waiting = records(&tincan(&ana, &["friends", "outbox", "--json"]).ok());
    let texts: Vec<_> = waiting
        .iter()
        .map(|one| one["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["See you at eight", "and bring the tent"]);
    let history = records(&tincan(&ana, &["history", "friend:bea", "--json"]).ok());
    assert_eq!(history.len(), 2);
    assert_eq!(history[0]["text"], "See you at eight");
    assert_eq!(history[0]["state"], "queued");
    let shown = tincan(&ana, &["history", "friend:bea"]).ok();
    assert!(
        shown.contains("ana → bea: See you at eight (waits)"),
        "{shown}"
    );

    let id = waiting[0]["id"].to_string();
    tincan(&ana, &["friends", "outbox", "--withdraw", &id]).ok();
    tincan(&ana, &["friends", "outbox", "--withdraw", &id]).failed(1);
    let left = records(&tincan(&ana, &["friends", "outbox", "--json"]).ok());
    assert_eq!(left.len(), 1, "{left:?}");
    for who in ["friend:cyd", "friend:0000000000000000"] {
        let nobody = tincan(&ana, &["send", who, "hi"]).failed(1);
        assert!(nobody.contains("tincan friends list"), "{nobody}");
    }
}

#[test]
fn letters_wait_are_listed_moved_and_deleted() {
    // [RS-13]
    let (ana, _) = friends();
    let args = [
        "mail",
        "send",
        "--to",
        "bea",
        "--subject",
        "Saturday",
        "Bring the tent.",
    ];
    tincan(&ana, &args).ok();
    let outbox = records(&tincan(&ana, &["mail", "outbox", "--json"]).ok());
    assert_eq!(outbox.len(), 1, "{outbox:?}");
    assert_eq!(outbox[0]["subject"], "Saturday");
    assert_eq!(outbox[0]["waiting_for"][0], "bea");
    let id = outbox[0]["id"].to_string();
    let letter = tincan(&ana, &["mail", "read", &id]).ok();
    assert!(
        letter.contains("Subject: Saturday") && letter.contains("Bring the tent."),
        "{letter}"
    );

    let draft = ["mail", "send", "--to", "bea", "--draft", "later"];
    tincan(&ana, &draft).ok();
    let drafts = records(&tincan(&ana, &["mail", "list", "drafts", "--json"]).ok());
    let id = drafts[0]["id"].to_string();
    tincan(&ana, &["mail", "move", &id, "trash"]).ok();
    assert_eq!(tincan(&ana, &["mail", "list", "drafts"]).ok(), "");
    assert!(
        tincan(&ana, &["mail", "delete", &id])
            .failed(1)
            .contains("--yes")
    );
    tincan(&ana, &["mail", "delete", &id, "--yes"]).ok();
    tincan(&ana, &["mail", "read", &id]).failed(1);
    tincan(&ana, &["mail", "send", "--to", "cyd", "hi"]).failed(1);
}

#[test]
fn folders_are_shared_hashed_and_their_files_have_links() {
    // [RS-16] [RS-20]
    let (ana, _) = friends();
    std::fs::create_dir(ana.path("music")).unwrap();
    let file = ana.write("music/abc.txt", "abc");
    tincan(
        &ana,
        &["files", "share", "music", "--with", "bea", "--wait"],
    )
    .ok();
    let shares = records(&tincan(&ana, &["files", "shares", "--json"]).ok());
    assert_eq!(
        (&shares[0]["type"], &shares[0]["name"]),
        (&"share".into(), &"music".into())
    );
    assert_eq!(
        (&shares[0]["files"], &shares[0]["bytes"]),
        (&1.into(), &3.into())
    );
    assert_eq!(shares[1]["type"], "hashing");
    let link = tincan(&ana, &["files", "link", &file]).ok();
    assert_eq!(
        link.trim_end(),
        "retroshare://file?name=abc.txt&size=3&hash=a9993e364706816aba3e25717850c26c9cd0d89d"
    );
    tincan(&ana, &["files", "share", "music", "--with", "nobody"]).failed(1);
    let no_folder = tincan(&ana, &["files", "share", &file]).failed(1);
    assert!(no_folder.contains("is no folder"), "{no_folder}");
    tincan(&ana, &["files", "unshare", "music"]).ok();
    tincan(&ana, &["files", "link", &file]).failed(1);
    tincan(&ana, &["files", "unshare", "music"]).failed(1);
}

#[test]
fn wrong_usage_among_friends_is_a_sentence_and_exit_status_2() {
    let (ana, _) = strangers();
    let table: &[(&[&str], &str)] = &[
        (&["send", "friend:", "hi"], "friend:bea"),
        (
            &["send", "friend:bea", "--to", "bea", "hi"],
            "leave --to out",
        ),
        (&["offer", "friend:", "a.txt"], "friend:bea"),
        (
            &["send", "ana@localhost", "--to", "bo", "--wait", "1", "hi"],
            "--wait is for friends",
        ),
        (&["listen", "friend:bea"], "write friend: alone"),
        (
            &["listen", "friend:", "--room", "tea"],
            "friends have no rooms",
        ),
        (
            &["chat", "friend:", "--room", "tea"],
            "friends have no rooms",
        ),
        (&["chat", "friend:", "--nick", "x"], "--nick is for the LAN"),
        (&["chat", "friend:", "--tls"], "--tls is for hubs"),
        (&["whois", "friend:bea", "bea"], "friend: 'bea'"),
        (&["history", "friend:"], "friend:bea"),
        (&["history", "cs594://ana@localhost"], "#ROOM"),
        (
            &["users", "ana@localhost", "--data", "x"],
            "--data is for friends",
        ),
        (&["fetch", "lan:", "a.txt"], "among friends only"),
        (&["fetch", "friend:", "a.txt"], "no WHO:PATH"),
        (&["files", "get", "a.txt"], "no WHO:PATH"),
    ];
    for (args, part) in table {
        let sentence = tincan(&ana, args).failed(2);
        assert!(sentence.contains(part), "{args:?}: {sentence}");
    }
    for args in [
        &["friends", "dance"][..],
        &["friends", "init", "--bits", "512"],
        &["friends", "invite", "--certificate", "--qr"],
        &["friends", "trust", "bea", "blindly"],
        &["mail", "send", "hi"],
        &["mail", "list", "attic"],
        &["files"],
        &["files", "share", "x", "--with", "bea", "--by-hash"],
    ] {
        let run = tincan(&ana, args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {run:?}");
    }
    let rooms = tincan(&ana, &["rooms", "friend:"]).failed(1);
    assert!(rooms.contains("friends have no rooms"), "{rooms}");
}

#[test]
fn the_table_friends_is_shown_and_its_mistakes_are_told() {
    // [RS-6]
    let home = Home::new();
    let file = home.write(
        "tincan.toml",
        "[friends]\nlisten = [\"127.0.0.1:7000\", \"[::1]:7000\"]\nincoming = \"in\"\n",
    );
    let shown = run(&mut home.tincan(&["config", "--config", &file])).ok();
    let inside = home.path("in");
    for line in [
        "[friends]",
        "listen = [\"127.0.0.1:7000\", \"[::1]:7000\"]",
        &format!("incoming = \"{}\"", inside.display()),
        "tells_friends_of_friends = false ",
    ] {
        assert!(
            shown.contains(&format!("\n{line}")),
            "{line} is not in\n{shown}"
        );
    }
    for (content, part) in [
        ("[friends]\nlisten = [\"localhost\"]\n", "0.0.0.0:7812"),
        ("[friends]\nannounce = \"here:1\"\n", "0.0.0.0:7812"),
        ("[friends]\nlistne = []\n", "did you mean `friends.listen`"),
    ] {
        let file = home.write("wrong.toml", content);
        let sentence = run(&mut home.tincan(&["config", "--config", &file])).failed(1);
        assert!(
            sentence.contains(part) && sentence.contains("line 2"),
            "{sentence}"
        );
    }
}
