//! What faces are told of downloads.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Download, Stage, TICK};
use crate::api::{self, DownloadState, Notice};
use crate::files::names;
use crate::files::turn::{People, Turn};

/// What faces and the records know.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) samples: VecDeque<(Instant, u64)>,
    pub(super) is_untold: bool,
    pub(super) is_unkept: bool,
    pub(super) kept_at: Option<Instant>,
}

impl Download {
    pub(super) fn report(&self, people: &People, now: Instant) -> api::Download {
        let speed = self.progress.speed(now);
        let done = if matches!(self.stage, Stage::Done(_)) {
            self.size
        } else {
            self.chunks.done()
        };
        let left = self.size.saturating_sub(done);
        let giving = self
            .sources
            .iter()
            .filter(|(_, source)| source.is_of_use(now));
        let mut sources: Vec<String> = giving.map(|(at, _)| people.name_at(*at)).collect();
        sources.sort();
        sources.dedup();
        api::Download {
            file: api::FileLink {
                name: self.name.clone(),
                size: self.size,
                hash: self.hash.to_string(),
            },
            state: self.state(now),
            done,
            speed,
            left_s: (speed > 0 && left > 0).then(|| left.div_ceil(speed)),
            sources,
            path: match &self.stage {
                Stage::Done(path) => path.clone(),
                Stage::Waiting
                | Stage::Opening
                | Stage::Loading
                | Stage::Checking(_)
                | Stage::Finishing
                | Stage::Full(_)
                | Stage::Paused
                | Stage::Failed => self.folder.join(names::for_disk(&self.name)),
            },
            why: self.why.clone().or_else(|| self.why_not_yet(now)),
        }
    }

    /// While nobody has answered yet.
    fn why_not_yet(&self, now: Instant) -> Option<String> {
        let waits = matches!(self.stage, Stage::Loading)
            && !self.sources.values().any(|source| source.is_of_use(now));
        waits.then(|| "those who may have it are asked".to_owned())
    }

    fn state(&self, now: Instant) -> DownloadState {
        match self.stage {
            Stage::Waiting | Stage::Full(_) => DownloadState::Waiting,
            Stage::Loading if !self.sources.values().any(|source| source.is_of_use(now)) => {
                DownloadState::Waiting
            }
            Stage::Opening | Stage::Loading => DownloadState::Loading,
            Stage::Checking(_) | Stage::Finishing => DownloadState::Verifying,
            Stage::Paused => DownloadState::Paused,
            Stage::Done(_) => DownloadState::Done,
            Stage::Failed => DownloadState::Failed,
        }
    }

    /// Tells faces, if there is something to tell.
    pub(super) fn tell(&mut self, turn: &mut Turn) {
        let now = turn.now.instant;
        if self.is_active() {
            self.progress.sample(self.chunks.done(), now);
        }
        if core::mem::take(&mut self.progress.is_untold) {
            let report = self.report(turn.people, now);
            turn.fx.notice(Notice::Download(Box::new(report)));
        }
    }
}

impl Progress {
    fn sample(&mut self, done: u64, now: Instant) {
        let is_old = |at: &Instant| *at + SPEED_OVER < now;
        while self.samples.len() > 1 && self.samples.get(1).is_some_and(|(at, _)| is_old(at)) {
            self.samples.pop_front();
        }
        if self.samples.back().is_none_or(|(at, _)| *at + TICK <= now) {
            self.samples.push_back((now, done));
        }
    }

    fn speed(&self, now: Instant) -> u64 {
        let (Some((from, before)), Some((_, after))) = (self.samples.front(), self.samples.back())
        else {
            return 0;
        };
        let passed = now.saturating_duration_since(*from).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let bytes = after.saturating_sub(*before).saturating_mul(1000);
        bytes.checked_div(passed).unwrap_or(0)
    }
}

/// Speed is taken over so long.
const SPEED_OVER: Duration = Duration::from_secs(5);
