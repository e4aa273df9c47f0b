//! kill -9 while messages are acknowledged.

use serde_json::json;

use crate::serve::{Hub, Script, add_accounts, scenario};
use crate::support::Home;

/// After so many acknowledgements the hub is killed, a round each.
const ACKNOWLEDGED: [usize; 4] = [1, 20, 75, 150];
/// After so many letters it is killed while they are read.
const READ: [usize; 2] = [1, 40];

#[test]
fn nothing_acknowledged_is_lost_when_the_hub_is_killed() {
    // [HUB-7] [CP-9] [CP-10] [CP-14]
    let home = Home::new();
    add_accounts(&home, &["ana", "dee"]);
    let start = || {
        Hub::start(&home, &[])
            .with("notes", json!(home.path("notes.json")))
            .with("ends", json!(READ.len()))
    };
    for count in ACKNOWLEDGED {
        kill_after(start(), "send", "acknowledged", count);
    }
    for count in READ {
        kill_after(start(), "read", "letter", count);
    }
    let hub = start();
    scenario("durable.py", "read", &hub);
    scenario("durable.py", "compare", &hub);
    hub.stop();
}

/// Kills the hub after a scenario has said this so many times.
fn kill_after(hub: Hub, name: &str, word: &str, count: usize) {
    let mut script = Script::start("durable.py", name, &hub);
    for _ in 0..count {
        script.wait_for(word);
    }
    hub.kill();
    script.passed();
}
