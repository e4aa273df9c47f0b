//! The hub's side of a cp session. The states are drawn in the [module above](super).

use std::time::{Duration, Instant};

use bytes::BytesMut;
use model::{
    Alias, Command, CommandId, Event, Letter, MessageId, Proof, Recipient, Refusal, Reply, Secret,
    Signal, Text, UserName,
};
use wire_cp::lines::PAUSE;
use wire_cp::{
    Code, Colons, Command as Pdu, CommandError, Framing, Line, Reply as Answer, Splitter, parts,
};

use super::{Settings, Unterminated, on_the_wire};
use crate::{Gate, Share, Turn, Why};

/// Silence after which a session is closed: people type here, and the protocol has no heartbeat.
const IDLE_LIMIT: Duration = Duration::from_secs(30 * 60);

// The commands' ids. At most one that is answered late is outstanding, so its kind is enough.
const SIGN_IN: CommandId = CommandId(1);
const SIGN_OUT: CommandId = CommandId(2);
const MAIL: CommandId = CommandId(3);
const TAKE: CommandId = CommandId(4);
const DROP: CommandId = CommandId(5);

/// One session.
#[derive(Debug)]
pub(super) struct Server {
    settings: Settings,
    lines: Splitter,
    state: State,
    last_heard: Instant,
    /// When the first byte of the unfinished PDU came; set exactly while there is one.
    partial_since: Option<Instant>,
    /// Since when the driver does not read.
    paused_at: Option<Instant>,
    /// The peer has said all: what is left to be read of it once nothing is waited for.
    rest: Option<Box<BytesMut>>,
}

#[derive(Debug)]
enum State {
    Idle,
    UserValidated(UserName),
    /// Waits for the answer to SignIn.
    SigningIn,
    /// The protocol's "process command".
    Ready,
    /// Waits for the answer to Mail.
    Sending,
    /// Waits for the answer to TakeMail.
    Taking {
        /// Whether a message was delivered since RMSG: decides between 255 and 256.
        any: bool,
    },
    /// Waits for the client's 250.
    Delivering(Box<Delivery>),
    /// Waits for the answer to DropMail.
    Dropping,
    /// The protocol's "error processing".
    Error {
        /// The client was not told yet why: it is the answer to its next PDU.
        untold: bool,
    },
    /// Over; nothing more is read.
    Closed,
}

/// A letter on its way to the client, part by part.
#[derive(Debug)]
struct Delivery {
    id: MessageId,
    sender: String,
    /// Not yet delivered, in reverse order.
    parts_left: Vec<String>,
    /// When the 250 for the part that was sent last is overdue.
    deadline: Instant,
}

impl Server {
    pub(super) fn new(settings: Settings, now: Instant) -> Self {
        Self {
            settings,
            lines: Splitter::new(),
            state: State::Idle,
            last_heard: now,
            partial_since: None,
            paused_at: None,
            rest: None,
        }
    }

    fn read(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        while !self.is_waiting() && !self.is_closed() && !turn.is_full() {
            let Some(line) = self.lines.next(input) else {
                break;
            };
            self.partial_since = None;
            self.handle_line(&line, now, turn);
        }
        if self.is_closed() {
            input.clear();
        }
        if self.lines.partial().is_some() {
            self.partial_since.get_or_insert(now);
        } else {
            self.partial_since = None;
        }
    }

    /// The stream has paused or ended: without line ends, what has come is a PDU [CP-2].
    fn end_by_pause(&mut self, now: Instant, turn: &mut Turn) {
        let Some(line) = self.lines.pause() else {
            return;
        };
        self.partial_since = None;
        match self.settings.unterminated {
            Unterminated::Accept => self.handle_line(&line, now, turn),
            Unterminated::Reject => {
                say(Code::BadCommand, turn);
                self.close(Why::PeerMisbehaved("a PDU without CRLF".to_owned()), turn);
            }
        }
    }

    fn handle_line(&mut self, line: &Line, now: Instant, turn: &mut Turn) {
        let colons = if self.settings.colons_in_messages {
            Colons::Allow
        } else {
            Colons::Refuse
        };
        let parsed = match line {
            Line::Pdu(pdu) => Pdu::parse(pdu, colons),
            Line::TooLong => return self.refuse(turn),
        };
        match parsed {
            Ok(pdu) => self.handle_pdu(pdu, now, turn),
            Err(error) => self.handle_malformed(error, turn),
        }
    }

