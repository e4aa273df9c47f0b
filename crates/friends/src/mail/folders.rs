//! Reading, moving and removing letters.

use std::time::Instant;

use wire_retroshare::PgpId;

use super::{MailBox, PURGE_EVERY, TRASH_TIME, ToAttach, key};
use crate::api::{Folder, Mail, Notice, SendState};
use crate::context::Context;
use crate::kept::{Area, json};

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

    /// Puts a letter into another folder. One that waits is not sent then; one that goes to the outbox is,
    /// once its files are attached.
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
        let is_friend = |id: PgpId| id == cx.roster.own() || cx.roster.is_friend(id);
        let fits = match folder {
            Folder::Trash => true,
            Folder::Inbox => !letter.is_ours(),
            Folder::Sent | Folder::Drafts => letter.is_ours(),
            Folder::Outbox => {
                matches!(letter.folder, Folder::Drafts | Folder::Sent)
                    && letter.is_ours()
                    && letter.waiting().any(is_friend)
            }
        };
        if !fits {
            return Err(format!(
                "the letter {id} cannot be put there: what came goes to the inbox or the trash, what we \
                 wrote to the sent ones, the drafts or the trash, and drafts with receivers to the outbox, if \
                 somebody is left who is a friend and has not got it"
            ));
        }
        self.check_leaving(id)?;
        if folder == Folder::Outbox {
            return Ok(self.send_on(id, cx));
        }
        self.stop(id, cx);
        let at = cx.now.wall.0;
        self.change(id, cx, |letter| {
            letter.folder = folder;
            letter.trashed_at = if folder == Folder::Trash { at } else { 0 };
        });
        Ok(None)
    }

    /// A letter goes to those of its receivers who have not got it and are friends.
    fn send_on(&mut self, id: u64, cx: &mut Context<'_>) -> Option<ToAttach> {
        let mut letter = self.letters.get(&id)?.clone();
        letter.folder = Folder::Outbox;
        let own = cx.roster.own();
        letter.waiting = letter
            .waiting()
            .filter(|to| *to == own || cx.roster.is_friend(*to))
            .map(|to| to.to_string())
            .collect();
        self.goes(&mut letter, cx);
        cx.keep(Area::Mail, key(id), Some(json(&letter)));
        let to_attach = (!letter.attaching.is_empty()).then(|| letter.to_attach(id));
        self.put(id, letter);
        self.file_if_sent(id, cx);
        to_attach
    }

    /// What is on its way to somebody cannot be taken back.
    fn check_leaving(&self, id: u64) -> Result<(), String> {
        let all = (id, PgpId::from_bytes([0; 8]))..=(id, PgpId::from_bytes([0xFF; 8]));
        match self.flying.range(all).next() {
            Some(_) => Err(format!(
                "the letter {id} is leaving at this moment: look in a minute who has got it"
            )),
            None => Ok(()),
        }
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
            return Some(Err(format!("the letter {id} waits for nobody")));
        }
        let folder = match letter.is_with_somebody(cx.roster.own()) {
            true => Folder::Sent,
            false => Folder::Drafts,
        };
        Some(self.move_to(id, folder, cx).map(|_| ()))
    }

    /// It goes to nobody any more; who has not got it is remembered, so that it can be sent after all.
    fn stop(&mut self, id: u64, cx: &mut Context<'_>) {
        let Some(letter) = self.letters.get(&id) else {
            return;
        };
        if letter.folder != Folder::Outbox {
            return;
        }
        for to in letter.waiting().collect::<Vec<_>>() {
            self.unqueue(id, to);
            let (who, state) = (cx.name(to), SendState::Dropped);
            cx.notice(Notice::Outgoing { id, who, state });
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
        let mut left = self.letters.values();
        self.has_trash = left.any(|letter| letter.folder == Folder::Trash);
    }

    /// When to look again; never while there is nothing to look at.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.has_trash.then_some(self.purge_at)
    }
}

fn unknown(id: u64) -> String {
    format!("there is no letter {id}: look at the list of letters for its number")
}
