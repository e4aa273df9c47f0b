//! TLS, as OpenSSL speaks it.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::serve::{Hub, account, add_accounts, need, scenario};
use crate::support::Home;

/// TLS on every wire.
pub(crate) const TLS: &[&str] = &[
    "--set",
    "cs494.tls_listen=127.0.0.1:0",
    "--set",
    "cs594.tls_listen=127.0.0.1:0",
    "--set",
    "cp.tls_listen=127.0.0.1:0",
];

fn start(home: &Home) -> Hub {
    need("openssl");
    let authority = home.path("data/tls-cert.pem");
    Hub::start(home, TLS).with("authority", json!(authority))
}

/// Makes a certificate and its key with OpenSSL: `NAME.pem` and `NAME.key`.
pub(crate) fn make_certificate(home: &Home, name: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec"])
        .args([
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", &format!("/CN={name}")])
        .arg("-keyout")
        .arg(home.path(&format!("{name}.key")))
        .arg("-out")
        .arg(home.path(&format!("{name}.pem")))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

#[test]
fn openssl_talks_on_every_wire_with_the_certificate_made_at_first_start() {
    // [HUB-10]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    for _ in 0..2 {
        // The second time it is the same certificate.
        let hub = start(&home);
        scenario("secure.py", "every_wire", &hub);
        hub.stop();
    }
}

#[test]
fn a_tls_connection_that_breaks_off_within_a_packet_is_over() {
    // [HUB-9] [HUB-10]
    let home = Home::new();
    let hub = start(&home);
    scenario("secure.py", "broken_off", &hub);
    hub.stop();
}

#[test]
fn a_client_certificate_signs_in_under_the_name_of_its_account() {
    // [HUB-2] [CP-14]
    let home = Home::new();
    add_accounts(&home, &["dee"]);
    let hub = start(&home);
    for name in ["dee", "eve"] {
        make_certificate(&home, name);
    }
    // Beside the running hub: it counts at once.
    let file = home.path("dee.pem");
    account(&home, &["cert", "dee", file.to_str().unwrap()]);
    let hub = hub
        .with("certificate", json!(file))
        .with("key", json!(home.path("dee.key")))
        .with("other_certificate", json!(home.path("eve.pem")))
        .with("other_key", json!(home.path("eve.key")));
    scenario("secure.py", "certificate", &hub);
    hub.stop();
}
