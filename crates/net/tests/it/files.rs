//! Files through the switchboard: a slow receiver slows its sender, nobody else, and loses nothing.

use std::time::Duration;

use gate::Why;
use model::SessionId;
use net::switchboard::Settings;

use crate::rig::{Rig, Setup, noise};
use crate::wire::{accept, direct, file, file_data, offer, piece, reject, say};

fn rig_with_queue(send_queue_bytes: usize) -> Rig {
    let mut setup = Setup {
        board: Settings {
            send_queue_bytes,
            ..Settings::default()
        },
        ..Setup::default()
    };
    setup.cs494.push_room_list = false;
    Rig::with(setup)
}

/// A file of `ana`'s that `bo` has agreed to take: its number.
fn agreed(rig: &mut Rig, ana: SessionId, bo: SessionId, size: u32) -> u16 {
    rig.say(ana, &offer("ana", "bo", size));
    let heard = rig.hear(bo);
    let number = heard[0].rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(heard, [format!("ana offers {size} bytes as {number}")]);
    rig.say(bo, &accept("ana", "bo", number, size));
    assert_eq!(rig.hear(ana), [format!("bo accepts {number}")]);
    number
}

// [494-22] [494-23] [494-24] [494-25]
#[test]
fn a_file_arrives_as_it_was_sent() {
    for size in [1, 4_095, 4_096, 4_097, 300_000] {
        let mut rig = rig_with_queue(1024 * 1024);
        let [ana, bo] = rig.people("tea", ["ana", "bo"]);
        let data = noise(size);
        let id = agreed(&mut rig, ana, bo, size as u32);
        rig.say(ana, &file(id, &data));
        let got = rig.got(bo);
        assert!(file_data(&got) == data, "{size}");
        assert_eq!(got, file(id, &data), "forwarded as is");
        assert_eq!(rig.closed_count(), 0);
    }
}

// [494-26] [HUB-9] [HUB-11]
#[test]
fn a_slow_receiver_pauses_its_sender_and_the_queue_stays_small() {
    // A queue's limit far below the file: its bytes must not trip it.
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo, cy] = rig.people("tea", ["ana", "bo", "cy"]);
    let data = noise(4 * 1024 * 1024);
    let id = agreed(&mut rig, ana, bo, data.len() as u32);
    rig.reads_only(bo, 10_000);
    rig.send(ana, &file(id, &data));
    rig.settle();
    let taken = file(id, &data).len() - rig.unread(ana);
    assert!(taken < 512 * 1024, "a bounded window, not {taken} bytes");
    assert!(!rig.board.wants_input(ana));
    assert!(rig.board.wants_input(bo) && rig.board.wants_input(cy));

    // Everything addressed to either of them still arrives meanwhile.
    rig.say(
        cy,
        &[
            direct("ana", "psst"),
            direct("bo", "psst"),
            say("tea", "hi"),
        ]
        .concat(),
    );
    assert_eq!(rig.hear(ana), ["cy: psst", "cy in tea: hi"]);
    assert_eq!(rig.hear(cy), ["cy in tea: hi"]);

    let mut got = rig.got(bo);
    for _ in 0..1_000 {
        rig.reads_only(bo, 5_003);
        rig.settle();
        got.extend(rig.got(bo));
        let ahead = file(id, &data).len() - rig.unread(ana) - got.len().min(taken);
        assert!(ahead < 6 * 1024 * 1024);
    }
    rig.reads_all(bo);
    rig.settle();
    got.extend(rig.got(bo));
    assert!(file_data(&got) == data, "whole and in order");
    let words = crate::wire::packets(&mut got.clone());
    assert!(words.contains(&"cy: psst".to_owned()));
    assert!(words.contains(&"cy in tea: hi".to_owned()));
    assert_eq!(rig.closed_count(), 0);
    assert!(rig.board.wants_input(ana));
}

