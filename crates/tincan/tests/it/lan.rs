//! The commands of the LAN as far as they need no network [LAN-50].

use crate::support::{Home, run};

#[test]
fn wrong_usage_of_the_lan_is_a_sentence_and_exit_status_2() {
    // [LAN-50]
    let home = Home::new();
    let long = format!("lan:{}", "x".repeat(64));
    let table: &[(&[&str], &str)] = &[
        (&["send", "ana@localhost", "hi"], "--to USER"),
        (&["send", "lan:", "hi"], "lan:bob@bobbox"),
        (
            &["send", "lan:bob@box", "--to", "bob", "hi"],
            "leave --to out",
        ),
        (&["offer", "lan:", "a.txt"], "lan:bob@bobbox"),
        (
            &["offer", "lan:bob@box", "--to", "bob", "a.txt"],
            "leave --to out",
        ),
        (&["offer", "ana@localhost", "a.txt"], "--to USER"),
        (&["listen", "lan:ana@box"], "--name 'ana@box'"),
        (&["fetch", "lan:ana@box"], "--name 'ana@box'"),
        (&["fetch", "lan:", "--from", "lan:"], "a name is missing"),
        (&["chat", "lan:", "--room", "tea"], "the LAN has no rooms"),
        (&["listen", "lan:", "--room", "tea"], "the LAN has no rooms"),
        (&["send", &long, "hi"], "longer than 63 bytes"),
        (&["listen", "lan:", "--tls"], "--require-tls"),
        (&["listen", "lan:", "--name", "@box"], "--name USER"),
        (
            &["listen", "lan:", "--nick", "a\u{1b}b"],
            "`lan.nick` must be words on one line",
        ),
        (
            &["listen", "ana@localhost", "--nick", "x"],
            "--nick is for the LAN",
        ),
        (
            &["listen", "ana@localhost", "--private"],
            "--private is for the LAN",
        ),
        (
            &["listen", "ana@localhost", "--data", "x"],
            "--data is for the LAN",
        ),
        (
            &["chat", "ana@localhost", "--config", "x"],
            "--config is for the LAN",
        ),
        (
            &["fetch", "ana@localhost", "--interface", "eth0"],
            "--interface is for the LAN",
        ),
    ];
    for (args, part) in table {
        let sentence = run(&mut home.tincan(args)).failed(2);
        assert!(sentence.contains(part), "{args:?}: {sentence}");
    }
    for args in [
        &["listen", "lan:", "--status", "asleep"][..],
        &["listen", "lan:", "--port", "65536"],
        &["lan", "--wait", "x"],
        &["lan", "forget"],
        &["lan", "dance"],
        &["lan", "--json", "doctor"],
    ] {
        let run = run(&mut home.tincan(args));
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {run:?}");
    }
}

#[test]
fn variables_for_a_hub_or_the_lan_do_not_get_in_each_others_way() {
    // [LAN-50]
    let home = Home::new();
    home.write("tincan.toml", "[lan]\nnick = \"x\"\n");
    let mut hub = home.tincan(&["rooms", "ana@127.0.0.1:1"]);
    let hub = hub
        .env("TINCAN_DATA", "d")
        .env("TINCAN_CONFIG", "tincan.toml");
    assert!(
        run(hub.env("TINCAN_LAN__NICK", "x"))
            .failed(1)
            .contains("127.0.0.1:1")
    );
    let mut lan = home.tincan(&["send", "lan:", "hi"]);
    let lan = lan
        .env("TINCAN_CA", "x")
        .env("TINCAN_CONFIG", "tincan.toml");
    assert!(run(lan).failed(2).contains("lan:bob@bobbox"));
}

#[test]
fn the_lan_has_no_rooms_and_no_history() {
    // [LAN-50]
    let home = Home::new();
    for args in [
        &["rooms", "lan:"][..],
        &["users", "lan:"],
        &["history", "lan:", "bob@box"],
        &["history", "lan:", "#tea"],
    ] {
        let sentence = run(&mut home.tincan(args)).failed(1);
        assert!(
            sentence.contains("the LAN has no rooms"),
            "{args:?}: {sentence}"
        );
    }
}

