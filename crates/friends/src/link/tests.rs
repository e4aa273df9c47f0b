//! One link, without a node around it.

use model::Timestamp;
use wire_retroshare::{PgpId, ServiceList};

use super::*;
use crate::testing::any_instant;

/// Bytes of a piece of a file in these tests.
const PIECE: usize = 100_000;

fn now() -> Now {
    Now {
        instant: any_instant(),
        wall: Timestamp(1_750_000_000_000),
    }
}

fn link(now: Now) -> Link {
    let der = include_bytes!("../../../identity/tests/keys/bea.der");
    let certificate = LocationCertificate::parse(der).unwrap();
    let peer = Peer {
        location: certificate.location_id(),
        profile: PgpId::from_bytes([2; 8]),
    };
    let origin = Origin::Accepted(core::net::SocketAddr::from(([10, 0, 0, 2], 7812)));
    let mut link = Link::new(
        ConnectionId(1),
        peer,
        origin,
        certificate,
        false,
        now.instant,
    );
    link.agreement.listed(ServiceList::ours());
    link
}

fn piece(size: usize) -> Parcel {
    let [high, low] = Service::FILE_TRANSFER.to_be_bytes();
    let head = Bytes::from(vec![2, high, low, 0]);
    let data = Bytes::from(vec![0; size - head.len()]);
    Parcel::Bulk { head, data }
}

/// A line of some speed, a friend's program behind it, and a file that is sent over it without end.
struct Line {
    link: Link,
    now: Now,
    /// Bytes that the line carries in a millisecond.
    rate: usize,
    /// Bytes for pieces, as the link said.
    room: usize,
    /// Bytes that the socket was given, that the system has taken, and that are gone.
    given: usize,
    taken: usize,
    gone: usize,
    /// Where in `given` a word ends.
    word: Option<usize>,
}

impl Line {
    /// Bytes that the system takes ahead.
    const SYSTEM: usize = 16 * 1024;

    fn new(rate: usize) -> Self {
        let now = now();
        Self {
            link: link(now),
            now,
            rate,
            room: 0,
            given: 0,
            taken: 0,
            gone: 0,
            word: None,
        }
    }

    /// A millisecond passes.
    fn tick(&mut self) {
        self.now.instant += Duration::from_millis(1);
        self.gone += self.rate.min(self.taken - self.gone);
        let taken = (self.gone + Self::SYSTEM.max(self.rate)).min(self.given);
        if taken > self.taken {
            self.taken = taken;
            let left = self.link.sent(self.given - taken, self.now.instant);
            assert_eq!(left, []);
        }
        self.send();
    }

    /// Whoever sends the file does so as long as there is room, in pieces of no less than 16 KiB.
    fn send(&mut self) {
        loop {
            self.flush();
            if let Some(room) = self.link.take_room(self.now.instant) {
                self.room = room;
            }
            let size = self.room.min(240 * 1024);
            if size < 17 * 1024 {
                return;
            }
            self.room -= size;
            self.link.push(piece(size));
        }
    }

    fn flush(&mut self) {
        let mut outputs = Vec::new();
        self.link.flush(self.now, &mut outputs);
        for output in outputs {
            let Output::Send(_, bytes) = output else {
                panic!("{output:?}");
            };
            self.given += bytes.len();
            // Heads of pieces have four bytes here.
            if (5..100).contains(&bytes.len()) {
                self.word = Some(self.given);
            }
        }
    }

    fn run(&mut self, milliseconds: usize) {
        for _ in 0..milliseconds {
            self.tick();
        }
    }

    /// How many milliseconds it takes until a word that is said now has left the machine.
    fn say(&mut self) -> usize {
        self.link.push(Parcel::Item(Item::Heartbeat));
        self.word = None;
        self.send();
        let mut waited = 0;
        while self.word.is_none_or(|end| self.gone < end) {
            self.tick();
            waited += 1;
        }
        waited
    }
}