    fn handle_pdu(&mut self, pdu: Pdu<'_>, now: Instant, turn: &mut Turn) {
        use State::{Delivering, Error, Idle, Ready, UserValidated};
        match (&mut self.state, pdu) {
            (Idle, Pdu::User(name)) => match UserName::parse(name) {
                Ok(name) => {
                    self.state = UserValidated(name);
                    say(Code::UsernameReceived, turn);
                }
                Err(_) => say(Code::UsernameFailed, turn),
            },
            (UserValidated(name), Pdu::Pass(password)) => {
                let command = Command::SignIn {
                    name: name.clone(),
                    proof: Proof::Password(Secret::new(password.to_owned())),
                };
                self.state = State::SigningIn;
                turn.ask(SIGN_IN, command);
            }
            (Ready, Pdu::Smsg { receiver, message }) => self.send(receiver, message, turn),
            (Ready, Pdu::Rmsg) => {
                self.state = State::Taking { any: false };
                turn.ask(TAKE, Command::TakeMail { after: None });
            }
            (
                Delivering(delivery),
                Pdu::Code {
                    code: Code::MessageReceived,
                    ..
                },
            ) => {
                if !delivery.say_next(now + self.settings.ack_timeout, turn) {
                    turn.ask(DROP, Command::DropMail { id: delivery.id });
                    self.state = State::Dropping;
                }
            }
            (
                state @ (Ready | Error { .. }),
                Pdu::Code {
                    code: Code::Recovered,
                    ..
                },
            ) => *state = Ready,
            // Nothing was wrong: ignored, and the delivery goes on.
            (
                Delivering(_),
                Pdu::Code {
                    code: Code::Recovered,
                    ..
                },
            ) => {}
            (state @ (Ready | Delivering(_) | Error { .. }), Pdu::Term) => {
                *state = Idle;
                turn.ask(SIGN_OUT, Command::SignOut { farewell: None });
            }
            _ => self.refuse(turn),
        }
    }

    /// A malformed command has its own error only where the command itself is in order [CP-6].
    fn handle_malformed(&mut self, error: CommandError, turn: &mut Turn) {
        match (&self.state, error.code()) {
            (State::Idle, code @ Code::UsernameFailed) => say(code, turn),
            (State::UserValidated(_), code @ Code::NotAuthenticated) => {
                self.state = State::Idle;
                say(code, turn);
            }
            (State::Ready, Code::SendFailed) => self.fail(Code::SendFailed, turn),
            (State::Ready, code @ (Code::NoSuchReceiver | Code::TooManyColons)) => say(code, turn),
            _ => self.refuse(turn),
        }
    }

    fn send(&mut self, receiver: &str, message: &str, turn: &mut Turn) {
        let to = match Alias::parse(receiver) {
            Some(alias) => Ok(Recipient::Alias(alias)),
            None => UserName::parse(receiver).map(Recipient::Name),
        };
        match (to, Text::adapt(message)) {
            (Ok(to), Ok(text)) => {
                self.state = State::Sending;
                turn.ask(MAIL, Command::Mail { to, text });
            }
            // Nobody can have this name.
            (Err(_), _) => say(Code::NoSuchReceiver, turn),
            (_, Err(_)) => self.fail(Code::SendFailed, turn),
        }
    }

    fn handle_mail(&mut self, any: bool, letter: Option<&Letter>, now: Instant, turn: &mut Turn) {
        let Some(letter) = letter else {
            self.state = State::Ready;
            let code = if any {
                Code::EndOfMessages
            } else {
                Code::NoNewMessages
            };
            return say(code, turn);
        };
        let sender = on_the_wire(&letter.from).into_owned();
        let mut parts_left = parts::split(&sender, letter.text.as_str());
        parts_left.reverse();
        let mut delivery = Box::new(Delivery {
            id: letter.id,
            sender,
            parts_left,
            deadline: now,
        });
        delivery.say_next(now + self.settings.ack_timeout, turn);
        self.state = State::Delivering(delivery);
    }

    /// 500: out of order, unknown, unreadable. Leaves the state as it is [CP-6].
    fn refuse(&mut self, turn: &mut Turn) {
        match &mut self.state {
            State::Error { untold } if *untold => {
                *untold = false;
                say(Code::ReceiveFailed, turn);
            }
            _ => say(Code::BadCommand, turn),
        }
    }

    /// Tells `code`; the client has to recover with 201 or leave with TERM.
    fn fail(&mut self, code: Code, turn: &mut Turn) {
        self.state = State::Error { untold: false };
        say(code, turn);
    }

    /// The unfinished PDU has taken too long [CP-3].
    fn give_up_line(&mut self, turn: &mut Turn) {
        let code = Code::for_unfinished(self.lines.partial().unwrap_or_default());
        self.lines.discard_line();
        self.partial_since = None;
        self.state = match self.state {
            State::Idle | State::UserValidated(_) => State::Idle,
            _ => State::Error { untold: false },
        };
        say(code, turn);
    }

    /// The 250 is overdue; the letter stays in the mailbox [CP-10].
    fn give_up_delivery(&mut self, turn: &mut Turn) {
        if self.lines.framing() == Framing::Unterminated {
            // Such a client takes whatever comes for the answer to what it sent last.
            self.state = State::Error { untold: true };
        } else {
            self.fail(Code::ReceiveFailed, turn);
        }
    }

    fn close(&mut self, why: Why, turn: &mut Turn) {
        self.state = State::Closed;
        turn.close(why);
    }

    fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    fn pause_deadline(&self) -> Option<Instant> {
        self.lines.awaits_pause().then_some(self.last_heard + PAUSE)
    }

    fn line_deadline(&self) -> Option<Instant> {
        let since = self.partial_since?;
        (self.lines.framing() == Framing::Terminated).then_some(since + self.settings.pdu_timeout)
    }

    fn delivery_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Delivering(delivery) => Some(delivery.deadline),
            _ => None,
        }
    }
}

