//! What can be asked, and what the answers are.

use std::path::PathBuf;
use std::sync::Arc;

use crate::{
    Alias, Contact, Event, FileBytes, FileName, Letter, MessageId, Presence, RoomName, SaidAs,
    Secret, Text, Transfer, TransferId, UserName,
};

/// Something a session asks of a middle; answered exactly once by a [`Reply`].
///
/// The answers to [`SignIn`](Self::SignIn), [`Tell`](Self::Tell), [`History`](Self::History),
/// [`TakeMail`](Self::TakeMail) and [`DropMail`](Self::DropMail) may come later (a store or a
/// password check stands between); all others come before the asker goes on.
#[derive(Clone, Debug)]
pub enum Command {
    /// Be this person. Answer: [`Reply::Done`] or refused.
    SignIn {
        /// The name wished for.
        name: UserName,
        /// What shows that the name's account is the asker's.
        proof: Proof,
    },
    /// Stop being that person; the connection may go on. Leaves all rooms and transfers.
    SignOut {
        /// Shown to the rooms that were left, where given [494-10].
        farewell: Option<Text>,
    },
    /// Enter rooms, opening those that are not; all or nothing. Answer: [`Reply::Joined`].
    Join {
        /// The rooms.
        rooms: Vec<RoomName>,
    },
    /// Leave rooms; all or nothing: refused with [`Refusal::NoSuchRoom`] or [`Refusal::NotMember`].
    Leave {
        /// The rooms.
        rooms: Vec<RoomName>,
    },
    /// Which rooms have members? Answer: [`Reply::Rooms`].
    ListRooms,
    /// Who is in a room? Answer: [`Reply::Members`] or [`Refusal::NoSuchRoom`].
    ListMembers {
        /// The room.
        room: RoomName,
    },
    /// Say something in rooms. Refused, and nothing said, if one is unknown or the asker is in none;
    /// otherwise said in those that the asker is in.
    Post {
        /// The rooms.
        rooms: Vec<RoomName>,
        /// What is said.
        text: Text,
        /// In which manner.
        manner: SaidAs,
        /// Also into rooms that the asker is not in [494-17].
        from_outside: bool,
    },
    /// Say something in every room that the asker is in [494-18].
    PostEverywhere {
        /// What is said.
        text: Text,
    },
    /// Tell one person something. Answer: [`Reply::Told`] or [`Refusal::NoSuchUser`].
    Tell {
        /// Whom.
        to: Recipient,
        /// What.
        text: Text,
    },
    /// Leave a letter for an account, as cp does: acknowledged only when it is on disk [CP-9].
    /// Answer: [`Reply::Told`] or [`Refusal::NoSuchUser`].
    Mail {
        /// Whom.
        to: Recipient,
        /// What.
        text: Text,
    },
    /// Is this person here? Answer: [`Reply::Presence`].
    Query {
        /// The person.
        user: UserName,
    },
    /// What was said before? Answer: [`Reply::History`], oldest first.
    History {
        /// Where.
        place: Place,
        /// Only what is older than this message; `None`: up to the latest.
        before: Option<MessageId>,
        /// How many, 1 … 200.
        limit: u32,
    },
    /// Offer a file to somebody. Answer: [`Reply::Offered`] or refused.
    Offer {
        /// Whom.
        to: UserName,
        /// The file's name.
        name: FileName,
        /// Its size in bytes.
        size: u64,
    },
    /// Take or decline an offer. Answer: [`Reply::Done`] or [`Refusal::NoSuchTransfer`].
    Answer {
        /// Which offer the asker believes it answers.
        claim: Claim,
        /// Whether the file is wanted.
        accept: bool,
    },
    /// The next bytes of an accepted file. Answer: [`Reply::Done`] or [`Refusal::NoSuchTransfer`] /
    /// [`Refusal::TransferViolation`].
    Segment {
        /// The transfer.
        id: TransferId,
        /// Bytes of the file, at least one.
        data: FileBytes,
        /// Whether the file ends here.
        last: bool,
    },
    /// Offer the file at this path to somebody, where the middle reads files itself. Answer:
    /// [`Reply::Offered`] once the offer is made, which may take as long as reading the whole file.
    Give {
        /// Whom.
        to: UserName,
        /// The file, absolute.
        path: PathBuf,
    },
    /// Take an offer, where the middle writes files itself: into its own folder, verified, and going on
    /// by itself whenever that is possible. Answer: [`Reply::Done`] or [`Refusal::NoSuchTransfer`];
    /// then [`Signal::Progress`](crate::Signal::Progress) until
    /// [`Signal::Arrived`](crate::Signal::Arrived) or [`Signal::Ended`](crate::Signal::Ended).
    Take {
        /// The offer.
        id: TransferId,
    },
    /// End a transfer of the asker's, whichever side it is on.
    Cancel {
        /// The transfer.
        id: TransferId,
    },
    /// The oldest letter in the asker's mailbox. Answer: [`Reply::Mail`].
    TakeMail {
        /// Only letters after this one.
        after: Option<MessageId>,
    },
    /// This letter has arrived: remove it [CP-10].
    DropMail {
        /// The letter.
        id: MessageId,
    },
    /// Tell everybody how the asker is [LAN-17].
    Announce(Presence),
    /// Who is here? Answer: [`Reply::Contacts`].
    ListContacts,
    /// Tell somebody that the asker is writing, or no longer [LAN-44].
    Typing {
        /// Whom.
        to: UserName,
        /// Whether.
        is_typing: bool,
    },
    /// End the conversation with somebody; answered once everything said has arrived as far as the
    /// network can tell, or the time for that is over [LAN-22].
    Part {
        /// With whom.
        with: UserName,
    },
}

