//! What comes from friends' machines, and what is sent to them.

use std::collections::BTreeSet;

use wire_retroshare::file_transfer::FileItem;
use wire_retroshare::mail::{BODY_MAX, Mail, flags};
use wire_retroshare::{FileHash, Item, LocationId, PgpId, Service, html};

use super::letter::Letter;
use super::{
    MAX_BODY, MAX_BYTES, MAX_BYTES_FROM_ONE, MAX_FILES, MAX_FROM_ONE, MAX_LETTERS, MAX_RECEIVERS,
    MAX_SUBJECT, MailBox, key,
};
use crate::api::{FileLink, Folder, Notice, SendState};
use crate::context::Context;
use crate::effects::{Peer, Receipt};
use crate::kept::{Area, json};
use crate::link::Link;
use crate::output::ConnectionId;
use crate::roster::cut;
use crate::twin::{self, Way};

/// Bytes of a body that are joined from parts: twice our own, as markup is about as long as text.
pub(crate) const MAX_JOINED: usize = 2 * MAX_BODY;
/// What is said where a letter was cut.
const CUT: &str = "\n[The rest of this letter was too long and was left out.]";
/// Letters among which one that came twice is looked for: more than go over a link at once.
const MAX_TWINS: usize = 1_000;
/// Bytes of a file's name.
const MAX_NAME: usize = 255;

/// A letter of which parts have come.
#[derive(Debug, Default)]
pub(super) struct Joining {
    body: String,
    is_cut: bool,
    files: Vec<FileItem>,
}

impl MailBox {
    /// A letter came, or a part of one.
    pub(crate) fn handle(
        &mut self,
        (from, connection): (Peer, ConnectionId),
        mut mail: Mail,
        cx: &mut Context<'_>,
    ) {
        if mail.flags & flags::DISTANT != 0 {
            // Between identities: it needs a signature that is not checked here.
            return;
        }
        let joining = self.joining.entry(connection).or_default();
        let room = MAX_JOINED.saturating_sub(joining.body.len());
        joining.is_cut |= mail.body.len() > room;
        joining.body.push_str(cut(&mail.body, room));
        if !mail.files.is_empty() {
            joining.files = std::mem::take(&mut mail.files);
            joining.files.truncate(MAX_FILES);
        }
        if mail.flags & flags::PARTIAL != 0 {
            return;
        }
        let Some(joined) = self.joining.remove(&connection) else {
            return;
        };
        self.came((from, connection), &mail, &joined, cx);
    }

    fn came(
        &mut self,
        (peer, connection): (Peer, ConnectionId),
        mail: &Mail,
        joined: &Joining,
        cx: &mut Context<'_>,
    ) {
        let from = peer.profile;
        let mut body = html::to_text(&joined.body);
        if joined.is_cut {
            body.push_str(CUT);
        }
        let all = |set: &BTreeSet<LocationId>| -> Vec<String> {
            let ids = set.iter().take(MAX_RECEIVERS);
            ids.map(LocationId::to_string).collect()
        };
        let way = Way::new(peer.location, connection);
        let letter = Letter {
            folder: Folder::Inbox,
            from: from.to_string(),
            to: all(&mail.to),
            cc: all(&mail.cc),
            bcc: Vec::new(),
            at: cx.believed(mail.sent_at, connection),
            subject: cut(mail.subject.trim(), MAX_SUBJECT).to_owned(),
            body,
            files: joined.files.iter().map(link).collect(),
            is_read: false,
            waiting: BTreeSet::new(),
            attaching: Vec::new(),
            trashed_at: 0,
            sent_at: mail.sent_at,
            way: Some(way),
        };
        if cx.sends_again(peer) && self.is_twin(&letter, way) {
            return;
        }
        if !self.has_room(from, letter.size()) {
            if self.warned.insert(from) {
                let who = cx.name(from);
                cx.notice(Notice::Warning(format!(
                    "a letter of {who} was not taken: the mail box, or their share of it, is full; delete \
                     letters, and ask them to send it again"
                )));
            }
            return;
        }
        self.warned.remove(&from);
        let id = cx.numbers.take(cx.fx);
        cx.keep(Area::Mail, key(id), Some(json(&letter)));
        cx.notice(Notice::Mail(Box::new(letter.shown(id, cx.roster, false))));
        self.put(id, letter);
    }

