//! Scripts out of text.

use std::collections::BTreeSet;
use std::time::Duration;

use model::RoomName;

use super::token::{Token, tokens};
use super::{Act, Does, END, Manner, Opening, ParseError, Script, Setup, Step, Wire, Wrong};
use Token::{Mark, Text as T, Word as W};

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// [`ParseError`] with the number of the first line that says nothing known.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        let mut script = Self {
            ids: BTreeSet::new(),
            title: String::new(),
            memory_only: None,
            setup: Setup::default(),
            steps: Vec::new(),
        };
        for (at, raw) in source.lines().enumerate() {
            let line = at + 1;
            script
                .take_line(line, raw.trim())
                .map_err(|what| ParseError { line, what })?;
        }
        let whole = |what: &str| ParseError {
            line: 1,
            what: what.to_owned(),
        };
        if script.ids.is_empty() {
            return Err(whole(
                "the first line cites the ids it shows: `# [HUB-3] …`",
            ));
        }
        if script.steps.is_empty() {
            return Err(whole("nothing happens"));
        }
        Ok(script)
    }

    fn take_line(&mut self, line: usize, text: &str) -> Result<(), String> {
        if text.is_empty() {
            return Ok(());
        }
        if text == "#" || text.starts_with("# ") {
            if self.title.is_empty() && self.steps.is_empty() {
                let (ids, title) = header(&text[1..]);
                self.ids.extend(ids);
                self.title = title;
            }
            return Ok(());
        }
        if let Some(reason) = text.strip_prefix("memory only: ") {
            if !self.steps.is_empty() {
                return Err("`memory only` stands before the first step".to_owned());
            }
            self.memory_only = Some(reason.to_owned());
            return Ok(());
        }
        if let Some(setting) = text.strip_prefix("setting ") {
            if !self.steps.is_empty() {
                return Err("settings stand before the first step".to_owned());
            }
            return set(&mut self.setup, &tokens(setting)?);
        }
        let act = act(text)?;
        if self.memory_only.is_none()
            && let Some(what) = needs_memory(&act)
        {
            return Err(format!(
                "{what} only in memory: say `memory only: REASON` at the top"
            ));
        }
        self.steps.push(Step {
            line,
            text: text.to_owned(),
            act,
        });
        Ok(())
    }
}

/// What cannot be done to real sockets and a real clock.
fn needs_memory(act: &Act) -> Option<&'static str> {
    let opening = match act {
        Act::Pass { .. } => return Some("time passes"),
        Act::Hold | Act::Release => return Some("things happen at once"),
        Act::Actor(_, Does::StopReading | Does::ReadAgain) => {
            return Some("somebody stops reading");
        }
        Act::Actor(_, Does::HearBeats(_)) => return Some("heartbeats are counted"),
        Act::Actor(_, Does::HearNothingYet) => return Some("it is known what comes later"),
        Act::Actor(_, Does::Open(opening) | Does::Connect { opening, .. }) => opening,
        _ => return None,
    };
    match opening {
        Opening {
            address: Some(_), ..
        } => Some("somebody comes from another address"),
        Opening {
            certificate: true, ..
        } => Some("somebody shows a certificate"),
        _ => None,
    }
}

/// `[ID] [ID] what it shows`.
fn header(text: &str) -> (Vec<String>, String) {
    let mut ids = Vec::new();
    let mut rest = text.trim();
    while let Some((id, behind)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        ids.push(id.to_owned());
        rest = behind.trim_start();
    }
    (ids, rest.to_owned())
}

