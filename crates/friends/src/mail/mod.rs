//! Letters: written, kept, sent to each receiver when they are online, filed in folders [RS-13].
//!
//! | file | what |
//! |---|---|
//! | `letter` | one letter |
//! | `items` | what comes from friends, and what is sent to them |
//! | `folders` | reading, moving, removing |
//!
//! As with chat, a letter counts as sent to somebody when one of their machines has shown that it has
//! all of it; if the link dies before, it is sent again, and the receiver knows what is there already.

mod folders;
mod items;
mod letter;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use wire_retroshare::PgpId;

use self::items::Joining;
use self::letter::Letter;
use crate::api::{Draft, FileLink, Folder, Notice, SendState, Waiting};
use crate::context::Context;
use crate::files::Names;
use crate::kept::{Area, Record, json};
use crate::output::ConnectionId;
use crate::roster::cut;
use crate::twin;

/// Letters kept, at most. Beyond, none is written or taken: nothing of a person's is thrown away for
/// them, the trash excepted.
pub(crate) const MAX_LETTERS: usize = 20_000;
/// Bytes of them.
pub(crate) const MAX_BYTES: usize = 128 * 1024 * 1024;
/// Letters kept that one friend wrote, so that one cannot fill the box.
pub(crate) const MAX_FROM_ONE: usize = 2_000;
/// Bytes of them.
pub(crate) const MAX_BYTES_FROM_ONE: usize = 16 * 1024 * 1024;
/// Bytes of a letter's text: a short book. Longer ones are files.
pub(crate) const MAX_BODY: usize = 500_000;
/// Bytes of a subject.
pub(crate) const MAX_SUBJECT: usize = 1_000;
/// Receivers of one letter: they travel in each of its parts.
pub(crate) const MAX_RECEIVERS: usize = 200;
/// Files attached to one letter, for the same reason.
pub(crate) const MAX_FILES: usize = 100;
/// The trash is emptied of what is older.
pub(crate) const TRASH_TIME: u64 = 30 * 24 * 3600 * 1000;
/// The trash is looked through this often.
const PURGE_EVERY: Duration = Duration::from_secs(3600);

/// All letters.
#[derive(Debug)]
pub(crate) struct MailBox {
    letters: BTreeMap<u64, Letter>,
    bytes: usize,
    /// Letters that can go, by receiver.
    pending: BTreeMap<PgpId, BTreeSet<u64>>,
    /// Letters given to links, and not known to have arrived: which links carry each.
    flying: BTreeMap<(u64, PgpId), BTreeSet<ConnectionId>>,
    joining: BTreeMap<ConnectionId, Joining>,
    /// Friends whose letters no longer fit, and that was said.
    warned: BTreeSet<PgpId>,
    purge_at: Instant,
    /// Whether there may be trash: nothing that happens should count all letters.
    has_trash: bool,
}

/// Files that are to be hashed for a letter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ToAttach {
    pub(crate) letter: u64,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) receivers: Vec<PgpId>,
}

/// What becomes of a letter that was written.
#[derive(Debug)]
pub(crate) enum Written {
    /// It goes to these, as soon as each is there.
    ToSend {
        /// Its number.
        id: u64,
        /// Whom it is for, but for ourselves.
        receivers: Vec<PgpId>,
    },
    /// The same, once its files are hashed.
    ToAttach(ToAttach),
    /// It is only kept, under this number.
    Draft(u64),
}

impl MailBox {
    /// From what was kept; what is damaged is answered with, and stays where it is.
    pub(crate) fn new(records: &[Record], now: Instant) -> (Self, Vec<String>) {
        let mut mail = Self {
            letters: BTreeMap::new(),
            bytes: 0,
            pending: BTreeMap::new(),
            flying: BTreeMap::new(),
            joining: BTreeMap::new(),
            warned: BTreeSet::new(),
            purge_at: now,
            has_trash: false,
        };
        let mut damaged = Vec::new();
        for record in records.iter().filter(|record| record.area == Area::Mail) {
            let letter = serde_json::from_slice::<Letter>(&record.value);
            match (u64::from_str_radix(&record.key, 16), letter) {
                (Ok(id), Ok(letter)) => mail.put(id, letter),
                (Err(_), _) | (_, Err(_)) => {
                    damaged.push(format!("the letter {} cannot be read", record.key));
                }
            }
        }
        (mail, damaged)
    }

    /// The largest number in use.
    pub(crate) fn last_number(&self) -> u64 {
        self.letters.keys().next_back().copied().unwrap_or(0)
    }