// [494-26]
#[test]
fn at_every_moment_the_hub_holds_no_more_than_a_window() {
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let data = noise(2 * 1024 * 1024);
    let id = agreed(&mut rig, ana, bo, data.len() as u32);
    let all = file(id, &data).len();
    rig.reads_only(bo, 0);
    rig.send(ana, &file(id, &data));
    let mut read = 0;
    let mut most = 0;
    while read < all {
        rig.reads_only(bo, 10_007);
        rig.round();
        read += rig.got(bo).len();
        most = most.max(all - rig.unread(ana) - read);
    }
    assert!(most <= 512 * 1024, "{most}");
}

// [494-26] [494-9]
#[test]
fn a_pause_is_no_silence() {
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let data = noise(1024 * 1024);
    let id = agreed(&mut rig, ana, bo, data.len() as u32);
    rig.reads_only(bo, 0);
    rig.send(ana, &file(id, &data));
    rig.settle();
    // Nothing of ana's is read, so nothing it sends can show that it lives.
    rig.pass_alive(300, &[bo]);
    assert_eq!(rig.closed(ana), None);
    assert_eq!(rig.closed(bo), None);
    rig.reads_all(bo);
    rig.settle();
    assert!(file_data(&rig.got(bo)) == data);
    // From here on it counts again.
    rig.pass_alive(29, &[bo]);
    assert_eq!(rig.closed(ana), None);
    rig.pass_alive(2, &[bo]);
    assert_eq!(rig.closed(ana), Some(&Why::Silent));
}

// [494-12] [494-26] [494-27]
#[test]
fn when_a_slow_receiver_goes_its_sender_is_told_and_read_again() {
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let data = noise(1024 * 1024);
    let id = agreed(&mut rig, ana, bo, data.len() as u32);
    rig.reads_only(bo, 0);
    rig.send(ana, &file(id, &data));
    rig.settle();
    assert!(!rig.board.wants_input(ana));
    rig.breaks(bo);
    rig.settle();
    assert!(rig.closed(bo).is_some());
    assert_eq!(
        rig.hear(ana),
        [format!("{id} is rejected"), "in tea: ana".into()]
    );
    assert_eq!(
        rig.unread(ana),
        0,
        "what was under way is dropped without an error"
    );
    assert_eq!(rig.closed(ana), None);
    rig.say(ana, &say("tea", "still here"));
    assert_eq!(rig.hear(ana), ["ana in tea: still here"]);
}

// [494-9] [494-26]
#[test]
fn when_a_slow_receiver_goes_its_senders_silence_counts_again() {
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let data = noise(1024 * 1024);
    let id = agreed(&mut rig, ana, bo, data.len() as u32);
    rig.reads_only(bo, 0);
    rig.send(ana, &file(id, &data));
    rig.settle();
    rig.breaks(bo);
    rig.settle();
    rig.pass(Duration::from_secs(40));
    assert_eq!(rig.closed(ana), Some(&Why::Silent));
}

// [494-12] [494-27]
#[test]
fn when_a_paused_sender_goes_its_receiver_gets_what_came_and_a_rejection() {
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let data = noise(1024 * 1024);
    let id = agreed(&mut rig, ana, bo, data.len() as u32);
    rig.reads_only(bo, 0);
    rig.send(ana, &file(id, &data));
    rig.settle();
    rig.board.lose(ana, rig.now);
    rig.settle();
    rig.reads_all(bo);
    rig.settle();
    let got = rig.got(bo);
    let words = crate::wire::packets(&mut got.clone());
    assert!(words.contains(&format!("{id} is rejected")));
    assert_eq!(words.last().unwrap(), "in tea: bo");
    assert!(data.starts_with(&file_data(&got)));
}

