//! Plays a script on a stage.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::client::{Codec, Entry, Message, Negotiation, Received, cp, cs494, cs594, file_byte};
use crate::script::{Act, Does, END, Manner, Opening, Script, Setup, Step, Wire, Wrong};
use crate::stage::memory::MemoryStage;
use crate::stage::ports::PortsStage;
use crate::stage::{Stage, certificate_of, put_account, remove_account};

/// A name that nobody has: asking about it shows that everything before has been answered.
const FENCE: &str = "fence";

/// Data bytes in a full packet of cs494 and of cs594.
const CHUNK: usize = 4096;
const SEGMENT: usize = 1024;

/// A step that did not go as the script has it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {step}\n    {what}")]
pub struct Failure {
    /// The step's line; 0 where the end is meant.
    pub line: usize,
    /// The step.
    pub step: String,
    /// What went otherwise.
    pub what: String,
}

/// Plays `script` without sockets, in a time of its own.
///
/// # Errors
/// The first step that failed.
pub fn run_in_memory(script: &Script) -> Result<(), Failure> {
    let stage = MemoryStage::new(&script.setup).map_err(failed_to_start)?;
    play(script, Box::new(stage))
}

/// Plays `script` over three ports of this machine.
///
/// # Errors
/// The first step that failed; also a script that is for memory only.
pub fn run_over_ports(script: &Script) -> Result<(), Failure> {
    if let Some(reason) = &script.memory_only {
        return Err(failed_to_start(format!("memory only: {reason}")));
    }
    let stage = PortsStage::new(&script.setup).map_err(failed_to_start)?;
    play(script, Box::new(stage))
}

fn failed_to_start(what: String) -> Failure {
    Failure {
        line: 0,
        step: "(the start)".to_owned(),
        what,
    }
}

fn play(script: &Script, stage: Box<dyn Stage>) -> Result<(), Failure> {
    let mut play = Play {
        stage,
        setup: script.setup.clone(),
        actors: BTreeMap::new(),
        sealed: 0,
    };
    for step in &script.steps {
        let Step { line, text, act } = step;
        play.act(act).map_err(|what| Failure {
            line: *line,
            step: text.clone(),
            what,
        })?;
    }
    play.end().map_err(|what| Failure {
        line: 0,
        step: "(the end)".to_owned(),
        what,
    })
}

struct Play {
    stage: Box<dyn Stage>,
    setup: Setup,
    actors: BTreeMap<String, Actor>,
    /// Packets sealed so far: makes each IV a new one.
    sealed: u8,
}

struct Actor {
    /// On the wire.
    name: String,
    line: usize,
    codec: Codec,
    chat: VecDeque<Received>,
    listings: VecDeque<(String, Vec<String>)>,
    rooms: VecDeque<Vec<String>>,
    beats: usize,
    /// The hub has closed the connection.
    closed: bool,
    /// The client has.
    gone: bool,
    signed_in: bool,
    seals: bool,
    /// The client takes no bytes: nothing is expected of it.
    stalled: bool,
    /// It has sent a sign of life of its own accord.
    beats_itself: bool,
    files: HashMap<String, File>,
    history: HashMap<String, u64>,
}

#[derive(Clone, Debug)]
struct File {
    from: String,
    to: String,
    size: u32,
    id: u16,
    /// Segments received, on cs594.
    seq_in: u64,
}

impl Play {
    fn act(&mut self, act: &Act) -> Result<(), String> {
        match act {
            Act::Account {
                name,
                password,
                certificate,
            } => put_account(self.stage.store(), name, password, *certificate),
            Act::RemoveAccount(name) => remove_account(self.stage.store(), name),
            Act::StoreFails(count) => {
                self.stage.store().fail_next_commits(*count);
                Ok(())
            }
            Act::Pass {
                time,
                beating: false,
            } => self.stage.pass(*time),
            Act::Pass { time, .. } => {
                let step = std::time::Duration::from_secs(4);
                let mut left = *time;
                while !left.is_zero() {
                    self.stage.pass(left.min(step))?;
                    left = left.saturating_sub(step);
                    let names: Vec<String> = self.actors.keys().cloned().collect();
                    for name in names {
                        self.beat_if_alive(&name)?;
                    }
                }
                Ok(())
            }
            Act::ShutDown => self.stage.shut_down(),
            Act::Hold => self.stage.set_held(true),
            Act::Release => self.stage.set_held(false),
            Act::Actor(
                name,
                does @ (Does::Open(opening)
                | Does::Connect {
                    opening,
                    name: None,
                    ..
                }),
            ) => self.enter(name, name, opening, does),
            Act::Actor(
                name,
                does @ Does::Connect {
                    opening,
                    name: Some(own),
                    ..
                },
            ) => self.enter(name, own, opening, does),
            Act::Actor(name, does) => {
                let mut actor = self
                    .actors
                    .remove(name)
                    .ok_or_else(|| format!("{name} is not connected"))?;
                let result = self.act_as(&mut actor, does);
                self.actors.insert(name.clone(), actor);
                result
            }
        }
    }