    /// Whether this letter is there already: the link that it came by broke before its sender, who sends
    /// again then, knew that.
    fn is_twin(&mut self, new: &Letter, way: Way) -> bool {
        let latest = self.letters.values_mut().rev().take(MAX_TWINS);
        let mut theirs = latest.filter(|letter| letter.from == new.from);
        let twin = theirs.find(|letter| {
            letter.sent_at == new.sent_at
                && letter.has_words_of(new)
                && letter.files == new.files
                && Way::may_be_another(letter.way, way)
        });
        let twin = twin.filter(|_| new.sent_at != 0);
        twin.map(|letter| letter.way = Some(way)).is_some()
    }

    fn has_room(&self, from: PgpId, size: usize) -> bool {
        if self.letters.len() >= MAX_LETTERS || self.bytes + size > MAX_BYTES {
            return false;
        }
        let from = from.to_string();
        let theirs = self.letters.values().filter(|l| l.from == from);
        let (count, bytes) = theirs.fold((0, 0), |(count, bytes), letter| {
            (count + 1, bytes + letter.size())
        });
        count < MAX_FROM_ONE && bytes + size <= MAX_BYTES_FROM_ONE
    }

    /// Gives to links what waits; `true` if something was given, so that there may be more.
    pub(crate) fn flush(&mut self, cx: &mut Context<'_>) -> bool {
        let mut is_any = false;
        for (to, pending) in &self.pending {
            let links: Vec<&Link> = cx.links.with(*to, Service::MAIL).collect();
            if !links.iter().any(|link| link.has_room()) {
                continue;
            }
            let next = pending
                .iter()
                .find(|id| !self.flying.contains_key(&(**id, *to)));
            let Some((id, letter)) = next.and_then(|id| Some((*id, self.letters.get(id)?))) else {
                continue;
            };
            is_any = true;
            for link in &links {
                give(id, letter, *to, link, cx);
            }
            let carriers: BTreeSet<ConnectionId> = links.iter().map(|link| link.id).collect();
            self.flying.insert((id, *to), carriers);
        }
        is_any
    }

    /// A letter has arrived by one link.
    pub(crate) fn arrived(&mut self, id: u64, to: PgpId, cx: &mut Context<'_>) {
        if self.flying.contains_key(&(id, to)) {
            self.settle(id, to, SendState::Sent, cx);
        }
    }
}

/// Queues a letter's parts on a link.
fn give(id: u64, letter: &Letter, to: PgpId, link: &Link, cx: &mut Context<'_>) {
    let body = html::from_text(&letter.body);
    let mut rest = body.as_str();
    let mail = Mail {
        sent_at: twin::second(letter.sent_at, letter.at),
        received_at: cx.seconds(),
        subject: letter.subject.clone(),
        to: addresses(&letter.to, to, link, cx),
        cc: addresses(&letter.cc, to, link, cx),
        // Nobody learns of the others; a receiver of this kind is told that they are one.
        bcc: letter
            .bcc
            .contains(&to.to_string())
            .then_some(link.location())
            .into_iter()
            .collect(),
        files: letter.files.iter().filter_map(item).collect(),
        ..Mail::default()
    };
    loop {
        let (part, behind) = rest.split_at(rest.floor_char_boundary(BODY_MAX));
        let mut mail = mail.clone();
        part.clone_into(&mut mail.body);
        if behind.is_empty() {
            let receipt = Receipt::Mail(id, to);
            cx.fx
                .send_tracked(link.location(), Item::Mail(mail), receipt);
            return;
        }
        mail.flags = flags::PARTIAL;
        cx.fx.send(link.location(), Item::Mail(mail));
        rest = behind;
    }
}

/// The machines that stand for people: of the one who gets this copy the very one, of us this one, of
/// others that seen last.
fn addresses(ids: &[String], to: PgpId, link: &Link, cx: &Context<'_>) -> BTreeSet<LocationId> {
    let address = |id: &String| {
        let id: PgpId = id.parse().ok()?;
        if id == to {
            return Some(link.location());
        }
        if id == cx.roster.own() {
            return Some(cx.roster.own_location());
        }
        cx.roster.get(id)?.latest()
    };
    ids.iter().filter_map(address).collect()
}

fn link(file: &FileItem) -> FileLink {
    FileLink {
        name: cut(&file.name, MAX_NAME).to_owned(),
        size: file.size,
        hash: file.hash.to_string(),
    }
}

fn item(link: &FileLink) -> Option<FileItem> {
    let hash: FileHash = link.hash.parse().ok()?;
    Some(FileItem::named(link.size, hash, &link.name))
}
