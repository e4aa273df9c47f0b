//! What happens: durable events, ephemeral signals.

use std::path::PathBuf;
use std::sync::Arc;

use crate::{
    Channel, Contact, FileBytes, FileName, MessageId, RoomName, Text, Timestamp, TransferId,
    UserName,
};

/// Something durable happened. Ordered per origin, never dropped silently.
#[derive(Clone, Debug)]
pub enum Event {
    /// Said in a room.
    Said(Arc<Said>),
    /// Told to one person.
    Told(Arc<Told>),
}

/// A message in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its number; growing within the room.
    pub id: MessageId,
    /// When the hub took it.
    pub at: Timestamp,
    /// Who said it.
    pub from: UserName,
    /// Where.
    pub room: RoomName,
    /// What.
    pub text: Text,
    /// In which manner.
    pub manner: SaidAs,
}

/// The manner of a room message; wires that know no difference show all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaidAs {
    /// An ordinary message.
    Post,
    /// cs594's SEND_GROUP_MSG.
    Group,
    /// The last words of somebody who left [494-10].
    Farewell,
}

/// A message to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub id: MessageId,
    /// When the hub took it.
    pub at: Timestamp,
    /// Who told it.
    pub from: UserName,
    /// Whom.
    pub to: UserName,
    /// What.
    pub text: Text,
}

/// A message that waits in a mailbox.
pub type Letter = Arc<Told>;

/// Something ephemeral: never journalled, may be replaced by a newer one of its kind; those about
/// transfers are never dropped.
#[derive(Clone, Debug)]
pub enum Signal {
    /// Who is in a room now.
    Members {
        /// The room.
        room: RoomName,
        /// All members, in the order they came.
        names: Arc<[UserName]>,
    },
    /// Which rooms are open now.
    Rooms(Arc<[RoomName]>),
    /// Somebody offers the session a file.
    Offered(Transfer),
    /// The receiver took or declined the session's offer.
    Answered {
        /// The offer.
        transfer: Transfer,
        /// Whether the file is wanted.
        accepted: bool,
    },
    /// The next bytes of a file that the session accepted.
    Segment {
        /// The transfer.
        id: TransferId,
        /// Bytes of the file.
        data: FileBytes,
        /// Whether the file ends here.
        last: bool,
    },
    /// So far is a file that the middle itself writes.
    Progress {
        /// The transfer.
        transfer: Transfer,
        /// Bytes that are there.
        done: u64,
        /// Bytes a second, lately.
        speed: u64,
        /// Seconds to go at that speed, where it can be told.
        left_s: Option<u64>,
    },
    /// A file that the middle itself has written is whole and verified.
    Arrived {
        /// The transfer.
        transfer: Transfer,
        /// Where it is.
        path: PathBuf,
    },
    /// Something that the person should know and no other signal says: a sentence.
    Note(Arc<str>),
    /// A transfer of the session's is over before its end.
    Ended {
        /// The transfer.
        transfer: Transfer,
        /// Why.
        reason: EndReason,
    },
    /// The middle is shutting down: say goodbye [HUB-8].
    Closing,
    /// The session is called so from now on: the middle had to choose another name [LAN-4].
    Named(UserName),
    /// Somebody is here, or tells something new about themselves.
    Contact(Arc<Contact>),
    /// Somebody is no longer here [LAN-26].
    Gone(UserName),
    /// Somebody is writing to the session, or no longer [LAN-44].
    Typing {
        /// Who.
        from: UserName,
        /// Whether.
        is_typing: bool,
    },
    /// How safe the conversation with somebody is: told before the first message goes out or is
    /// shown, and again when it changes [LAN-39].
    Channel {
        /// With whom.
        with: UserName,
        /// How safe.
        channel: Channel,
    },
    /// What the session said may not have arrived: the conversation broke off behind it [LAN-43].
    Doubtful(Arc<Told>),
}

/// Why a transfer ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The other side is gone, cancelled, or broke its announcement [494-27].
    OtherSide,
    /// The answer did not fit the offer: told with id 0 [494-23].
    BadAnswer,
}

/// A file on its way from one person to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its number among live transfers.
    pub id: TransferId,
    /// Who sends.
    pub from: UserName,
    /// Who receives.
    pub to: UserName,
    /// The file's name.
    pub name: FileName,
    /// Its size in bytes: on the hub's wires 1 … 4 GiB − 1, elsewhere any.
    pub size: u64,
}