#[test]
fn pictures_are_looked_at_before_anything_else_happens() {
    // [LAN-29]
    let home = Home::new();
    let mut large = b"GIF89a".to_vec();
    large.resize(65_536, 0);
    std::fs::write(home.path("large.gif"), large).unwrap();
    home.write("text.png", "no picture");
    for (file, part) in [
        ("large.gif", "more than 65399 bytes"),
        ("text.png", "no PNG, JPEG or GIF"),
        ("nowhere.png", "cannot read the picture"),
    ] {
        let sentence = run(&mut home.tincan(&["listen", "lan:", "--picture", file])).failed(1);
        assert!(sentence.contains(part), "{file}: {sentence}");
    }
    let file = home.write("tincan.toml", "[lan]\npicture = \"text.png\"\n");
    let sentence = run(&mut home.tincan(&["listen", "lan:", "--config", &file])).failed(1);
    assert!(sentence.contains("no PNG"), "beside the file: {sentence}");
}

#[test]
fn the_table_lan_is_shown_and_its_mistakes_are_told() {
    // [LAN-42] [LAN-50]
    let home = Home::new();
    let file = home.write(
        "tincan.toml",
        "[lan]\nnick = \"Annie\"\nhide = [\"email\", \"jid\"]\nprivate = true\n",
    );
    let shown = run(home
        .tincan(&["config", "--config", &file])
        .env("TINCAN_LAN__INTERFACES", "eth0 wlan0"))
    .ok();
    for line in [
        "[lan]",
        "port = 5298 ",
        "nick = \"Annie\" ",
        "hide = [\"email\", \"jid\"] ",
        "private = true ",
        "interfaces = [\"eth0\", \"wlan0\"] ",
        "require_tls = false ",
    ] {
        assert!(
            shown.contains(&format!("\n{line}")),
            "{line} is not in\n{shown}"
        );
    }
    for (content, part) in [
        (
            "[lan]\nhide = [\"shoes\"]\n",
            "a list of some of nick, first",
        ),
        ("[lan]\nhide = \"shoes\"\n", "a list of some of nick, first"),
        (
            "[lan]\nstatus = \"asleep\"\n",
            "\"avail\" or \"away\" or \"dnd\"",
        ),
        ("[lan]\ninterfaces = [1]\n", "a list of names"),
        ("[lan]\nnicks = \"x\"\n", "did you mean `lan.nick`"),
    ] {
        let file = home.write("wrong.toml", content);
        for args in [
            &["config", "--config", &file][..],
            &["listen", "lan:", "--config", &file],
        ] {
            let sentence = run(&mut home.tincan(args)).failed(1);
            assert!(sentence.contains(part), "{args:?}: {sentence}");
            assert!(sentence.contains("line 2"), "{args:?}: {sentence}");
        }
    }
}

#[test]
fn the_key_of_this_machine_stays_and_those_of_others_can_be_forgotten() {
    // [LAN-46]
    let home = Home::new();
    let key = || run(&mut home.tincan(&["lan", "key", "--json", "--data", "d"])).ok();
    let first = key();
    let record: serde_json::Value = serde_json::from_str(&first).unwrap();
    assert_eq!(record["type"], "key");
    assert_eq!(record["fingerprint"].as_str().unwrap().len(), 64);
    assert_eq!(key(), first, "it is made once");
    assert!(home.path("d/lan").is_dir());

    let other = "ab".repeat(32);
    home.write("d/lan/pins", &format!("{other} bob smith@box\n"));
    let known = run(&mut home.tincan(&["lan", "key", "--data", "d"])).ok();
    assert!(
        known.contains(&format!("{other}  bob smith@box")),
        "{known}"
    );
    let forget = |name: &str| run(&mut home.tincan(&["lan", "forget", name, "--data", "d"]));
    assert!(
        forget("carl@box")
            .failed(1)
            .contains("no key of carl@box is known")
    );
    assert_eq!(forget("Bob Smith@box").ok(), "");
    assert!(forget("bob smith@box").failed(1).contains("is known"));
    assert_eq!(key(), first, "ours is not touched");
}
