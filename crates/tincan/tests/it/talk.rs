//! Three people on three wires.

use crate::serve::{Hub, add_accounts, need, scenario};
use crate::support::Home;

#[test]
fn people_on_three_wires_talk_and_mail_waits_for_who_is_away() {
    // [HUB-1] [HUB-3] [HUB-4] [HUB-5] [494-8] [494-10] [494-12] [494-13] [494-17] [494-20]
    // [594-9] [594-10] [594-11] [594-12] [594-14] [594-15] [594-16] [594-18] [594-23]
    // [CP-8] [CP-9] [CP-10] [CP-11] [CP-14]
    let home = Home::new();
    add_accounts(&home, &["cy", "dee"]);
    let hub = Hub::start(&home, &[]);
    scenario("talk.py", "three_wires", &hub);
    hub.stop();
}

#[test]
fn the_longest_text_of_one_wire_reaches_the_others() {
    // [HUB-5] [494-6] [CP-16]
    let home = Home::new();
    add_accounts(&home, &["dee"]);
    let hub = Hub::start(&home, &[]);
    scenario("talk.py", "long_words", &hub);
    hub.stop();
}

#[test]
fn a_session_that_is_piped_in_whole_is_answered_to_its_end() {
    // [CP-1] [494-4] [594-3] [594-26]
    let home = Home::new();
    add_accounts(&home, &["ana"]);
    let hub = Hub::start(&home, &[]);
    scenario("talk.py", "piped", &hub);
    hub.stop();
}

#[test]
fn a_person_with_netcat_can_take_part() {
    // [CP-1] [594-2] [594-3] [594-16]
    need("nc");
    let home = Home::new();
    add_accounts(&home, &["ana"]);
    let hub = Hub::start(&home, &[]);
    scenario("talk.py", "netcat", &hub);
    hub.stop();
}
