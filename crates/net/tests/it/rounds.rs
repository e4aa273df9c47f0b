//! What one round may come to: sockets that break in the middle of it, packets that ask for much.

use gate::Why;
use model::SessionId;
use net::switchboard::Settings;

use crate::rig::{CS594, Rig, Setup};
use crate::wire::{accept, enter, leave, list_rooms, offer, piece, say};

fn with_queue(send_queue_bytes: usize) -> Rig {
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

fn agreed(rig: &mut Rig, from: (SessionId, &str), to: (SessionId, &str), size: u32) -> u16 {
    rig.say(from.0, &offer(from.1, to.1, size));
    let heard = rig.hear(to.0);
    let number = heard[0].rsplit(' ').next().unwrap().parse().unwrap();
    rig.say(to.0, &accept(from.1, to.1, number, size));
    rig.forget_all();
    number
}

fn cs594(rig: &mut Rig, name: &str, room: &str) -> SessionId {
    let session = rig.open(CS594);
    let packets = format!(
        "{{\"Header\":{{\"OP-CODE\":1,\"Length\":0}},\"Payload\":\"{name}\"}}\n\
         {{\"Header\":{{\"OP-CODE\":3,\"Length\":0}},\
         \"Payload\":{{\"Room-Name\":[\"{room}\"],\"User-Name\":\"{name}\"}}}}\n"
    );
    rig.say(session, packets.as_bytes());
    session
}

// [HUB-9] [494-12]
#[test]
fn a_socket_that_breaks_while_a_round_is_sent_ends_its_session_and_files_in_order() {
    // The other side of its file comes before it in the round, or behind it.
    for (broken, other) in [(0, 2), (2, 0)] {
        let names = ["ana", "bo", "cy"];
        let mut rig = with_queue(1024 * 1024);
        let people = rig.people("tea", names);
        let (from, to) = (
            (people[other], names[other]),
            (people[broken], names[broken]),
        );
        let file = agreed(&mut rig, from, to, 10_000);
        rig.breaks(people[broken]);
        rig.say(people[1], &say("tea", "x"));
        assert_eq!(rig.closed(people[broken]), Some(&Why::PeerClosed));
        let left = format!("in tea: {}, {}", names[1.min(other)], names[1.max(other)]);
        assert_eq!(rig.hear(people[1]), ["bo in tea: x", left.as_str()]);
        let rejected = format!("{file} is rejected");
        let mut heard = rig.hear(people[other]);
        heard.sort();
        let mut expected = ["bo in tea: x", left.as_str(), rejected.as_str()];
        expected.sort_unstable();
        assert_eq!(heard, expected);
    }
}

// [494-26] [HUB-9]: what is said in the same round does not count as the file's.
#[test]
fn a_message_and_a_piece_of_a_file_in_one_round_are_counted_apart() {
    let mut rig = with_queue(1024 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    let others: Vec<_> = (0..20)
        .map(|n| cs594(&mut rig, &format!("x{n}"), "tea"))
        .collect();
    rig.forget_all();
    let file = agreed(&mut rig, (ana, "ana"), (bo, "bo"), 100_000);
    rig.reads_only(bo, 10);
    rig.say(ana, &piece(file, &[7; 100]));
    let text = "y".repeat(1_000);
    rig.say(ana, &[say("tea", &text), piece(file, &[8; 100])].concat());
    assert_eq!(rig.closed(bo), None);
    rig.reads_all(bo);
    rig.settle();
    assert_eq!(rig.got(bo).len(), 2 * (5 + 3 + 100) + 5 + 128 + 1_001);
    assert!(rig.got_text(others[0]).contains(&text));
}

// [HUB-9] [HUB-10]
#[test]
fn whoever_ends_is_not_cut_off_from_what_waits_inside_tls() {
    let mut rig = with_queue(1024 * 1024);
    let [ana, bo] = rig.people("tea", ["ana", "bo"]);
    rig.holds(bo, true);
    rig.say(ana, &say("tea", "x"));
    rig.ends(bo);
    rig.settle();
    assert_eq!(
        rig.hear(ana),
        ["ana in tea: x", "in tea: ana"],
        "it is gone"
    );
    assert_eq!(rig.closed(bo), None, "and its line is open still");
    rig.holds(bo, false);
    rig.settle();
    assert_eq!(rig.closed(bo), Some(&Why::PeerClosed));
}

// [594-4] [594-11]
#[test]
fn what_follows_a_question_that_takes_two_steps_is_answered_without_another_packet() {
    let mut rig = with_queue(1024 * 1024);
    let [_] = rig.people("\u{2615}", ["ana"]);
    let bo = cs594(&mut rig, "bo", "tea");
    rig.forget_all();
    let packets = "{\"Header\":{\"OP-CODE\":3,\"Length\":0},\
                   \"Payload\":{\"Room-Name\":[\"\u{2615}\"],\"User-Name\":\"bo\"}}\n\
                   {\"Header\":{\"OP-CODE\":6,\"Length\":0},\"Payload\":\"\"}\n";
    rig.say(bo, packets.as_bytes());
    let got = rig.got_text(bo);
    let answers: Vec<_> = got.lines().collect();
    assert_eq!(answers.len(), 2, "{got}");
    assert!(answers[0].starts_with("{\"Header\":{\"OP-CODE\":2,"));
    assert!(answers[1].starts_with("{\"Header\":{\"OP-CODE\":7,"));
}

// [HUB-9]
#[test]
fn many_questions_with_long_answers_do_not_make_one_long_round() {
    let mut rig = with_queue(64 * 1024 * 1024);
    for n in 0..10 {
        let who = rig.person(&format!("u{n}"));
        let rooms = (0..100).flat_map(|r| enter(&format!("{n}-{r}")));
        rig.say(who, &rooms.collect::<Vec<_>>());
    }
    let ana = rig.person("ana");
    rig.forget_all();
    rig.say(ana, &list_rooms().repeat(600));
    let listing = 5 + 64 * 1_001;
    assert_eq!(rig.got(ana).len(), 600 * listing, "all are answered");
    let most = rig.longest_write(ana);
    assert!(most <= 80 * listing, "{} at once", most / listing);
}

// [494-15] [HUB-9]
#[test]
fn somebody_who_comes_and_goes_and_speaks_closes_nobody() {
    let mut rig = with_queue(256 * 1024);
    let names: [String; 60] = std::array::from_fn(|n| format!("u{n}"));
    let people = rig.people(
        "tea",
        std::array::from_fn::<_, 60, _>(|n| names[n].as_str()),
    );
    let ana = rig.person("ana");
    rig.say(ana, &enter("tea"));
    rig.forget_all();
    rig.reads_only(people[0], 1_000);
    let mut packets = Vec::new();
    for n in 0..200 {
        packets.extend(say("tea", &format!("hello {n}")));
        packets.extend(leave("tea"));
        packets.extend(enter("tea"));
    }
    rig.say(ana, &packets);
    assert_eq!(rig.closed(people[0]), None);
    rig.reads_all(people[0]);
    rig.settle();
    for who in [people[0], people[1]] {
        let heard = rig.hear(who);
        let said = heard.iter().filter(|line| line.starts_with("ana in tea"));
        assert_eq!(said.count(), 200, "every message");
        let everybody = format!("in tea: {}, ana", names.join(", "));
        assert_eq!(
            heard.last(),
            Some(&everybody),
            "and who is there in the end"
        );
    }
}

// [494-15] [HUB-9]
#[test]
fn listings_that_were_held_back_come_one_after_the_other() {
    // Room for two of them, not for three.
    let mut rig = with_queue(14 * 1024);
    let names: [String; 80] = std::array::from_fn(|n| format!("u{n}"));
    let people = rig.people("a", std::array::from_fn::<_, 80, _>(|n| names[n].as_str()));
    let rooms = ["a", "b", "c"];
    for who in people {
        rig.say(who, &[enter("b"), enter("c")].concat());
    }
    rig.forget_all();
    rig.reads_only(people[0], 10);
    rig.say(people[1], &say("a", "x"));
    let ana = rig.person("ana");
    rig.say(ana, &rooms.map(enter).concat());
    assert_eq!(rig.got(people[0]).len(), 10);
    for _ in 0..200 {
        rig.reads_only(people[0], 200);
        rig.settle();
    }
    assert_eq!(rig.closed(people[0]), None);
    let rest = rig.got(people[0]);
    assert_eq!(rest.len(), 5 + 128 + 2 - 10 + 3 * (5 + 64 * 82));
}
