//! What faces and a node say to each other: plain data that also travels to another process on the
//! same machine, as JSON. Strings that began with other people are cut, not cleaned: whoever shows
//! one escapes it first.
//!
//! A person is named by `who`: the name as [`Friend::name`] has it, a PGP id, a fingerprint, or a
//! location's id.

mod files;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::files::{
    Audience, Download, DownloadState, FileLink, Found, Hashing, Listing, OfferToUs, OwnOffer,
    Shared, Wanted,
};

/// Chosen by the asker, echoed by the [`Report`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// Something a face asks; answered exactly once by a [`Report`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    // ---- the node
    /// Who am I, where can I be reached, what goes on? Answer: [`Report::Me`].
    Me,
    /// From now on this face is told every [`Notice`]. Answer: [`Report::Unread`], what was said to us
    /// while nobody watched; it counts as read from then on. Whoever watches may ask again, for more.
    Watch,
    /// How I am. Answer: [`Report::Done`].
    Announce {
        /// What friends see.
        availability: Availability,
        /// In my own words; `None`: none.
        message: Option<String>,
    },
    /// My picture for friends, PNG or JPEG of at most 32,767 bytes; `None`: none [RS-11].
    SetAvatar(Option<Vec<u8>>),
    /// My text for friends: a certificate, or a short invite. Answer: [`Report::Text`] [RS-2].
    OwnText {
        /// The short invite instead of the certificate.
        is_short: bool,
        /// Extra addresses that friends may try first, as `host:port`.
        addresses: Vec<String>,
    },

    // ---- who is a friend
    /// Approve whoever this certificate or invite is of [RS-2] [RS-3]. Answer: [`Report::Friend`].
    Add {
        /// The text, as it was pasted.
        text: String,
    },
    /// Everybody known: friends, those who asked, friends of friends. Answer: [`Report::Friends`].
    Friends,
    /// Approve somebody who asked or who is known through a friend. Answer: [`Report::Friend`].
    Approve {
        /// Whom.
        who: String,
    },
    /// Do not approve somebody who asked; they may ask again [RS-3].
    Deny {
        /// Whom.
        who: String,
    },
    /// No friend any more; what was said is kept [RS-3].
    Remove {
        /// Whom.
        who: String,
    },
    /// Never hear of them again, until unblocked [RS-3].
    Block {
        /// Whom.
        who: String,
        /// Whether; `false` ends it.
        is_blocked: bool,
    },
    /// Keep this key, which our profile has signed [RS-5].
    Signed {
        /// The friend's key with our signature on it, as packets.
        key: Vec<u8>,
    },
    /// How far we trust their judgement of others [RS-5].
    Trust {
        /// Whom.
        who: String,
        /// How far.
        level: Trust,
    },
    /// A friend's key as packets. Answer: [`Report::Key`].
    Key {
        /// Whose.
        who: String,
    },
    /// A friend's picture. Answer: [`Report::Picture`] [RS-11].
    Avatar {
        /// Whose.
        who: String,
    },
    /// Call them now, whatever the pause. Answer: [`Report::Done`].
    Call {
        /// Whom.
        who: String,
    },

    // ---- chat
    /// Say something; it waits if they are offline [RS-11]. Answer: [`Report::Queued`], once it is on
    /// disk.
    Say {
        /// To whom.
        who: String,
        /// What: plain text, at most [`MAX_SAY`] bytes.
        text: String,
    },
    /// We are writing to them, or no longer.
    Typing {
        /// To whom.
        who: String,
        /// Whether.
        is_typing: bool,
    },
    /// What was said with somebody, oldest first. Answer: [`Report::Said`].
    History {
        /// With whom.
        who: String,
        /// Only what is older than this message.
        before: Option<u64>,
        /// How many at most, 1 … 200.
        limit: u32,
    },
    /// What waits to be sent, chat and mail. Answer: [`Report::Outbox`].
    Outbox,
    /// Take back a message that waits. Answer: [`Report::Done`].
    Withdraw {
        /// Its number.
        id: u64,
    },

    // ---- mail
    /// Send a letter; it waits for each receiver who is offline [RS-13]. Answer: [`Report::Queued`].
    SendMail(Draft),
    /// The letters in a folder, newest first, without bodies. Answer: [`Report::Mails`].
    Mails {
        /// The folder; `None`: all but the trash.
        folder: Option<Folder>,
    },
    /// One letter; it is read from then on. Answer: [`Report::Mail`].
    ReadMail {
        /// Its number.
        id: u64,
    },
    /// Put a letter into another folder; a draft that is put into the outbox is sent. Answer:
    /// [`Report::Done`].
    MoveMail {
        /// Its number.
        id: u64,
        /// Where to.
        folder: Folder,
    },
    /// Mark as read or not, or with a star. Answer: [`Report::Done`].
    MarkMail {
        /// Its number.
        id: u64,
        /// Whether it is read.
        is_read: bool,
    },
    /// Remove a letter for good. Answer: [`Report::Done`].
    DeleteMail {
        /// Its number.
        id: u64,
    },

    // ---- files
    /// Share a folder [RS-16]; once more changes who may see it. Answer: [`Report::Done`]; hashing
    /// goes on behind it.
    Share {
        /// The folder, absolute.
        folder: PathBuf,
        /// What friends see it called; `None`: its own name.
        name: Option<String>,
        /// Who may see it.
        with: Audience,
    },
    /// Share it no more. Answer: [`Report::Done`].
    Unshare {
        /// The folder.
        folder: PathBuf,
    },
    /// What is shared, and how far hashing is. Answer: [`Report::Shares`].
    Shares,
    /// Look at the shared folders again. Answer: [`Report::Done`].
    Rescan,
    /// Stop hashing, or go on. Answer: [`Report::Done`].
    PauseHashing(bool),
    /// Offer one file to one friend: it is hashed, may be fetched by them, and its link is said to
    /// them. Answer: [`Report::Offered`], once it is hashed and said.
    Offer {
        /// To whom.
        who: String,
        /// The file, absolute.
        file: PathBuf,
    },
    /// Single files that we offer, attachments of letters included, and those that are offered to us.
    /// Answer: [`Report::Offers`]. Nothing counts as seen by that.
    Offers,
    /// Offer a file no more: from now on it is refused. Answer: [`Report::Unoffered`].
    Unoffer {
        /// The file, as [`OwnOffer::path`] has it.
        file: PathBuf,
        /// To whom no more; `None`: to nobody.
        who: Option<String>,
    },
    /// The link of a shared file [RS-20]. Answer: [`Report::Text`].
    LinkOf {
        /// The file, absolute.
        file: PathBuf,
    },
    /// What a friend shares, at a path such as `music/live` [RS-18]; the root without one. Answer:
    /// [`Report::Folder`].
    Browse {
        /// Whose.
        who: String,
        /// Where.
        path: String,
    },
    /// Search all friends' lists: every word has to occur in a name. Answer: [`Report::Found`].
    Search {
        /// The words.
        words: String,
    },
    /// Fetch a file, or a friend's folder with all below it [RS-17]. Answer: [`Report::Download`] of a
    /// file, [`Report::Downloads`] of a folder; progress by [`Notice::Download`]. While nobody is known to
    /// have a file, every friend who is online is asked for it.
    Fetch {
        /// Which: a link, or a path of a friend's.
        what: Wanted,
        /// Whom to fetch from besides those who are known to have it.
        from: Option<String>,
        /// Where to; `None`: the incoming folder.
        folder: Option<PathBuf>,
    },
    /// All downloads. Answer: [`Report::Downloads`].
    Downloads,
    /// Rest a download, or go on. Answer: [`Report::Done`].
    PauseDownload {
        /// Its file's hash.
        hash: String,
        /// Whether it rests.
        is_paused: bool,
    },
    /// Give a download up, and remove its part. Answer: [`Report::Done`].
    CancelDownload {
        /// Its file's hash.
        hash: String,
    },
}