fn set(setup: &mut Setup, tokens: &[Token]) -> Result<(), String> {
    let words: Vec<&str> = tokens.iter().filter_map(Token::text).collect();
    let limits = &mut setup.hub.limits;
    match words[..] {
        ["users", n] => limits.users = number(n)?,
        ["rooms", n] => limits.rooms = number(n)?,
        ["rooms_per_user", n] => limits.rooms_per_user = number(n)?,
        ["room_members", n] => limits.room_members = number(n)?,
        ["transfers_per_user", n] => limits.transfers_per_user = number(n)?,
        ["connections", n] => setup.switchboard.connections = number(n)?,
        ["connections_per_address", n] => setup.switchboard.connections_per_address = number(n)?,
        ["packets_per_second", n] => {
            setup.switchboard.packets_per_second = Some(number(n)?);
        }
        ["send_queue_bytes", n] => setup.switchboard.send_queue_bytes = number(n)?,
        ["exempt_loopback", "off"] => {
            setup.switchboard.exempt_loopback = false;
            setup.hub.exempt_loopback = false;
        }
        ["strict_listings"] => setup.switchboard.strict_listings = true,
        ["allow_confusables"] => setup.hub.names.allow_confusables = true,
        ["open_names"] => setup.hub.names.open_names = true,
        ["history", "off"] => setup.hub.history = false,
        ["off_the_record", room] => {
            let room = RoomName::parse(room).map_err(|error| error.to_string())?;
            setup.hub.off_the_record.insert(room);
        }
        ["farewell_to_rooms", "off"] => setup.cs494.farewell_to_rooms = false,
        ["push_room_list", "off"] => setup.cs494.push_room_list = false,
        ["post_from_outside"] => setup.cs494.post_from_outside = true,
        ["cs494_silence", n, unit] => setup.cs494.silence = time(n, unit)?,
        ["list_users_to_all"] => {
            setup.cs594.list_users_to_all = true;
            setup.hub.listings_to_all = Some("cs594");
        }
        ["key", hex] => {
            let key = bytes(&[W(hex.to_owned())])?;
            let key = <[u8; 16]>::try_from(key).map_err(|_| "a key has 32 digits")?;
            setup.cs594.key = Some(gate::cs594::Key::from_bytes(key));
            setup.key = Some(key);
        }
        ["clients_key", hex] => {
            let key = bytes(&[W(hex.to_owned())])?;
            setup.key = Some(<[u8; 16]>::try_from(key).map_err(|_| "a key has 32 digits")?);
        }
        ["require_encryption"] => setup.cs594.require_encryption = true,
        ["colons_in_messages"] => setup.cp.colons_in_messages = true,
        ["unterminated", "rejected"] => setup.cp.unterminated = gate::cp::Unterminated::Reject,
        _ => return Err(format!("unknown setting `{}`", words.join(" "))),
    }
    Ok(())
}

fn act(text: &str) -> Result<Act, String> {
    if let Some((actor, does)) = verbatim(text) {
        return Ok(Act::Actor(actor.to_owned(), does));
    }
    let tokens = tokens(text)?;
    if let Some(act) = world(&tokens)? {
        return Ok(act);
    }
    let unknown = || format!("nobody can do this: `{text}`");
    let [W(actor), rest @ ..] = &tokens[..] else {
        return Err(unknown());
    };
    match does(rest)? {
        Some(does) => Ok(Act::Actor(actor.clone(), does)),
        None => Err(unknown()),
    }
}

/// Steps whose end is taken as it stands.
fn verbatim(text: &str) -> Option<(&str, Does)> {
    let (actor, rest) = text.split_once(' ')?;
    let after = |prefix: &str| rest.strip_prefix(prefix).map(str::to_owned);
    let does = if let Some(line) = after("sends line ") {
        Does::SendLine(line)
    } else if let Some(line) = after("sends bare ") {
        Does::SendBare(line)
    } else if let Some(packet) = after("sends sealed bare ") {
        Does::SendSealed {
            packet,
            ended: false,
        }
    } else if let Some(packet) = after("sends sealed ") {
        Does::SendSealed {
            packet,
            ended: true,
        }
    } else {
        Does::ReceiveLine(after("receives line ")?)
    };
    Some((actor, does))
}