    fn enter(
        &mut self,
        key: &str,
        name: &str,
        opening: &Opening,
        does: &Does,
    ) -> Result<(), String> {
        let certificate = opening.certificate.then(|| certificate_of(name));
        if let Some(before) = self.actors.remove(key) {
            // Somebody comes again: what they had before must be over and heard out.
            if !(before.gone || before.closed) {
                return Err(format!("{key} is connected already"));
            }
            before.check_heard_out(key)?;
        }
        let line = self.stage.open(opening, certificate)?;
        let mut actor = Actor::new(name, line, opening);
        let result = match does {
            Does::Connect {
                password, refused, ..
            } => self.connect(&mut actor, password.as_deref(), *refused),
            _ => Ok(()),
        };
        self.actors.insert(key.to_owned(), actor);
        result
    }

    fn connect(
        &mut self,
        actor: &mut Actor,
        password: Option<&str>,
        refused: Option<u16>,
    ) -> Result<(), String> {
        let name = actor.name.clone();
        match (actor.wire(), refused) {
            (Wire::Cs494, None) => {
                self.send(actor, &cs494::new_client(&name))?;
                actor.signed_in = true;
                // Silence is success: the fence shows that it is silence.
                self.fence(actor)?;
                match actor.closed {
                    true => Err(format!("is not let in: {:?}", actor.unread())),
                    false => Ok(()),
                }
            }
            (Wire::Cs494, Some(code)) => {
                self.send(actor, &cs494::new_client(&name))?;
                self.expect_error(actor, code, None)?;
                self.expect_closed(actor)
            }
            (Wire::Cs594, None) => {
                self.send_packet(actor, &cs594::connect(&name))?;
                self.expect_ok(actor)?;
                actor.signed_in = true;
                Ok(())
            }
            (Wire::Cs594, Some(code)) => {
                self.send_packet(actor, &cs594::connect(&name))?;
                self.expect_error(actor, code, None)
            }
            (Wire::Cp, refused) => {
                let password = password.ok_or("cp needs `with password`")?;
                self.send_pdu(actor, &format!("USER{name}"))?;
                self.expect_code(actor, 220)?;
                self.send_pdu(actor, &format!("PASS{password}"))?;
                self.expect_code(actor, refused.unwrap_or(230))?;
                actor.signed_in = refused.is_none();
                Ok(())
            }
        }
    }

    fn act_as(&mut self, actor: &mut Actor, does: &Does) -> Result<(), String> {
        match does {
            Does::Open(_) | Does::Connect { .. } => Err("is connected already".to_owned()),
            Does::Disconnect => {
                actor.gone = true;
                self.stage.close(actor.line, true)
            }
            Does::StopSending => self.stage.close(actor.line, false),
            Does::StopReading => {
                actor.stalled = true;
                self.stage.set_reading(actor.line, false)
            }
            Does::ReadAgain => {
                actor.stalled = false;
                self.stage.set_reading(actor.line, true)
            }
            Does::IsClosed => self.expect_closed(actor),
            Does::IsClosedWith(code) => {
                self.expect_error(actor, *code, None)?;
                self.expect_closed(actor)
            }
            Does::Send(bytes) => self.send(actor, bytes),
            Does::SendLine(line) => {
                actor.seals = false;
                let end = if actor.wire() == Wire::Cp {
                    "\r\n"
                } else {
                    "\n"
                };
                self.send(actor, format!("{line}{end}").as_bytes())
            }
            Does::SendBare(bare) => self.send(actor, bare.as_bytes()),
            Does::SendSealed { packet, ended } => {
                actor.seals = true;
                let text = self.seal(packet)? + if *ended { "\n" } else { "" };
                self.send(actor, text.as_bytes())
            }
            Does::ReceiveLine(line) => self.receive_line(actor, line),
            Does::ReceiveBytes(bytes) => {
                let (message, raw) = self.next(actor)?;
                if raw != *bytes {
                    return Err(format!("got {message:?}, as {raw:02x?}"));
                }
                Ok(())
            }
            Does::Beat => self.beat(actor),
            Does::HearBeats(count) => {
                self.pump(actor)?;
                let heard = std::mem::take(&mut actor.beats);
                same(&heard, count)
            }
            Does::Tell { to, text, vainly } => self.tell(actor, to, text, *vainly),
            Does::HearFrom { from, text } => {
                let told = Message::Told {
                    from: from.clone(),
                    text: text.clone(),
                };
                self.expect(actor, &told)
            }
            Does::Ask(name) => self.send(actor, &cs494::query(name)),
            Does::Learn { name, online } => {
                let presence = Message::Presence {
                    name: name.clone(),
                    online: *online,
                };
                self.expect(actor, &presence)
            }
            Does::IsTold { code, about } => match actor.wire() {
                Wire::Cp => self.expect_code(actor, *code),
                Wire::Cs494 | Wire::Cs594 => self.expect_error(actor, *code, about.as_deref()),
            },
            Does::IsAcknowledged => self.expect_ok(actor),
            Does::Depart(text) => {
                self.send(actor, &cs494::depart(text))?;
                self.expect_closed(actor)
            }
            Does::Quit => {
                self.send_packet(actor, &cs594::quit(&actor.name.clone()))?;
                self.expect_ok(actor)?;
                self.expect_closed(actor)
            }
            Does::HearGoodbye => self.hear_goodbye(actor),
            Does::HearNothing => self.hear_nothing(actor),
            Does::HearNothingYet => {
                self.pump(actor)?;
                actor.expect_nothing_unread()
            }
            Does::FetchMail => self.send_pdu(actor, "RMSG"),
            Does::ReceiveMail { from, text } => {
                let line = Message::Line(format!("RMSG{from}:{text}"));
                self.expect(actor, &line)?;
                self.send_pdu(actor, "250 message received")
            }
            Does::EndOfMail => self.expect_code(actor, 255),
            Does::HasNoMail => {
                self.send_pdu(actor, "RMSG")?;
                self.expect_code(actor, 256)
            }
            Does::SignOut => self.send_pdu(actor, "TERM"),
            Does::Join(_)
            | Does::Leave(_)
            | Does::Say { .. }
            | Does::Broadcast { .. }
            | Does::Hear { .. }
            | Does::ListRooms
            | Does::SeeRooms(_)
            | Does::ListMembers(_)
            | Does::SeeMembers { .. }
            | Does::GotListings { .. } => self.act_in_rooms(actor, does),
            Does::Offer { .. }
            | Does::IsOffered { .. }
            | Does::Answer { .. }
            | Does::HearAnswer { .. }
            | Does::SendData { .. }
            | Does::ReceiveData { .. } => self.act_on_files(actor, does),
            Does::AskHistory {
                of,
                room,
                before,
                limit,
            } => {
                let before = match before {
                    None => None,
                    Some(text) => Some(*actor.history.get(text).ok_or("no such message was seen")?),
                };
                self.send_packet(actor, &cs594::history(of, *room, before, *limit))
            }
            Does::SeeHistory(expected) => self.see_history(actor, expected),
        }
    }