/// Bytes in one thing said, at most: thirteen parts of a long message.
pub const MAX_SAY: usize = 200_000;

/// Messages that a new watcher is told at once.
pub const MAX_UNREAD: usize = 1000;

/// Bytes of what was said in one answer. With every byte escaped it is still far from what the line of
/// an attached face carries.
pub const MAX_TEXT: usize = 4 * 1024 * 1024;

/// The one answer to a [`Request`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// It is done; there is nothing to tell.
    Done,
    /// It was not; a sentence that says what failed, on what, and what to do.
    Refused(String),
    /// The node.
    Me(Box<Me>),
    /// A certificate, an invite, a link.
    Text(String),
    /// Key packets.
    Key(Vec<u8>),
    /// A picture, PNG or JPEG as its owner says: whoever shows it does not believe that.
    Picture(Vec<u8>),
    /// One friend, as they are now.
    Friend(Box<Friend>),
    /// Everybody, friends first, in the order of their names.
    Friends(Vec<Friend>),
    /// On disk under this number, and whether it goes out now. Where a link is just being made, this is
    /// answered once it stands or not, within two seconds. [`Notice::Outgoing`] tells what comes of it.
    Queued {
        /// The number.
        id: u64,
        /// Whether a link to every receiver is up, so that it goes out now.
        is_sent: bool,
    },
    /// What was said, oldest first; of more than [`MAX_TEXT`] bytes only the latest, and what is before
    /// comes when it is asked for.
    Said(Vec<Said>),
    /// What nobody has seen yet, oldest first: at most [`MAX_UNREAD`] messages of [`MAX_TEXT`] bytes
    /// together. The rest stays unread, and comes when it is asked for once more.
    Unread(Vec<Said>),
    /// What waits.
    Outbox(Vec<Waiting>),
    /// Letters without their bodies.
    Mails(Vec<Mail>),
    /// A letter.
    Mail(Box<Mail>),
    /// The shared folders.
    Shares {
        /// The folders.
        shares: Vec<Shared>,
        /// How far hashing is.
        hashing: Hashing,
    },
    /// The file is offered: its link.
    Offered(FileLink),
    /// Single files on offer.
    Offers {
        /// Ours, in the order of their paths.
        ours: Vec<OwnOffer>,
        /// What friends offer to us and nobody has fetched yet, oldest first.
        theirs: Vec<OfferToUs>,
    },
    /// The file is offered no more.
    Unoffered {
        /// Who may not have it any more: names.
        from: Vec<String>,
        /// Those of them who can still have it, from a shared folder: names.
        still: Vec<String>,
    },
    /// A friend's folder.
    Folder(Box<Listing>),
    /// Files that were found.
    Found(Vec<Found>),
    /// A download, as it is now.
    Download(Box<Download>),
    /// All downloads.
    Downloads(Vec<Download>),
}

