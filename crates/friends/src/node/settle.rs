//! What follows of what has happened: sending, calling, telling.

use core::net::SocketAddr;
use model::Now;
use wire_retroshare::{Item, Service};

use super::Node;
use crate::api::{Availability, Notice, Report, Standing};
use crate::files::{FilesEvent, Names};
use crate::link::Fault;
use crate::mail::ToAttach;
use crate::output::{ConnectionId, Output};
use crate::status;

/// Addresses of this machine that are told, at most: a machine with more has virtual networks, which
/// friends cannot reach.
const MAX_ADDRESSES: usize = 16;

impl Node {
    /// Does what follows, until nothing does; then hands over the turn's outputs, records first.
    pub(super) fn settle(&mut self, now: Now) {
        if !self.is_over {
            while self.carry(now) {}
            self.call_who_is_due(now);
            self.answer_held(now);
            self.tell_changes();
        }
        self.roster.save(&mut self.fx);
        let turn = std::mem::take(&mut self.fx.outputs);
        let mut changes = Vec::new();
        let mut others = Vec::new();
        for output in turn {
            if let Output::Keep(more) = output {
                changes.extend(more);
            } else {
                others.push(output);
            }
        }
        if !changes.is_empty() {
            self.outputs.push_back(Output::Keep(changes));
        }
        self.outputs.extend(others);
    }

    /// One round of sending; `true` if there may be more to do.
    fn carry(&mut self, now: Now) -> bool {
        let mut is_more = self.deliver();
        while let Some(event) = self.files.poll_event(now) {
            self.files_event(event, now);
            is_more = true;
        }
        let (chat, mut cx) = self.chat_and_context(now);
        is_more |= chat.flush(&mut cx);
        let (mail, mut cx) = self.mail_and_context(now);
        is_more |= mail.flush(&mut cx);
        if is_more {
            return true;
        }
        let mut rooms = Vec::new();
        let mut faults: Vec<(ConnectionId, Fault)> = Vec::new();
        for link in self.links.iter_mut() {
            link.flush(now, &mut self.fx.outputs);
            if let Err(fault) = link.check_queue(now.instant) {
                faults.push((link.id, fault));
            } else if let Some(room) = link.take_room(now.instant) {
                rooms.push((link.id, link.location(), room));
            }
        }
        for (id, fault) in faults {
            self.fault(id, &fault, now);
            is_more = true;
        }
        // Of a link that another one took over from, nobody asks.
        rooms.retain(|(id, ..)| self.links.stands(*id));
        for (_, location, room) in rooms {
            self.files.handle_room(location, room, &mut self.fx, now);
        }
        is_more || !self.fx.items.is_empty()
    }

    /// Hands to links what is for them; what is for machines that are not online is dropped.
    fn deliver(&mut self) -> bool {
        let items = std::mem::take(&mut self.fx.items);
        let is_any = !items.is_empty();
        for (to, parcel) in items {
            if let Some(link) = self.links.of_mut(to) {
                link.push(parcel);
            }
        }
        is_any
    }

    fn files_event(&mut self, event: FilesEvent, now: Now) {
        match event {
            FilesEvent::Offered { request, to, link } => {
                let Some(text) = to_wire(&link).map(|wire| wire.to_string()) else {
                    let sentence = "the file's link is damaged: offer it again".to_owned();
                    return self.fx.report(request, Report::Refused(sentence));
                };
                let (chat, mut cx) = self.chat_and_context(now);
                let report = match chat.say(to, text, &mut cx) {
                    Ok(_) => Report::Offered(link),
                    Err(why) => Report::Refused(why),
                };
                self.fx.report(request, report);
            }
            FilesEvent::Attached { letter, links } => {
                let (mail, mut cx) = self.mail_and_context(now);
                mail.attached(letter, links, &mut cx);
            }
            FilesEvent::Fresh { id, request } => {
                let names: &dyn Names = &self.roster;
                self.files
                    .handle_fresh(id, request, names, &mut self.fx, now);
            }
        }
    }

    pub(super) fn attach(&mut self, letter: ToAttach, now: Now) {
        let ToAttach {
            letter,
            files,
            receivers,
        } = letter;
        self.files
            .attach(letter, files, receivers, &mut self.fx, now);
    }

    fn call_who_is_due(&mut self, now: Now) {
        while let Some((location, turn)) = self.dialer.due(now.instant) {
            let Some(machine) = self.roster.machine(location) else {
                // It had to make room for others of the same person.
                self.dialer.unwant(location);
                continue;
            };
            let Some(place) = machine.places.get(turn) else {
                self.dialer.no_place(location, now.instant);
                continue;
            };
            self.next_connection += 2;
            let connection = ConnectionId(self.next_connection);
            self.dialer
                .calling(location, connection, place.clone(), now.instant);
            self.fx.outputs.push(Output::Connect {
                connection,
                location,
                to: place,
            });
        }
    }

    fn tell_changes(&mut self) {
        for id in std::mem::take(&mut self.changed) {
            if let Some(friend) = self.view(id) {
                if friend.standing == Standing::Friend {
                    self.files.set_name(id, friend.name.clone());
                }
                self.fx.notice(Notice::Friend(Box::new(friend)));
            }
        }
    }

    pub(super) fn moved(&mut self, local: &[SocketAddr], now: Now) {
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for address in local {
            let is_real = !address.ip().is_unspecified() && address.port() != 0;
            if is_real && !addresses.contains(address) && addresses.len() < MAX_ADDRESSES {
                addresses.push(*address);
            }
        }
        if addresses != self.addresses {
            self.addresses.clone_from(&addresses);
            self.discovery
                .moved(addresses, &self.links, &mut self.fx, now);
            self.dialer.hurry_all(now.instant);
        }
    }

    /// Says goodbye to everybody.
    pub(super) fn leave(&mut self, now: Now) {
        if self.is_over {
            return;
        }
        self.deliver();
        let goodbye = Item::Status(status::item(Availability::Offline, now.wall));
        self.tell_all(Service::STATUS, &goodbye);
        self.deliver();
        for link in self.links.iter_mut() {
            link.flush(now, &mut self.fx.outputs);
        }
        let ids: Vec<ConnectionId> = self.links.iter().map(|link| link.id).collect();
        for id in ids {
            self.end_link(id, false, now);
            self.hang_up(id);
        }
        for id in self.dialer.calls_under_way() {
            self.hang_up(id);
        }
        for id in self.links.take_all_accepted() {
            self.hang_up(id);
        }
        self.answer_all(now);
        self.files.shut_down(&mut self.fx, now);
        self.is_over = true;
        self.fx
            .outputs
            .push(Output::Ended("the node was ended".into()));
    }
}

/// A link as the wire has it; ours always are.
pub(super) fn to_wire(link: &crate::api::FileLink) -> Option<wire_retroshare::FileLink> {
    Some(wire_retroshare::FileLink {
        name: link.name.clone(),
        size: link.size,
        hash: link.hash.parse().ok()?,
    })
}