    // ---- rooms

    fn act_in_rooms(&mut self, actor: &mut Actor, does: &Does) -> Result<(), String> {
        let (me, manner, wire) = (actor.name.clone(), actor.codec.manner, actor.wire());
        match (does, wire) {
            (Does::Join(rooms), Wire::Cs494) => {
                let frames: Vec<u8> = rooms.iter().flat_map(|room| cs494::enter(room)).collect();
                self.send(actor, &frames)
            }
            (Does::Join(rooms), Wire::Cs594) => {
                self.send_packet(actor, &cs594::join(&me, rooms, manner))?;
                self.expect_ok(actor)
            }
            (Does::Leave(rooms), Wire::Cs494) => {
                let frames: Vec<u8> = rooms.iter().flat_map(|room| cs494::leave(room)).collect();
                self.send(actor, &frames)
            }
            (Does::Leave(rooms), Wire::Cs594) => {
                self.send_packet(actor, &cs594::leave(&me, rooms, manner))?;
                self.expect_ok(actor)
            }
            (
                Does::Say {
                    rooms,
                    text,
                    group: false,
                },
                Wire::Cs494,
            ) => {
                let frames: Vec<u8> = rooms
                    .iter()
                    .flat_map(|room| cs494::say(room, text))
                    .collect();
                self.send(actor, &frames)
            }
            (Does::Say { rooms, text, group }, Wire::Cs594) => {
                self.send_packet(actor, &cs594::say(&me, rooms, text, *group, manner))
            }
            (Does::Broadcast { text, bare }, Wire::Cs494) => {
                let frame = match bare {
                    true => cs494::broadcast_bare(text),
                    false => cs494::broadcast(text),
                };
                self.send(actor, &frame)
            }
            (
                Does::Hear {
                    from,
                    room,
                    text,
                    group,
                },
                _,
            ) => {
                let said = Message::Said {
                    from: from.clone(),
                    room: room.clone(),
                    text: text.clone(),
                    group: *group,
                };
                self.expect(actor, &said)
            }
            (Does::ListRooms, Wire::Cs494) => self.send(actor, &cs494::list_rooms()),
            (Does::ListRooms, Wire::Cs594) => self.send_packet(actor, &cs594::list_rooms()),
            (Does::SeeRooms(rooms), Wire::Cs494) => {
                self.see(actor, &format!("the list of rooms {rooms:?}"), |actor| {
                    let mut lists = actor.rooms.drain(..);
                    let found = lists.any(|list| list == *rooms);
                    let rest = lists.collect();
                    actor.rooms = rest;
                    found
                })
            }
            (Does::SeeRooms(rooms), Wire::Cs594) => {
                self.expect(actor, &Message::Rooms(rooms.clone()))
            }
            (Does::ListMembers(room), Wire::Cs594) => {
                self.send_packet(actor, &cs594::list_members(room))
            }
            (Does::SeeMembers { room, names }, Wire::Cs494) => self.see(
                actor,
                &format!("the members of {room}: {names:?}"),
                |actor| actor.find_listing(room, names),
            ),
            (Does::SeeMembers { names, .. }, Wire::Cs594) => {
                let members = Message::Members {
                    room: None,
                    names: names.clone(),
                };
                self.expect(actor, &members)
            }
            (Does::GotListings { room, count }, Wire::Cs494) => {
                self.fence(actor)?;
                let before = actor.listings.len();
                actor.listings.retain(|(of, _)| of != room);
                same(&(before - actor.listings.len()), count)
            }
            _ => Err(format!("{wire:?} knows no such thing")),
        }
    }

