//! Looking into friends' lists: browsing, searching, finding who has a file [RS-18].

use std::collections::BTreeMap;

use wire_retroshare::{DirHash, FileHash, LocationId, PgpId};

use super::remote::{File, Folder};
use super::{Lists, Wanted};
use crate::api::{FileLink, Found, Listing};
use crate::files::names;
use crate::files::turn::People;

/// What is at a path of a friend's.
#[derive(Debug)]
pub(in crate::files) enum Below {
    /// A file.
    File(FileLink),
    /// A folder: the files below it, each with the folders on the way.
    Folder(Vec<(Vec<String>, FileLink)>),
}

/// A folder of one of a friend's machines.
type Spot = (LocationId, DirHash);

impl Lists {
    /// What a friend shares at a path, over all their machines.
    ///
    /// # Errors
    /// A sentence: nothing is there.
    pub(in crate::files) fn browse(
        &self,
        profile: PgpId,
        path: &str,
        people: &People,
    ) -> Result<Listing, String> {
        let who = people.name(profile);
        let spots = self.spots(profile, path);
        if spots.is_empty() {
            return Err(if self.of(profile).next().is_none() {
                format!("nothing is known of what {who} shares: no list has come yet")
            } else {
                format!("{who} shares no folder {}", spots_path(path))
            });
        }
        let mut folders: Vec<String> = Vec::new();
        let mut files: Vec<FileLink> = Vec::new();
        for folder in spots.iter().filter_map(|spot| self.folder(*spot)) {
            files.extend(folder.1.files.iter().map(link));
            let below = folder.1.subfolders.iter();
            let below = below.filter_map(|hash| self.folder((folder.0, *hash)));
            folders.extend(
                below
                    .filter(|(_, f)| f.is_known)
                    .map(|(_, f)| names::shown(&f.name)),
            );
        }
        folders.sort();
        folders.dedup();
        files.sort();
        files.dedup();
        let remotes = spots
            .iter()
            .filter_map(|(at, hash)| Some((self.remotes.get(at)?, *hash)));
        Ok(Listing {
            who,
            path: spots_path(path),
            folders,
            files,
            is_whole: remotes.clone().all(|(remote, hash)| remote.is_whole(hash)),
            at: remotes
                .map(|(remote, _)| remote.heard())
                .max()
                .unwrap_or_default(),
        })
    }

    /// Files in whose names every word occurs.
    pub(in crate::files) fn search(&self, words: &str, people: &People) -> Vec<Found> {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let mut found = BTreeMap::new();
        if words.is_empty() {
            return Vec::new();
        }
        for (at, remote) in &self.remotes {
            for (hash, folder) in remote.all() {
                for file in &folder.files {
                    let name = file.name.to_lowercase();
                    if !words.iter().all(|word| name.contains(word.as_str())) {
                        continue;
                    }
                    let path = self.path_of((*at, *hash));
                    let key = (remote.profile(), path.clone(), file.hash);
                    found.entry(key).or_insert_with(|| Found {
                        who: people.name(remote.profile()),
                        path,
                        file: link(file),
                    });
                    if found.len() >= MAX_FOUND {
                        return found.into_values().collect();
                    }
                }
            }
        }
        found.into_values().collect()
    }

    /// Which machines have which of these files.
    pub(in crate::files) fn holders(&self, wanted: &Wanted) -> Vec<(FileHash, LocationId)> {
        let folders = self.remotes.iter().flat_map(|(at, remote)| {
            let folders = remote.all();
            folders.map(move |(_, folder)| (*at, folder))
        });
        holders_in(folders, wanted)
    }

    /// The same, in one folder.
    pub(in crate::files) fn holders_at(&self, spot: Spot, wanted: &Wanted) -> Vec<FileHash> {
        let found = holders_in(self.folder(spot).into_iter(), wanted);
        found.into_iter().map(|(hash, _)| hash).collect()
    }