fn world(tokens: &[Token]) -> Result<Option<Act>, String> {
    let words: Vec<&str> = tokens.iter().filter_map(Token::text).collect();
    Ok(Some(match words[..] {
        ["account", name, "with", "password", password] => Act::Account {
            name: name.to_owned(),
            password: password.to_owned(),
            certificate: false,
        },
        [
            "account",
            name,
            "with",
            "password",
            password,
            "and",
            "certificate",
        ] => Act::Account {
            name: name.to_owned(),
            password: password.to_owned(),
            certificate: true,
        },
        ["account", name, "is", "removed"] => Act::RemoveAccount(name.to_owned()),
        ["the", "store", "fails", "once"] => Act::StoreFails(1),
        ["time", "passes", n, unit] => Act::Pass {
            time: time(n, unit)?,
            beating: false,
        },
        ["time", "passes", n, unit, "with", "heartbeats"] => Act::Pass {
            time: time(n, unit)?,
            beating: true,
        },
        ["the", "hub", "shuts", "down"] => Act::ShutDown,
        ["all", "at", "once"] => Act::Hold,
        ["that", "was", "at", "once"] => Act::Release,
        _ => return Ok(None),
    }))
}

fn does(tokens: &[Token]) -> Result<Option<Does>, String> {
    if let [W(verb), W(by), W(wire), rest @ ..] = tokens
        && by == "by"
        && verb == "connects"
    {
        return connect(wire, rest).map(Some);
    }
    if let [W(verb), W(wire), rest @ ..] = tokens
        && verb == "opens"
    {
        let (opening, rest) = opening(wire, rest)?;
        return match rest {
            [] => Ok(Some(Does::Open(opening))),
            _ => Err("too much behind the wire".to_owned()),
        };
    }
    if let [W(verb), W(what), rest @ ..] = tokens
        && what == "hex"
    {
        return match verb.as_str() {
            "sends" => Ok(Some(Does::Send(bytes(rest)?))),
            "receives" => Ok(Some(Does::ReceiveBytes(bytes(rest)?))),
            _ => Ok(None),
        };
    }
    if let Some(does) = about_files(tokens)? {
        return Ok(Some(does));
    }
    if let Some(does) = about_history(tokens)? {
        return Ok(Some(does));
    }
    if let Some(does) = with_lists(tokens)? {
        return Ok(Some(does));
    }
    simple(tokens)
}

fn simple(tokens: &[Token]) -> Result<Option<Does>, String> {
    // The last token may be a quoted text: it is matched by what it says, except where a bare word
    // means something else.
    let last_is_text = matches!(tokens.last(), Some(T(_)));
    let mut words: Vec<&str> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token.text() {
            Some(text) => words.push(text),
            None => return Ok(None),
        }
    }
    let own = |text: &str| text.to_owned();
    let does = match words[..] {
        ["disconnects"] => Does::Disconnect,
        ["stops", "sending"] => Does::StopSending,
        ["stops", "reading"] => Does::StopReading,
        ["reads", "again"] => Does::ReadAgain,
        ["is", "closed"] => Does::IsClosed,
        ["is", "closed", "with", "error", code] => Does::IsClosedWith(code_number(code)?),
        ["beats"] => Does::Beat,
        ["hears", n, "heartbeats"] => Does::HearBeats(number(n)?),
        ["hears", "nothing"] => Does::HearNothing,
        ["hears", "nothing", "yet"] => Does::HearNothingYet,
        ["hears", "goodbye"] => Does::HearGoodbye,
        ["hears", from, "in", room, text] if last_is_text => Does::Hear {
            from: own(from),
            room: own(room),
            text: own(text),
            group: false,
        },
        ["hears", from, "to", "the", "group", "in", room, text] if last_is_text => Does::Hear {
            from: own(from),
            room: own(room),
            text: own(text),
            group: true,
        },
        ["hears", "from", from, text] if last_is_text => Does::HearFrom {
            from: own(from),
            text: own(text),
        },
        ["broadcasts", text] if last_is_text => Does::Broadcast {
            text: own(text),
            bare: false,
        },
        ["broadcasts", "bare", text] if last_is_text => Does::Broadcast {
            text: own(text),
            bare: true,
        },
        ["tells", to, text] if last_is_text => Does::Tell {
            to: own(to),
            text: own(text),
            vainly: false,
        },
        ["vainly", "tells", to, text] if last_is_text => Does::Tell {
            to: own(to),
            text: own(text),
            vainly: true,
        },
        ["asks", "whether", name, "is", "here"] => Does::Ask(own(name)),
        ["learns", "that", name, "is", "here"] => Does::Learn {
            name: own(name),
            online: true,
        },
        ["learns", "that", name, "is", "away"] => Does::Learn {
            name: own(name),
            online: false,
        },
        ["lists", "rooms"] => Does::ListRooms,
        ["lists", "members", "of", room] => Does::ListMembers(own(room)),
        ["got", count, "listings", "of", room] => Does::GotListings {
            room: own(room),
            count: number(count)?,
        },
        ["is", "told", code] => Does::IsTold {
            code: code_number(code)?,
            about: None,
        },
        ["is", "told", code, "about", about] => Does::IsTold {
            code: code_number(code)?,
            about: Some(own(about)),
        },
        ["is", "acknowledged"] => Does::IsAcknowledged,
        ["departs", "with", text] if last_is_text => Does::Depart(own(text)),
        ["quits"] => Does::Quit,
        ["fetches", "mail"] => Does::FetchMail,
        ["receives", "mail", "from", from, text] if last_is_text => Does::ReceiveMail {
            from: own(from),
            text: own(text),
        },
        ["reaches", "the", "end", "of", "the", "mail"] => Does::EndOfMail,
        ["has", "no", "mail"] => Does::HasNoMail,
        ["signs", "out"] => Does::SignOut,
        _ => return Ok(None),
    };
    Ok(Some(does))
}

