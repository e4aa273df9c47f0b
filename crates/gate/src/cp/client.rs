//! Our side towards a hub that speaks cp.
//!
//! One command is on its way at a time; what is asked meanwhile waits in a short queue. All PDUs end
//! with CRLF.
//!
//! | asked | sent |
//! |---|---|
//! | `SignIn` with a password | USER, and PASS after 220 |
//! | `Mail`, `Tell` | SMSG |
//! | `TakeMail` | RMSG, unless the hub has already sent the next letter |
//! | `DropMail` | 250 |
//! | `SignOut` | TERM, then the connection is closed |
//!
//! After a 250 the hub sends the next letter by itself: it is held for the next `TakeMail`. While one is
//! held, the hub takes nothing but a 250, so that a `Mail` waits for the letters; if they are
//! not taken, the hub gives up after a while with 550, and everything goes on.
//!
//! After 540 and 550 the hub wants a 201: it is sent at once. A 201 that nothing called for is
//! ignored [CP-11], which makes it the sign of life that the protocol lacks.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use model::{
    Alias, Command, CommandId, Letter, MessageId, Proof, Recipient, Refusal, Reply, Secret,
    TellOutcome, Text, Timestamp, Told, UserName, is_directional,
};
use wire_cp::{Code, Colons, Command as Pdu, Line, Reply as Answer, Splitter, parts};

use super::on_the_wire;
use crate::{ClientGate, ClientTurn, Upward, Why};

/// How long a hub may take to answer. It delays a PASS by up to 30 s on purpose [CP-8].
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// After so long without a command of ours a 201 shows that we live: a hub closes silent sessions.
const KEEP_ALIVE: Duration = Duration::from_secs(5 * 60);
/// Commands that wait, at most; a face has no use for more. One more is refused.
const QUEUE_LIMIT: usize = 64;
/// Stands before a sender that is no [`UserName`], such as an alias. An alias with it is longer than
/// the wire's names, so that no name on it looks the same.
const STRANGE: char = '?';

/// A client session.
#[derive(Debug)]
pub struct Client {
    lines: Splitter,
    /// Who we are, once signed in.
    me: Option<UserName>,
    doing: Doing,
    queue: VecDeque<(CommandId, Command)>,
    /// When the last PDU was sent.
    last_sent: Instant,
    /// Numbers the letters, which have no number on this wire.
    letters: u64,
}

/// What the hub's next PDU is the answer to.
#[derive(Debug)]
enum Doing {
    Nothing,
    /// USER is sent.
    Naming(CommandId, UserName, Secret),
    /// PASS is sent.
    Proving(CommandId, UserName),
    /// SMSG is sent, to this receiver.
    Mailing(CommandId, String),
    /// RMSG is sent.
    Taking(CommandId),
    /// The hub waits for the 250 for this letter.
    Holding(Letter),
    /// 250 is sent.
    Dropping(CommandId),
    /// Over.
    Closed,
}

impl Client {
    /// A session on a connection that was made at `now`.
    pub fn new(now: Instant) -> Self {
        Self {
            lines: Splitter::new(),
            me: None,
            doing: Doing::Nothing,
            queue: VecDeque::new(),
            last_sent: now,
            letters: 0,
        }
    }

    fn handle_line(&mut self, line: &Line, now: Instant, turn: &mut ClientTurn) {
        let parsed = match line {
            Line::Pdu(pdu) => Answer::parse(pdu).map_err(|error| error.to_string()),
            Line::TooLong => Err("a PDU is over the limit".to_owned()),
        };
        match parsed {
            Ok(Answer::Code(code, text)) => self.handle_code(code, text, now, turn),
            Ok(Answer::Rmsg { sender, message }) => {
                self.handle_letter(sender, message, turn);
                self.next(now, turn);
            }
            Err(error) => self.close(Why::PeerMisbehaved(error), turn),
        }
    }

