//! What comes from friends' machines, and what is sent to them.

use std::collections::BTreeSet;

use bytes::Bytes;
use wire_retroshare::chat::{Chat as ChatItem, TEXT_MAX, flags};
use wire_retroshare::link::find_links;
use wire_retroshare::{Item, PgpId, Service, html};

use super::avatars;
use super::talk::Entry;
use super::{Chat, TYPING_TIME};
use crate::api::{FileLink, Notice, SendState};
use crate::context::Context;
use crate::effects::{Peer, Receipt};
use crate::kept::{Area, json};
use crate::output::ConnectionId;
use crate::roster::cut;
use crate::status::MAX_MESSAGE;
use crate::twin::{self, Way};

/// Bytes of a message that are joined from parts; what is longer is cut, and says so.
pub(crate) const MAX_JOINED: usize = 1024 * 1024;
/// What is said where a message was cut.
const CUT: &str = "\n[The rest of this message was too long and was left out.]";

/// A message of which parts have come.
#[derive(Debug, Default)]
pub(super) struct Joining {
    text: String,
    is_cut: bool,
}

/// What an item says, or a part of it.
struct Words<'a> {
    bits: u32,
    sent_at: u32,
    text: &'a str,
}

impl Chat {
    /// A friend's machine has agreed on chat: they are told our picture and text, and asked for theirs.
    pub(crate) fn peer_up(&mut self, peer: Peer, message: Option<&str>, cx: &mut Context<'_>) {
        if let Some(news) = self.avatars.news() {
            cx.fx.send(peer.location, Item::Chat(news));
        }
        if let Some(message) = message {
            cx.fx.send(peer.location, state_item(message));
        }
        let asks = ChatItem::Status {
            flags: flags::ASKS_CUSTOM_STATE,
            text: String::new(),
        };
        cx.fx.send(peer.location, Item::Chat(asks));
    }

    /// An item came.
    pub(crate) fn handle(
        &mut self,
        (from, link): (Peer, ConnectionId),
        item: ChatItem,
        message: Option<&str>,
        cx: &mut Context<'_>,
    ) -> bool {
        match item {
            ChatItem::Message {
                flags,
                sent_at,
                text,
            } => {
                let words = Words {
                    bits: flags,
                    sent_at,
                    text: &text,
                };
                self.message((from, link), words, cx);
                false
            }
            ChatItem::Status { flags: bits, text } => {
                if bits & flags::ASKS_CUSTOM_STATE != 0 {
                    cx.fx
                        .send(from.location, state_item(message.unwrap_or_default()));
                }
                self.status(from, bits, &text, cx)
            }
            ChatItem::AvatarInfo { timestamp } => {
                if self.avatars.is_news(from.location, from.profile, timestamp) {
                    self.ask_avatar(from, cx);
                    self.announced.insert(from.location, timestamp);
                }
                false
            }
            ChatItem::Avatar(image) => self.avatar_came(from, &image, cx),
            // Rooms are not joined, so none of their items concerns us.
            ChatItem::Room(_) => false,
        }
    }

    fn message(
        &mut self,
        (from, link): (Peer, ConnectionId),
        Words {
            bits,
            sent_at,
            text,
        }: Words<'_>,
        cx: &mut Context<'_>,
    ) {
        if bits & flags::ASKS_AVATAR != 0 {
            if let Some(answer) = self.avatars.answer() {
                cx.fx.send(from.location, Item::Chat(answer));
            }
            if text.is_empty() {
                return;
            }
        }
        if bits & (flags::PUBLIC | flags::LOBBY) != 0 {
            return;
        }
        let joining = self.joining.entry(link).or_default();
        let room = MAX_JOINED.saturating_sub(joining.text.len());
        joining.is_cut |= text.len() > room;
        joining.text.push_str(cut(text, room));
        if bits & flags::PARTIAL != 0 {
            return;
        }
        let Some(joined) = self.joining.remove(&link) else {
            return;
        };
        self.heard((from, link), sent_at, &joined, cx);
    }

    /// A whole message.
    fn heard(
        &mut self,
        (peer, link): (Peer, ConnectionId),
        sent_at: u32,
        joined: &Joining,
        cx: &mut Context<'_>,
    ) {
        let from = peer.profile;
        let mut text = html::to_text(&joined.text);
        if joined.is_cut {
            text.push_str(CUT);
        }
        if text.trim().is_empty() {
            return;
        }
        self.stop_typing(from, cx);
        let way = Way::new(peer.location, link);
        let talk = self.talks.get_mut(&from).filter(|_| cx.sends_again(peer));
        if talk.is_some_and(|talk| talk.is_twin(way, sent_at, &text)) {
            return;
        }
        let links = find_links(&joined.text);
        let id = cx.numbers.take(cx.fx);
        let entry = Entry {
            at: cx.believed(sent_at, link),
            is_ours: false,
            text,
            state: SendState::Sent,
            is_unread: !cx.is_watched,
            sent_at,
            way: Some(way),
        };
        self.add(from, id, entry, cx);
        let who = cx.name(from);
        for link in links {
            cx.notice(Notice::Offered {
                who: who.clone(),
                link: FileLink::from(link),
            });
        }
    }