    // ---- private messages

    fn tell(
        &mut self,
        actor: &mut Actor,
        to: &str,
        text: &str,
        vainly: bool,
    ) -> Result<(), String> {
        match actor.wire() {
            Wire::Cs494 => {
                self.send(actor, &cs494::tell(to, text))?;
                if !vainly {
                    return Ok(());
                }
                let away = Message::Presence {
                    name: to.to_owned(),
                    online: false,
                };
                self.expect(actor, &away)
            }
            Wire::Cs594 => {
                let packet = cs594::tell(&actor.name, to, text);
                self.send_packet(actor, &packet)?;
                match vainly {
                    true => self.expect_error(actor, 208, Some(to)),
                    false => self.expect_ok(actor),
                }
            }
            Wire::Cp => {
                self.send_pdu(actor, &format!("SMSG{to}:{text}"))?;
                self.expect_code(actor, if vainly { 545 } else { 240 })
            }
        }
    }

    fn hear_goodbye(&mut self, actor: &mut Actor) -> Result<(), String> {
        let to = match actor.wire() {
            Wire::Cs494 => None,
            Wire::Cs594 => Some(actor.name.clone()),
            // The connection is closed without a word.
            Wire::Cp => return self.expect_closed(actor),
        };
        self.expect(actor, &Message::Goodbye { to })?;
        self.expect_closed(actor)
    }

    // ---- files

    fn act_on_files(&mut self, actor: &mut Actor, does: &Does) -> Result<(), String> {
        let me = actor.name.clone();
        let wire = actor.wire();
        if wire == Wire::Cp {
            return Err("cp carries no files".to_owned());
        }
        match does {
            Does::Offer { to, file, size } => {
                let mut known = File {
                    from: me.clone(),
                    to: to.clone(),
                    size: *size,
                    id: 0,
                    seq_in: 0,
                };
                if wire == Wire::Cs494 {
                    self.send(actor, &cs494::offer(&me, to, file, *size))?;
                } else {
                    self.send_packet(actor, &cs594::offer(&me, to, file, *size))?;
                    match self.next(actor)? {
                        (Message::Ok { transfer: Some(id) }, _) => known.id = id,
                        // Not taken: what it is told is the next step's business.
                        other => actor.chat.push_front(other),
                    }
                }
                actor.files.insert(file.clone(), known);
                Ok(())
            }
            Does::IsOffered { from, file, size } => {
                let (message, _) = self.next(actor)?;
                let Message::Offer(offer) = message else {
                    return Err(format!("got {message:?}"));
                };
                let expected = Negotiation {
                    from: from.clone(),
                    to: me,
                    id: offer.id,
                    file: Some((file.clone(), *size)),
                };
                same(&offer, &expected)?;
                if offer.id == 0 {
                    return Err("an offer with the id 0".to_owned());
                }
                let known = File {
                    from: offer.from,
                    to: offer.to,
                    size: *size,
                    id: offer.id,
                    seq_in: 0,
                };
                actor.files.insert(file.clone(), known);
                Ok(())
            }
            Does::Answer {
                file,
                accept,
                wrong,
            } => {
                let known = actor.file(file)?.clone();
                let id = match wrong {
                    Some(Wrong::Id) => known.id ^ 0x4000,
                    Some(Wrong::Name) | None => known.id,
                };
                let from = match wrong {
                    Some(Wrong::Name) => "somebody",
                    Some(Wrong::Id) | None => known.from.as_str(),
                };
                if wire == Wire::Cs494 {
                    let frame = cs494::answer(*accept, from, &known.to, id, file, known.size);
                    self.send(actor, &frame)
                } else {
                    // Either side may reject: the other one is the one to be told.
                    let other = if from == me { known.to.as_str() } else { from };
                    self.send_packet(actor, &cs594::answer(*accept, &me, other, id))
                }
            }
            Does::HearAnswer {
                from,
                file,
                accept,
                nameless,
            } => self.hear_answer(actor, from, file, *accept, *nameless),
            Does::SendData {
                file,
                from,
                to,
                id,
                last,
            } => self.send_data(actor, file, *from, *to, *id, *last),
            Does::ReceiveData { file, from, to } => self.receive_data(actor, file, *from, *to),
            _ => Err("is nothing about files".to_owned()),
        }
    }