    fn handle_code(&mut self, code: Code, text: &str, now: Instant, turn: &mut ClientTurn) {
        match (std::mem::replace(&mut self.doing, Doing::Nothing), code) {
            (Doing::Naming(id, name, secret), Code::UsernameReceived) => {
                self.send(Pdu::Pass(secret.expose()), now, turn);
                self.doing = Doing::Proving(id, name);
            }
            (Doing::Proving(id, name), Code::Authenticated) => {
                self.me = Some(name);
                answer(id, Reply::Done, turn);
            }
            // The hub's limits speak before anything else does.
            (Doing::Naming(id, ..), Code::BadCommand) => {
                refuse(id, Refusal::HubFull, turn);
                self.close(Why::ServerEnded(text.to_owned()), turn);
            }
            (Doing::Naming(id, ..) | Doing::Proving(id, _), _) => {
                refuse(id, Refusal::BadCredentials, turn);
            }
            (Doing::Mailing(id, _), Code::MessageSent) => {
                answer(id, Reply::Told(TellOutcome::Kept), turn);
            }
            (Doing::Mailing(id, to), Code::NoSuchReceiver) => {
                refuse(id, Refusal::NoSuchUser(to), turn);
            }
            (Doing::Mailing(id, _), Code::SendFailed) => {
                self.recover(now, turn);
                refuse(id, Refusal::StoreFailed, turn);
            }
            (Doing::Taking(id), Code::EndOfMessages | Code::NoNewMessages) => {
                answer(id, Reply::Mail(None), turn);
            }
            (Doing::Dropping(id), Code::EndOfMessages) => answer(id, Reply::Done, turn),
            (Doing::Taking(id) | Doing::Dropping(id), Code::ReceiveFailed) => {
                self.recover(now, turn);
                refuse(id, Refusal::StoreFailed, turn);
            }
            (Doing::Mailing(id, _) | Doing::Taking(id) | Doing::Dropping(id), _) => {
                refuse(id, Refusal::NotPossible, turn);
            }
            (Doing::Holding(_) | Doing::Nothing, Code::SendFailed | Code::ReceiveFailed)
                if self.me.is_some() =>
            {
                self.recover(now, turn);
            }
            (Doing::Nothing, _) if self.me.is_none() => {
                self.close(Why::ServerEnded(text.to_owned()), turn);
            }
            // What answers nothing and asks for nothing is let pass.
            (doing @ (Doing::Holding(_) | Doing::Nothing | Doing::Closed), _) => self.doing = doing,
        }
        self.next(now, turn);
    }

    fn handle_letter(&mut self, sender: &str, message: &str, turn: &mut ClientTurn) {
        let (Some(me), Some(from), Some(text)) = (&self.me, person(sender), text(message)) else {
            return self.close(
                Why::PeerMisbehaved("an unreadable message".to_owned()),
                turn,
            );
        };
        self.letters += 1;
        let letter: Letter = Arc::new(Told {
            id: MessageId(self.letters),
            at: Timestamp(0),
            from,
            to: me.clone(),
            text,
        });
        match self.doing {
            Doing::Taking(id) => answer(id, Reply::Mail(Some(letter.clone())), turn),
            Doing::Dropping(id) => answer(id, Reply::Done, turn),
            _ => return self.close(Why::PeerMisbehaved("an unasked message".to_owned()), turn),
        }
        self.doing = Doing::Holding(letter);
    }

    /// Begins what can be begun of the queue.
    fn next(&mut self, now: Instant, turn: &mut ClientTurn) {
        loop {
            let at = match self.doing {
                Doing::Nothing => (!self.queue.is_empty()).then_some(0),
                Doing::Holding(_) => self.queue.iter().position(|(_, c)| is_about_letters(c)),
                _ => None,
            };
            let Some((id, command)) = at.and_then(|at| self.queue.remove(at)) else {
                return;
            };
            self.begin(id, command, now, turn);
        }
    }

