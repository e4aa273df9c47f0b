//! Files, given and taken by path: what `model` calls transfers.

use std::collections::BTreeMap;

use friends::api::{Download, DownloadState, FileLink};
use model::{EndReason, FileName, Signal, Transfer, TransferId, UserName};
use wire_retroshare::FileHash;

/// Offers and downloads that are remembered, at most; the oldest offer that nobody has taken is
/// forgotten first.
const MAX_TRANSFERS: usize = 256;

/// Offers and downloads by number.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    table: BTreeMap<TransferId, Known>,
    last: u16,
}

#[derive(Debug)]
struct Known {
    transfer: Transfer,
    link: FileLink,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// They offer, or we do.
    Offered,
    /// It is being fetched.
    Taken,
}

impl Transfers {
    /// A new one; `None` where its name is none.
    pub(super) fn add(&mut self, from: UserName, to: UserName, link: FileLink) -> Option<Transfer> {
        let name = FileName::parse(&link.name).ok()?;
        if self.table.len() >= MAX_TRANSFERS {
            let oldest = self
                .table
                .iter()
                .find(|(_, known)| known.state == State::Offered);
            let oldest = oldest.map(|(id, _)| *id);
            self.table.remove(&oldest?);
        }
        let transfer = Transfer {
            id: self.free()?,
            from,
            to,
            name,
            size: link.size,
        };
        let known = Known {
            transfer: transfer.clone(),
            link,
            state: State::Offered,
        };
        self.table.insert(transfer.id, known);
        Some(transfer)
    }

    /// An offer, to be fetched: from whom, and its link as text.
    pub(super) fn take(&mut self, id: TransferId, me: &UserName) -> Option<(UserName, String)> {
        let known = self.table.get_mut(&id)?;
        if known.transfer.to != *me {
            return None;
        }
        let link = wire_retroshare::link::FileLink {
            name: known.link.name.clone(),
            size: known.link.size,
            hash: known.link.hash.parse::<FileHash>().ok()?,
        };
        known.state = State::Taken;
        Some((known.transfer.from.clone(), link.to_string()))
    }

    /// Taking it has failed: it is only offered.
    pub(super) fn untake(&mut self, id: TransferId) {
        if let Some(known) = self.table.get_mut(&id) {
            known.state = State::Offered;
        }
    }

    /// Forgets it. The hash of the download that is to be ended; `Some(None)`: there is none.
    pub(super) fn cancel(&mut self, id: TransferId) -> Option<Option<String>> {
        let known = self.table.remove(&id)?;
        Some(match known.state {
            State::Taken => Some(known.link.hash),
            State::Offered => None,
        })
    }

    /// A download went on: what there is to tell of it.
    pub(super) fn progress(&mut self, download: &Download) -> Vec<Signal> {
        let taken = self
            .table
            .values()
            .filter(|known| known.state == State::Taken && known.link.hash == download.file.hash);
        let taken: Vec<Transfer> = taken.map(|known| known.transfer.clone()).collect();
        let signal = |transfer: Transfer| match download.state {
            DownloadState::Waiting
            | DownloadState::Loading
            | DownloadState::Verifying
            | DownloadState::Paused => Signal::Progress {
                transfer,
                done: download.done,
                speed: download.speed,
                left_s: download.left_s,
            },
            DownloadState::Done => {
                self.table.remove(&transfer.id);
                Signal::Arrived {
                    transfer,
                    path: download.path.clone(),
                }
            }
            DownloadState::Failed | DownloadState::Cancelled => {
                self.table.remove(&transfer.id);
                Signal::Ended {
                    transfer,
                    reason: EndReason::OtherSide,
                }
            }
        };
        taken.into_iter().map(signal).collect()
    }

    fn free(&mut self) -> Option<TransferId> {
        for _ in 0..=MAX_TRANSFERS {
            self.last = self.last.checked_add(1).unwrap_or(1);
            let id = TransferId::new(self.last)?;
            if !self.table.contains_key(&id) {
                return Some(id);
            }
        }
        None
    }
}