    fn hear_answer(
        &mut self,
        actor: &mut Actor,
        from: &str,
        file: &str,
        accept: bool,
        nameless: bool,
    ) -> Result<(), String> {
        let (message, _) = self.next(actor)?;
        let Message::Answer {
            accept: accepted,
            about,
        } = message
        else {
            return Err(format!("got {message:?}"));
        };
        same(&accepted, &accept)?;
        let wire = actor.wire();
        let known = actor.file_mut(file)?;
        if known.id == 0 && !nameless {
            known.id = about.id;
        }
        let id = if nameless { 0 } else { known.id };
        let expected = match wire {
            Wire::Cs494 => Negotiation {
                from: known.from.clone(),
                to: known.to.clone(),
                id,
                file: Some((file.to_owned(), known.size)),
            },
            // It names who answers and who is told, not who offered.
            _ => Negotiation {
                from: actor.name.clone(),
                to: from.to_owned(),
                id,
                file: None,
            },
        };
        same(&about, &expected)
    }

    fn send_data(
        &mut self,
        actor: &mut Actor,
        file: &str,
        from: usize,
        to: usize,
        id: Option<u16>,
        last: bool,
    ) -> Result<(), String> {
        let wire = actor.wire();
        let known = actor.file(file)?;
        let to = if to == END { known.size as usize } else { to };
        let id = id.unwrap_or(known.id);
        let content: Vec<u8> = (from..to).map(file_byte).collect();
        let size = if wire == Wire::Cs494 { CHUNK } else { SEGMENT };
        let count = content.chunks(size).count();
        let mut out = Vec::new();
        for (at, chunk) in content.chunks(size).enumerate() {
            let last = last && at + 1 == count;
            if wire == Wire::Cs494 {
                out.extend(cs494::data(id, chunk, last));
            } else {
                let seq = (from / SEGMENT + at) as u64;
                let packet = cs594::data(id, seq, chunk, last);
                out.extend(packet.into_bytes());
                out.push(b'\n');
            }
        }
        self.send(actor, &out)
    }

    fn receive_data(
        &mut self,
        actor: &mut Actor,
        file: &str,
        from: usize,
        to: usize,
    ) -> Result<(), String> {
        let size = actor.file(file)?.size as usize;
        let whole = to == END;
        let to = if whole { size } else { to };
        let mut at = from;
        while at < to {
            let (message, _) = self.next(actor)?;
            let Message::Data {
                id,
                seq,
                data,
                last,
            } = message
            else {
                return Err(format!("after {} bytes got {message:?}", at - from));
            };
            let known = actor.file_mut(file)?;
            same(&id, &known.id)?;
            if let Some(seq) = seq {
                same(&seq, &known.seq_in)?;
                known.seq_in += 1;
            }
            let wrong = data.iter().zip(at..).find(|(b, at)| **b != file_byte(*at));
            if let Some((_, at)) = wrong {
                return Err(format!("byte {at} of the file is wrong"));
            }
            at += data.len();
            same(&last, &(whole && at == size))?;
        }
        same(&at, &to)
    }

    // ---- history

    fn see_history(
        &mut self,
        actor: &mut Actor,
        expected: &[(String, String)],
    ) -> Result<(), String> {
        let (message, _) = self.next(actor)?;
        let Message::History(entries) = message else {
            return Err(format!("got {message:?}"));
        };
        let got: Vec<(String, String)> = entries
            .iter()
            .map(|Entry { from, text, .. }| (from.clone(), text.clone()))
            .collect();
        same(&got.as_slice(), &expected)?;
        if !entries.is_sorted_by(|a, b| a.id < b.id) {
            return Err("the ids do not grow".to_owned());
        }
        let ids = entries.into_iter().map(|entry| (entry.text, entry.id));
        actor.history.extend(ids);
        Ok(())
    }

    // ---- signs of life

    fn beat(&mut self, actor: &mut Actor) -> Result<(), String> {
        actor.beats_itself = true;
        match actor.wire() {
            Wire::Cs494 => self.send(actor, &cs494::heartbeat()),
            Wire::Cs594 => self.send_packet(actor, &cs594::keep_alive()),
            Wire::Cp => Err("cp has no heartbeat".to_owned()),
        }
    }

    /// A cs494 client beats, as every one should; a cs594 client if it did before.
    fn beat_if_alive(&mut self, name: &str) -> Result<(), String> {
        let Some(mut actor) = self.actors.remove(name) else {
            return Ok(());
        };
        self.pump(&mut actor)?;
        let beats = match actor.wire() {
            Wire::Cs494 => true,
            Wire::Cs594 => actor.beats_itself,
            Wire::Cp => false,
        };
        let result = match beats && !actor.closed && !actor.gone {
            true => self.beat(&mut actor),
            false => Ok(()),
        };
        self.actors.insert(name.to_owned(), actor);
        result
    }

    // ---- sending

    fn send(&mut self, actor: &mut Actor, bytes: &[u8]) -> Result<(), String> {
        if actor.gone {
            return Err("is gone".to_owned());
        }
        self.stage.send(actor.line, bytes)
    }

