//! What the parts of a node collect while they handle something: items for friends, and [`Output`]s.

use bytes::Bytes;
use wire_retroshare::{Item, LocationId, PgpId};

use crate::api::{Notice, Report, RequestId};
use crate::disk::DiskTask;
use crate::kept::Change;
use crate::output::Output;

/// A location that is online, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Peer {
    /// The machine.
    pub(crate) location: LocationId,
    /// The person.
    pub(crate) profile: PgpId,
}

/// Collects what is to be done; the node empties it after each thing it was told.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// For the shell, in order.
    pub(crate) outputs: Vec<Output>,
    /// For links, in order; those for a location that is not online are dropped.
    pub(crate) items: Vec<(LocationId, Parcel)>,
}

/// What is told once an item has arrived at a friend's machine, as far as that can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Receipt {
    /// A message of this number.
    Chat(u64),
    /// A letter of this number, for this person.
    Mail(u64, PgpId),
}

/// What goes to a friend.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// An item, before whatever is bulk.
    Item(Item),
    /// The same, and it is told when it has arrived.
    Tracked(Item, Receipt),
    /// A piece of a file: its head, then its bytes, which are not copied.
    Bulk {
        /// The item's header and everything before the bytes.
        head: Bytes,
        /// The bytes.
        data: Bytes,
    },
}

impl Effects {
    /// Sends an item.
    pub(crate) fn send(&mut self, to: LocationId, item: Item) {
        self.items.push((to, Parcel::Item(item)));
    }

    /// Sends an item, to be told when it has arrived.
    pub(crate) fn send_tracked(&mut self, to: LocationId, item: Item, receipt: Receipt) {
        self.items.push((to, Parcel::Tracked(item, receipt)));
    }

    /// Sends a piece of a file behind everything else. Only as much as the link has asked for by
    /// `handle_room`.
    pub(crate) fn send_bulk(&mut self, to: LocationId, head: Bytes, data: Bytes) {
        self.items.push((to, Parcel::Bulk { head, data }));
    }

    /// Keeps a record.
    pub(crate) fn keep(&mut self, change: Change) {
        if let Some(Output::Keep(changes)) = self.outputs.last_mut() {
            changes.push(change);
        } else {
            self.outputs.push(Output::Keep(vec![change]));
        }
    }

    /// Has something done with files.
    pub(crate) fn disk(&mut self, task: DiskTask) {
        self.outputs.push(Output::Disk(task));
    }

    /// Answers a request.
    pub(crate) fn report(&mut self, id: RequestId, report: Report) {
        self.outputs.push(Output::Report(id, report));
    }

    /// Tells what happened.
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.outputs.push(Output::Notice(notice));
    }
}