// [494-26]: two receivers, one slow: the sender waits for both, and both get all.
#[test]
fn a_sender_is_read_again_when_the_last_of_its_receivers_has_caught_up() {
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo, cy] = rig.people("tea", ["ana", "bo", "cy"]);
    let data = noise(600_000);
    let size = data.len() as u32;
    let to_bo = agreed(&mut rig, ana, bo, size);
    rig.say(ana, &offer("ana", "cy", size));
    let to_cy = to_bo + 1;
    assert_eq!(
        rig.hear(cy),
        [format!("ana offers {size} bytes as {to_cy}")]
    );
    rig.say(cy, &accept("ana", "cy", to_cy, size));
    for who in [bo, cy] {
        rig.reads_only(who, 0);
    }
    let (one, two) = (file(to_bo, &data), file(to_cy, &data));
    let both: Vec<u8> = (one.chunks(5 + 3 + 4096).zip(two.chunks(5 + 3 + 4096)))
        .flat_map(|(one, two)| [one, two].concat())
        .collect();
    rig.send(ana, &both);
    rig.settle();
    assert!(!rig.board.wants_input(ana));
    rig.reads_all(bo);
    rig.settle();
    assert!(!rig.board.wants_input(ana), "cy is still behind");
    rig.reads_all(cy);
    rig.settle();
    assert!(rig.board.wants_input(ana));
    for who in [bo, cy] {
        assert!(file_data(&rig.got(who)) == data);
    }
}

// [494-26] [HUB-9]: each pauses the other, and both go on.
#[test]
fn two_who_send_each_other_files_and_read_slowly_do_not_lock_up() {
    let mut rig = rig_with_queue(16 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let data = noise(800_000);
    let size = data.len() as u32;
    let forth = agreed(&mut rig, ana, bo, size);
    rig.say(bo, &offer("bo", "ana", size));
    let back = forth + 1;
    rig.say(ana, &accept("bo", "ana", back, size));
    rig.forget_all();
    for who in [ana, bo] {
        rig.reads_only(who, 0);
    }
    rig.send(ana, &file(forth, &data));
    rig.send(bo, &file(back, &data));
    rig.settle();
    assert!(!rig.board.wants_input(ana) && !rig.board.wants_input(bo));
    let mut got = [Vec::new(), Vec::new()];
    for _ in 0..300 {
        for (who, got) in [ana, bo].into_iter().zip(&mut got) {
            rig.reads_only(who, 7_001);
            rig.settle();
            got.extend(rig.got(who));
        }
    }
    for got in &got {
        assert!(file_data(got) == data);
    }
}

// [494-24]
#[test]
fn a_broken_file_ends_its_sender_and_its_receiver_hears_it() {
    let mut rig = rig_with_queue(1024 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let id = agreed(&mut rig, ana, bo, 10);
    rig.say(ana, &piece(id, &noise(11)));
    assert_eq!(rig.hear(ana), ["error 0x07"]);
    assert_eq!(
        rig.hear(bo),
        [format!("{id} is rejected"), "in tea: bo".into()]
    );
    assert!(rig.closed(ana).is_some() && rig.closed(bo).is_none());
}

// [494-27]
#[test]
fn data_for_a_receiver_who_has_changed_its_mind_is_dropped_without_an_error() {
    let mut rig = rig_with_queue(1024 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let id = agreed(&mut rig, ana, bo, 100_000);
    rig.say(ana, &piece(id, &noise(100)));
    rig.say(bo, &reject("ana", "bo", id, 100_000));
    rig.forget_all();
    rig.pass_alive(29, &[ana, bo]);
    rig.say(ana, &piece(id, &noise(100)));
    assert_eq!(rig.hear(ana), [""; 0]);
    assert_eq!(rig.hear(bo), [""; 0]);
    rig.pass_alive(2, &[ana, bo]);
    rig.say(ana, &piece(id, &noise(100)));
    assert_eq!(rig.hear(ana), ["error 0x07"]);
}

// [494-22] [594-24]
#[test]
fn offers_reach_only_sessions_that_take_files() {
    let mut rig = rig_with_queue(1024 * 1024);
    let [ana, _] = rig.people("tea", ["ana", "bo"]);
    // A bare packet: the session speaks in datagrams, and is offered none.
    let cy = rig.open(crate::rig::CS594);
    let hello = br#"{"Header":{"OP-CODE":1,"Length":0},"Payload":"cy"}"#;
    rig.say(cy, hello);
    rig.forget_all();
    rig.say(ana, &offer("ana", "cy", 5));
    assert_eq!(rig.hear(ana), ["0 is rejected"]);
    assert_eq!(rig.got_text(cy), "");
    rig.say(ana, &offer("ana", "nobody", 5));
    assert_eq!(rig.hear(ana), ["0 is rejected"]);
}
