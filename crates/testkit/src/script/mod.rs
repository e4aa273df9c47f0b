//! What a script says, step by step. How it is written is told in the [crate's page](crate).

mod parse;
mod token;

use std::collections::BTreeSet;
use std::time::Duration;

/// One play.
#[derive(Clone, Debug)]
pub struct Script {
    /// The requirement ids of its header.
    pub ids: BTreeSet<String>,
    /// What it shows, from its first line.
    pub title: String,
    /// Why it cannot be run over ports; `None`: it can.
    pub memory_only: Option<String>,
    /// The hub's settings.
    pub setup: Setup,
    pub(crate) steps: Vec<Step>,
}

/// A script does not say what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// A wire's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wire {
    /// The binary one.
    Cs494,
    /// The one of JSON packets.
    Cs594,
    /// The one with mailboxes.
    Cp,
}

/// The hub's settings, where a script changes them.
#[derive(Clone, Debug)]
pub struct Setup {
    pub(crate) cs494: gate::cs494::Settings,
    pub(crate) cs594: gate::cs594::Settings,
    pub(crate) cp: gate::cp::Settings,
    pub(crate) hub: hub::Settings,
    pub(crate) switchboard: net::switchboard::Settings,
    /// The key that clients seal with; the hub's own is `cs594.key`.
    pub(crate) key: Option<[u8; 16]>,
}

impl Default for Setup {
    fn default() -> Self {
        let hub = hub::Settings {
            history: true,
            exempt_loopback: true,
            ..hub::Settings::default()
        };
        Self {
            cs494: gate::cs494::Settings::default(),
            cs594: gate::cs594::Settings::default(),
            cp: gate::cp::Settings::default(),
            hub,
            switchboard: net::switchboard::Settings::default(),
            key: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) act: Act,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Act {
    Account {
        name: String,
        password: String,
        certificate: bool,
    },
    RemoveAccount(String),
    StoreFails(u32),
    Pass {
        time: Duration,
        beating: bool,
    },
    ShutDown,
    /// What is sent from here on reaches the hub in one round.
    Hold,
    Release,
    Actor(String, Does),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Does {
    // the connection
    Open(Opening),
    Connect {
        opening: Opening,
        name: Option<String>,
        password: Option<String>,
        refused: Option<u16>,
    },
    Disconnect,
    StopSending,
    StopReading,
    ReadAgain,
    IsClosed,
    IsClosedWith(u16),
    // the bytes
    Send(Vec<u8>),
    SendLine(String),
    SendBare(String),
    SendSealed {
        packet: String,
        ended: bool,
    },
    ReceiveLine(String),
    ReceiveBytes(Vec<u8>),
    // life
    Beat,
    HearBeats(usize),
    // rooms
    Join(Vec<String>),
    Leave(Vec<String>),
    Say {
        rooms: Vec<String>,
        text: String,
        group: bool,
    },
    Broadcast {
        text: String,
        bare: bool,
    },
    Hear {
        from: String,
        room: String,
        text: String,
        group: bool,
    },
    HearNothing,
    /// Up to now, without asking the hub.
    HearNothingYet,
    ListRooms,
    SeeRooms(Vec<String>),
    ListMembers(String),
    SeeMembers {
        room: String,
        names: Vec<String>,
    },
    GotListings {
        room: String,
        count: usize,
    },
    // people
    Tell {
        to: String,
        text: String,
        vainly: bool,
    },
    HearFrom {
        from: String,
        text: String,
    },
    Ask(String),
    Learn {
        name: String,
        online: bool,
    },
    // answers
    IsTold {
        code: u16,
        about: Option<String>,
    },
    IsAcknowledged,
    // the end
    Depart(String),
    Quit,
    HearGoodbye,
    // mail
    FetchMail,
    ReceiveMail {
        from: String,
        text: String,
    },
    EndOfMail,
    HasNoMail,
    SignOut,
    // files
    Offer {
        to: String,
        file: String,
        size: u32,
    },
    IsOffered {
        from: String,
        file: String,
        size: u32,
    },
    Answer {
        file: String,
        accept: bool,
        wrong: Option<Wrong>,
    },
    HearAnswer {
        from: String,
        file: String,
        accept: bool,
        nameless: bool,
    },
    SendData {
        file: String,
        from: usize,
        to: usize,
        id: Option<u16>,
        last: bool,
    },
    ReceiveData {
        file: String,
        from: usize,
        to: usize,
    },
    // history
    AskHistory {
        of: String,
        room: bool,
        before: Option<String>,
        limit: Option<u32>,
    },
    SeeHistory(Vec<(String, String)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) wire: Wire,
    pub(crate) manner: Manner,
    pub(crate) address: Option<std::net::IpAddr>,
    pub(crate) certificate: bool,
}

/// How a client ends what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With line ends, where the wire has some.
    Lines,
    /// With nothing: as the authors' own clients of cs594 and cp do.
    Bare,
}

/// What is wrong with an answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Name,
    Id,
}

/// "To the end of the file."
pub(crate) const END: usize = usize::MAX;