/// Something happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notice {
    /// Something was said, to us or by us (by another face).
    Said(Said),
    /// A message of ours has left for the friend, or was given up.
    Outgoing {
        /// Its number.
        id: u64,
        /// To whom: [`Friend::name`].
        who: String,
        /// How it is.
        state: SendState,
    },
    /// A friend is new, gone, online, offline, or otherwise other than before.
    Friend(Box<Friend>),
    /// A friend was removed or blocked: their name.
    NoFriend(String),
    /// Somebody writes to us, or no longer.
    Typing {
        /// Who: [`Friend::name`].
        who: String,
        /// Whether.
        is_typing: bool,
    },
    /// Somebody asks to be a friend, or a call failed for want of approval; a sentence says which half
    /// is missing [RS-3].
    Approval {
        /// Who, as in [`Friend::name`].
        who: String,
        /// Their PGP id.
        pgp_id: String,
        /// The sentence.
        sentence: String,
    },
    /// A letter came, without its body.
    Mail(Box<Mail>),
    /// A friend offers a file: a link was in what they said.
    Offered {
        /// Who: [`Friend::name`].
        who: String,
        /// What.
        link: FileLink,
    },
    /// A download goes on, rests, is done or failed.
    Download(Box<Download>),
    /// Hashing goes on.
    Hashing(Hashing),
    /// Something a person should know.
    Warning(String),
}

/// How reachable somebody is [RS-9].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Availability {
    /// No link to any of their machines.
    #[default]
    Offline,
    /// Here.
    Online,
    /// Here, and idle for a while.
    Idle,
    /// Not at the keyboard.
    Away,
    /// Not to be disturbed.
    Busy,
}

/// How somebody stands to us [RS-3] [RS-5].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Approved by us. Whether they have approved us shows when a link is up.
    Friend,
    /// They called, and we have not approved them.
    Asks,
    /// A friend's friend, known by discovery.
    FriendOfFriend,
    /// They asked and were denied.
    Denied,
    /// Never to be heard of.
    Blocked,
}

/// How far we trust somebody's judgement of others, as in OpenPGP [RS-5].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Nothing was said.
    #[default]
    Unknown,
    /// Not at all.
    Never,
    /// A little.
    Marginal,
    /// Fully.
    Full,
}