    fn send_packet(&mut self, actor: &mut Actor, packet: &str) -> Result<(), String> {
        if actor.wire() != Wire::Cs594 {
            return Err(format!("{:?} knows no such thing", actor.wire()));
        }
        let mut text = match actor.seals {
            true => self.seal(packet)?,
            false => packet.to_owned(),
        };
        if actor.codec.manner == Manner::Lines {
            text.push('\n');
        }
        self.send(actor, text.as_bytes())
    }

    fn send_pdu(&mut self, actor: &mut Actor, pdu: &str) -> Result<(), String> {
        if actor.wire() != Wire::Cp {
            return Err(format!("{:?} knows no such thing", actor.wire()));
        }
        let end = match actor.codec.manner {
            Manner::Lines => "\r\n",
            Manner::Bare => "",
        };
        self.send(actor, format!("{pdu}{end}").as_bytes())
    }

    fn seal(&mut self, packet: &str) -> Result<String, String> {
        let key = self.setup.key.ok_or("there is no `setting key`")?;
        self.sealed = self.sealed.wrapping_add(1);
        Ok(cs594::seal(key, [self.sealed; 16], packet))
    }

    // ---- expecting

    /// Sorts what has arrived.
    fn pump(&mut self, actor: &mut Actor) -> Result<(), String> {
        let (writes, closed) = self.stage.receive(actor.line);
        // What is held back for a slow client goes at once when its connection ends.
        let whole = self.stage.keeps_writes() && !closed;
        for write in writes {
            for (message, raw) in actor.codec.take(&write, whole)? {
                actor.sort(message, raw);
            }
        }
        actor.closed |= closed;
        if closed && !actor.gone && !actor.codec.is_empty() {
            return Err("the hub closed the connection inside a packet".to_owned());
        }
        Ok(())
    }

    /// The next message that is not exempt.
    fn next(&mut self, actor: &mut Actor) -> Result<Received, String> {
        loop {
            self.pump(actor)?;
            if let Some(received) = actor.chat.pop_front() {
                return Ok(received);
            }
            if actor.closed || actor.gone {
                return Err("nothing came, and the connection is closed".to_owned());
            }
            if !self.stage.wait(actor.line) {
                return Err("nothing came".to_owned());
            }
        }
    }

    fn expect(&mut self, actor: &mut Actor, expected: &Message) -> Result<(), String> {
        let (message, _) = self.next(actor)?;
        same(&message, expected)
    }

    fn expect_ok(&mut self, actor: &mut Actor) -> Result<(), String> {
        self.expect(actor, &Message::Ok { transfer: None })
    }

    fn expect_code(&mut self, actor: &mut Actor, code: u16) -> Result<(), String> {
        match self.next(actor)? {
            (Message::Line(line), _) if cp::code(&line) == Some(code) => Ok(()),
            (message, _) => Err(format!("got {message:?}")),
        }
    }

    fn expect_error(
        &mut self,
        actor: &mut Actor,
        code: u16,
        about: Option<&str>,
    ) -> Result<(), String> {
        match self.next(actor)? {
            (
                Message::Error {
                    code: got,
                    about: at,
                },
                _,
            ) if got == code && (about.is_none() || about == at.as_deref()) => Ok(()),
            (message, _) => Err(format!("got {message:?}")),
        }
    }

    fn expect_closed(&mut self, actor: &mut Actor) -> Result<(), String> {
        loop {
            self.pump(actor)?;
            actor.expect_nothing_unread()?;
            if actor.closed {
                return Ok(());
            }
            if !self.stage.wait(actor.line) {
                return Err("the connection stays open".to_owned());
            }
        }
    }

