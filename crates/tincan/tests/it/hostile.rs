//! Whoever means harm, or is only careless.

use serde_json::json;

use crate::serve::{Hub, Script, add_accounts, scenario};
use crate::support::Home;

#[test]
fn a_thousand_connections_of_garbage_disturb_nobody() {
    // [HUB-9] [494-1] [494-2] [494-3] [594-4] [594-5] [CP-4] [CP-5]
    let home = Home::new();
    add_accounts(&home, &["dee"]);
    let mut hub = Hub::start(&home, &[]);
    scenario("hostile.py", "thousand", &hub);
    assert!(hub.is_running(), "{}", hub.log());
    hub.stop();
}

#[test]
fn a_slow_reader_in_a_busy_room_is_closed_and_the_others_miss_nothing() {
    // [HUB-9] [494-19]
    const SEND_QUEUE: usize = 256 * 1024;
    let home = Home::new();
    let setting = format!("limits.send_queue_bytes={SEND_QUEUE}");
    let hub = Hub::start(&home, &["--set", &setting]).with("send_queue", json!(SEND_QUEUE));
    scenario("slow.py", "busy_room", &hub);
    hub.stop();
}

#[test]
fn a_flood_of_connections_from_one_address_is_refused_in_each_wires_own_words() {
    // [HUB-11]
    let home = Home::new();
    add_accounts(&home, &["cy"]);
    let hub = Hub::start(
        &home,
        &[
            "--set",
            "limits.exempt_loopback=false",
            "--set",
            "limits.connections_per_address=8",
        ],
    )
    .with("share", json!(8));
    scenario("limits.py", "flood", &hub);
    hub.stop();
}

#[test]
fn a_full_hub_says_so_until_somebody_leaves() {
    // [HUB-11] [494-8] [594-9] [594-11]
    let home = Home::new();
    let settings = ["--set", "limits.users=2", "--set", "limits.rooms=1"];
    let hub = Hub::start(&home, &settings);
    scenario("limits.py", "users", &hub);
    hub.stop();
}

#[test]
fn a_hub_without_file_descriptors_keeps_its_people_and_recovers() {
    // [HUB-9]
    const LIMIT: u32 = 64;
    let home = Home::new();
    add_accounts(&home, &["cy", "dee"]);
    let hub = Hub::start_with_descriptors(&home, LIMIT, &[]).with("descriptors", json!(LIMIT));
    let script = Script::start("limits.py", "descriptors", &hub);
    script.passed();
    let log = hub.log();
    assert!(log.contains("cannot accept connections"), "{log}");
    hub.stop();
}