impl Gate for Server {
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        if !input.is_empty() {
            self.last_heard = now;
        }
        self.read(input, now, turn);
    }

    /// Letters wait in the mailbox until the client asks for them.
    fn handle_event(&mut self, _event: &Event, _now: Instant, _turn: &mut Turn) {}

    fn handle_signal(&mut self, signal: &Signal, _now: Instant, turn: &mut Turn) {
        if matches!(signal, Signal::Closing) {
            self.close(Why::Shutdown, turn);
        }
    }

    fn handle_reply(&mut self, id: CommandId, reply: &Reply, now: Instant, turn: &mut Turn) {
        match (&self.state, id, reply) {
            (State::SigningIn, SIGN_IN, Reply::Done) => {
                self.state = State::Ready;
                say(Code::Authenticated, turn);
            }
            (State::SigningIn, SIGN_IN, _) => {
                self.state = State::Idle;
                say(Code::NotAuthenticated, turn);
            }
            (State::Sending, MAIL, Reply::Told(_)) => {
                self.state = State::Ready;
                say(Code::MessageSent, turn);
            }
            (State::Sending, MAIL, Reply::Refused(Refusal::NoSuchUser(_))) => {
                self.state = State::Ready;
                say(Code::NoSuchReceiver, turn);
            }
            (State::Sending, MAIL, _) => self.fail(Code::SendFailed, turn),
            (&State::Taking { any }, TAKE, Reply::Mail(letter)) => {
                self.handle_mail(any, letter.as_ref(), now, turn);
            }
            (State::Dropping, DROP, Reply::Done) => {
                self.state = State::Taking { any: true };
                turn.ask(TAKE, Command::TakeMail { after: None });
            }
            (State::Taking { .. }, TAKE, _) | (State::Dropping, DROP, _) => {
                self.fail(Code::ReceiveFailed, turn);
            }
            // SignOut is not waited for.
            _ => {}
        }
        if !self.is_waiting()
            && let Some(mut rest) = self.rest.take()
        {
            self.handle_end(&mut rest, now, turn);
        }
    }

    fn handle_timeout(&mut self, now: Instant, turn: &mut Turn) {
        let due = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= now);
        if self.is_closed() || self.paused_at.is_some() {
            return;
        }
        if due(self.pause_deadline()) {
            self.end_by_pause(now, turn);
        }
        if due(self.line_deadline()) {
            self.give_up_line(turn);
        }
        if due(self.delivery_deadline()) {
            self.give_up_delivery(turn);
        }
        if due(Some(self.last_heard + IDLE_LIMIT)) {
            self.close(Why::Silent, turn);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.is_closed() || self.paused_at.is_some() {
            return None;
        }
        [
            self.pause_deadline(),
            self.line_deadline(),
            self.delivery_deadline(),
            Some(self.last_heard + IDLE_LIMIT),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn is_waiting(&self) -> bool {
        match self.state {
            State::SigningIn | State::Sending | State::Taking { .. } | State::Dropping => true,
            State::Idle
            | State::UserValidated(_)
            | State::Ready
            | State::Delivering(_)
            | State::Error { .. }
            | State::Closed => false,
        }
    }

    fn share(&self) -> Share {
        Share::Own
    }

    fn takes_files(&self) -> bool {
        false
    }

    fn handle_pause(&mut self, paused: bool, now: Instant) {
        if paused {
            self.paused_at.get_or_insert(now);
        } else if let Some(since) = self.paused_at.take() {
            let lost = now.saturating_duration_since(since);
            self.last_heard += lost;
            if let Some(since) = &mut self.partial_since {
                *since += lost;
            }
            if let State::Delivering(delivery) = &mut self.state {
                delivery.deadline += lost;
            }
        }
    }

    /// What was sent before the end is still carried out, so that a whole session can be piped in.
    fn handle_end(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        self.read(input, now, turn);
        if !self.is_waiting() && !self.is_closed() {
            self.end_by_pause(now, turn);
        }
        if self.is_waiting() {
            self.rest = Some(Box::new(std::mem::take(input)));
        } else {
            self.close(Why::PeerClosed, turn);
        }
    }
}

impl Delivery {
    /// Sends the next part; `false` if there is none.
    fn say_next(&mut self, deadline: Instant, turn: &mut Turn) -> bool {
        let Some(part) = self.parts_left.pop() else {
            return false;
        };
        let pdu = Answer::Rmsg {
            sender: &self.sender,
            message: &part,
        };
        pdu.encode(&mut turn.out);
        self.deadline = deadline;
        true
    }
}

fn say(code: Code, turn: &mut Turn) {
    Answer::from(code).encode(&mut turn.out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{TellOutcome, Timestamp, Told};
    use std::sync::Arc;

    /// A session with its clock; the test is the driver and the hub.
    struct Rig {
        gate: Server,
        now: Instant,
        input: BytesMut,
        turn: Turn,
    }

    impl Rig {
        fn new(settings: Settings) -> Self {
            let now = any_instant();
            Self {
                gate: Server::new(settings, now),
                now,
                input: BytesMut::new(),
                turn: Turn::default(),
            }
        }

        /// A session in the state of this name, reached as a client would.
        fn at(state: &str) -> Self {
            let mut rig = Self::new(Settings::default());
            if state == "idle" {
                return rig;
            }
            assert_eq!(rig.say("USERana\r\n"), "220 username received\r\n");
            if state == "user" {
                return rig;
            }
            assert_eq!(rig.say("PASSpw\r\n"), "");
            assert_eq!(rig.asked(), "SignIn ana pw");
            assert_eq!(rig.reply(SIGN_IN, &Reply::Done), "230 authenticated\r\n");
            match state {
                "ready" => {}
                "delivering" => {
                    rig.say("RMSG\r\n");
                    assert_eq!(rig.asked(), "TakeMail");
                    let delivered = rig.reply(TAKE, &letter(7, "bo", "hi"));
                    assert_eq!(delivered, "RMSGbo:hi\r\n");
                }
                "error" => {
                    rig.say("SMSGbo:hi\r\n");
                    rig.asked();
                    let refused = Reply::Refused(Refusal::StoreFailed);
                    assert_eq!(rig.reply(MAIL, &refused), "540 error sending message\r\n");
                }
                other => panic!("no state {other}"),
            }
            assert_eq!(rig.state(), state);
            rig
        }

        fn say(&mut self, bytes: impl AsRef<[u8]>) -> String {
            self.input.extend_from_slice(bytes.as_ref());
            self.read()
        }

        fn read(&mut self) -> String {
            assert!(!self.gate.is_waiting());
            self.gate
                .handle_bytes(&mut self.input, self.now, &mut self.turn);
            self.out()
        }

        fn reply(&mut self, id: CommandId, reply: &Reply) -> String {
            self.gate.handle_reply(id, reply, self.now, &mut self.turn);
            self.out()
        }

        fn end(&mut self) -> String {
            self.gate
                .handle_end(&mut self.input, self.now, &mut self.turn);
            self.out()
        }

        /// Lets time pass in the steps that the session asks for.
        fn wait(&mut self, millis: u64) -> String {
            let until = self.now + Duration::from_millis(millis);
            while let Some(at) = self.gate.poll_timeout().filter(|at| *at <= until) {
                assert!(
                    at >= self.now,
                    "a deadline that was over is asked for again"
                );
                self.now = at;
                self.gate.handle_timeout(at, &mut self.turn);
            }
            self.now = until;
            self.out()
        }

        fn out(&mut self) -> String {
            String::from_utf8(self.turn.out.split().to_vec()).unwrap()
        }

        /// What was asked since, in words.
        fn asked(&mut self) -> String {
            let words = self.turn.asks.drain(..).map(|(id, command)| {
                let (expected, words) = match command {
                    Command::SignIn {
                        name,
                        proof: Proof::Password(secret),
                    } => (SIGN_IN, format!("SignIn {name} {}", secret.expose())),
                    Command::SignOut { farewell: None } => (SIGN_OUT, "SignOut".to_owned()),
                    Command::Mail {
                        to: Recipient::Name(to),
                        text,
                    } => (MAIL, format!("Mail {to} {text}")),
                    Command::Mail {
                        to: Recipient::Alias(to),
                        text,
                    } => (MAIL, format!("Mail alias {to} {text}")),
                    Command::TakeMail { after: None } => (TAKE, "TakeMail".to_owned()),
                    Command::DropMail { id } => (DROP, format!("DropMail {}", id.0)),
                    other => panic!("unexpected {other:?}"),
                };
                assert_eq!(id, expected);
                words
            });
            words.collect::<Vec<_>>().join(", ")
        }

        fn state(&self) -> &'static str {
            match self.gate.state {
                State::Idle => "idle",
                State::UserValidated(_) => "user",
                State::SigningIn => "signing in",
                State::Ready => "ready",
                State::Sending => "sending",
                State::Taking { .. } => "taking",
                State::Delivering(_) => "delivering",
                State::Dropping => "dropping",
                State::Error { .. } => "error",
                State::Closed => "closed",
            }
        }
    }

    /// Any instant will do: all others are made from it.
    #[allow(
        clippy::disallowed_methods,
        reason = "std has no other way to make one"
    )]
    fn any_instant() -> Instant {
        Instant::now()
    }

    fn letter(id: u64, from: &str, text: &str) -> Reply {
        Reply::Mail(Some(Arc::new(Told {
            id: MessageId(id),
            at: Timestamp(0),
            from: UserName::parse(from).unwrap(),
            to: UserName::parse("ana").unwrap(),
            text: Text::adapt(text).unwrap(),
        })))
    }

    fn refused(refusal: Refusal) -> Reply {
        Reply::Refused(refusal)
    }

    const STATES: [&str; 5] = ["idle", "user", "ready", "delivering", "error"];

    // [CP-4] [CP-5] [CP-6] [CP-7] [CP-8] [CP-9] [CP-10] [CP-11]: every PDU in every state. What is not in
    // the table is 500 and changes nothing.
    #[test]
    fn every_edge_of_the_states_is_as_the_protocol_draws_it() {
        let too_long = format!("SMSGbo:{}", "x".repeat(2000));
        let inputs: [&[u8]; 18] = [
            b"USERbo",
            b"USER",
            b"USER~bo",
            b"PASSpw",
            b"PASS",
            b"SMSGbo:hi",
            b"SMSGbo",
            b"SMSGbo:a:b",
            b"SMSGb o:hi",
            b"RMSG",
            b"TERM",
            b"201 ok",
            b"250 ok",
            b"230 ok",
            b"HELO",
            b"",
            b"SMSGbo:\xff",
            too_long.as_bytes(),
        ];
        // (state, PDU) -> what is answered, what is asked, the next state
        let edges: [(&str, &[u8], &str, &str, &str); 18] = [
            ("idle", b"USERbo", "220", "", "user"),
            ("idle", b"USER", "560", "", "idle"),
            ("idle", b"USER~bo", "560", "", "idle"),
            ("user", b"PASSpw", "", "SignIn ana pw", "signing in"),
            ("user", b"PASS", "565", "", "idle"),
            ("ready", b"SMSGbo:hi", "", "Mail bo hi", "sending"),
            ("ready", b"SMSGbo", "540", "", "error"),
            ("ready", b"SMSGbo:a:b", "546", "", "ready"),
            ("ready", b"SMSGb o:hi", "545", "", "ready"),
            ("ready", b"RMSG", "", "TakeMail", "taking"),
            ("ready", b"TERM", "", "SignOut", "idle"),
            ("ready", b"201 ok", "", "", "ready"),
            ("delivering", b"250 ok", "", "DropMail 7", "dropping"),
            ("delivering", b"201 ok", "", "", "delivering"),
            ("delivering", b"TERM", "", "SignOut", "idle"),
            ("error", b"201 ok", "", "", "ready"),
            ("error", b"TERM", "", "SignOut", "idle"),
            ("error", b"250 ok", "500", "", "error"),
        ];
        let mut found = 0;
        for from in STATES {
            for input in inputs {
                let edge = edges.iter().find(|e| e.0 == from && e.1 == input);
                found += usize::from(edge.is_some());
                let &(_, _, answer, asked, to) = edge.unwrap_or(&("", b"", "500", "", from));
                let mut rig = Rig::at(from);
                let out = rig.say([input, b"\r\n"].concat());
                let at = format!("{} at {from}", input.escape_ascii());
                assert_eq!(out.get(..3).unwrap_or_default(), answer, "{at}");
                assert_eq!(out.matches("\r\n").count(), usize::from(!answer.is_empty()));
                assert_eq!(rig.asked(), asked, "{at}");
                assert_eq!(rig.state(), to, "{at}");
                assert_eq!(rig.turn.why, None, "{at}");
            }
        }
        assert_eq!(found, edges.len(), "an edge of the table was not walked");
    }

    // [CP-8] [CP-9] [CP-10]: every answer of the hub in every state that waits for one.
    #[test]
    fn every_answer_of_the_hub_leads_where_the_protocol_says() {
        let table: [(&str, &str, CommandId, Reply, &str, &str, &str); 18] = [
            ("user", "PASSx", SIGN_IN, Reply::Done, "230", "", "ready"),
            (
                "user",
                "PASSx",
                SIGN_IN,
                refused(Refusal::BadCredentials),
                "565",
                "",
                "idle",
            ),
            (
                "user",
                "PASSx",
                SIGN_IN,
                refused(Refusal::HubFull),
                "565",
                "",
                "idle",
            ),
            (
                "user",
                "PASSx",
                SIGN_IN,
                refused(Refusal::StoreFailed),
                "565",
                "",
                "idle",
            ),
            (
                "ready",
                "SMSGbo:x",
                MAIL,
                Reply::Told(TellOutcome::Kept),
                "240",
                "",
                "ready",
            ),
            (
                "ready",
                "SMSGbo:x",
                MAIL,
                Reply::Told(TellOutcome::Delivered),
                "240",
                "",
                "ready",
            ),
            (
                "ready",
                "SMSGbo:x",
                MAIL,
                refused(Refusal::NoSuchUser("bo".into())),
                "545",
                "",
                "ready",
            ),
            (
                "ready",
                "SMSGbo:x",
                MAIL,
                refused(Refusal::StoreFailed),
                "540",
                "",
                "error",
            ),
            (
                "ready",
                "SMSGbo:x",
                MAIL,
                refused(Refusal::NotPossible),
                "540",
                "",
                "error",
            ),
            ("ready", "RMSG", TAKE, Reply::Mail(None), "256", "", "ready"),
            (
                "ready",
                "RMSG",
                TAKE,
                letter(9, "bo", "x"),
                "RMS",
                "",
                "delivering",
            ),
            (
                "ready",
                "RMSG",
                TAKE,
                refused(Refusal::StoreFailed),
                "550",
                "",
                "error",
            ),
            (
                "delivering",
                "250",
                DROP,
                Reply::Done,
                "",
                "TakeMail",
                "taking",
            ),
            (
                "delivering",
                "250",
                DROP,
                refused(Refusal::StoreFailed),
                "550",
                "",
                "error",
            ),
            // An answer to something else changes nothing.
            ("user", "PASSx", SIGN_OUT, Reply::Done, "", "", "signing in"),
            (
                "ready",
                "SMSGbo:x",
                SIGN_OUT,
                Reply::Done,
                "",
                "",
                "sending",
            ),
            ("ready", "RMSG", DROP, Reply::Done, "", "", "taking"),
            (
                "delivering",
                "250",
                TAKE,
                Reply::Mail(None),
                "",
                "",
                "dropping",
            ),
        ];
        for (from, pdu, id, reply, answer, asked, to) in table {
            let mut rig = Rig::at(from);
            assert_eq!(rig.say(format!("{pdu}\r\n")), "");
            assert!(rig.gate.is_waiting(), "{pdu}");
            rig.asked();
            let out = rig.reply(id, &reply);
            assert_eq!(out.get(..3).unwrap_or_default(), answer, "{pdu} {reply:?}");
            assert_eq!(rig.asked(), asked, "{pdu} {reply:?}");
            assert_eq!(rig.state(), to, "{pdu} {reply:?}");
        }
    }

    // [CP-1]: a whole session, once in one segment, once a byte at a time.
    #[test]
    fn a_session_reads_the_same_however_it_is_cut() {
        let session =
            "USERana\r\nPASSpw\nsmsg bo:hi\r\nRMSG\r\n250 ok\r\n250 ok\r\nTERM\r\nUSERbo\r\n";
        for size in [session.len(), 1, 7] {
            let mut rig = Rig::new(Settings::default());
            let mut letters = [letter(2, "cy", "two"), letter(1, "bo", "one")].to_vec();
            let mut out = String::new();
            for chunk in session.as_bytes().chunks(size) {
                out += &rig.say(chunk);
                while rig.gate.is_waiting() || !rig.input.is_empty() {
                    let asked = rig.asked();
                    out += &match asked.split(' ').next().unwrap_or_default() {
                        "SignIn" => rig.reply(SIGN_IN, &Reply::Done),
                        "Mail" => rig.reply(MAIL, &Reply::Told(TellOutcome::Kept)),
                        "TakeMail" => rig.reply(TAKE, &letters.pop().unwrap_or(Reply::Mail(None))),
                        "DropMail" => rig.reply(DROP, &Reply::Done),
                        _ => rig.read(),
                    };
                }
            }
            assert_eq!(
                out,
                "220 username received\r\n230 authenticated\r\n240 message sent\r\nRMSGbo:one\r\n\
                 RMSGcy:two\r\n255 end of messages\r\n220 username received\r\n",
                "in pieces of {size}"
            );
            assert_eq!(rig.state(), "user");
        }
    }

    // [CP-2]
    #[test]
    fn a_client_that_ends_nothing_is_served_by_its_pauses() {
        let mut rig = Rig::new(Settings::default());
        assert_eq!(rig.say("USE"), "");
        assert_eq!(rig.wait(99), "");
        assert_eq!(rig.say("Rana"), "");
        assert_eq!(rig.wait(99), "");
        assert_eq!(rig.wait(1), "220 username received\r\n");
        assert_eq!(rig.say("PASSpw"), "");
        assert_eq!(rig.wait(100), "");
        assert_eq!(rig.asked(), "SignIn ana pw");
        assert_eq!(rig.reply(SIGN_IN, &Reply::Done), "230 authenticated\r\n");
        assert_eq!(rig.say("RMSG") + &rig.wait(100), "");
        assert_eq!(rig.asked(), "TakeMail");
        assert_eq!(rig.reply(TAKE, &letter(1, "bo", "one")), "RMSGbo:one\r\n");
        assert_eq!(rig.say("250") + &rig.wait(100), "");
        assert_eq!(rig.asked(), "DropMail 1");
        assert_eq!(rig.reply(DROP, &Reply::Done), "");
        assert_eq!(rig.asked(), "TakeMail");
        assert_eq!(
            rig.reply(TAKE, &Reply::Mail(None)),
            "255 end of messages\r\n"
        );
    }

    // [CP-2]: the setting.
    #[test]
    fn a_client_that_ends_nothing_can_be_rejected() {
        let settings = Settings {
            unterminated: Unterminated::Reject,
            ..Settings::default()
        };
        let mut rig = Rig::new(settings);
        assert_eq!(rig.say("USERana"), "");
        assert_eq!(rig.wait(100), "500 bad command\r\n");
        assert!(matches!(rig.turn.why, Some(Why::PeerMisbehaved(_))));
        assert_eq!(rig.say("USERana\r\n"), "");
        assert_eq!(rig.gate.poll_timeout(), None);

        let mut rig = Rig::new(settings);
        assert_eq!(rig.say("USERana\r\n"), "220 username received\r\n");
        assert_eq!(rig.say("PAS") + &rig.wait(1000), "");
        assert_eq!(rig.turn.why, None);
    }

    // [CP-3]: answer and next state, by state and by the beginning.
    #[test]
    fn a_pdu_that_does_not_end_is_given_up_after_30_s() {
        let beginnings = [
            ("USERx", "560"),
            ("pass", "565"),
            ("SMSGbo:hi", "540"),
            ("RMSG", "550"),
            ("TERM", "500"),
            ("x", "500"),
        ];
        for from in ["user", "ready", "error"] {
            for (beginning, answer) in beginnings {
                let mut rig = Rig::at(from);
                assert_eq!(rig.say(beginning), "");
                assert_eq!(rig.wait(20_000), "");
                // More of the same line does not begin it anew.
                assert_eq!(rig.say("y"), "");
                assert_eq!(rig.wait(9_999), "");
                let out = rig.wait(1);
                assert_eq!(&out[..3], answer, "{beginning} at {from}");
                let to = if from == "user" { "idle" } else { "error" };
                assert_eq!(rig.state(), to, "{beginning} at {from}");
                // The rest of the line is not answered again, and the next line is read.
                assert_eq!(rig.say("and so on"), "");
                assert_eq!(rig.wait(60_000), "");
                assert_eq!(rig.say("\r\nHELO\r\n"), "500 bad command\r\n");
                assert_eq!(rig.asked(), "");
            }
        }
    }

    // [CP-3] [CP-10]: one answer, not two, and the letter stays.
    #[test]
    fn an_unfinished_250_is_no_250() {
        let mut rig = Rig::at("delivering");
        assert_eq!(rig.say("250 messa"), "");
        assert_eq!(rig.wait(30_000), "500 bad command\r\n");
        assert_eq!(rig.state(), "error");
        assert_eq!(rig.wait(60_000), "");
        assert_eq!(rig.asked(), "");
    }

    // [CP-4]
    #[test]
    fn a_line_over_the_limit_is_500_once_and_the_session_goes_on() {
        let mut rig = Rig::at("ready");
        let mut out = String::new();
        for _ in 0..100 {
            out += &rig.say([b'x'; 100]);
        }
        assert_eq!(out, "500 bad command\r\n");
        assert_eq!(rig.say("\r\nRMSG\r\n"), "");
        assert_eq!(rig.asked(), "TakeMail");
    }

    // [CP-9]: the setting.
    #[test]
    fn colons_in_messages_can_be_allowed() {
        let mut rig = Rig::at("ready");
        rig.gate.settings.colons_in_messages = true;
        assert_eq!(rig.say("SMSGbo:at 5: tea\r\n"), "");
        assert_eq!(rig.asked(), "Mail bo at 5: tea");
    }

    // [CP-10]
    #[test]
    fn a_letter_that_is_not_acknowledged_in_30_s_stays() {
        let mut rig = Rig::at("delivering");
        // What is no 250 buys no time.
        assert_eq!(rig.wait(20_000), "");
        assert_eq!(rig.say("HELO\r\n"), "500 bad command\r\n");
        assert_eq!(rig.wait(9_999), "");
        assert_eq!(rig.wait(1), "550 error downloading message\r\n");
        assert_eq!(rig.state(), "error");
        assert_eq!(rig.say("250 late\r\n"), "500 bad command\r\n");
        assert_eq!(rig.asked(), "", "the letter was removed");
        assert_eq!(rig.say("201 ok\r\nRMSG\r\n"), "");
        assert_eq!(rig.asked(), "TakeMail");
    }

    // [CP-2] [CP-10]: without line ends the client would take an unasked 550 for another answer.
    #[test]
    fn an_unterminated_client_hears_of_the_failure_when_it_sends_again() {
        let unterminated = || {
            let mut rig = Rig::new(Settings::default());
            rig.say("USERana");
            rig.wait(100);
            rig.say("PASSpw");
            rig.wait(100);
            rig.reply(SIGN_IN, &Reply::Done);
            rig.say("RMSG");
            rig.wait(100);
            assert_eq!(rig.reply(TAKE, &letter(1, "bo", "x")), "RMSGbo:x\r\n");
            rig.asked();
            assert_eq!(rig.wait(40_000), "");
            assert_eq!(rig.state(), "error");
            rig
        };
        let mut rig = unterminated();
        assert_eq!(
            rig.say("250") + &rig.wait(100),
            "550 error downloading message\r\n"
        );
        assert_eq!(rig.say("250") + &rig.wait(100), "500 bad command\r\n");
        assert_eq!(rig.asked(), "");

        let mut rig = unterminated();
        assert_eq!(rig.say("201") + &rig.wait(100), "");
        assert_eq!(rig.state(), "ready");
    }

    // [CP-11]
    #[test]
    fn after_term_another_user_logs_in_on_the_same_connection() {
        let mut rig = Rig::at("ready");
        assert_eq!(
            rig.say("TERM\r\nUSERbo\r\nPASSx\r\n"),
            "220 username received\r\n"
        );
        assert_eq!(rig.asked(), "SignOut, SignIn bo x");
        assert_eq!(rig.reply(SIGN_OUT, &Reply::Done), "");
        assert_eq!(rig.reply(SIGN_IN, &Reply::Done), "230 authenticated\r\n");
    }

    // [CP-11]
    #[test]
    fn at_shutdown_nothing_is_said() {
        for state in STATES {
            let mut rig = Rig::at(state);
            rig.gate
                .handle_signal(&Signal::Closing, rig.now, &mut rig.turn);
            assert_eq!(rig.out(), "");
            assert_eq!(rig.turn.why, Some(Why::Shutdown));
        }
    }

    // [CP-15]
    #[test]
    fn aliases_stand_for_names_that_do_not_fit() {
        let long = UserName::parse("somebody-with-a-long-name").unwrap();
        let alias = long.alias();
        let mut rig = Rig::at("ready");
        rig.say("RMSG\r\n");
        assert_eq!(
            rig.reply(TAKE, &letter(1, long.as_str(), "x")),
            format!("RMSG{alias}:x\r\n")
        );
        let mut rig = Rig::at("ready");
        assert_eq!(rig.say(format!("SMSG{alias}:y\r\n")), "");
        assert_eq!(rig.asked(), format!("Mail alias {alias} y"));
        let mut rig = Rig::at("ready");
        assert_eq!(rig.say("SMSG~bo:y\r\n"), "545 receiver does not exist\r\n");
    }

    // [CP-16] [CP-10]
    #[test]
    fn a_long_letter_comes_in_parts_and_is_removed_after_the_last() {
        let text = format!("{}\n{}", "a".repeat(1500), "b".repeat(1000));
        let mut rig = Rig::at("ready");
        rig.say("RMSG\r\n");
        rig.asked();
        let mut heard = rig.reply(TAKE, &letter(3, "bo", &text));
        let mut all = String::new();
        for n in 1..=3 {
            assert_eq!(rig.asked(), "");
            let part = heard.strip_prefix(&format!("RMSGbo:({n}/3) ")).unwrap();
            all += part.strip_suffix("\r\n").unwrap();
            assert!(heard.len() <= 1026);
            // Each part has its own 30 s.
            assert_eq!(rig.wait(29_000), "");
            heard = rig.say("250 ok\r\n");
        }
        assert_eq!(heard, "");
        assert_eq!(all, text.replace('\n', " "));
        assert_eq!(rig.asked(), "DropMail 3");
    }

    #[test]
    fn a_silent_session_is_closed_after_half_an_hour() {
        let mut rig = Rig::at("ready");
        assert_eq!(rig.wait(29 * 60_000), "");
        assert_eq!(rig.say("201\r\n"), "");
        assert_eq!(rig.wait(29 * 60_000), "");
        assert_eq!(rig.turn.why, None);
        assert_eq!(rig.wait(60_000), "");
        assert_eq!(rig.turn.why, Some(Why::Silent));
    }

    // [HUB-14]
    #[test]
    fn time_in_which_the_driver_does_not_read_is_no_silence() {
        let mut rig = Rig::at("delivering");
        assert_eq!(rig.say("250 o") + &rig.wait(10_000), "");
        rig.gate.handle_pause(true, rig.now);
        assert_eq!(rig.gate.poll_timeout(), None);
        rig.now += Duration::from_secs(3600);
        rig.gate.handle_pause(false, rig.now);
        assert_eq!(rig.wait(19_999), "");
        assert_eq!(rig.say("k\r\n"), "");
        assert_eq!(rig.asked(), "DropMail 7");
    }

    #[test]
    fn a_session_that_is_piped_in_is_carried_out_before_the_close() {
        let mut rig = Rig::new(Settings::default());
        assert_eq!(
            rig.say("USERana\r\nPASSpw\r\nSMSGbo:one\r\nTERM"),
            "220 username received\r\n"
        );
        assert_eq!(rig.end(), "");
        assert_eq!(rig.asked(), "SignIn ana pw");
        assert_eq!(rig.reply(SIGN_IN, &Reply::Done), "230 authenticated\r\n");
        assert_eq!(rig.asked(), "Mail bo one");
        assert_eq!(rig.turn.why, None);
        assert_eq!(
            rig.reply(MAIL, &Reply::Told(TellOutcome::Kept)),
            "240 message sent\r\n"
        );
        assert_eq!(rig.turn.why, Some(Why::PeerClosed));
        // TERM had no CRLF on a session that uses them: it never came.
        assert_eq!(rig.asked(), "");

        let mut rig = Rig::new(Settings::default());
        rig.say("USERana");
        assert_eq!(rig.end(), "220 username received\r\n");
        assert_eq!(rig.turn.why, Some(Why::PeerClosed));

        // [CP-10]
        let mut rig = Rig::at("delivering");
        assert_eq!(rig.end(), "");
        assert_eq!(rig.asked(), "");
        assert_eq!(rig.turn.why, Some(Why::PeerClosed));
    }

    // [HUB-9]
    #[test]
    fn hostile_bytes_never_panic_and_never_sign_in() {
        let mut seed = 1u64;
        let mut random = move || {
            // Knuth's MMIX generator: any fixed sequence will do.
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize
        };
        let words = [
            "USER", "user ", "PASS", "SMSG", "bo:", "RMSG", "TERM", "201", "250", "\r\n", "\n",
            "\r", ":", "x",
        ];
        let mut answered = 0;
        for _ in 0..300 {
            let mut rig = Rig::new(Settings::default());
            for _ in 0..40 {
                let mut chunk = Vec::new();
                for _ in 0..random() % 6 {
                    match random() % 20 {
                        0 => chunk.extend(vec![b'z'; random() % 3000]),
                        1..4 => chunk.push((random() % 256) as u8),
                        n => {
                            chunk.extend_from_slice(words[(n + random()) % words.len()].as_bytes());
                        }
                    }
                }
                answered += rig.say(chunk).len() + rig.wait(random() as u64 % 300).len();
                while rig.gate.is_waiting() {
                    assert!(rig.asked().starts_with("SignIn"));
                    answered += rig.reply(SIGN_IN, &refused(Refusal::BadCredentials)).len();
                }
                assert_eq!(rig.asked(), "");
                assert!(["idle", "user"].contains(&rig.state()));
            }
        }
        assert!(answered > 1000);
    }

    #[test]
    fn an_idle_session_is_small() {
        assert!(size_of::<Server>() <= 256, "{} bytes", size_of::<Server>());
    }
}