    fn receive_line(&mut self, actor: &mut Actor, line: &str) -> Result<(), String> {
        let (message, raw) = self.next(actor)?;
        let fits = match actor.wire() {
            Wire::Cp => message == Message::Line(line.to_owned()),
            Wire::Cs594 => {
                let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text);
                let expected = value(line.as_bytes()).map_err(|error| error.to_string())?;
                let mut got = value(&raw).map_err(|error| error.to_string())?;
                if expected["Header"].get("Length").is_none() {
                    // Checked for every packet; a script need not count bytes.
                    got["Header"].as_object_mut().map(|h| h.remove("Length"));
                }
                got == expected
            }
            Wire::Cs494 => return Err("cs494 has no lines".to_owned()),
        };
        match fits {
            true => Ok(()),
            false => Err(format!("got {}", String::from_utf8_lossy(&raw))),
        }
    }

    /// Waits for something that is not in the order of the rest.
    fn see(
        &mut self,
        actor: &mut Actor,
        what: &str,
        mut found: impl FnMut(&mut Actor) -> bool,
    ) -> Result<(), String> {
        let had = |actor: &Actor| format!("{:?} {:?}", actor.listings, actor.rooms);
        loop {
            self.pump(actor)?;
            let before = had(actor);
            if found(actor) {
                return Ok(());
            }
            if actor.closed || !self.stage.wait(actor.line) {
                return Err(format!("did not see {what}; saw {before}"));
            }
        }
    }

    /// Asks what everything sent before is answered before, and takes that answer away.
    fn fence(&mut self, actor: &mut Actor) -> Result<(), String> {
        self.pump(actor)?;
        if actor.closed || actor.gone || actor.stalled {
            return Ok(());
        }
        match actor.wire() {
            Wire::Cs494 if actor.signed_in => self.send(actor, &cs494::query(FENCE))?,
            Wire::Cs494 => return Ok(()),
            Wire::Cs594 => self.send_packet(actor, &cs594::list_members(FENCE))?,
            Wire::Cp => self.send_pdu(actor, "FENCE")?,
        }
        let signed_in = actor.signed_in;
        let is_answer = |message: &Message| match message {
            Message::Presence { name, .. } => name == FENCE,
            Message::Error { code: 207, about } => about.as_deref() == Some(FENCE),
            Message::Error { code: 206, .. } => !signed_in,
            Message::Line(line) => line == "500 bad command",
            _ => false,
        };
        loop {
            self.pump(actor)?;
            // Something may have come behind it already.
            let found = actor
                .chat
                .iter()
                .rposition(|(message, _)| is_answer(message));
            if let Some(found) = found {
                actor.chat.remove(found);
                return Ok(());
            }
            if actor.closed || !self.stage.wait(actor.line) {
                return Err(format!("does not answer; unread: {:?}", actor.unread()));
            }
        }
    }

    fn hear_nothing(&mut self, actor: &mut Actor) -> Result<(), String> {
        self.fence(actor)?;
        actor.expect_nothing_unread()
    }

    /// Nobody has anything left that no step expected.
    fn end(mut self) -> Result<(), String> {
        let mut actors = std::mem::take(&mut self.actors);
        for (key, actor) in &mut actors {
            if !actor.gone {
                self.fence(actor).map_err(|what| format!("{key}: {what}"))?;
            }
            actor.check_heard_out(key)?;
        }
        self.stage.finish()
    }
}

impl Actor {
    fn new(name: &str, line: usize, opening: &Opening) -> Self {
        Self {
            name: name.to_owned(),
            line,
            codec: Codec::new(opening.wire, opening.manner),
            chat: VecDeque::new(),
            listings: VecDeque::new(),
            rooms: VecDeque::new(),
            beats: 0,
            closed: false,
            gone: false,
            signed_in: false,
            seals: false,
            stalled: false,
            beats_itself: false,
            files: HashMap::new(),
            history: HashMap::new(),
        }
    }

    fn wire(&self) -> Wire {
        self.codec.wire
    }

    fn sort(&mut self, message: Message, raw: Vec<u8>) {
        match (self.codec.wire, message) {
            (_, Message::Beat) => self.beats += 1,
            (
                Wire::Cs494,
                Message::Members {
                    room: Some(room),
                    names,
                },
            ) => {
                self.listings.push_back((room, names));
            }
            (Wire::Cs494, Message::Rooms(rooms)) => self.rooms.push_back(rooms),
            (_, message) => self.chat.push_back((message, raw)),
        }
    }

    /// Finds a listing and forgets those of the room before it.
    fn find_listing(&mut self, room: &str, names: &[String]) -> bool {
        let found = self
            .listings
            .iter()
            .position(|(of, listed)| of == room && listed == names);
        let Some(found) = found else { return false };
        let mut at = 0;
        self.listings.retain(|(of, _)| {
            at += 1;
            at > found + 1 || of != room
        });
        true
    }

    fn file(&self, file: &str) -> Result<&File, String> {
        let known = self.files.get(file);
        known.ok_or_else(|| format!("knows of no file {file}"))
    }

    fn file_mut(&mut self, file: &str) -> Result<&mut File, String> {
        let known = self.files.get_mut(file);
        known.ok_or_else(|| format!("knows of no file {file}"))
    }

    fn expect_nothing_unread(&self) -> Result<(), String> {
        match self.chat.front() {
            None => Ok(()),
            Some((message, _)) => Err(format!("got {message:?}")),
        }
    }

    fn check_heard_out(&self, key: &str) -> Result<(), String> {
        if self.chat.is_empty() || self.gone {
            return Ok(());
        }
        let unread = self.unread();
        Err(format!("{key} got what no step expects: {unread:?}"))
    }

    fn unread(&self) -> Vec<&Message> {
        self.chat.iter().map(|(message, _)| message).collect()
    }
}