    /// `true` if their text is another one.
    fn status(&mut self, from: Peer, bits: u32, text: &str, cx: &mut Context<'_>) -> bool {
        if bits & flags::CUSTOM_STATE_AVAILABLE != 0 {
            let asks = ChatItem::Status {
                flags: flags::ASKS_CUSTOM_STATE,
                text: String::new(),
            };
            cx.fx.send(from.location, Item::Chat(asks));
        }
        if bits & flags::CUSTOM_STATE != 0 {
            let text = html::to_text(text);
            let text = cut(text.trim(), MAX_MESSAGE).to_owned();
            if text.is_empty() {
                return self.states.remove(&from.profile).is_some();
            }
            return self.states.insert(from.profile, text.clone()) != Some(text);
        }
        if bits & flags::PRIVATE != 0 {
            let until = cx.now.instant + TYPING_TIME;
            if self.typing.insert(from.profile, until).is_none() {
                let who = cx.name(from.profile);
                cx.notice(Notice::Typing {
                    who,
                    is_typing: true,
                });
            }
        }
        false
    }

    fn ask_avatar(&self, from: Peer, cx: &mut Context<'_>) {
        let asks = ChatItem::Message {
            flags: flags::PRIVATE | flags::ASKS_AVATAR,
            sent_at: cx.seconds(),
            text: String::new(),
        };
        cx.fx.send(from.location, Item::Chat(asks));
    }

    fn avatar_came(&mut self, from: Peer, image: &Bytes, cx: &mut Context<'_>) -> bool {
        let at = self.announced.remove(&from.location).unwrap_or_default();
        if !self.avatars.take(from.location, from.profile, image, at) {
            return false;
        }
        let record = self.avatars.get(from.profile).map(json);
        cx.keep(Area::Friends, avatars::key(from.profile), record);
        true
    }

    /// We have another picture, or none.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn set_avatar(
        &mut self,
        image: Option<Vec<u8>>,
        cx: &mut Context<'_>,
    ) -> Result<(), String> {
        if image.as_ref().is_some_and(|i| !avatars::is_picture(i)) {
            return Err(format!(
                "A picture has to be PNG or JPEG, of at most {} bytes: make it smaller.",
                wire_retroshare::chat::AVATAR_MAX
            ));
        }
        let record = self.avatars.set_own(image, cx.seconds());
        cx.keep(Area::Settings, avatars::OWN.into(), Some(record));
        if let Some(news) = self.avatars.news() {
            for peer in cx.links.all_with(Service::CHAT) {
                cx.fx.send(peer.location, Item::Chat(news.clone()));
            }
        }
        Ok(())
    }

    /// Gives to links what waits; `true` if something was given, so that there may be more.
    pub(crate) fn flush(&mut self, cx: &mut Context<'_>) -> bool {
        let mut is_any = false;
        for (profile, talk) in &mut self.talks {
            if !talk.is_waiting() {
                continue;
            }
            let links: Vec<_> = cx.links.with(*profile, Service::CHAT).collect();
            if !links.iter().any(|link| link.has_room()) {
                continue;
            }
            let ids: BTreeSet<ConnectionId> = links.iter().map(|link| link.id).collect();
            let Some((id, entry)) = talk.next_for(&ids) else {
                continue;
            };
            is_any = true;
            let sent_at = twin::second(entry.sent_at, entry.at);
            let parts = parts(&html::from_text(&entry.text));
            for link in links {
                let last = parts.len() - 1;
                for (number, part) in parts.iter().enumerate() {
                    let more = if number < last { flags::PARTIAL } else { 0 };
                    let item = Item::Chat(ChatItem::Message {
                        flags: flags::PRIVATE | more,
                        sent_at,
                        text: part.clone(),
                    });
                    if number < last {
                        cx.fx.send(link.location(), item);
                    } else {
                        let receipt = Receipt::Chat(id);
                        cx.fx.send_tracked(link.location(), item, receipt);
                    }
                }
            }
        }
        is_any
    }

    /// A message has arrived by one link.
    pub(crate) fn arrived(&mut self, to: PgpId, id: u64, cx: &mut Context<'_>) {
        if self.talks.get_mut(&to).is_some_and(|talk| talk.arrived(id)) {
            self.tell_outgoing(to, id, SendState::Sent, cx);
        }
    }
}

/// Our text for friends, as an item.
pub(crate) fn state_item(message: &str) -> Item {
    Item::Chat(ChatItem::Status {
        flags: flags::CUSTOM_STATE,
        text: html::from_text(message),
    })
}

/// A text as real nodes cut it; never empty.
fn parts(text: &str) -> Vec<String> {
    let mut rest = text;
    let mut parts = Vec::new();
    loop {
        let (part, behind) = rest.split_at(rest.floor_char_boundary(TEXT_MAX));
        parts.push(part.to_owned());
        if behind.is_empty() {
            return parts;
        }
        rest = behind;
    }
}
