//! What faces ask about files, and the answers.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::Now;
use wire_retroshare::{FileLink, LocationId, PgpId};

use super::file_lists::{Below, MAX_BELOW};
use super::fresh::asks_lists;
use super::shares::{TakenBack, With};
use super::turn::Turn;
use super::{Files, Names, Stock, lend, names, stock};
use crate::api::{self, Audience, Notice, Report, Request, RequestId, Wanted};
use crate::effects::Effects;

impl Files {
    /// A face asks something about files. Other requests are refused.
    pub(crate) fn handle_request(
        &mut self,
        id: RequestId,
        request: Request,
        names: &dyn Names,
        fx: &mut Effects,
        now: Now,
    ) {
        self.hear_names(names);
        match self.awaited_lists(&request, names, fx, now) {
            Some(whose) => self.fresh.wait(id, request, whose, now.instant),
            None => self.handle_fresh(id, request, names, fx, now),
        }
    }

    /// The same, from what is known now.
    pub(crate) fn handle_fresh(
        &mut self,
        id: RequestId,
        request: Request,
        names: &dyn Names,
        fx: &mut Effects,
        now: Now,
    ) {
        let report = match request {
            Request::Offer { who, file } => match self.offer(id, &who, file, names, fx, now) {
                // Reported when it is hashed.
                Ok(()) => return,
                Err(sentence) => Report::Refused(sentence),
            },
            other => self
                .answer(other, names, fx, now)
                .unwrap_or_else(Report::Refused),
        };
        fx.report(id, report);
    }

    /// Whose lists a request should wait for, because what they share by now is being asked (inner
    /// `None`: everybody's). `None` where there is nothing to wait for.
    fn awaited_lists(
        &mut self,
        request: &Request,
        names: &dyn Names,
        fx: &mut Effects,
        now: Now,
    ) -> Option<Option<PgpId>> {
        let whose = match asks_lists(request)? {
            // A name that nobody has is refused where it is answered.
            Some(who) => Some(names.friend(who).ok()?),
            None => None,
        };
        let is_asked = self.lists.refresh(whose, lend!(self, fx, now));
        (is_asked && self.fresh.has_room()).then_some(whose)
    }

    fn answer(
        &mut self,
        request: Request,
        names: &dyn Names,
        fx: &mut Effects,
        now: Now,
    ) -> Result<Report, String> {
        match request {
            Request::Share { folder, name, with } => {
                let with = audience(with, names)?;
                self.shares
                    .share(folder, name, with, lend!(self, fx, now))?;
                Ok(Report::Done)
            }
            Request::Unshare { folder } => {
                self.shares.unshare(&folder, lend!(self, fx, now))?;
                Ok(Report::Done)
            }
            Request::Shares => Ok(Report::Shares {
                shares: self.shares.report(&self.people),
                hashing: self.shares.hashing(),
            }),
            Request::Rescan => {
                self.shares.rescan(lend!(self, fx, now));
                Ok(Report::Done)
            }
            Request::PauseHashing(is_paused) => {
                self.shares.pause_hashing(is_paused, lend!(self, fx, now));
                Ok(Report::Done)
            }
            Request::Offers => Ok(Report::Offers {
                ours: self.shares.offered(&self.people),
                theirs: self.offered.report(&self.people),
            }),
            Request::LinkOf { file } => self.link_of(&file),
            Request::Browse { who, path } => {
                let profile = self.known(&who, names)?;
                let listing = self.lists.browse(profile, &path, &self.people)?;
                Ok(Report::Folder(Box::new(listing)))
            }
            Request::Search { words } => Ok(Report::Found(self.lists.search(&words, &self.people))),
            Request::Fetch { what, from, folder } => {
                self.fetch(what, from.as_deref(), folder, names, fx, now)
            }
            Request::Downloads => {
                let all = self.downloads.report(&self.people, now.instant);
                Ok(Report::Downloads(all))
            }
            Request::PauseDownload { hash, is_paused } => {
                self.downloads
                    .pause(&hash, is_paused, lend!(self, fx, now))?;
                Ok(Report::Done)
            }
            Request::CancelDownload { hash } => {
                self.downloads.cancel(&hash, lend!(self, fx, now))?;
                Ok(Report::Done)
            }
            other => Err(format!("not about files: {other:?}")),
        }
    }

    fn offer(
        &mut self,
        id: RequestId,
        who: &str,
        file: PathBuf,
        names: &dyn Names,
        fx: &mut Effects,
        now: Now,
    ) -> Result<(), String> {
        let to = self.known(who, names)?;
        self.shares.offer(id, to, file, lend!(self, fx, now))
    }

    /// Offers a file no more, to one or to all: what was taken back, and which of them can still have the
    /// file from a shared folder.
    ///
    /// # Errors
    /// A sentence: nobody, or it is not offered.
    pub(crate) fn unoffer(
        &mut self,
        file: &std::path::Path,
        who: Option<&str>,
        names: &dyn Names,
        fx: &mut Effects,
        now: Now,
    ) -> Result<(TakenBack, Vec<PgpId>), String> {
        self.hear_names(names);
        let who = who.map(|who| self.known(who, names)).transpose()?;
        let taken = self.shares.unoffer(file, who, lend!(self, fx, now))?;
        for profile in &taken.from {
            let turn = lend!(self, fx, now);
            self.serving
                .revoke(*profile, taken.hash, stock!(self), turn);
        }
        let may_still = |profile: &&PgpId| self.shares.place(**profile, taken.hash).is_some();
        let still = taken.from.iter().filter(may_still).copied().collect();
        Ok((taken, still))
    }