/// Compares, and says what came instead.
fn same<T: PartialEq + std::fmt::Debug>(got: &T, expected: &T) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, got {got:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(steps: &str) -> Result<(), Failure> {
        run_in_memory(
            &Script::parse(&format!("# [X-1] test\nmemory only: a test\n{steps}")).unwrap(),
        )
    }

    /// Where and why `steps` fail; the first of them is on line 3.
    fn failure(steps: &str) -> (usize, String) {
        let failure = play(steps).unwrap_err();
        (failure.line, failure.what)
    }

    const TWO: &str = "ana connects by cs494\nbo connects by cs594\nana joins #a\nbo joins #a\n";

    #[test]
    fn a_script_that_says_what_happens_passes() {
        let steps = format!(
            "{TWO}ana says in #a \"hi\"\nana hears ana in #a \"hi\"\nbo hears ana in #a \"hi\"\n"
        );
        assert_eq!(play(&steps), Ok(()));
    }

    #[test]
    fn a_wrong_text_fails_at_its_line() {
        let (line, what) = failure(&format!(
            "{TWO}ana says in #a \"hi\"\nana hears ana in #a \"ho\"\n"
        ));
        assert_eq!(line, 8);
        assert!(what.contains("\"ho\"") && what.contains("\"hi\""), "{what}");
    }

    #[test]
    fn a_wrong_sender_room_or_manner_fails() {
        for wrong in [
            "bo hears bo in #a \"hi\"",
            "bo hears ana in #b \"hi\"",
            "bo hears ana to the group in #a \"hi\"",
            "bo hears from ana \"hi\"",
            "bo hears nothing",
        ] {
            let (line, what) = failure(&format!("{TWO}ana says in #a \"hi\"\n{wrong}\n"));
            assert_eq!(line, 8, "{wrong}");
            assert!(what.contains("got Said"), "{wrong}: {what}");
        }
    }

    #[test]
    fn a_message_that_never_comes_fails() {
        let (line, what) = failure(&format!("{TWO}bo hears ana in #a \"hi\"\n"));
        assert_eq!((line, what.as_str()), (7, "nothing came"));
    }

    #[test]
    fn a_message_that_no_step_expects_fails_at_the_end() {
        let (line, what) = failure(&format!(
            "{TWO}ana says in #a \"hi\"\nana hears ana in #a \"hi\"\n"
        ));
        assert_eq!(line, 0);
        assert!(what.starts_with("bo got what no step expects"), "{what}");
    }

    #[test]
    fn members_that_are_not_so_fail() {
        for wrong in [
            "ana sees members of #a: bo, ana",
            "ana got 7 listings of #a",
            "ana sees rooms: #a, #b",
        ] {
            let (line, what) = failure(&format!("{TWO}{wrong}\n"));
            assert_eq!(line, 7, "{wrong}: {what}");
        }
    }

    #[test]
    fn a_connection_that_stays_open_is_not_closed() {
        let (line, what) = failure(&format!("{TWO}ana is closed\n"));
        assert_eq!((line, what.as_str()), (7, "the connection stays open"));
        let (line, _) = failure(&format!("{TWO}ana is closed with error 0x04\n"));
        assert_eq!(line, 7);
        let (line, _) = failure(&format!("{TWO}bo is told 207 about #a\n"));
        assert_eq!(line, 7);
    }

    #[test]
    fn a_refusal_that_does_not_come_fails() {
        let (line, _) = failure("ana connects by cs494 and is refused with 0x04\n");
        assert_eq!(line, 3);
        let (line, what) = failure("ana connects by cs494\nbo connects by cs494 as ana\n");
        assert_eq!(line, 4);
        assert!(what.contains("Error"), "{what}");
    }

    #[test]
    fn wrong_bytes_of_a_file_fail() {
        let offered = "ana connects by cs494\nbo connects by cs494\nana offers bo the file f of 9 bytes\n\
                       bo is offered the file f of 9 bytes by ana\nbo accepts f\nana hears that bo accepts f\n";
        let sent = "ana sends bytes 1-8 of f\n";
        let (line, what) = failure(&format!("{offered}{sent}bo receives bytes 0-7 of f\n"));
        assert_eq!(line, 10);
        assert_eq!(what, "byte 0 of the file is wrong");
    }

    #[test]
    fn nobody_acts_before_they_came_or_after_they_went() {
        assert_eq!(failure("ana joins #a\n").1, "ana is not connected");
        let gone = failure("ana connects by cs494\nana disconnects\nana joins #a\n");
        assert_eq!(gone.0, 5);
    }

    #[test]
    fn memory_only_scripts_are_not_played_over_ports() {
        let script = Script::parse("# [X-1] t\nmemory only: why\nana opens cp\n").unwrap();
        let failure = run_over_ports(&script).unwrap_err();
        assert_eq!(failure.what, "memory only: why");
    }

    #[test]
    fn what_no_step_expects_fails_over_ports_too() {
        let script = Script::parse(&format!("# [X-1] t\n{TWO}ana says in #a \"hi\"\n")).unwrap();
        let failure = run_over_ports(&script).unwrap_err();
        assert!(failure.what.contains("no step expects"), "{failure}");
        let script = Script::parse(&format!(
            "# [X-1] t\n{TWO}ana says in #a \"hi\"\nbo hears ana in #a \"ho\"\n"
        ))
        .unwrap();
        assert_eq!(run_over_ports(&script).unwrap_err().line, 7);
    }
}
