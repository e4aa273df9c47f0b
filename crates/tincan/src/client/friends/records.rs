//! What `--json` prints about friends: one object a line, with a `type`, as [`crate::client::jsonl`]
//! has it for all networks.
//!
//! | `type` | fields |
//! |---|---|
//! | `me` | `name` `pgp_id` `fingerprint` `location` `location_id` `addresses` `status` `message`? `running` |
//! | `friend` | `name` `pgp_id` `fingerprint`? `standing` `status` `message`? `avatar_sha1`? `signed` `signed_by` `trust` `hint`? `through` `locations` |
//! | `removed` | `name` |
//! | `approval` | `name` `pgp_id` `text` |
//! | `told` | `id` `time` `from` `to` `text` `state`? |
//! | `outgoing` | `id` `to` `state` |
//! | `waiting` | `id` `time` `to` `text` `mail` |
//! | `typing` | `from` `is_typing` |
//! | `mail` | `id` `time` `folder` `from` `to` `cc` `bcc` `subject` `text`? `files` `read` `waiting_for` |
//! | `offered` | `from` `name` `size` `hash` `link` |
//! | `offer` | `path` `to` `name` `size` `hash` `link` |
//! | `unoffered` | `path` `from` `still` `name` `size` `hash` `link` |
//! | `share` | `path` `name` `with` `files` `bytes` `problem`? |
//! | `hashing` | `files_left` `bytes_left` `files_done` `bytes_done` `current`? `paused` `listing` |
//! | `folder` | `of` `path` `name` |
//! | `file` | `of`? `path`? `name` `size` `hash` `link` |
//! | `listing` | `of` `path` `whole` `time`? |
//! | `download` | `name` `size` `hash` `state` `done` `speed` `left_s`? `from` `path` `reason`? |
//! | `link` | `link` |
//! | `warning` | `text` |
//! | `over` | `reason` |

use friends::api::{
    Audience, Download, Folder, Found, Friend, Hashing, Listing, Location, Mail, Me, OfferToUs,
    OwnOffer, Said, SendState, Shared, Standing, Trust, Waiting,
};
use friends::api::{Availability, DownloadState, FileLink};
use model::Timestamp;
use serde::Serialize;