    fn link_of(&self, file: &std::path::Path) -> Result<Report, String> {
        let Some(link) = self.shares.link_of(file) else {
            return Err(format!(
                "{} has no link: it is not shared, or not hashed yet",
                file.display()
            ));
        };
        let hash = link
            .hash
            .parse()
            .map_err(|_| "a hash is damaged".to_owned())?;
        let link = FileLink {
            name: link.name,
            size: link.size,
            hash,
        };
        Ok(Report::Text(link.to_string()))
    }

    fn fetch(
        &mut self,
        what: Wanted,
        from: Option<&str>,
        folder: Option<PathBuf>,
        names: &dyn Names,
        fx: &mut Effects,
        now: Now,
    ) -> Result<Report, String> {
        let folder = folder.unwrap_or_else(|| self.settings.incoming.clone());
        if !folder.is_absolute() {
            return Err(format!(
                "fetch into {}: an absolute path is needed",
                folder.display()
            ));
        }
        let from = from.map(|who| self.known(who, names)).transpose()?;
        match what {
            Wanted::Link(text) => {
                let link = FileLink::parse(&text).map_err(|error| format!("fetch: {error}"))?;
                self.fetch_one(&link, from, folder, fx, now)
            }
            Wanted::Path { who, path } => {
                let owner = self.known(&who, names)?;
                match self.lists.below(owner, &path, &self.people)? {
                    Below::File(link) => {
                        self.fetch_one(&wire(&link)?, Some(owner), folder, fx, now)
                    }
                    Below::Folder(files) => {
                        let name = path.rsplit('/').find(|name| !name.is_empty());
                        let folder = folder.join(names::for_disk(name.unwrap_or_default()));
                        self.fetch_all(&files, owner, &folder, fx, now)
                    }
                }
            }
        }
    }

    fn fetch_one(
        &mut self,
        link: &FileLink,
        from: Option<PgpId>,
        folder: PathBuf,
        fx: &mut Effects,
        now: Now,
    ) -> Result<Report, String> {
        // Who has it by now is told when the lists come.
        self.lists.refresh(None, lend!(self, fx, now));
        let found = self.lists.holders(&[link.hash].into());
        let holders: BTreeSet<LocationId> = found.into_iter().map(|(_, at)| at).collect();
        let turn = lend!(self, fx, now);
        let number = self.downloads.fetch(link, from, holders, folder, turn)?;
        self.downloads.tick(turn);
        let report = self.downloads.report_one(number, &self.people, now.instant);
        self.offered.take(&[link.hash].into(), lend!(self, fx, now));
        let report = report.ok_or("the download is over already")?;
        Ok(Report::Download(Box::new(report)))
    }

    fn fetch_all(
        &mut self,
        files: &[(Vec<String>, api::FileLink)],
        owner: PgpId,
        folder: &std::path::Path,
        fx: &mut Effects,
        now: Now,
    ) -> Result<Report, String> {
        let mut numbers = BTreeSet::new();
        let mut hashes = BTreeSet::new();
        if files.len() >= MAX_BELOW {
            fx.notice(Notice::Warning(format!(
                "{} has more than {MAX_BELOW} files: only so many are fetched at once",
                folder.display()
            )));
        }
        let turn = lend!(self, fx, now);
        for (way, link) in files {
            let mut folder = folder.to_path_buf();
            folder.extend(way.iter().map(|name| names::for_disk(name)));
            let none = BTreeSet::new();
            let link = wire(link)?;
            let number = self
                .downloads
                .fetch(&link, Some(owner), none, folder, turn)?;
            numbers.insert(number);
            hashes.insert(link.hash);
        }
        // Whoever else has them, found in one go.
        let found = self.lists.holders(&self.downloads.wanted());
        self.downloads.has_holders(&found, now.instant);
        self.downloads.tick(turn);
        self.offered.take(&hashes, turn);
        let reports = numbers.into_iter();
        let reports =
            reports.filter_map(|n| self.downloads.report_one(n, &self.people, now.instant));
        Ok(Report::Downloads(reports.collect()))
    }

    fn known(&mut self, who: &str, names: &dyn Names) -> Result<PgpId, String> {
        let profile = names.friend(who)?;
        self.people.names.insert(profile, names.name(profile));
        Ok(profile)
    }

    /// Names change; whoever may be told of is asked for.
    fn hear_names(&mut self, names: &dyn Names) {
        let mut all: BTreeSet<PgpId> = self.people.online.values().copied().collect();
        all.extend(self.lists.profiles());
        all.extend(self.shares.receivers());
        all.extend(self.offered.profiles());
        for profile in all {
            self.people.names.insert(profile, names.name(profile));
        }
    }
}

fn audience(with: Audience, names: &dyn Names) -> Result<With, String> {
    Ok(match with {
        Audience::Friends => With::Friends,
        Audience::ByHash => With::ByHash,
        Audience::Some(who) => {
            let who: Result<_, String> = who.iter().map(|who| names.friend(who)).collect();
            With::Some(who?)
        }
    })
}

fn wire(link: &api::FileLink) -> Result<FileLink, String> {
    Ok(FileLink {
        name: link.name.clone(),
        size: link.size,
        hash: link
            .hash
            .parse()
            .map_err(|_| "a hash is damaged".to_owned())?,
    })
}
