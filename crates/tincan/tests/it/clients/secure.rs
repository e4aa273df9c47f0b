//! The clients by TLS.

use std::process::{Command, Stdio};

use super::{CHAT_WIRES, Running, tincan, url};
use crate::secure::{TLS, make_certificate};
use crate::serve::{Hub, account, add_accounts, need};
use crate::support::Home;

/// The SHA-256 of the hub's certificate, as the guide says to get it.
fn fingerprint(home: &Home) -> String {
    need("openssl");
    let shown = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
        .arg(home.path("data/tls-cert.pem"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    shown.trim().split_once('=').unwrap().1.to_owned()
}

#[test]
fn every_wire_goes_by_tls_to_a_hub_that_is_pinned_or_signed() {
    // [HUB-10]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, TLS);
    let pin = fingerprint(&home);
    let bare = pin.replace(':', "");
    for wire in ["cs494+tls", "cs594+tls", "cp+tls"] {
        let cy = if wire == "cp+tls" { "cy" } else { "ana" };
        let from = url(&hub, wire, cy);
        for trust in [
            ["--pin", &pin],
            ["--pin", &bare],
            ["--ca", "data/tls-cert.pem"],
        ] {
            let mut args = vec!["send", &from];
            args.extend(trust);
            // On cp to cy's own mailbox; else to the room.
            args.extend(["--to", if cy == "cy" { "cy" } else { "#lobby" }, "hello"]);
            assert_eq!(tincan(&home, &args).ok(), "", "{wire} {trust:?}");
        }
    }
    hub.stop();
}

#[test]
fn a_hub_with_another_certificate_is_not_talked_to() {
    // [HUB-10]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(&home, TLS);
    make_certificate(&home, "stranger");
    let pin = fingerprint(&home).replace(':', "").to_lowercase();
    let wrong = "ab".repeat(32);
    for wire in ["cs494+tls", "cs594+tls", "cp+tls"] {
        let from = url(&hub, wire, "cy");
        let sentence = tincan(&home, &["rooms", &from, "--pin", &wrong]).failed(1);
        assert!(sentence.starts_with("no TLS with "), "{sentence}");
        assert!(
            sentence.contains("another than the pinned one"),
            "{sentence}"
        );
        // Whoever trusts it after all can copy it from there.
        assert!(sentence.ends_with(&pin), "{sentence}");
        let sentence = tincan(&home, &["rooms", &from, "--ca", "stranger.pem"]).failed(1);
        assert!(sentence.starts_with("no TLS with "), "{sentence}");
        // Trust has to be said.
        let sentence = tincan(&home, &["rooms", &from]).failed(2);
        assert!(
            sentence.contains("--ca") && sentence.contains("--pin"),
            "{sentence}"
        );
    }
    let from = url(&hub, "cs494+tls", "ana");
    let sentence = tincan(&home, &["rooms", &from, "--pin", "abc"]).failed(2);
    assert!(sentence.contains("64 hexadecimal digits"), "{sentence}");
    let sentence = tincan(&home, &["rooms", &from, "--ca", "none.pem"]).failed(1);
    assert!(sentence.contains("none.pem"), "{sentence}");
    let plain = url(&hub, "cs494", "ana").replace("cs494:", "cs494+tls:");
    let sentence = tincan(&home, &["rooms", &plain, "--pin", &wrong]).failed(1);
    assert!(sentence.starts_with("no TLS with "), "{sentence}");
    hub.stop();
}

#[test]
fn a_certificate_signs_in_under_the_name_of_its_account_and_brings_its_mail() {
    // [HUB-2] [HUB-4]
    let home = Home::new();
    add_accounts(&home, &["dee"]);
    let hub = Hub::start(&home, TLS);
    for name in ["dee", "eve"] {
        make_certificate(&home, name);
    }
    let file = home.path("dee.pem");
    account(&home, &["cert", "dee", file.to_str().unwrap()]);
    let pin = fingerprint(&home);
    let eve = url(&hub, "cs594", "eve");
    for wire in CHAT_WIRES {
        let dee = url(&hub, &format!("{wire}+tls"), "dee");
        let eves = ["--cert", "eve.pem", "--key", "eve.key"];
        for proof in [&eves[..], &[]] {
            let args = [&["rooms", &dee, "--pin", &pin], proof].concat();
            let sentence = tincan(&home, &args).failed(1);
            assert!(
                sentence.starts_with("cannot sign in as dee: "),
                "{sentence}"
            );
        }
        tincan(&home, &["send", &eve, "--to", "dee", "while you were away"]).ok();
        let args = [
            "listen", &dee, "--pin", &pin, "--json", "--cert", "dee.pem", "--key", "dee.key",
        ];
        let mut listener = Running::start(&home, &args);
        let told = listener.wait_for_record("told");
        assert_eq!(told["text"], "while you were away", "{wire}");
        listener.interrupt();
        assert_eq!(listener.end().code, 0);
    }
    hub.stop();
}