fn with_lists(tokens: &[Token]) -> Result<Option<Does>, String> {
    let is = |token: Option<&Token>, word: &str| token.and_then(Token::word) == Some(word);
    let does = match tokens {
        [verb, rest @ ..] if is(Some(verb), "joins") => Does::Join(list(rest)?),
        [verb, rest @ ..] if is(Some(verb), "leaves") => Does::Leave(list(rest)?),
        [says, rest @ .., T(text)] if is(Some(says), "says") => {
            let (group, rooms) = match rest {
                [to, the, what, inside, rooms @ ..]
                    if is(Some(to), "to")
                        && is(Some(the), "the")
                        && is(Some(what), "group")
                        && is(Some(inside), "in") =>
                {
                    (true, rooms)
                }
                [inside, rooms @ ..] if is(Some(inside), "in") => (false, rooms),
                _ => return Ok(None),
            };
            Does::Say {
                rooms: list(rooms)?,
                text: text.clone(),
                group,
            }
        }
        [sees, rooms, Mark(':'), rest @ ..]
            if is(Some(sees), "sees") && is(Some(rooms), "rooms") =>
        {
            Does::SeeRooms(list_or_none(rest)?)
        }
        [sees, members, of, room, Mark(':'), rest @ ..]
            if is(Some(sees), "sees") && is(Some(members), "members") && is(Some(of), "of") =>
        {
            Does::SeeMembers {
                room: room.text().ok_or("which room?")?.to_owned(),
                names: list_or_none(rest)?,
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(does))
}

fn about_files(tokens: &[Token]) -> Result<Option<Does>, String> {
    let words: Vec<&str> = tokens.iter().filter_map(Token::text).collect();
    let own = |text: &str| text.to_owned();
    let answer = |file: &str, accept, wrong| Does::Answer {
        file: own(file),
        accept,
        wrong,
    };
    let hear = |from: &str, verb: &str, file: &str, nameless| {
        Ok::<_, String>(Does::HearAnswer {
            from: own(from),
            file: own(file),
            accept: match verb {
                "accepts" => true,
                "rejects" => false,
                _ => return Err("a file is accepted or rejected".to_owned()),
            },
            nameless,
        })
    };
    let does = match words[..] {
        ["offers", to, "the", "file", file, "of", size, "bytes"] => Does::Offer {
            to: own(to),
            file: own(file),
            size: number(size)?,
        },
        [
            "is",
            "offered",
            "the",
            "file",
            file,
            "of",
            size,
            "bytes",
            "by",
            from,
        ] => Does::IsOffered {
            from: own(from),
            file: own(file),
            size: number(size)?,
        },
        ["accepts", file] => answer(file, true, None),
        ["rejects", file] => answer(file, false, None),
        ["accepts", file, "in", "a", "wrong", "name"] => answer(file, true, Some(Wrong::Name)),
        ["rejects", file, "in", "a", "wrong", "name"] => answer(file, false, Some(Wrong::Name)),
        ["accepts", file, "with", "a", "wrong", "id"] => answer(file, true, Some(Wrong::Id)),
        ["hears", "that", from, verb, file] => hear(from, verb, file, false)?,
        ["hears", "that", from, verb, file, "with", "id", "0"] => hear(from, verb, file, true)?,
        ["sends", "all", "of", file] => data(file, 0, END, None, true),
        ["sends", "bytes", span, "of", file] => {
            let (from, to) = range(span)?;
            data(file, from, to, None, false)
        }
        ["sends", "bytes", span, "of", file, "as", "the", "last"] => {
            let (from, to) = range(span)?;
            data(file, from, to, None, true)
        }
        ["sends", "bytes", span, "of", file, "under", "id", id] => {
            let (from, to) = range(span)?;
            data(file, from, to, Some(number(id)?), false)
        }
        ["receives", "all", "of", file] => Does::ReceiveData {
            file: own(file),
            from: 0,
            to: END,
        },
        ["receives", "the", "rest", "of", file, "from", "byte", from] => Does::ReceiveData {
            file: own(file),
            from: number(from)?,
            to: END,
        },
        ["receives", "bytes", span, "of", file] => {
            let (from, to) = range(span)?;
            Does::ReceiveData {
                file: own(file),
                from,
                to,
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(does))
}

fn data(file: &str, from: usize, to: usize, id: Option<u16>, last: bool) -> Does {
    Does::SendData {
        file: file.to_owned(),
        from,
        to,
        id,
        last,
    }
}

fn about_history(tokens: &[Token]) -> Result<Option<Does>, String> {
    let is = |token: &Token, word: &str| token.word() == Some(word);
    if let [asks, history, of, kind, whose, rest @ ..] = tokens
        && is(asks, "asks")
        && is(history, "history")
        && is(of, "of")
    {
        let room = match kind.word() {
            Some("room") => true,
            Some("user") => false,
            _ => return Err("`asks history of room NAME` or `of user NAME`".to_owned()),
        };
        let (before, rest) = match rest {
            [word, T(text), rest @ ..] if is(word, "before") => (Some(text.clone()), rest),
            rest => (None, rest),
        };
        let limit = match rest {
            [] => None,
            [at, most, n] if is(at, "at") && is(most, "most") => {
                Some(number(n.text().unwrap_or_default())?)
            }
            _ => return Err("behind the name: `before \"text\"`, `at most N`".to_owned()),
        };
        return Ok(Some(Does::AskHistory {
            of: whose.text().ok_or("whose history?")?.to_owned(),
            room,
            before,
            limit,
        }));
    }
    let [sees, history, Mark(':'), rest @ ..] = tokens else {
        return Ok(None);
    };
    if !is(sees, "sees") || !is(history, "history") {
        return Ok(None);
    }
    if let [none] = rest
        && is(none, "none")
    {
        return Ok(Some(Does::SeeHistory(Vec::new())));
    }
    let entry = |entry: &[Token]| match entry {
        [from, T(text)] => from
            .text()
            .map(|from| (from.to_owned(), text.clone()))
            .ok_or("who said it?".to_owned()),
        _ => Err("history is a list of `NAME \"text\"`".to_owned()),
    };
    let entries = rest.split(|token| *token == Mark(','));
    Ok(Some(Does::SeeHistory(
        entries.map(entry).collect::<Result<_, _>>()?,
    )))
}

fn connect(wire: &str, rest: &[Token]) -> Result<Does, String> {
    let (opening, mut rest) = opening(wire, rest)?;
    let (mut name, mut password, mut refused) = (None, None, None);
    loop {
        let words: Vec<&str> = rest.iter().take(6).filter_map(Token::text).collect();
        let used = match words[..] {
            [] => break,
            ["as", own, ..] => {
                name = Some(own.to_owned());
                2
            }
            ["with", "password", secret, ..] => {
                password = Some(secret.to_owned());
                3
            }
            ["and", "is", "refused", "with", code] => {
                refused = Some(code_number(code)?);
                5
            }
            _ => return Err(format!("do not know `{}`", words.join(" "))),
        };
        rest = &rest[used..];
    }
    Ok(Does::Connect {
        opening,
        name,
        password,
        refused,
    })
}

fn opening<'a>(wire: &str, mut rest: &'a [Token]) -> Result<(Opening, &'a [Token]), String> {
    let wire = match wire {
        "cs494" => Wire::Cs494,
        "cs594" => Wire::Cs594,
        "cp" => Wire::Cp,
        other => return Err(format!("no wire is called {other}")),
    };
    let mut opening = Opening {
        wire,
        manner: Manner::Lines,
        address: None,
        certificate: false,
    };
    loop {
        let words: Vec<&str> = rest.iter().take(2).filter_map(Token::text).collect();
        match words[..] {
            ["from", address] => {
                opening.address = Some(
                    address
                        .parse()
                        .map_err(|_| format!("{address} is no address"))?,
                );
            }
            ["with", "certificate"] => opening.certificate = true,
            ["without", "ends"] => opening.manner = Manner::Bare,
            _ => return Ok((opening, rest)),
        }
        rest = &rest[2..];
    }
}

fn list(tokens: &[Token]) -> Result<Vec<String>, String> {
    let item = |item: &[Token]| match item {
        [W(name) | T(name)] => Ok(name.clone()),
        _ => Err("a list is `a, b, c`".to_owned()),
    };
    tokens
        .split(|token| *token == Mark(','))
        .map(item)
        .collect()
}

fn list_or_none(tokens: &[Token]) -> Result<Vec<String>, String> {
    match tokens {
        [W(none)] if none == "none" => Ok(Vec::new()),
        _ => list(tokens),
    }
}

/// `0-999`: the first and the last byte.
fn range(span: &str) -> Result<(usize, usize), String> {
    let (from, to) = span.split_once('-').ok_or("bytes are FIRST-LAST")?;
    let (from, to): (usize, usize) = (number(from)?, number(to)?);
    if from > to {
        return Err("the last byte is before the first".to_owned());
    }
    Ok((from, to + 1))
}

fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| format!("{text} is not a number that fits"))
}

/// `207` or `0x04`.
fn code_number(text: &str) -> Result<u16, String> {
    match text.strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16).map_err(|_| format!("{text} is no code")),
        None => number(text),
    }
}

