//! The habits of the authors' own programs.

use serde_json::json;

use crate::serve::{Hub, add_accounts, need, scenario};
use crate::support::Home;

const KEY: &str = "00112233445566778899aabbccddeeff";

#[test]
fn cp_commands_without_line_ends_are_answered_one_a_read() {
    // [CP-2] [CP-6] [CP-8] [CP-9] [CP-10] [CP-11]
    let home = Home::new();
    add_accounts(&home, &["ana"]);
    let hub = Hub::start(&home, &[]);
    scenario("habits.py", "cp_without_line_ends", &hub);
    hub.stop();
}

#[test]
fn cp_commands_without_line_ends_can_be_rejected() {
    // [CP-2]
    let home = Home::new();
    let hub = Hub::start(&home, &["--set", "cp.unterminated=reject"]);
    scenario("habits.py", "cp_reject", &hub);
    hub.stop();
}

#[test]
fn cp_lines_may_come_byte_by_byte_or_all_at_once() {
    // [CP-1] [CP-2] [CP-10]
    let home = Home::new();
    add_accounts(&home, &["ana"]);
    let hub = Hub::start(&home, &[]);
    scenario("habits.py", "cp_bytewise", &hub);
    hub.stop();
}

#[test]
fn cs594_bare_packets_are_answered_one_a_read() {
    // [594-3] [594-8] [594-26]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("habits.py", "cs594_bare_packets", &hub);
    hub.stop();
}

#[test]
fn cs594_packets_may_come_split_or_joined_or_broken() {
    // [594-1] [594-3] [594-5] [594-19]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("habits.py", "cs594_pieces", &hub);
    hub.stop();
}

#[test]
fn a_packet_that_does_not_go_on_is_no_sign_of_life() {
    // [494-9] [594-17] [HUB-9]
    let home = Home::new();
    let settings = ["--set", "cs494.silence_s=20", "--set", "cs594.silence_s=10"];
    let hub = Hub::start(&home, &settings);
    scenario("habits.py", "half_a_packet", &hub);
    hub.stop();
}

#[test]
fn cs494_frames_may_come_split_or_joined() {
    // [494-4] [494-5] [494-16] [494-19]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("habits.py", "cs494_pieces", &hub);
    hub.stop();
}

#[test]
fn cs494_broadcasts_come_with_and_without_the_unused_field() {
    // [494-18]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("habits.py", "cs494_broadcast", &hub);
    hub.stop();
}

#[test]
fn cs594_packets_that_openssl_has_sealed_are_read() {
    // [594-6] [594-26]
    need("openssl");
    let home = Home::new();
    let key = format!("cs594.key={KEY}");
    for required in [false, true] {
        let require = format!("cs594.require_encryption={required}");
        let hub = Hub::start(&home, &["--set", &key, "--set", &require])
            .with("key", json!(KEY))
            .with("required", json!(required));
        scenario("sealed.py", "talk", &hub);
        hub.stop();
    }
}

#[test]
fn cs594_sealed_packets_without_a_key_are_malformed() {
    // [594-6]
    need("openssl");
    let home = Home::new();
    let hub = Hub::start(&home, &[]).with("key", json!(KEY));
    scenario("sealed.py", "no_key", &hub);
    hub.stop();
}