    /// Begins `command`; nothing but a letter may be held.
    fn begin(&mut self, id: CommandId, command: Command, now: Instant, turn: &mut ClientTurn) {
        match command {
            Command::SignIn { name, proof } => self.sign_in(id, name, proof, now, turn),
            _ if self.me.is_none() => refuse(id, Refusal::NotSignedIn, turn),
            Command::Mail { to, text } | Command::Tell { to, text } => {
                self.mail(id, &to, &text, now, turn);
            }
            Command::TakeMail { after } => match &self.doing {
                Doing::Holding(letter) if after.is_none_or(|after| after < letter.id) => {
                    answer(id, Reply::Mail(Some(letter.clone())), turn);
                }
                // The hub shows no letter before the one in hand is dropped.
                Doing::Holding(_) => refuse(id, Refusal::NotPossible, turn),
                _ => {
                    self.send(Pdu::Rmsg, now, turn);
                    self.doing = Doing::Taking(id);
                }
            },
            Command::DropMail { id: which } => match &self.doing {
                Doing::Holding(letter) if letter.id == which => {
                    let pdu = Pdu::Code {
                        code: Code::MessageReceived,
                        text: Code::MessageReceived.text(),
                    };
                    self.send(pdu, now, turn);
                    self.doing = Doing::Dropping(id);
                }
                _ => refuse(id, Refusal::NotPossible, turn),
            },
            Command::SignOut { .. }
            | Command::Announce(_)
            | Command::Give { .. }
            | Command::Take { .. }
            | Command::ListContacts
            | Command::Typing { .. }
            | Command::Part { .. }
            | Command::Join { .. }
            | Command::Leave { .. }
            | Command::ListRooms
            | Command::ListMembers { .. }
            | Command::Post { .. }
            | Command::PostEverywhere { .. }
            | Command::Query { .. }
            | Command::History { .. }
            | Command::Offer { .. }
            | Command::Answer { .. }
            | Command::Segment { .. }
            | Command::Cancel { .. } => refuse(id, Refusal::NotPossible, turn),
        }
    }

    fn sign_in(
        &mut self,
        id: CommandId,
        name: UserName,
        proof: Proof,
        now: Instant,
        turn: &mut ClientTurn,
    ) {
        let pdu = Pdu::User(name.as_str());
        match proof {
            _ if self.me.is_some() => refuse(id, Refusal::AlreadySignedIn, turn),
            Proof::Password(secret)
                if pdu.check(Colons::Refuse).is_ok()
                    && Pdu::Pass(secret.expose()).check(Colons::Refuse).is_ok() =>
            {
                self.send(pdu, now, turn);
                self.doing = Doing::Naming(id, name, secret);
            }
            // No account on this wire has such a name or such a password, or none at all.
            Proof::Password(_) | Proof::None => refuse(id, Refusal::BadCredentials, turn),
        }
    }

    fn mail(
        &mut self,
        id: CommandId,
        to: &Recipient,
        text: &Text,
        now: Instant,
        turn: &mut ClientTurn,
    ) {
        let receiver = receiver(to);
        let message = parts::one_line(text.as_str());
        let pdu = Pdu::Smsg {
            receiver: &receiver,
            message: &message,
        };
        // Whether a message may hold ':' is the hub's to decide.
        if pdu.check(Colons::Allow).is_err() {
            return refuse(id, Refusal::NotPossible, turn);
        }
        self.send(pdu, now, turn);
        self.doing = Doing::Mailing(id, receiver);
    }

    fn recover(&mut self, now: Instant, turn: &mut ClientTurn) {
        let pdu = Pdu::Code {
            code: Code::Recovered,
            text: Code::Recovered.text(),
        };
        self.send(pdu, now, turn);
    }

    fn send(&mut self, pdu: Pdu<'_>, now: Instant, turn: &mut ClientTurn) {
        pdu.encode(&mut turn.out);
        self.last_sent = now;
    }

    fn close(&mut self, why: Why, turn: &mut ClientTurn) {
        self.doing = Doing::Closed;
        self.queue.clear();
        turn.close(why);
    }
}