fn time(count: &str, unit: &str) -> Result<Duration, String> {
    let count: u64 = number(count)?;
    match unit {
        "ms" => Ok(Duration::from_millis(count)),
        "s" => Ok(Duration::from_secs(count)),
        "min" => Ok(Duration::from_secs(count * 60)),
        _ => Err("time is in ms, s or min".to_owned()),
    }
}

/// `0a 0b`, `00*61`, `0000002a`, `"text"`.
fn bytes(tokens: &[Token]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for token in tokens {
        match token {
            T(text) => bytes.extend_from_slice(text.as_bytes()),
            W(word) => {
                let (digits, count) = match word.split_once('*') {
                    Some((digits, count)) => (digits, number(count)?),
                    None => (word.as_str(), 1),
                };
                let one = digits
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| {
                        let pair = std::str::from_utf8(pair).ok().filter(|p| p.len() == 2);
                        pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
                    })
                    .collect::<Option<Vec<u8>>>()
                    .ok_or_else(|| format!("{digits} is not hexadecimal"))?;
                bytes.extend(one.repeat(count));
            }
            Mark(mark) => return Err(format!("{mark} is not hexadecimal")),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(source: &str) -> (usize, String) {
        let error = Script::parse(source).unwrap_err();
        (error.line, error.what)
    }

    fn only_step(text: &str) -> Act {
        let script = Script::parse(&format!("# [X-1] t\nmemory only: test\n{text}\n"));
        script.unwrap().steps.remove(0).act
    }

    #[test]
    fn the_header_names_the_ids_and_what_is_shown() {
        let script = Script::parse("# [HUB-3] [494-17] rooms\n\nana disconnects\n").unwrap();
        assert_eq!(script.title, "rooms");
        assert_eq!(
            script.ids.into_iter().collect::<Vec<_>>(),
            ["494-17", "HUB-3"]
        );
        assert_eq!(script.steps[0].line, 3);
        assert_eq!(script.memory_only, None);
    }

    #[test]
    fn errors_name_their_line() {
        let cases = [
            ("", 1, "cites"),
            ("# no ids\nana disconnects", 1, "cites"),
            ("# [X-1] t\n", 1, "nothing happens"),
            ("# [X-1] t\nana frobnicates", 2, "nobody can do this"),
            ("# [X-1] t\n\nana connects by cs666", 3, "cs666"),
            ("# [X-1] t\nana says in #a hello", 2, "nobody can do this"),
            ("# [X-1] t\nana says in #a \"hello", 2, "closing quote"),
            ("# [X-1] t\nana sends hex 0", 2, "hexadecimal"),
            ("# [X-1] t\nana sends hex zz", 2, "hexadecimal"),
            ("# [X-1] t\nsetting tea strong", 2, "unknown setting"),
            ("# [X-1] t\nana disconnects\nsetting users 1", 3, "before"),
            ("# [X-1] t\ntime passes 3 s", 2, "only in memory"),
            ("# [X-1] t\nana stops reading", 2, "only in memory"),
            (
                "# [X-1] t\nana opens cp from 192.0.2.1",
                2,
                "only in memory",
            ),
            ("# [X-1] t\nmemory only: x\ntime passes 3 years", 3, "ms, s"),
            ("# [X-1] t\nana is told lots", 2, "lots"),
            ("# [X-1] t\nana sends bytes 9-3 of f", 2, "before the first"),
        ];
        for (source, line, what) in cases {
            let found = error(source);
            assert!(
                found.0 == line && found.1.contains(what),
                "{source:?}: {found:?}"
            );
        }
    }

    #[test]
    fn steps_are_read() {
        let ana = |does| Act::Actor("ana".into(), does);
        assert_eq!(
            only_step("ana says in #a, #b \"x, y\""),
            ana(Does::Say {
                rooms: vec!["#a".into(), "#b".into()],
                text: "x, y".into(),
                group: false
            })
        );
        assert_eq!(
            only_step("ana sees members of #a: ana, \"b o\""),
            ana(Does::SeeMembers {
                room: "#a".into(),
                names: vec!["ana".into(), "b o".into()]
            })
        );
        assert_eq!(
            only_step("ana sends hex 02 00000040 \"ana\" 00*3"),
            ana(Does::Send(b"\x02\0\0\0\x40ana\0\0\0".to_vec()))
        );
        assert_eq!(
            only_step("ana sends line {\"a\": 1}"),
            ana(Does::SendLine("{\"a\": 1}".into()))
        );
        assert_eq!(
            only_step("time passes 100 ms"),
            Act::Pass {
                time: Duration::from_millis(100),
                beating: false
            }
        );
        assert_eq!(
            only_step("ana sees history: bo \"one\", cid \"two\""),
            ana(Does::SeeHistory(vec![
                ("bo".into(), "one".into()),
                ("cid".into(), "two".into())
            ]))
        );
        assert_eq!(
            only_step("ana connects by cs494 as \"Ana\" and is refused with 0x04"),
            ana(Does::Connect {
                opening: Opening {
                    wire: Wire::Cs494,
                    manner: Manner::Lines,
                    address: None,
                    certificate: false
                },
                name: Some("Ana".into()),
                password: None,
                refused: Some(4)
            })
        );
    }
}
