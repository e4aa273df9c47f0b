//! Files on and across the wires.

use crate::serve::{Hub, scenario};
use crate::support::Home;

#[test]
fn a_file_crosses_the_wires_unchanged_in_both_directions() {
    // [494-22] [494-23] [494-24] [594-24]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("files.py", "there_and_back", &hub);
    hub.stop();
}

#[test]
fn three_mebibytes_in_pieces_of_odd_lengths_cross_unchanged() {
    // [494-24] [494-25] [594-24]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("files.py", "three_mebibytes", &hub);
    hub.stop();
}

#[test]
fn several_files_at_once_and_words_between_them_arrive_whole() {
    // [494-22] [494-24] [494-26] [594-24]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("files.py", "several_at_once", &hub);
    hub.stop();
}

#[test]
fn a_receiver_that_does_not_read_pauses_its_sender_only() {
    // [494-26] [HUB-9]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("files.py", "slow_receiver", &hub);
    hub.stop();
}

#[test]
fn a_sender_that_had_to_wait_is_missed_again_when_it_is_silent() {
    // [494-26] [594-17]
    let home = Home::new();
    let hub = Hub::start(&home, &["--set", "cs594.silence_s=10"]);
    scenario("files.py", "silence_after_pause", &hub);
    hub.stop();
}

#[test]
fn a_party_that_goes_away_ends_its_transfers() {
    // [494-12] [494-27] [594-23] [594-24]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    scenario("files.py", "lost_party", &hub);
    hub.stop();
}