impl ClientGate for Client {
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut ClientTurn) {
        while !matches!(self.doing, Doing::Closed) {
            let Some(line) = self.lines.next(input) else {
                return;
            };
            self.handle_line(&line, now, turn);
        }
        input.clear();
    }

    fn handle_command(
        &mut self,
        id: CommandId,
        command: Command,
        now: Instant,
        turn: &mut ClientTurn,
    ) {
        if matches!(self.doing, Doing::Closed) {
            return refuse(id, Refusal::NotPossible, turn);
        }
        if matches!(command, Command::SignOut { .. }) {
            // Not queued: the hub carries out what was sent before, and the answer to it is not awaited.
            if self.me.is_some() {
                self.send(Pdu::Term, now, turn);
            }
            answer(id, Reply::Done, turn);
            return self.close(Why::Departed, turn);
        }
        if self.queue.len() >= QUEUE_LIMIT {
            return refuse(id, Refusal::NotPossible, turn);
        }
        self.queue.push_back((id, command));
        self.next(now, turn);
    }

    fn handle_timeout(&mut self, now: Instant, turn: &mut ClientTurn) {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        match self.doing {
            // A 201 while a letter is held changes nothing, too: the hub awaits the 250.
            Doing::Nothing | Doing::Holding(_) => self.recover(now, turn),
            _ => self.close(Why::Silent, turn),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self.doing {
            Doing::Nothing | Doing::Holding(_) => {
                self.me.as_ref().map(|_| self.last_sent + KEEP_ALIVE)
            }
            Doing::Naming(..)
            | Doing::Proving(..)
            | Doing::Mailing(..)
            | Doing::Taking(_)
            | Doing::Dropping(_) => Some(self.last_sent + ANSWER_LIMIT),
            Doing::Closed => None,
        }
    }
}

fn is_about_letters(command: &Command) -> bool {
    matches!(command, Command::TakeMail { .. } | Command::DropMail { .. })
}

/// A receiver as the wire carries it; a strange sender's name leads back to the alias behind it.
fn receiver(to: &Recipient) -> String {
    match to {
        Recipient::Alias(alias) => alias.as_str().to_owned(),
        Recipient::Name(name) => match name.as_str().strip_prefix(STRANGE).map(Alias::parse) {
            Some(Some(alias)) => alias.as_str().to_owned(),
            _ => on_the_wire(name).into_owned(),
        },
    }
}

/// The sender as a name. Aliases, and what other hubs may let pass for a name, are marked.
fn person(sender: &str) -> Option<UserName> {
    UserName::parse(sender)
        .or_else(|_| {
            let shown = sender.chars().map(|c| match c {
                c if c <= ' ' || is_directional(c) => char::REPLACEMENT_CHARACTER,
                c => c,
            });
            UserName::parse(&std::iter::once(STRANGE).chain(shown).collect::<String>())
        })
        .ok()
}

/// The message; a hub with other rules may send an empty one.
fn text(message: &str) -> Option<Text> {
    Text::adapt(if message.is_empty() { " " } else { message }).ok()
}

fn answer(id: CommandId, reply: Reply, turn: &mut ClientTurn) {
    turn.tell(Upward::Reply(id, reply));
}