/// What shows that an account is the asker's [HUB-2].
#[derive(Clone, Debug)]
pub enum Proof {
    /// Nothing: the wire has no password. A TLS client certificate may still speak for the asker.
    None,
    /// The account's password. Such a session reads and writes mail; it is not present in rooms.
    Password(Secret),
}

/// Whom a private message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A person by name.
    Name(UserName),
    /// A person by the stand-in of [CP-15].
    Alias(Alias),
}

/// Where something is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a room.
    Room(RoomName),
    /// Between the asker and this person.
    Person(UserName),
}

/// What a session says of the offer it answers. Fields that its wire does not carry are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The transfer.
    pub id: TransferId,
    /// Who is said to offer.
    pub from: Option<UserName>,
    /// To whom it is said to be offered.
    pub to: Option<UserName>,
}

/// The one answer to a [`Command`].
#[derive(Clone, Debug)]
pub enum Reply {
    /// It is done, there is nothing to tell.
    Done,
    /// The asker is in these rooms now; `true` where it was already.
    Joined(Vec<(RoomName, bool)>),
    /// The rooms that have members, in the order of their names.
    Rooms(Arc<[RoomName]>),
    /// A room's members, in the order they came.
    Members {
        /// The room.
        room: RoomName,
        /// Who is in it.
        names: Arc<[UserName]>,
    },
    /// Where the private message went.
    Told(TellOutcome),
    /// Whether somebody is here.
    Presence {
        /// Who was asked about.
        user: UserName,
        /// Whether they are here.
        online: bool,
    },
    /// What was said, oldest first.
    History(Vec<Event>),
    /// The offer stands under this number.
    Offered(Transfer),
    /// The oldest letter; `None`: the mailbox is empty.
    Mail(Option<Letter>),
    /// Who is here, in the order of their names.
    Contacts(Vec<Arc<Contact>>),
    /// It was not done.
    Refused(Refusal),
}

/// Where a private message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TellOutcome {
    /// To a session of the receiver's.
    Delivered,
    /// Into the receiver's mailbox, on disk [HUB-7].
    Kept,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody has this name, or one that would be confused with it [HUB-1].
    #[error("the name {0} is in use")]
    NameInUse(UserName),
    /// The name belongs to an account and the asker has not shown that it is theirs [HUB-2].
    #[error("the name {0} belongs to an account")]
    NameReserved(UserName),
    /// Wrong name or password; which one is not told [CP-8].
    #[error("the name or the password is wrong")]
    BadCredentials,
    /// The hub has as many users, or connections from there, as it takes.
    #[error("the hub is full")]
    HubFull,
    /// The hub has as many rooms, or the asker is in as many, as it takes.
    #[error("there are too many rooms")]
    TooManyRooms,
    /// The room has as many members as it takes.
    #[error("the room {0} is full")]
    RoomFull(RoomName),
    /// There is no such room.
    #[error("there is no room {0}")]
    NoSuchRoom(RoomName),
    /// The asker is not in that room.
    #[error("you are not in the room {0}")]
    NotMember(RoomName),
    /// Nobody of that name is here or has an account.
    #[error("nobody called {0} is here")]
    NoSuchUser(String),
    /// The session has no name yet.
    #[error("sign in first")]
    NotSignedIn,
    /// The session has a name already.
    #[error("you are signed in already")]
    AlreadySignedIn,
    /// The session's kind of sign-in does not carry this (rooms on a mailbox session, mail without an account).
    #[error("this session cannot do that")]
    NotPossible,
    /// Too many transfers at once, of the asker or on the hub.
    #[error("there are too many transfers")]
    TooManyTransfers,
    /// The file is empty or larger than 4 GiB − 1.
    #[error("a file has 1 byte to 4 GiB")]
    FileSize,
    /// The receiver's session cannot take files.
    #[error("no files can be sent to {0}")]
    TakesNoFiles(UserName),
    /// No live transfer of the asker's has that number, or names and number do not belong together.
    #[error("there is no such transfer")]
    NoSuchTransfer,
    /// More bytes than announced, or an early end: the transfer is over.
    #[error("the transfer broke its announcement")]
    TransferViolation,
    /// The hub could not store it; nothing was acknowledged.
    #[error("the hub could not store this; try again later")]
    StoreFailed,
    /// They are known, but there is no way to them now; the words say why.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(UserName, Arc<str>),
    /// Talking to them would be unsafe; the words say why and what to do [LAN-40] [LAN-46].
    #[error("{0}")]
    Unsafe(Arc<str>),
    /// The hub keeps no history.
    #[error("history is switched off")]
    HistoryOff,
}