    fn put(&mut self, id: u64, letter: Letter) {
        self.bytes += letter.size();
        self.has_trash |= letter.folder == Folder::Trash;
        if letter.folder == Folder::Outbox && letter.attaching.is_empty() {
            for receiver in letter.waiting() {
                self.pending.entry(receiver).or_default().insert(id);
            }
        }
        if let Some(old) = self.letters.insert(id, letter) {
            self.bytes -= old.size();
        }
    }

    /// Changes a letter and keeps it.
    fn change(&mut self, id: u64, cx: &mut Context<'_>, how: impl FnOnce(&mut Letter)) {
        let Some(letter) = self.letters.get_mut(&id) else {
            return;
        };
        let before = letter.size();
        how(letter);
        self.bytes = self.bytes - before + letter.size();
        self.has_trash |= letter.folder == Folder::Trash;
        cx.keep(Area::Mail, key(id), Some(json(letter)));
    }

    /// Writes a letter.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn send(&mut self, draft: Draft, cx: &mut Context<'_>) -> Result<Written, String> {
        let mut letter = compose(draft, cx)?;
        if self.letters.len() >= MAX_LETTERS || self.bytes + letter.size() > MAX_BYTES {
            return Err("the mail box is full: delete letters, and empty the trash".into());
        }
        let id = cx.numbers.take(cx.fx);
        if letter.folder == Folder::Outbox {
            self.goes(&mut letter, cx);
        }
        cx.keep(Area::Mail, key(id), Some(json(&letter)));
        self.put(id, letter.clone());
        if letter.folder != Folder::Outbox {
            return Ok(Written::Draft(id));
        }
        if !letter.attaching.is_empty() {
            return Ok(Written::ToAttach(letter.to_attach(id)));
        }
        self.file_if_sent(id, cx);
        let receivers = letter.waiting().collect();
        Ok(Written::ToSend { id, receivers })
    }

    /// A letter goes out from now on: it gets its time, and we our copy.
    fn goes(&mut self, letter: &mut Letter, cx: &mut Context<'_>) {
        letter.at = cx.now.wall.0;
        letter.sent_at = self.stamp(letter, cx.seconds());
        if letter.waiting.remove(&cx.roster.own().to_string()) {
            self.keep_own_copy(letter, cx);
        }
    }

    /// The time that goes with a letter of ours.
    fn stamp(&self, new: &Letter, second: u32) -> u32 {
        let ours = self.letters.values().filter(|letter| letter.is_ours());
        let same = ours.filter(|letter| letter.sent_at >= second && letter.has_words_of(new));
        twin::free_second(second, same.map(|letter| letter.sent_at))
    }

    /// A letter to ourselves is there already.
    fn keep_own_copy(&mut self, letter: &Letter, cx: &mut Context<'_>) {
        let id = cx.numbers.take(cx.fx);
        let copy = Letter {
            folder: Folder::Inbox,
            from: cx.roster.own().to_string(),
            bcc: Vec::new(),
            waiting: BTreeSet::new(),
            attaching: Vec::new(),
            is_read: false,
            sent_at: 0,
            ..letter.clone()
        };
        cx.keep(Area::Mail, key(id), Some(json(&copy)));
        cx.notice(Notice::Mail(Box::new(copy.shown(id, cx.roster, false))));
        self.put(id, copy);
    }

    /// Letters whose files are still to be hashed, after a restart.
    pub(crate) fn to_attach(&self) -> Vec<ToAttach> {
        let letters = self.letters.iter();
        let open = letters.filter(|(_, l)| l.folder == Folder::Outbox && !l.attaching.is_empty());
        open.map(|(id, letter)| letter.to_attach(*id)).collect()
    }

    /// The files of a letter are hashed, or cannot be.
    pub(crate) fn attached(
        &mut self,
        id: u64,
        links: Result<Vec<FileLink>, String>,
        cx: &mut Context<'_>,
    ) {
        let Some(letter) = self.letters.get(&id) else {
            return;
        };
        if letter.attaching.is_empty() || letter.folder != Folder::Outbox {
            return;
        }
        match links {
            Ok(links) => {
                self.change(id, cx, |letter| {
                    letter.attaching.clear();
                    letter.files = links;
                });
                if let Some(letter) = self.letters.get(&id) {
                    for receiver in letter.waiting() {
                        self.pending.entry(receiver).or_default().insert(id);
                    }
                }
                self.file_if_sent(id, cx);
            }
            Err(why) => {
                let subject = letter.subject.clone();
                self.change(id, cx, |letter| letter.folder = Folder::Drafts);
                cx.notice(Notice::Warning(format!(
                    "the letter {subject:?} was not sent and is among the drafts: {why}"
                )));
            }
        }
    }

    /// Once nobody waits for it, it is among the sent ones.
    fn file_if_sent(&mut self, id: u64, cx: &mut Context<'_>) {
        let is_done = self.letters.get(&id).is_some_and(|letter| {
            letter.folder == Folder::Outbox
                && letter.waiting.is_empty()
                && letter.attaching.is_empty()
        });
        if is_done {
            self.change(id, cx, |letter| letter.folder = Folder::Sent);
        }
    }

    /// A letter does not go to somebody any more.
    fn unqueue(&mut self, id: u64, to: PgpId) {
        self.flying.remove(&(id, to));
        if let Some(pending) = self.pending.get_mut(&to) {
            pending.remove(&id);
            if pending.is_empty() {
                self.pending.remove(&to);
            }
        }
    }

    /// Somebody is not to get a letter, or has got it.
    fn settle(&mut self, id: u64, to: PgpId, state: SendState, cx: &mut Context<'_>) {
        self.unqueue(id, to);
        let waits = |letter: &Letter| letter.waiting.contains(&to.to_string());
        if !self.letters.get(&id).is_some_and(waits) {
            return;
        }
        self.change(id, cx, |letter| {
            letter.waiting.remove(&to.to_string());
        });
        let who = cx.name(to);
        cx.notice(Notice::Outgoing { id, who, state });
        self.file_if_sent(id, cx);
    }

    /// What waits.
    pub(crate) fn outbox(&self, cx: &Context<'_>) -> Vec<Waiting> {
        let letters = self.letters.iter();
        let open = letters.filter(|(_, letter)| letter.folder == Folder::Outbox);
        open.map(|(id, letter)| Waiting {
            id: *id,
            who: letter.shown(*id, cx.roster, false).waiting_for,
            at: letter.at,
            text: letter.subject.clone(),
            is_mail: true,
        })
        .collect()
    }

    /// Somebody is no friend any more.
    pub(crate) fn drop_friend(&mut self, friend: PgpId, cx: &mut Context<'_>) {
        let text = friend.to_string();
        let letters = self.letters.iter();
        let open = letters.filter(|(_, l)| l.folder == Folder::Outbox && l.waiting.contains(&text));
        for id in open.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.settle(id, friend, SendState::Dropped, cx);
        }
    }

    /// A link is over.
    pub(crate) fn link_lost(&mut self, link: ConnectionId) {
        for carriers in self.flying.values_mut() {
            carriers.remove(&link);
        }
        self.flying.retain(|_, carriers| !carriers.is_empty());
        self.joining.remove(&link);
    }
}