fn refuse(id: CommandId, refusal: Refusal, turn: &mut ClientTurn) {
    answer(id, Reply::Refused(refusal), turn);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A session with its clock; the test is the face and the hub.
    struct Rig {
        gate: Client,
        now: Instant,
        turn: ClientTurn,
        asked: u64,
    }

    impl Rig {
        fn new() -> Self {
            let now = any_instant();
            Self {
                gate: Client::new(now),
                now,
                turn: ClientTurn::default(),
                asked: 0,
            }
        }

        fn signed_in() -> Self {
            let mut rig = Self::new();
            assert_eq!(rig.ask(sign_in("ana", "pw")), "USERana\r\n");
            assert_eq!(rig.hear("220 ok\r\n"), "PASSpw\r\n");
            assert_eq!(rig.hear("230 ok\r\n"), "");
            assert_eq!(rig.told(), "1 Done");
            rig.asked = 0;
            rig
        }

        /// Asks, with ids that count up from 1; gives what is sent.
        fn ask(&mut self, command: Command) -> String {
            self.asked += 1;
            self.gate
                .handle_command(CommandId(self.asked), command, self.now, &mut self.turn);
            self.out()
        }

        fn hear(&mut self, bytes: impl AsRef<[u8]>) -> String {
            let mut input = BytesMut::from(bytes.as_ref());
            self.gate.handle_bytes(&mut input, self.now, &mut self.turn);
            assert!(input.is_empty());
            self.out()
        }

        fn wait(&mut self, seconds: u64) -> String {
            self.now += Duration::from_secs(seconds);
            self.gate.handle_timeout(self.now, &mut self.turn);
            self.out()
        }

        fn out(&mut self) -> String {
            String::from_utf8(self.turn.out.split().to_vec()).unwrap()
        }

        /// What the face was told since, in words.
        fn told(&mut self) -> String {
            let words = self.turn.up.drain(..).map(|upward| match upward {
                Upward::Reply(id, Reply::Mail(Some(letter))) => {
                    format!("{} {}: {}", id.0, letter.from, letter.text)
                }
                Upward::Reply(id, Reply::Refused(refusal)) => format!("{} {refusal:?}", id.0),
                Upward::Reply(id, reply) => format!("{} {reply:?}", id.0),
                other => panic!("unexpected {other:?}"),
            });
            words.collect::<Vec<_>>().join(", ")
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

    fn sign_in(name: &str, password: &str) -> Command {
        Command::SignIn {
            name: UserName::parse(name).unwrap(),
            proof: Proof::Password(Secret::new(password.to_owned())),
        }
    }

    fn mail(to: &str, text: &str) -> Command {
        Command::Mail {
            to: Recipient::Name(UserName::parse(to).unwrap()),
            text: Text::adapt(text).unwrap(),
        }
    }

    const TAKE: Command = Command::TakeMail { after: None };

    fn dropped(id: u64) -> Command {
        Command::DropMail { id: MessageId(id) }
    }

    // [CP-7] [CP-8]
    #[test]
    fn sign_in_answers_as_the_hub_does() {
        for (answers, told) in [
            (&["565 no\r\n"][..], "1 BadCredentials"),
            (&["560 no\r\n"], "1 BadCredentials"),
            (&["220 ok\r\n", "230 ok\r\n"], "1 Done"),
            (&["220 ok\r\n", "565 no\r\n"], "1 BadCredentials"),
            (&["220 ok\r\n", "500 no\r\n"], "1 BadCredentials"),
            (&["500 the hub is full\r\n"], "1 HubFull"),
        ] {
            let mut rig = Rig::new();
            rig.ask(sign_in("ana", "pw"));
            for answer in answers {
                rig.hear(answer);
            }
            assert_eq!(rig.told(), told, "{answers:?}");
        }
    }

    // [CP-8]: after 565 another try is made on the same connection.
    #[test]
    fn a_failed_sign_in_can_be_tried_again() {
        let mut rig = Rig::new();
        rig.ask(sign_in("ana", "wrong"));
        rig.hear("220 ok\r\n565 no\r\n");
        assert_eq!(rig.told(), "1 BadCredentials");
        assert_eq!(rig.ask(sign_in("ana", "pw")), "USERana\r\n");
        assert_eq!(rig.hear("220 ok\r\n"), "PASSpw\r\n");
        rig.hear("230 ok\r\n");
        assert_eq!(rig.told(), "2 Done");
        assert_eq!(rig.ask(sign_in("ana", "pw")), "");
        assert_eq!(rig.told(), "3 AlreadySignedIn");
    }

    // What the wire has no place for is refused before it is sent.
    #[test]
    fn what_does_not_fit_the_wire_is_not_sent() {
        for command in [
            sign_in("longer-than-ten", "pw"),
            sign_in("a:b", "pw"),
            sign_in("ana", ""),
            sign_in("ana", "0123456789abcdef"),
        ] {
            let mut rig = Rig::new();
            assert_eq!(rig.ask(command), "");
            assert_eq!(rig.told(), "1 BadCredentials");
        }
        let mut rig = Rig::new();
        assert_eq!(rig.ask(mail("bo", "x")), "");
        assert_eq!(rig.told(), "1 NotSignedIn");
        let mut rig = Rig::signed_in();
        assert_eq!(rig.ask(mail("bo", &"x".repeat(1010))), "");
        assert_eq!(rig.told(), "1 NotPossible");
        assert_eq!(rig.ask(Command::ListRooms), "");
        assert_eq!(rig.told(), "2 NotPossible");
    }

    // [CP-9]
    #[test]
    fn a_message_is_answered_as_the_hub_does() {
        for (answer, sent, told) in [
            ("240 ok", "", "1 Told(Kept)"),
            ("545 no", "", "1 NoSuchUser(\"bo\")"),
            ("546 no", "", "1 NotPossible"),
            ("500 no", "", "1 NotPossible"),
            ("540 no", "201 recovered from error\r\n", "1 StoreFailed"),
        ] {
            let mut rig = Rig::signed_in();
            assert_eq!(rig.ask(mail("bo", "one\ntwo")), "SMSGbo:one two\r\n");
            assert_eq!(rig.hear(format!("{answer}\r\n")), sent);
            assert_eq!(rig.told(), told);
            assert_eq!(rig.ask(mail("bo", "x")), "SMSGbo:x\r\n");
        }
    }

    // [CP-15]
    #[test]
    fn aliases_are_shown_and_lead_back() {
        let long = UserName::parse("somebody-with-a-long-name").unwrap();
        let alias = long.alias();
        let mut rig = Rig::signed_in();
        assert_eq!(
            rig.ask(mail(long.as_str(), "x")),
            format!("SMSG{alias}:x\r\n")
        );
        rig.hear("240\r\n");
        rig.ask(TAKE);
        rig.hear(format!("RMSG{alias}:y\r\n"));
        assert_eq!(rig.told(), format!("1 Told(Kept), 2 ?{alias}: y"));
        rig.ask(dropped(1));
        rig.hear("255\r\n");
        let sent = rig.ask(mail(&format!("?{alias}"), "z"));
        assert_eq!(sent, format!("SMSG{alias}:z\r\n"));
        let command = Command::Tell {
            to: Recipient::Alias(alias.clone()),
            text: Text::adapt("z").unwrap(),
        };
        rig.hear("240\r\n");
        assert_eq!(rig.ask(command), format!("SMSG{alias}:z\r\n"));
    }

    // [CP-10]
    #[test]
    fn letters_are_taken_one_by_one_and_250_is_sent_only_for_what_is_dropped() {
        let mut rig = Rig::signed_in();
        assert_eq!(rig.ask(TAKE), "RMSG\r\n");
        assert_eq!(rig.hear("RMSGbo:one: 1\r\n"), "");
        assert_eq!(rig.told(), "1 bo: one: 1");
        // The same letter until it is dropped.
        assert_eq!(rig.ask(TAKE), "");
        assert_eq!(rig.told(), "2 bo: one: 1");
        assert_eq!(rig.ask(dropped(9)), "");
        assert_eq!(rig.told(), "3 NotPossible");
        assert_eq!(rig.ask(dropped(1)), "250 message received\r\n");
        assert_eq!(rig.told(), "");
        assert_eq!(rig.hear("RMSGcy:two\r\n"), "");
        assert_eq!(rig.told(), "4 Done");
        assert_eq!(rig.ask(TAKE), "");
        assert_eq!(rig.told(), "5 cy: two");
        assert_eq!(rig.ask(dropped(2)), "250 message received\r\n");
        assert_eq!(rig.hear("255 end\r\n"), "");
        assert_eq!(rig.told(), "6 Done");
        assert_eq!(rig.ask(TAKE), "RMSG\r\n");
        rig.hear("256 none\r\n");
        assert_eq!(rig.told(), "7 Mail(None)");
    }

    // [CP-10]
    #[test]
    fn a_message_waits_while_a_letter_is_held() {
        let mut rig = Rig::signed_in();
        rig.ask(TAKE);
        rig.hear("RMSGbo:one\r\n");
        assert_eq!(rig.ask(mail("cy", "x")), "");
        assert_eq!(rig.ask(dropped(1)), "250 message received\r\n");
        assert_eq!(rig.hear("255 end\r\n"), "SMSGcy:x\r\n");
        rig.hear("240 ok\r\n");
        assert_eq!(rig.told(), "1 bo: one, 3 Done, 2 Told(Kept)");

        // Not dropped: the hub gives up, and the message goes out.
        rig.ask(TAKE);
        rig.hear("RMSGbo:one\r\n");
        assert_eq!(rig.ask(mail("cy", "y")), "");
        assert_eq!(
            rig.hear("550 late\r\n"),
            "201 recovered from error\r\nSMSGcy:y\r\n"
        );
        // The letter is not held any more; it comes again.
        assert_eq!(rig.ask(dropped(2)), "");
        rig.hear("240 ok\r\n");
        assert_eq!(rig.told(), "4 bo: one, 5 Told(Kept), 6 NotPossible");
        assert_eq!(rig.ask(TAKE), "RMSG\r\n");
    }

    // [CP-10]
    #[test]
    fn failures_of_the_mailbox_are_recovered_from() {
        let mut rig = Rig::signed_in();
        rig.ask(TAKE);
        assert_eq!(rig.hear("550 no\r\n"), "201 recovered from error\r\n");
        assert_eq!(rig.told(), "1 StoreFailed");
        rig.ask(TAKE);
        rig.hear("RMSGbo:one\r\n");
        rig.ask(dropped(1));
        assert_eq!(rig.hear("550 no\r\n"), "201 recovered from error\r\n");
        assert_eq!(rig.told(), "2 bo: one, 3 StoreFailed");
        assert_eq!(rig.ask(TAKE), "RMSG\r\n");
    }

    // [CP-11]
    #[test]
    fn sign_out_says_term_and_closes() {
        let mut rig = Rig::signed_in();
        rig.ask(TAKE);
        rig.hear("RMSGbo:one\r\n");
        rig.told();
        assert_eq!(rig.ask(Command::SignOut { farewell: None }), "TERM\r\n");
        assert_eq!(rig.told(), "2 Done");
        assert_eq!(rig.turn.why, Some(Why::Departed));
        assert_eq!(rig.ask(TAKE), "");
        assert_eq!(rig.told(), "3 NotPossible");
        assert_eq!(rig.hear("500 what\r\n"), "");

        let mut rig = Rig::new();
        assert_eq!(rig.ask(Command::SignOut { farewell: None }), "");
        assert_eq!(rig.turn.why, Some(Why::Departed));
    }

    // [CP-11]: the 201 that is ignored shows that we live.
    #[test]
    fn silence_of_ours_is_broken_and_silence_of_the_hub_ends_the_session() {
        let mut rig = Rig::new();
        assert_eq!(rig.gate.poll_timeout(), None);
        let mut rig2 = Rig::signed_in();
        assert_eq!(rig2.gate.poll_timeout(), Some(rig2.now + KEEP_ALIVE));
        assert_eq!(rig2.wait(299), "");
        assert_eq!(rig2.wait(1), "201 recovered from error\r\n");
        assert_eq!(rig2.turn.why, None);

        rig.ask(sign_in("ana", "pw"));
        assert_eq!(rig.wait(59), "");
        assert_eq!(rig.turn.why, None);
        rig.wait(1);
        assert_eq!(rig.turn.why, Some(Why::Silent));
        assert_eq!(rig.gate.poll_timeout(), None);
    }

    // [HUB-11]
    #[test]
    fn a_hub_that_refuses_the_connection_ends_it_in_its_words() {
        let mut rig = Rig::new();
        rig.hear("500 the hub is full\r\n");
        assert_eq!(
            rig.turn.why,
            Some(Why::ServerEnded("the hub is full".to_owned()))
        );
    }

    #[test]
    fn a_hub_that_breaks_the_protocol_is_left() {
        let long = [b'x'; 1025];
        for bytes in [
            &b"HELO\r\n"[..],
            b"299 what\r\n",
            b"RMSGbo:unasked\r\n",
            b"\xff\xfe\r\n",
            &long,
        ] {
            let mut rig = Rig::signed_in();
            rig.hear(bytes);
            assert!(
                matches!(rig.turn.why, Some(Why::PeerMisbehaved(_))),
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    #[test]
    fn answers_a_byte_at_a_time_are_the_same() {
        let mut rig = Rig::signed_in();
        rig.ask(mail("bo", "x"));
        rig.ask(TAKE);
        rig.ask(mail("nobody", "x"));
        rig.ask(dropped(1));
        let mut sent = String::new();
        for byte in b"240 ok\r\nRMSGbo:hi\r\n255 end\r\n545 no\r\n" {
            sent += &rig.hear([*byte]);
        }
        assert_eq!(sent, "RMSG\r\n250 message received\r\nSMSGnobody:x\r\n");
        assert_eq!(
            rig.told(),
            "1 Told(Kept), 2 bo: hi, 4 Done, 3 NoSuchUser(\"nobody\")"
        );
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut rig = Rig::signed_in();
        for _ in 0..=QUEUE_LIMIT {
            rig.ask(TAKE);
        }
        assert_eq!(rig.told(), "");
        rig.ask(TAKE);
        assert_eq!(rig.told(), format!("{} NotPossible", QUEUE_LIMIT + 2));
    }
}
