//! The node: connections, friends and services joined.
//!
//! | file | what |
//! |---|---|
//! | `seam` | what the shell hands to a node |
//! | `admit` | connections: who is let in, what an end means |
//! | `succession` | which of two links stays, and how it takes over |
//! | `answers` | whether what was said goes out now |
//! | `items` | what comes over links, and to which service it belongs |
//! | `settle` | what follows of what has happened: sending, calling, telling |
//! | `requests` | what faces ask |
//! | `people` | adding, approving, removing |
//! | `texts` | certificates and invites |
//! | `views` | people as faces see them |
//!
//! Whatever a call changes is marked, and [`Node::settle`], at the end of each call, looks at the marks.

mod admit;
mod answers;
mod items;
mod people;
mod requests;
mod seam;
mod settle;
mod succession;
mod texts;
mod views;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use bytes::BytesMut;
use core::net::SocketAddr;
use model::Now;
use wire_retroshare::{LocationId, PgpId};

use crate::abuse::Abuse;
use crate::api::{Notice, Request, RequestId};
use crate::chat::Chat;
use crate::context::{Context, Numbers};
use crate::dial::Dialer;
use crate::discovery::{self, Discovery};
use crate::disk::DiskAnswer;
use crate::effects::Effects;
use crate::files::{Files, Settings};
use crate::kept::Record;
use crate::link::Links;
use crate::mail::MailBox;
use crate::output::{ConnectionId, Output};
use crate::roster::Roster;
use crate::status::Presence;

use self::answers::Held;
use self::succession::Succession;

pub use self::seam::{Closed, Config};

/// A node.
#[derive(Debug)]
pub struct Node {
    config: Config,
    roster: Roster,
    dialer: Dialer,
    links: Links,
    succession: Succession,
    abuse: Abuse,
    discovery: Discovery,
    presence: Presence,
    chat: Chat,
    mail: MailBox,
    files: Files,
    numbers: Numbers,
    watchers: usize,
    /// Where this machine can be reached, as the shell said last.
    addresses: Vec<SocketAddr>,
    /// Calls of a machine in a row that they have refused.
    refusals: BTreeMap<LocationId, u32>,
    /// People whose want of approval was told, so that it is told once.
    told_refusal: BTreeSet<PgpId>,
    /// People who look otherwise than before this call.
    changed: BTreeSet<PgpId>,
    /// Answers that wait for a link that is being made.
    held: Vec<Held>,
    next_connection: u64,
    is_over: bool,
    fx: Effects,
    outputs: VecDeque<Output>,
}

