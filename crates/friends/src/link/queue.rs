//! What is to be sent to one peer: words in order, then pieces of files.
//!
//! The socket is given little at a time, so that words never wait behind many pieces; how little, the
//! link's pace says.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use wire_retroshare::Item;
use wire_retroshare::frame::MAX_ITEM;

use super::STALL_TIME;
use super::pace::{self, Pace};
use crate::bandwidth::Allowance;
use crate::effects::Receipt;
use crate::output::{ConnectionId, Output};

/// Bytes that the socket may have and not have sent before it is given more, at most: enough for it not
/// to be idle while the next are fetched. On a slow link it is a fourth of what it carries in a moment.
const HIGH_WATER: usize = 128 * 1024;
/// Bytes of words queued beyond which more wait where they are kept.
const ROOM: usize = 256 * 1024;
/// Bytes of words queued, at most; a peer who reads so little is cut off. What is kept in an outbox is
/// sent again.
pub(crate) const MAX_QUEUED: usize = 4 * 1024 * 1024;
/// Bytes of files that may be queued on the slowest link while none are.
pub(crate) const LEAST_ROOM: usize = pace::LEAST / 4 * 3;

#[derive(Debug)]
pub(super) struct Queue {
    items: VecDeque<(Bytes, Option<Receipt>)>,
    item_bytes: usize,
    bulk: VecDeque<(Bytes, Bytes)>,
    bulk_bytes: usize,
    /// Bytes given to the socket in all.
    given: u64,
    unsent: usize,
    /// Where in `given` each tracked item ends.
    receipts: VecDeque<(u64, Receipt)>,
    moved_at: Instant,
    pace: Pace,
}

impl Queue {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            items: VecDeque::new(),
            item_bytes: 0,
            bulk: VecDeque::new(),
            bulk_bytes: 0,
            given: 0,
            unsent: 0,
            receipts: VecDeque::new(),
            moved_at: now,
            pace: Pace::new(now),
        }
    }

    pub(super) fn push(&mut self, item: &Item, receipt: Option<Receipt>) {
        let mut bytes = BytesMut::new();
        item.encode(&mut bytes);
        if bytes.len() > MAX_ITEM {
            // Every receiver would end the link; whoever made it bounds its fields.
            debug_assert!(false, "an item of {} bytes", bytes.len());
            return;
        }
        self.item_bytes += bytes.len();
        self.items.push_back((bytes.freeze(), receipt));
    }

    pub(super) fn push_raw(&mut self, bytes: Bytes) {
        self.item_bytes += bytes.len();
        self.items.push_back((bytes, None));
    }

    pub(super) fn push_bulk(&mut self, head: Bytes, data: Bytes) {
        self.bulk_bytes += head.len() + data.len();
        self.bulk.push_back((head, data));
    }

    pub(super) fn has_room(&self) -> bool {
        self.item_bytes < ROOM
    }

    /// Bytes of files that may be queued: all that the link carries in a moment, but for what the socket
    /// has before.
    pub(super) fn bulk_room(&self, now: Instant) -> usize {
        let most = self.pace.moment(now) / 4 * 3;
        most.saturating_sub(self.bulk_bytes)
    }

    fn high_water(&self, now: Instant) -> usize {
        HIGH_WATER.min(self.pace.moment(now) / 4)
    }

    pub(super) fn is_too_long(&self) -> bool {
        self.item_bytes > MAX_QUEUED
    }

    pub(super) fn held(&self) -> usize {
        self.item_bytes + self.bulk_bytes
    }

    pub(super) fn flush(
        &mut self,
        id: ConnectionId,
        allowance: &mut Allowance,
        now: Instant,
        outputs: &mut Vec<Output>,
    ) {
        let high_water = self.high_water(now);
        let mut words = BytesMut::new();
        while self.unsent < high_water
            && let Some((bytes, receipt)) = self.items.pop_front()
        {
            self.item_bytes -= bytes.len();
            self.give(bytes.len(), now);
            words.extend_from_slice(&bytes);
            if let Some(receipt) = receipt {
                self.receipts.push_back((self.given, receipt));
            }
        }
        if !words.is_empty() {
            outputs.push(Output::Send(id, words.freeze()));
        }
        while self.unsent < high_water
            && !self.bulk.is_empty()
            && allowance.may_send(now)
            && let Some((head, data)) = self.bulk.pop_front()
        {
            let size = head.len() + data.len();
            self.bulk_bytes -= size;
            self.give(size, now);
            allowance.spend(size);
            outputs.push(Output::Send(id, head));
            outputs.push(Output::Send(id, data));
        }
    }

    fn give(&mut self, bytes: usize, now: Instant) {
        if self.unsent == 0 {
            self.moved_at = now;
            self.pace.begins(now);
        }
        self.given += bytes as u64;
        self.unsent += bytes;
    }

    pub(super) fn sent(&mut self, unsent: usize, now: Instant) -> Vec<Receipt> {
        if unsent < self.unsent {
            self.moved_at = now;
            self.pace.carried(self.unsent - unsent, unsent == 0, now);
        }
        self.unsent = unsent;
        let taken = self.given.saturating_sub(unsent as u64);
        let mut left = Vec::new();
        while let Some((_, receipt)) = self.receipts.pop_front_if(|(end, _)| *end <= taken) {
            left.push(receipt);
        }
        left
    }

    /// When the peer counts as not reading.
    pub(super) fn stalls_at(&self) -> Option<Instant> {
        (self.unsent > 0).then(|| self.moved_at + STALL_TIME)
    }

    /// When pieces may go that the peer's advice holds back.
    pub(super) fn opens_at(&self, allowance: &Allowance) -> Option<Instant> {
        // A socket that has something has not paused, and one that has nothing is below any water.
        let waits = !self.bulk.is_empty() && self.unsent < self.high_water(self.moved_at);
        waits.then(|| allowance.opens_at()).flatten()
    }
}