use crate::client::escape::visible_json;
use crate::client::jsonl::rfc3339;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Record<'a> {
    Me(MeRecord<'a>),
    Friend(FriendRecord<'a>),
    Removed {
        name: &'a str,
    },
    Approval {
        name: &'a str,
        pgp_id: &'a str,
        text: &'a str,
    },
    Told {
        id: u64,
        time: String,
        from: &'a str,
        to: &'a str,
        text: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<SendState>,
    },
    Outgoing {
        id: u64,
        to: &'a str,
        state: SendState,
    },
    Waiting {
        id: u64,
        time: String,
        to: &'a [String],
        text: &'a str,
        mail: bool,
    },
    Typing {
        from: &'a str,
        is_typing: bool,
    },
    Mail(MailRecord<'a>),
    Offered {
        from: &'a str,
        #[serde(flatten)]
        file: FileRecord<'a>,
    },
    Offer {
        path: String,
        to: &'a [String],
        #[serde(flatten)]
        file: FileRecord<'a>,
    },
    Unoffered {
        path: String,
        from: &'a [String],
        still: &'a [String],
        #[serde(flatten)]
        file: FileRecord<'a>,
    },
    Share {
        path: String,
        name: &'a str,
        with: &'a Audience,
        files: u64,
        bytes: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'a str>,
    },
    Hashing {
        files_left: u64,
        bytes_left: u64,
        files_done: u64,
        bytes_done: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        current: Option<String>,
        paused: bool,
        listing: bool,
    },
    Folder {
        of: &'a str,
        path: &'a str,
        name: &'a str,
    },
    File {
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<&'a str>,
        #[serde(flatten)]
        file: FileRecord<'a>,
    },
    Listing {
        of: &'a str,
        path: &'a str,
        whole: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<String>,
    },
    Download(DownloadRecord<'a>),
    Link {
        link: &'a str,
    },
    Warning {
        text: &'a str,
    },
    Over {
        reason: &'a str,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct MeRecord<'a> {
    name: &'a str,
    pgp_id: &'a str,
    fingerprint: &'a str,
    location: &'a str,
    location_id: &'a str,
    addresses: &'a [String],
    status: Availability,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    running: bool,
}

impl<'a> From<&'a Me> for Record<'a> {
    fn from(me: &'a Me) -> Self {
        Self::Me(MeRecord {
            name: &me.name,
            pgp_id: &me.pgp_id,
            fingerprint: &me.fingerprint,
            location: &me.location,
            location_id: &me.location_id,
            addresses: &me.addresses,
            status: me.availability,
            message: me.message.as_deref(),
            running: me.is_running,
        })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct FriendRecord<'a> {
    name: &'a str,
    pgp_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    fingerprint: &'a str,
    standing: Standing,
    status: Availability,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_sha1: Option<&'a str>,
    signed: bool,
    signed_by: &'a [String],
    trust: Trust,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    through: &'a [String],
    locations: Vec<LocationRecord<'a>>,
}

impl<'a> From<&'a Friend> for Record<'a> {
    fn from(friend: &'a Friend) -> Self {
        Self::Friend(FriendRecord {
            name: &friend.name,
            pgp_id: &friend.pgp_id,
            fingerprint: &friend.fingerprint,
            standing: friend.standing,
            status: friend.availability,
            message: friend.message.as_deref(),
            avatar_sha1: friend.avatar.as_deref(),
            signed: friend.is_signed,
            signed_by: &friend.signed_by,
            trust: friend.trust,
            hint: friend.hint.as_deref(),
            through: &friend.through,
            locations: friend.locations.iter().map(Into::into).collect(),
        })
    }
}

#[derive(Debug, Serialize)]
struct LocationRecord<'a> {
    id: &'a str,
    name: &'a str,
    online: bool,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen: Option<String>,
}

impl<'a> From<&'a Location> for LocationRecord<'a> {
    fn from(location: &'a Location) -> Self {
        Self {
            id: &location.id,
            name: &location.name,
            online: location.is_online,
            version: &location.version,
            address: location.address.as_deref(),
            round_trip_ms: location.round_trip_ms,
            last_seen: time_unless_never(location.last_seen),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct MailRecord<'a> {
    id: u64,
    time: String,
    folder: Folder,
    from: &'a str,
    to: &'a [String],
    cc: &'a [String],
    bcc: &'a [String],
    subject: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
    files: Vec<FileRecord<'a>>,
    read: bool,
    waiting_for: &'a [String],
}

impl<'a> From<&'a Mail> for Record<'a> {
    fn from(mail: &'a Mail) -> Self {
        Self::Mail(MailRecord {
            id: mail.id,
            time: time(mail.at),
            folder: mail.folder,
            from: &mail.from,
            to: &mail.to,
            cc: &mail.cc,
            bcc: &mail.bcc,
            subject: &mail.subject,
            text: &mail.body,
            files: mail.files.iter().map(Into::into).collect(),
            read: mail.is_read,
            waiting_for: &mail.waiting_for,
        })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct FileRecord<'a> {
    name: &'a str,
    size: u64,
    hash: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl<'a> From<&'a FileLink> for FileRecord<'a> {
    fn from(file: &'a FileLink) -> Self {
        Self {
            name: &file.name,
            size: file.size,
            hash: &file.hash,
            link: link(file),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct DownloadRecord<'a> {
    name: &'a str,
    size: u64,
    hash: &'a str,
    state: DownloadState,
    done: u64,
    speed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_s: Option<u64>,
    from: &'a [String],
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> From<&'a Download> for Record<'a> {
    fn from(download: &'a Download) -> Self {
        Self::Download(DownloadRecord {
            name: &download.file.name,
            size: download.file.size,
            hash: &download.file.hash,
            state: download.state,
            done: download.done,
            speed: download.speed,
            left_s: download.left_s,
            from: &download.sources,
            path: download.path.display().to_string(),
            reason: download.why.as_deref(),
        })
    }
}

impl<'a> From<&'a Waiting> for Record<'a> {
    fn from(waiting: &'a Waiting) -> Self {
        Self::Waiting {
            id: waiting.id,
            time: time(waiting.at),
            to: &waiting.who,
            text: &waiting.text,
            mail: waiting.is_mail,
        }
    }
}

impl<'a> From<&'a OwnOffer> for Record<'a> {
    fn from(offer: &'a OwnOffer) -> Self {
        Self::Offer {
            path: offer.path.display().to_string(),
            to: &offer.to,
            file: (&offer.link).into(),
        }
    }
}

impl<'a> From<&'a OfferToUs> for Record<'a> {
    fn from(offer: &'a OfferToUs) -> Self {
        Self::Offered {
            from: &offer.who,
            file: (&offer.link).into(),
        }
    }
}

impl<'a> From<&'a Shared> for Record<'a> {
    fn from(shared: &'a Shared) -> Self {
        Self::Share {
            path: shared.folder.display().to_string(),
            name: &shared.name,
            with: &shared.with,
            files: shared.files,
            bytes: shared.bytes,
            problem: shared.problem.as_deref(),
        }
    }
}

impl<'a> From<&'a Hashing> for Record<'a> {
    fn from(hashing: &'a Hashing) -> Self {
        let current = hashing.current.as_ref();
        Self::Hashing {
            files_left: hashing.files_left,
            bytes_left: hashing.bytes_left,
            files_done: hashing.files_done,
            bytes_done: hashing.bytes_done,
            current: current.map(|path| path.display().to_string()),
            paused: hashing.is_paused,
            listing: hashing.is_listing,
        }
    }
}

impl<'a> From<&'a Found> for Record<'a> {
    fn from(found: &'a Found) -> Self {
        Self::File {
            of: Some(&found.who),
            path: Some(&found.path),
            file: (&found.file).into(),
        }
    }
}

impl<'a> Record<'a> {
    /// Something said, by us or to us: `me` is what we are called.
    pub(super) fn told(said: &'a Said, me: &'a str) -> Self {
        let (from, to) = match said.is_ours {
            true => (me, said.who.as_str()),
            false => (said.who.as_str(), me),
        };
        Self::Told {
            id: said.id,
            time: time(said.at),
            from,
            to,
            text: &said.text,
            state: said.is_ours.then_some(said.state),
        }
    }

    /// An offer that was taken back, and who can have the file all the same.
    pub(super) fn unoffered(offer: &'a OwnOffer, from: &'a [String], still: &'a [String]) -> Self {
        Self::Unoffered {
            path: offer.path.display().to_string(),
            from,
            still,
            file: (&offer.link).into(),
        }
    }

    /// A friend's folder as lines: what it is, its folders, its files.
    pub(super) fn listing(listing: &'a Listing) -> Vec<Self> {
        let of = listing.who.as_str();
        let path = listing.path.as_str();
        let head = Self::Listing {
            of,
            path,
            whole: listing.is_whole,
            time: time_unless_never(listing.at),
        };
        let folders = listing
            .folders
            .iter()
            .map(|name| Self::Folder { of, path, name });
        let files = listing.files.iter().map(|file| Self::File {
            of: Some(of),
            path: Some(path),
            file: file.into(),
        });
        [head].into_iter().chain(folders).chain(files).collect()
    }

    /// The line, without its end.
    pub(super) fn line(&self) -> String {
        // Strings and numbers cannot fail to be written.
        let json = serde_json::to_string(self).unwrap_or_else(|e| format!("{{\"error\":\"{e}\"}}"));
        visible_json(&json).into_owned()
    }
}

/// A file's link as text; `None`: its hash is none, which no node of ours gives.
pub(super) fn link(file: &FileLink) -> Option<String> {
    let link = wire_retroshare::FileLink {
        name: file.name.clone(),
        size: file.size,
        hash: file.hash.parse().ok()?,
    };
    Some(link.to_string())
}

fn time(at: u64) -> String {
    rfc3339(Timestamp(at))
}

fn time_unless_never(at: u64) -> Option<String> {
    (at != 0).then(|| time(at))
}

#[cfg(test)]
mod tests {
    use super::super::tests::friend;
    use super::*;

    fn value(record: &Record<'_>) -> serde_json::Value {
        serde_json::from_str(&record.line()).unwrap()
    }

    #[test]
    fn friends_are_records_with_words_for_how_they_stand() {
        // [RS-3] [RS-9]
        let mut friend = friend("bea", Standing::FriendOfFriend);
        friend.availability = Availability::Busy;
        friend.locations[0].last_seen = 1_000;
        let record = value(&(&friend).into());
        assert_eq!(record["type"], "friend");
        assert_eq!(record["standing"], "friend-of-friend");
        assert_eq!(record["status"], "busy");
        assert_eq!(
            record["locations"][0]["last_seen"],
            "1970-01-01T00:00:01.000Z"
        );
        assert!(record.get("hint").is_none() && record.get("message").is_none());
    }

    #[test]
    fn messages_say_from_whom_to_whom_and_ours_how_far_they_are() {
        // [RS-11]
        let mut said = Said {
            id: 7,
            who: "bea".into(),
            is_ours: false,
            at: 0,
            text: "hi\u{1b}[2J".into(),
            state: SendState::Sent,
        };
        let record = value(&Record::told(&said, "ana"));
        assert_eq!(
            (&record["from"], &record["to"]),
            (&"bea".into(), &"ana".into())
        );
        assert!(record.get("state").is_none());
        assert!(!Record::told(&said, "ana").line().contains('\u{1b}'));
        said.is_ours = true;
        said.state = SendState::Queued;
        let record = value(&Record::told(&said, "ana"));
        assert_eq!(
            (&record["from"], &record["to"]),
            (&"ana".into(), &"bea".into())
        );
        assert_eq!(record["state"], "queued");
    }

    #[test]
    fn files_carry_their_link() {
        // [RS-20]
        let file = FileLink {
            name: "a b.txt".into(),
            size: 3,
            hash: "a9993e364706816aba3e25717850c26c9cd0d89d".into(),
        };
        let text = link(&file).unwrap();
        assert!(
            text.starts_with("retroshare://file?name=a%20b.txt&size=3&hash="),
            "{text}"
        );
        let record = value(&Record::File {
            of: None,
            path: None,
            file: (&file).into(),
        });
        assert_eq!(record["link"], text.as_str());
        assert_eq!(
            link(&FileLink {
                hash: "zz".into(),
                ..file
            }),
            None
        );
    }
}
