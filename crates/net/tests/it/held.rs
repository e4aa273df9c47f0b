//! A middle that can take no more: nobody is read, nobody is forgotten.
//!
//! The middle here is a few lines, so that it is ready when the test says so.

use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use gate::cs494::{Cs494, Settings as Cs494Settings};
use link::{Caller, Exchange, Outcome};
use model::{Command, CommandId, Now, Reply, RoomKey, RoomName, SessionId, Timestamp, UserName};
use net::Metrics;
use net::switchboard::{Lines, Settings, Switchboard};

use crate::wire::{hello, query};

#[derive(Default)]
struct Middle {
    full: bool,
    /// When it will have room again by itself.
    room_at: Option<Instant>,
    asked: usize,
    answers: Vec<Outcome>,
}

impl Exchange for Middle {
    fn open(&mut self, _: SessionId, _: &Caller, _: Now) {}

    fn ask(&mut self, session: SessionId, id: CommandId, command: Command, _: Now) {
        self.asked += 1;
        let reply = match command {
            Command::Query { user } => Reply::Presence { user, online: true },
            _ => Reply::Done,
        };
        self.answers.push(Outcome::Reply(session, id, reply));
    }

    fn close(&mut self, _: SessionId, _: Now) {}

    fn poll(&mut self) -> Option<Outcome> {
        (!self.answers.is_empty()).then(|| self.answers.remove(0))
    }

    fn handle_wake(&mut self, _: Now) {
        self.full = false;
    }

    fn handle_timeout(&mut self, _: Now) {
        self.room_at = None;
        self.full = false;
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.room_at
    }

    fn end_round(&mut self, _: Now) {}
    fn confirm_letters(&mut self, _: SessionId, _: Now) {}
    fn set_takes_files(&mut self, _: SessionId, _: bool) {}

    fn is_ready(&self) -> bool {
        !self.full
    }

    fn members(&self, _: RoomKey) -> &[SessionId] {
        &[]
    }

    fn roster(&self, _: RoomKey) -> Option<(RoomName, Arc<[UserName]>)> {
        None
    }

    fn rooms(&self) -> Arc<[RoomName]> {
        Arc::new([])
    }

    fn name(&self, _: SessionId) -> Option<&UserName> {
        None
    }

    fn senders_to(&self, _: SessionId) -> Vec<SessionId> {
        Vec::new()
    }
}

/// Takes everything.
struct Sink;

impl Lines for Sink {
    fn write(&mut self, _: SessionId, bytes: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(bytes.iter().map(|piece| piece.len()).sum())
    }
}

fn now() -> Now {
    Now {
        instant: Instant::now(),
        wall: Timestamp(1),
    }
}

fn board(now: Now) -> (Switchboard<Middle>, Vec<SessionId>) {
    let metrics = Arc::new(Metrics::default());
    let cs494 = Arc::new(Cs494::new(Cs494Settings::default()));
    let settings = Settings::default();
    let mut board = Switchboard::new(
        Middle::default(),
        vec![cs494],
        settings,
        metrics,
        now.instant,
    );
    let here: Option<IpAddr> = None;
    let sessions: Vec<_> = (0..3).map(|_| board.open(0, here, now).unwrap()).collect();
    for (n, session) in sessions.iter().enumerate() {
        let mut bytes = BytesMut::from(&hello(&format!("u{n}"))[..]);
        board.receive(*session, &mut bytes, now);
    }
    board.finish_round(&mut Sink, now);
    let mut resumed = Vec::new();
    board.take_resumed(&mut resumed);
    (board, sessions)
}

fn resumed(board: &mut Switchboard<Middle>) -> Vec<SessionId> {
    let mut resumed = Vec::new();
    board.take_resumed(&mut resumed);
    resumed.sort();
    resumed.dedup();
    resumed
}

// [HUB-9]
#[test]
fn while_the_middle_is_full_nobody_is_read_and_afterwards_everybody() {
    let mut now = now();
    let (mut board, sessions) = board(now);
    board.exchange().full = true;
    for session in &sessions {
        assert!(!board.wants_input(*session));
    }
    assert_eq!(resumed(&mut board), []);
    now.instant += Duration::from_millis(5);
    board.handle_wake(now);
    assert_eq!(resumed(&mut board), sessions);
    for session in &sessions {
        assert!(board.wants_input(*session));
    }
    let asked = board.exchange().asked;
    let mut bytes = BytesMut::from(&query("u1")[..]);
    board.receive(sessions[0], &mut bytes, now);
    assert_eq!(board.exchange().asked, asked + 1);
}

// [HUB-9]: sockets whose input was left tell nothing twice, so nobody may be forgotten.
#[test]
fn room_that_comes_by_itself_is_noticed_too() {
    let mut now = now();
    let (mut board, sessions) = board(now);
    board.exchange().full = true;
    board.exchange().room_at = Some(now.instant + Duration::from_millis(5));
    assert!(!board.wants_input(sessions[0]));
    now.instant += Duration::from_millis(5);
    board.handle_timeouts(now);
    board.finish_round(&mut Sink, now);
    assert_eq!(resumed(&mut board), sessions);
}

// [HUB-9] [494-9] [494-26]: whoever is not read cannot be called silent.
#[test]
fn while_the_middle_is_full_nobody_is_silent() {
    let mut now = now();
    let (mut board, sessions) = board(now);
    board.exchange().full = true;
    board.finish_round(&mut Sink, now);
    for _ in 0..60 {
        now.instant += Duration::from_secs(1);
        board.handle_timeouts(now);
        board.finish_round(&mut Sink, now);
    }
    let mut closed = Vec::new();
    board.take_closed(&mut closed);
    assert_eq!(closed, []);
    board.handle_wake(now);
    assert_eq!(resumed(&mut board), sessions);
    // From then on it counts again.
    now.instant += Duration::from_secs(31);
    board.handle_timeouts(now);
    board.finish_round(&mut Sink, now);
    board.take_closed(&mut closed);
    assert_eq!(closed.len(), sessions.len());
}