impl Node {
    /// From what was kept. What is damaged costs a [`Notice::Warning`] each, and nothing of the rest.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the shell has no more use for the records"
    )]
    pub fn new(config: Config, records: Vec<Record>, now: Now) -> Self {
        let (roster, mut damaged) = Roster::new(&config.profile, config.location, &records);
        let (chat, more) = Chat::new(&records);
        damaged.extend(more);
        let (mail, more) = MailBox::new(&records, now.instant);
        damaged.extend(more);
        let numbers = Numbers::new(&records, chat.last_number().max(mail.last_number()));
        let settings = Settings {
            incoming: config.incoming.clone(),
            partial: config.partial.clone(),
            seed: config.seed,
        };
        let me = discovery::Me {
            profile: config.profile.pgp_id(),
            location: config.location,
            name: config.location_name.clone(),
            version: config.version.clone(),
            port: config.port,
            addresses: Vec::new(),
        };
        let mut node = Self {
            dialer: Dialer::new(&config.seed),
            discovery: Discovery::new(config.tells_friends_of_friends, me),
            presence: Presence::new(&records),
            files: Files::new(settings, &records, now),
            roster,
            chat,
            mail,
            numbers,
            links: Links::default(),
            succession: Succession::default(),
            abuse: Abuse::default(),
            watchers: 0,
            addresses: Vec::new(),
            refusals: BTreeMap::new(),
            told_refusal: BTreeSet::new(),
            changed: BTreeSet::new(),
            held: Vec::new(),
            next_connection: 0,
            is_over: false,
            fx: Effects::default(),
            outputs: VecDeque::new(),
            config,
        };
        for warning in damaged {
            node.fx.notice(Notice::Warning(warning));
        }
        node.begin(now);
        node.settle(now);
        node
    }

    fn begin(&mut self, now: Now) {
        let names = self.roster.friends();
        let names: Vec<_> = names.map(|(id, _)| (id, self.roster.name(id))).collect();
        for (id, name) in names {
            self.files.set_name(id, name);
        }
        if !self.config.is_offline {
            let friends = self.roster.friends();
            let locations: Vec<LocationId> = friends
                .flat_map(|(_, person)| person.locations.keys().copied())
                .collect();
            for location in locations {
                self.dialer.want(location, now.instant);
            }
        }
        for letter in self.mail.to_attach() {
            self.attach(letter, now);
        }
    }

    /// Where this machine can be reached: every address of it, with the port that it listens on. Another
    /// list than before means another network, and friends are called anew [RS-10].
    pub fn handle_addresses(&mut self, local: &[SocketAddr], now: Now) {
        self.moved(local, now);
        self.settle(now);
    }

    /// How many faces watch; while there are none, what comes is unread.
    pub fn handle_watchers(&mut self, count: usize, now: Now) {
        self.watchers = count;
        self.settle(now);
    }

    /// Somebody connected, and TLS is to follow. May be answered by [`Output::Close`].
    pub fn handle_accepted(&mut self, id: ConnectionId, from: SocketAddr, now: Now) {
        self.accepted(id, from, now);
        self.settle(now);
    }

    /// TLS stands, and the peer holds the key of this certificate (DER). Whoever is not approved gets
    /// [`Output::Close`] before anything is read [RS-3].
    pub fn handle_secured(&mut self, id: ConnectionId, certificate: &[u8], now: Now) {
        self.secured(id, certificate, now);
        self.settle(now);
    }

    /// Bytes came. All are taken; where that is more than may be, [`Output::Pause`] follows.
    pub fn handle_bytes(&mut self, id: ConnectionId, input: &mut BytesMut, now: Now) {
        self.bytes(id, input, now);
        self.settle(now);
    }

    /// Gives back the beginning of an item whose rest has not come, to the empty `input`: what is read
    /// behind it does not have to be copied together. All of it comes again by
    /// [`handle_bytes`](Self::handle_bytes).
    pub fn take_back(&mut self, id: ConnectionId, input: &mut BytesMut) {
        if let Some(link) = self.links.get_mut(id) {
            link.give_back(input);
        }
    }

    /// So many of the bytes given by [`Output::Send`] the socket has not taken yet. To be called
    /// whenever that has become less.
    pub fn handle_sent(&mut self, id: ConnectionId, unsent: usize, now: Now) {
        self.sent(id, unsent, now);
        self.settle(now);
    }

    /// A connection is over, or was never made.
    #[expect(clippy::needless_pass_by_value, reason = "the shell is done with it")]
    pub fn handle_closed(&mut self, id: ConnectionId, why: Closed, now: Now) {
        self.closed(id, &why, now);
        self.settle(now);
    }

    /// A face asks; exactly one [`Output::Report`] answers, at once or later.
    pub fn handle_request(&mut self, id: RequestId, request: Request, now: Now) {
        self.request(id, request, now);
        self.settle(now);
    }

    /// A task with files went on.
    pub fn handle_disk(&mut self, answer: DiskAnswer, now: Now) {
        self.files.handle_disk(answer, &mut self.fx, now);
        self.settle(now);
    }

    /// The time of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.is_over {
            return;
        }
        self.connections_in_time(now);
        let (chat, mut cx) = self.chat_and_context(now);
        chat.handle_timeout(&mut cx);
        let (mail, mut cx) = self.mail_and_context(now);
        mail.handle_timeout(&mut cx);
        if !self.config.is_offline {
            self.files.handle_timeout(&mut self.fx, now);
        }
        self.settle(now);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.is_over {
            return None;
        }
        let times = [
            self.links.poll_timeout(),
            self.succession.poll_timeout(),
            self.answers_by(),
            self.dialer.poll_timeout(),
            self.chat.poll_timeout(),
            self.mail.poll_timeout(),
            self.files
                .poll_timeout()
                .filter(|_| !self.config.is_offline),
        ];
        times.into_iter().flatten().min()
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Tells friends that we go, closes all links, then [`Output::Ended`].
    pub fn shut_down(&mut self, now: Now) {
        self.leave(now);
        self.settle(now);
    }

    /// Chat, and what it sees of the rest.
    fn chat_and_context(&mut self, now: Now) -> (&mut Chat, Context<'_>) {
        let (chat, _, cx) = self.words_and_context(now);
        (chat, cx)
    }

    /// Mail, and what it sees of the rest.
    fn mail_and_context(&mut self, now: Now) -> (&mut MailBox, Context<'_>) {
        let (_, mail, cx) = self.words_and_context(now);
        (mail, cx)
    }

    fn words_and_context(&mut self, now: Now) -> (&mut Chat, &mut MailBox, Context<'_>) {
        let cx = Context {
            fx: &mut self.fx,
            links: &self.links,
            roster: &self.roster,
            numbers: &mut self.numbers,
            is_watched: self.watchers > 0,
            now,
        };
        (&mut self.chat, &mut self.mail, cx)
    }

    /// Connections, bytes held for them, and addresses remembered: for checks of the bounds.
    #[doc(hidden)]
    pub fn size(&self) -> (usize, usize, usize) {
        let (connections, bytes) = self.links.size();
        (connections, bytes, self.abuse.len())
    }
}