#[test]
fn a_word_waits_a_moment_behind_a_file_however_slow_the_line_is() {
    // [RS-11] [RS-17]
    for rate in [64, 125, 300, 1250, 12_500] {
        let mut line = Line::new(rate);
        line.run(10_000);
        let system = Line::SYSTEM.max(rate) / rate;
        let least = pace::LEAST / rate;
        for _ in 0..20 {
            let waited = line.say();
            assert!(
                waited <= 300.max(least) + system,
                "{waited} ms at {rate} bytes a millisecond"
            );
            line.run(377);
        }
        // And the line is never idle meanwhile.
        let (gone, before) = (line.gone, line.now.instant);
        line.run(10_000);
        let passed = line.now.instant - before;
        let all = rate * usize::try_from(passed.as_millis()).unwrap();
        assert!(line.gone - gone >= all / 100 * 99, "at {rate}");
    }
}

#[test]
fn a_word_does_not_wait_long_either_when_a_file_has_just_begun() {
    // [RS-11] [RS-17]
    let mut line = Line::new(125);
    let before = (1..=40).map(|_| {
        line.run(25);
        line.say()
    });
    let worst = before.max().unwrap();
    assert!(worst <= 700, "{worst} ms");
}

#[test]
fn what_a_link_carried_before_a_pause_is_forgotten() {
    // [RS-11] [RS-17]
    let mut line = Line::new(125_000);
    line.run(100);
    assert!(line.link.queue.held() > 240 * 1024, "it is fast");
    // The file ends, and the line becomes slow while nothing is sent.
    while line.link.queue.held() > 0 || line.taken < line.given {
        line.now.instant += Duration::from_millis(1);
        line.taken = line.given;
        line.gone = line.given;
        line.link.sent(0, line.now.instant);
        line.flush();
    }
    line.now.instant += Duration::from_secs(5);
    line.rate = 125;
    line.run(25);
    assert!(line.given - line.taken <= 2 * pace::LEAST, "little at once");
    let waited = line.say();
    assert!(waited <= 700, "{waited} ms");
}

#[test]
fn on_a_fast_line_much_is_under_way_soon() {
    // [RS-17]
    let mut line = Line::new(125_000);
    line.run(20);
    let (held, unsent) = (line.link.queue.held(), line.given - line.taken);
    assert!(held >= 2 * 240 * 1024, "{held}");
    assert!(unsent >= 128 * 1024, "{unsent}");
    assert!(held + unsent <= 1024 * 1024, "and no more than that");
}

#[test]
fn room_for_pieces_comes_back_however_slowly_they_leave() {
    // [RS-17]
    let mut line = Line::new(125_000);
    line.run(100);
    let Line { mut link, now, .. } = line;
    while link.queue.held() > 0 {
        link.flush(now, &mut Vec::new());
        link.sent(0, now.instant);
    }
    let all = link.take_room(now.instant).unwrap();
    assert!(all >= 2 * PIECE, "{all}");
    assert_eq!(link.take_room(now.instant), None, "nothing has changed");
    let mut room = all;
    for turn in 0..50 {
        // Whoever sends the file uses all that was told, at once.
        while room >= PIECE {
            link.push(piece(PIECE));
            room -= PIECE;
        }
        let mut outputs = Vec::new();
        link.flush(now, &mut outputs);
        let is_piece = |output: &&Output| match output {
            Output::Send(_, bytes) => bytes.len() == PIECE - 4,
            _ => false,
        };
        let given = outputs.iter().filter(is_piece).count();
        assert!(given > 0, "turn {turn}: the file rests");
        // The socket takes little: the rest goes by and by.
        link.sent(given * PIECE, now.instant);
        for left in (0..given).rev() {
            if let Some(more) = link.take_room(now.instant) {
                room = more;
            }
            assert!(
                room + link.queue.held() <= all + 1000,
                "more was told than there is"
            );
            link.sent(left * PIECE, now.instant);
        }
        if let Some(more) = link.take_room(now.instant) {
            room = more;
        }
    }
}