    /// What is to be fetched when somebody wants this path of a friend's.
    ///
    /// # Errors
    /// A sentence: nothing is there.
    pub(in crate::files) fn below(
        &self,
        profile: PgpId,
        path: &str,
        people: &People,
    ) -> Result<Below, String> {
        let spots = self.spots(profile, path);
        if !spots.is_empty() && !spots_path(path).is_empty() {
            return Ok(Below::Folder(self.all_below(&spots)));
        }
        let path = spots_path(path);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let spots = self.spots(profile, folder);
        let mut files = spots
            .iter()
            .filter_map(|spot| self.folder(*spot))
            .flat_map(|(_, f)| &f.files);
        match files.find(|file| names::shown(&file.name) == name) {
            Some(file) => Ok(Below::File(link(file))),
            None => Err(format!("{} shares no {path}", people.name(profile))),
        }
    }

    fn all_below(&self, spots: &[Spot]) -> Vec<(Vec<String>, FileLink)> {
        let mut all = BTreeMap::new();
        let mut to_do: Vec<(Spot, Vec<String>)> = Vec::new();
        to_do.extend(spots.iter().map(|spot| (*spot, Vec::new())));
        while let Some(((at, hash), way)) = to_do.pop() {
            let Some((_, folder)) = self.folder((at, hash)) else {
                continue;
            };
            for file in &folder.files {
                all.entry((way.clone(), file.hash))
                    .or_insert_with(|| link(file));
                if all.len() >= MAX_BELOW {
                    return all
                        .into_iter()
                        .map(|((way, _), file)| (way, file))
                        .collect();
                }
            }
            for sub in &folder.subfolders {
                if let Some((_, below)) = self.folder((at, *sub)) {
                    let mut way = way.clone();
                    way.push(below.name.to_string());
                    to_do.push(((at, *sub), way));
                }
            }
        }
        all.into_iter()
            .map(|((way, _), file)| (way, file))
            .collect()
    }

    fn of(&self, profile: PgpId) -> impl Iterator<Item = LocationId> {
        let mine = self
            .remotes
            .iter()
            .filter(move |(_, r)| r.profile() == profile && r.heard() > 0);
        mine.map(|(at, _)| *at)
    }

    /// All folders that a path may mean: on several machines, or of names that look the same.
    fn spots(&self, profile: PgpId, path: &str) -> Vec<Spot> {
        let mut spots: Vec<Spot> = self.of(profile).map(|at| (at, DirHash::ROOT)).collect();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let mut next = Vec::new();
            for (at, hash) in spots {
                let Some((_, folder)) = self.folder((at, hash)) else {
                    continue;
                };
                let subs = folder.subfolders.iter().map(|sub| (at, *sub));
                next.extend(subs.filter(|spot| {
                    let sub = self.folder(*spot);
                    sub.is_some_and(|(_, f)| f.is_known && names::shown(&f.name) == name)
                }));
            }
            spots = next;
        }
        spots
    }

    fn folder(&self, (at, hash): Spot) -> Option<(LocationId, &Folder)> {
        Some((at, self.remotes.get(&at)?.folder(hash)?))
    }

    fn path_of(&self, (at, hash): Spot) -> String {
        let mut path = Vec::new();
        let mut here = hash;
        while here != DirHash::ROOT {
            let Some((_, folder)) = self.folder((at, here)) else {
                break;
            };
            path.push(names::shown(&folder.name));
            here = folder.parent();
        }
        path.reverse();
        path.join("/")
    }
}

fn holders_in<'a>(
    folders: impl Iterator<Item = (LocationId, &'a Folder)>,
    wanted: &Wanted,
) -> Vec<(FileHash, LocationId)> {
    let files = folders.flat_map(|(at, folder)| folder.files.iter().map(move |file| (at, file)));
    let found = files.filter(|(_, file)| wanted.contains(&file.hash));
    found.map(|(at, file)| (file.hash, at)).collect()
}

fn link(file: &File) -> FileLink {
    FileLink {
        name: names::shown(&file.name),
        size: file.size,
        hash: file.hash.to_string(),
    }
}

/// A path as it is shown: harmless, and without what means nothing.
fn spots_path(path: &str) -> String {
    let names = path.split('/').filter(|name| !name.is_empty());
    names.map(names::shown).collect::<Vec<_>>().join("/")
}

/// Files that a search shows, at most: nobody reads more.
const MAX_FOUND: usize = 500;
/// Files of one folder that are fetched at once, at most.
pub(in crate::files) const MAX_BELOW: usize = 5000;
