//! Reading, moving and removing letters.

use std::time::Instant;

use wire_retroshare::PgpId;

use super::{MailBox, PURGE_EVERY, TRASH_TIME, ToAttach, key};
use crate::api::{Folder, Mail, SendState};
use crate::context::Context;
use crate::kept::Area;

impl MailBox {
    /// The letters of a folder, newest first; of none: all but the trash.
    pub(crate) fn list(&self, folder: Option<Folder>, cx: &Context<'_>) -> Vec<Mail> {
        let letters = self.letters.iter().rev();
        let wanted = letters.filter(|(_, letter)| match folder {
            Some(folder) => letter.folder == folder,
            None => letter.folder != Folder::Trash,
        });
        wanted
            .map(|(id, letter)| letter.shown(*id, cx.roster, false))
            .collect()
    }

    /// One letter; it is read from then on.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn read(&mut self, id: u64, cx: &mut Context<'_>) -> Result<Mail, String> {
        self.mark(id, true, cx)?;
        match self.letters.get(&id) {
            Some(letter) => Ok(letter.shown(id, cx.roster, true)),
            None => Err(unknown(id)),
        }
    }

    /// Marks as read, or not.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn mark(
        &mut self,
        id: u64,
        is_read: bool,
        cx: &mut Context<'_>,
    ) -> Result<(), String> {
        let letter = self.letters.get(&id).ok_or_else(|| unknown(id))?;
        if letter.is_read != is_read {
            self.change(id, cx, |letter| letter.is_read = is_read);
        }
        Ok(())
    }

    /// Puts a letter into another folder. One that waits is not sent then; a draft that goes to the outbox
    /// is, once its files are attached.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn move_to(
        &mut self,
        id: u64,
        folder: Folder,
        cx: &mut Context<'_>,
    ) -> Result<Option<ToAttach>, String> {
        let letter = self.letters.get(&id).ok_or_else(|| unknown(id))?;
        if letter.folder == folder {
            return Ok(None);
        }
        let fits = match folder {
            Folder::Trash => true,
            Folder::Inbox => !letter.is_ours(),
            Folder::Sent | Folder::Drafts => letter.is_ours(),
            Folder::Outbox => letter.folder == Folder::Drafts && !letter.waiting.is_empty(),
        };
        if !fits {
            return Err(format!(
                "The letter {id} cannot be put there: what came goes to the inbox or the trash, what we \
                 wrote to the sent ones, the drafts or the trash, and drafts with receivers to the outbox."
            ));
        }
        self.stop(id, cx);
        let at = cx.now.wall.0;
        self.change(id, cx, |letter| {
            letter.folder = folder;
            letter.trashed_at = if folder == Folder::Trash { at } else { 0 };
            if folder == Folder::Outbox {
                // It is written when it is sent.
                letter.at = at;
            }
        });
        if folder != Folder::Outbox {
            return Ok(None);
        }
        if let Some(letter) = self.letters.get(&id).cloned() {
            // Now it waits for its receivers.
            self.put(id, letter);
        }
        Ok(self.to_attach().into_iter().find(|to| to.letter == id))
    }

    /// Removes a letter for good.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn delete(&mut self, id: u64, cx: &mut Context<'_>) -> Result<(), String> {
        self.stop(id, cx);
        let letter = self.letters.remove(&id).ok_or_else(|| unknown(id))?;
        self.bytes -= letter.size();
        cx.keep(Area::Mail, key(id), None);
        Ok(())
    }

    /// Takes a letter back from those who have not got it; `None` if there is no such letter.
    pub(crate) fn withdraw(&mut self, id: u64, cx: &mut Context<'_>) -> Option<Result<(), String>> {
        let letter = self.letters.get(&id)?;
        if letter.folder != Folder::Outbox {
            return Some(Err(format!("The letter {id} waits for nobody.")));
        }
        let folder = if letter.is_with_nobody() {
            Folder::Drafts
        } else {
            Folder::Sent
        };
        Some(self.move_to(id, folder, cx).map(|_| ()))
    }

    /// It goes to nobody any more.
    fn stop(&mut self, id: u64, cx: &mut Context<'_>) {
        let Some(letter) = self.letters.get(&id) else {
            return;
        };
        if letter.folder != Folder::Outbox {
            return;
        }
        let waiting: Vec<PgpId> = letter
            .waiting
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect();
        // Not in the outbox any more, so that nothing files it among the sent ones meanwhile.
        self.change(id, cx, |letter| letter.folder = Folder::Drafts);
        for to in waiting {
            self.settle(id, to, SendState::Dropped, cx);
        }
    }

    /// Empties the trash of what is old.
    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        if cx.now.instant < self.purge_at {
            return;
        }
        self.purge_at = cx.now.instant + PURGE_EVERY;
        let before = cx.now.wall.0.saturating_sub(TRASH_TIME);
        let old = self
            .letters
            .iter()
            .filter(|(_, letter)| letter.folder == Folder::Trash && letter.trashed_at < before);
        for id in old.map(|(id, _)| *id).collect::<Vec<_>>() {
            if let Some(letter) = self.letters.remove(&id) {
                self.bytes -= letter.size();
            }
            cx.keep(Area::Mail, key(id), None);
        }
    }

    /// When to look again; never while there is nothing to look at.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let is_any = self.letters.values().any(|l| l.folder == Folder::Trash);
        is_any.then_some(self.purge_at)
    }
}

fn unknown(id: u64) -> String {
    format!("There is no letter {id}: look at the list of letters for its number.")
}