/// A letter from a draft.
fn compose(draft: Draft, cx: &Context<'_>) -> Result<Letter, String> {
    let resolve = |names: &[String]| -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        for name in names {
            let id = if cx.roster.is_us(name) {
                cx.roster.own().to_string()
            } else {
                Names::friend(cx.roster, name)?.to_string()
            };
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    };
    let (to, cc, bcc) = (
        resolve(&draft.to)?,
        resolve(&draft.cc)?,
        resolve(&draft.bcc)?,
    );
    if draft.body.len() > MAX_BODY {
        return Err(format!(
            "the letter has {} bytes, and {MAX_BODY} is the most: attach the text as a file",
            draft.body.len()
        ));
    }
    if draft.files.len() > MAX_FILES {
        return Err(format!(
            "the letter has {} files, and {MAX_FILES} is the most: share their folder instead",
            draft.files.len()
        ));
    }
    let all: BTreeSet<String> = to.iter().chain(&cc).chain(&bcc).cloned().collect();
    if all.len() > MAX_RECEIVERS {
        return Err(format!(
            "the letter has {} receivers, and {MAX_RECEIVERS} is the most: send it several times",
            all.len()
        ));
    }
    if all.is_empty() && !draft.is_draft {
        return Err("the letter has no receiver: name at least one friend".into());
    }
    Ok(Letter {
        folder: if draft.is_draft {
            Folder::Drafts
        } else {
            Folder::Outbox
        },
        from: String::new(),
        waiting: all,
        to,
        cc,
        bcc,
        at: cx.now.wall.0,
        subject: cut(draft.subject.trim(), MAX_SUBJECT).to_owned(),
        body: draft.body,
        files: Vec::new(),
        is_read: true,
        attaching: draft.files,
        trashed_at: 0,
        sent_at: 0,
        way: None,
    })
}

fn key(id: u64) -> String {
    format!("{id:016x}")
}