/// Somebody, as the node knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Friend {
    /// The name to write to: the profile's, with `#` and the last eight digits of the PGP id where
    /// two friends have the same.
    pub name: String,
    /// The PGP id, 16 upper-case digits.
    pub pgp_id: String,
    /// The fingerprint, 40 upper-case digits; empty where it is not known yet. Of somebody who asks it is
    /// what they say.
    pub fingerprint: String,
    /// How they stand to us.
    pub standing: Standing,
    /// How they are: the best of their locations.
    pub availability: Availability,
    /// In their own words.
    pub message: Option<String>,
    /// SHA-1 of their picture, lower-case digits, where it is kept.
    pub avatar: Option<String>,
    /// Whether our profile has signed their key.
    pub is_signed: bool,
    /// Whose signatures on their key are known: names of friends.
    pub signed_by: Vec<String>,
    /// How far we trust their judgement.
    pub trust: Trust,
    /// Why there is no link, where it is more than "offline": the half that is missing.
    pub hint: Option<String>,
    /// Through which friends they are known.
    pub through: Vec<String>,
    /// Their machines.
    pub locations: Vec<Location>,
}

/// One machine of a friend's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Its id, 32 lower-case digits.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whether a link is up.
    pub is_online: bool,
    /// The program and its version, as they say.
    pub version: String,
    /// The link's address, or the one tried first.
    pub address: Option<String>,
    /// The round trip, in milliseconds, once measured.
    pub round_trip_ms: Option<u32>,
    /// When it was online last, in milliseconds since 1970; 0: never.
    pub last_seen: u64,
}

/// The node itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The profile's name.
    pub name: String,
    /// The PGP id.
    pub pgp_id: String,
    /// The fingerprint.
    pub fingerprint: String,
    /// This machine's name.
    pub location: String,
    /// This machine's id.
    pub location_id: String,
    /// Where friends may call, as far as known.
    pub addresses: Vec<String>,
    /// How I am.
    pub availability: Availability,
    /// In my own words.
    pub message: Option<String>,
    /// Whether links are possible: `false` where only the records are open.
    pub is_running: bool,
}

/// Something said between a friend and us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Its number, growing.
    pub id: u64,
    /// With whom: [`Friend::name`].
    pub who: String,
    /// Whether we said it.
    pub is_ours: bool,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What: plain text.
    pub text: String,
    /// Of ours: how it is.
    pub state: SendState,
}

impl Said {
    /// The files it offers: the links in it [RS-20].
    pub fn links(&self) -> Vec<FileLink> {
        let links = wire_retroshare::link::find_links(&self.text).into_iter();
        links.map(FileLink::from).collect()
    }
}

/// How far a message of ours is [RS-11].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendState {
    /// On disk; it goes out when the friend is online.
    Queued,
    /// Handed to the friend's machine; the network has no receipts.
    Sent,
    /// Taken back, or the friend is no friend any more.
    Dropped,
}

/// Something that waits to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Its number.
    pub id: u64,
    /// For whom: names.
    pub who: Vec<String>,
    /// Since when, in milliseconds since 1970.
    pub at: u64,
    /// Its beginning: of a letter the subject.
    pub text: String,
    /// Whether it is a letter.
    pub is_mail: bool,
}

/// Where a letter lies [RS-13].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folder {
    /// It came.
    Inbox,
    /// It waits for a receiver.
    Outbox,
    /// All receivers have it.
    Sent,
    /// Not sent yet.
    Drafts,
    /// Thrown away; removed after 30 days.
    Trash,
}

/// A letter to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Receivers.
    pub to: Vec<String>,
    /// Receivers of a copy.
    pub cc: Vec<String>,
    /// Receivers whom the others do not see.
    pub bcc: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text, plain.
    pub body: String,
    /// Files that are attached as links: of shared files, or files that become fetchable for the
    /// receivers once they are hashed.
    pub files: Vec<PathBuf>,
    /// Only keep it among the drafts.
    pub is_draft: bool,
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its number.
    pub id: u64,
    /// Where it lies.
    pub folder: Folder,
    /// Who wrote it: a name, or ours.
    pub from: String,
    /// Receivers: names, or location ids of strangers.
    pub to: Vec<String>,
    /// Receivers of a copy.
    pub cc: Vec<String>,
    /// Receivers whom the others do not see; of ours only.
    pub bcc: Vec<String>,
    /// When it was written or came, in milliseconds since 1970.
    pub at: u64,
    /// The subject.
    pub subject: String,
    /// The text, plain; empty in lists.
    pub body: String,
    /// Attached links.
    pub files: Vec<FileLink>,
    /// Whether it was read.
    pub is_read: bool,
    /// Those who have not got it yet: names.
    pub waiting_for: Vec<String>,
}
