//! One download's chunks: which are done, what is missing in those under way, who was asked for it, and
//! who gave it.
//!
//! A chunk under way belongs to one source, which is asked for it piece by piece; others help only when
//! nothing else is left to ask for. Whatever arrives must begin where a request of that source stands,
//! so what nobody asked for never gets in, and ranges never shatter.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wire_retroshare::LocationId;
use wire_retroshare::file_transfer::{CHUNK, ChunkMap};

/// A range of bytes within a chunk.
type Span = (u32, u32);

/// The chunks of a download.
#[derive(Debug)]
pub(super) struct Chunks {
    size: u64,
    map: ChunkMap,
    active: BTreeMap<u32, Active>,
    /// Who gave each chunk: places in `givers`, from 1; 0 is nobody known.
    given: Vec<[u8; 2]>,
    givers: Vec<LocationId>,
    /// All chunks before this one are done.
    first: u32,
}

/// A chunk under way.
#[derive(Debug)]
struct Active {
    missing: Vec<Span>,
    asks: Vec<Ask>,
    owner: Option<LocationId>,
    /// Bytes that the disk has not answered for.
    unwritten: u32,
}

/// A request that is not answered yet, or not wholly.
#[derive(Clone, Copy, Debug)]
struct Ask {
    from: LocationId,
    start: u32,
    end: u32,
    since: Instant,
}

/// What of some bytes is taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Parts that were missing, within the chunk.
    pub(super) spans: Vec<Span>,
    /// Since when the request stood that is answered by this; `None`: more is to come.
    pub(super) answered: Option<Instant>,
}

/// A chunk is done, or given up: what was asked for of it and is not waited for any more.
pub(super) type Released = Vec<(LocationId, usize)>;

impl Chunks {
    pub(super) fn new(size: u64) -> Self {
        Self::with(size, &[])
    }

    /// With chunks that are there already.
    pub(super) fn with(size: u64, words: &[u32]) -> Self {
        Self {
            size,
            map: ChunkMap::from_words(size, words),
            active: BTreeMap::new(),
            given: Vec::new(),
            givers: Vec::new(),
            first: 0,
        }
    }

    pub(super) fn map(&self) -> &ChunkMap {
        &self.map
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.map.chunks()).unwrap_or(u32::MAX)
    }

    pub(super) fn is_whole(&self) -> bool {
        self.map.is_full()
    }

    /// Bytes that are there: of finished chunks and of those under way.
    pub(super) fn done(&self) -> u64 {
        let active = self.active.iter().map(|(chunk, active)| {
            let missing: u32 = active.missing.iter().map(|(start, end)| end - start).sum();
            u64::from(self.length(*chunk) - missing)
        });
        self.finished() + active.sum::<u64>()
    }

    /// Bytes of finished chunks.
    pub(super) fn finished(&self) -> u64 {
        let whole = self.map.count() * CHUNK;
        let last = self
            .count()
            .checked_sub(1)
            .filter(|last| self.map.has(*last));
        let short = last.map_or(0, |last| CHUNK - u64::from(self.length(last)));
        whole.saturating_sub(short)
    }

    /// Bytes of a chunk: all have the same, but for the last.
    pub(super) fn length(&self, chunk: u32) -> u32 {
        let rest = self.size.saturating_sub(u64::from(chunk) * CHUNK);
        u32::try_from(rest.min(CHUNK)).unwrap_or(0)
    }

    /// What to ask this source for next, at most `most` bytes: its offset in the file, and its length.
    pub(super) fn ask(
        &mut self,
        from: LocationId,
        theirs: &ChunkMap,
        most: u32,
        now: Instant,
    ) -> Option<(u64, u32)> {
        let is_theirs = |active: &Active| active.owner.is_none_or(|owner| owner == from);
        let (chunk, span) = self
            .unasked(theirs, most, is_theirs)
            .or_else(|| self.begin(theirs, most))
            .or_else(|| self.unasked(theirs, most, |_| true))
            .or_else(|| self.doubled(from, theirs, most, now))?;
        let active = self.active.get_mut(&chunk)?;
        active.owner.get_or_insert(from);
        active.asks.push(Ask {
            from,
            start: span.0,
            end: span.1,
            since: now,
        });
        Some((
            u64::from(chunk) * CHUNK + u64::from(span.0),
            span.1 - span.0,
        ))
    }

    /// Bytes of a chunk came; nothing if this source was not asked for them.
    pub(super) fn take(&mut self, from: LocationId, chunk: u32, span: Span) -> Option<Taken> {
        let active = self.active.get_mut(&chunk)?;
        let is_asked = |ask: &Ask| ask.from == from && ask.start == span.0 && span.1 <= ask.end;
        let index = active.asks.iter().position(is_asked)?;
        let mut taken = Taken::default();
        let ask = active.asks.get_mut(index)?;
        ask.start = span.1;
        if ask.start == ask.end {
            taken.answered = Some(ask.since);
            active.asks.remove(index);
        }
        taken.spans = active.take(span);
        active.unwritten += taken
            .spans
            .iter()
            .map(|(start, end)| end - start)
            .sum::<u32>();
        if !taken.spans.is_empty() {
            self.given_by(chunk, from);
        }
        Some(taken)
    }

    /// The disk has so many bytes of a chunk. Something if the chunk is done by that.
    pub(super) fn written(&mut self, chunk: u32, length: u32) -> Option<Released> {
        let active = self.active.get_mut(&chunk)?;
        active.unwritten = active.unwritten.saturating_sub(length);
        if !active.missing.is_empty() || active.unwritten > 0 {
            return None;
        }
        let active = self.active.remove(&chunk)?;
        self.map.set(chunk);
        while self.first < self.count() && self.map.has(self.first) {
            self.first += 1;
        }
        Some(active.released())
    }

    /// A source is asked no more: bytes that are not waited for now.
    pub(super) fn release(&mut self, from: LocationId) -> usize {
        let mut released = 0;
        for active in self.active.values_mut() {
            active.owner.take_if(|owner| *owner == from);
            active.asks.retain(|ask| {
                let is_kept = ask.from != from;
                if !is_kept {
                    released += ask.bytes();
                }
                is_kept
            });
        }
        released
    }

    /// Forgets all chunks under way.
    pub(super) fn release_all(&mut self) {
        self.active.clear();
    }

    /// Who gave a chunk, as far as is known: nobody, one, or two.
    pub(super) fn givers(&self, chunk: u32) -> Vec<LocationId> {
        let given = self.given.get(chunk as usize).copied().unwrap_or_default();
        let giver = |place: u8| self.givers.get(usize::from(place).checked_sub(1)?).copied();
        given.into_iter().filter_map(giver).collect()
    }

    /// The chunk has to be fetched again.
    pub(super) fn reset(&mut self, chunk: u32) {
        self.map.clear(chunk);
        self.first = self.first.min(chunk);
        if let Some(given) = self.given.get_mut(chunk as usize) {
            *given = [0; 2];
        }
    }

    fn given_by(&mut self, chunk: u32, from: LocationId) {
        if self.given.is_empty() {
            self.given = vec![[0; 2]; self.count() as usize];
        }
        let known = self.givers.iter().position(|giver| *giver == from);
        let place = known.unwrap_or_else(|| {
            self.givers.push(from);
            self.givers.len() - 1
        });
        // Beyond 255 sources of one file the rest stays unknown.
        let place = u8::try_from(place + 1).unwrap_or(0);
        if let Some(given) = self.given.get_mut(chunk as usize)
            && !given.contains(&place)
        {
            *given = [place, given[0]];
        }
    }

    fn unasked(
        &self,
        theirs: &ChunkMap,
        most: u32,
        is_meant: impl Fn(&Active) -> bool,
    ) -> Option<(u32, Span)> {
        let meant = self.active.iter().filter(|(_, active)| is_meant(active));
        meant
            .filter(|(chunk, _)| theirs.has(**chunk))
            .find_map(|(chunk, active)| Some((*chunk, active.unasked(most)?)))
    }

    fn begin(&mut self, theirs: &ChunkMap, most: u32) -> Option<(u32, Span)> {
        if self.active.len() >= MAX_UNDER_WAY {
            return None;
        }
        let from = (self.first / 32) as usize;
        let words = self.map.words().iter().zip(theirs.words()).enumerate();
        let mut wanted = words.skip(from).flat_map(|(index, (ours, theirs))| {
            let open = theirs & !ours;
            let bits = (0..32).filter(move |bit| open & (1 << bit) != 0);
            bits.filter_map(move |bit| u32::try_from(index * 32 + bit).ok())
        });
        let count = self.count();
        let chunk = wanted.find(|chunk| *chunk < count && !self.active.contains_key(chunk))?;
        let length = self.length(chunk);
        let active = Active {
            missing: vec![(0, length)],
            asks: Vec::new(),
            owner: None,
            unwritten: 0,
        };
        self.active.insert(chunk, active);
        Some((chunk, (0, length.min(most))))
    }

    /// Near the end: what somebody else was asked for and takes long over.
    fn doubled(
        &self,
        from: LocationId,
        theirs: &ChunkMap,
        most: u32,
        now: Instant,
    ) -> Option<(u32, Span)> {
        let is_slow = |active: &Active| {
            let asks = &active.asks;
            asks.iter()
                .all(|ask| ask.from != from && now >= ask.since + PATIENCE)
        };
        let slow = self.active.iter().filter(|(chunk, _)| theirs.has(**chunk));
        slow.filter(|(_, active)| is_slow(active))
            .find_map(|(chunk, active)| {
                let (start, end) = *active.missing.first()?;
                Some((*chunk, (start, end.min(start + most))))
            })
    }
}

impl Active {
    /// The first bytes that are missing and that nobody is asked for.
    fn unasked(&self, most: u32) -> Option<Span> {
        for (start, end) in self.missing.iter().copied() {
            let mut at = start;
            // Every round passes a request, so this ends.
            while at < end {
                let covering = self
                    .asks
                    .iter()
                    .filter(|ask| ask.start <= at && at < ask.end);
                if let Some(covered) = covering.map(|ask| ask.end).max() {
                    at = covered;
                    continue;
                }
                let next = self
                    .asks
                    .iter()
                    .map(|ask| ask.start)
                    .filter(|start| *start > at)
                    .min();
                let end = next.map_or(end, |next| next.min(end));
                return Some((at, end.min(at.saturating_add(most))));
            }
        }
        None
    }

    /// Takes a span out of what is missing, and says which parts were.
    fn take(&mut self, span: Span) -> Vec<Span> {
        let mut taken = Vec::new();
        let mut left = Vec::with_capacity(self.missing.len() + 1);
        for (start, end) in self.missing.drain(..) {
            let (from, to) = (start.max(span.0), end.min(span.1));
            if from >= to {
                left.push((start, end));
                continue;
            }
            taken.push((from, to));
            left.extend(
                [(start, from), (to, end)]
                    .into_iter()
                    .filter(|(a, b)| a < b),
            );
        }
        self.missing = left;
        taken
    }

    fn released(&self) -> Released {
        self.asks
            .iter()
            .map(|ask| (ask.from, ask.bytes()))
            .collect()
    }
}

impl Ask {
    fn bytes(&self) -> usize {
        (self.end - self.start) as usize
    }
}

/// Chunks of one download under way at once, at most.
const MAX_UNDER_WAY: usize = 256;
/// What is asked for is asked of a second source after this, when nothing else is left.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::{any, proptest};
    use wire_retroshare::LocationId;
    use wire_retroshare::file_transfer::{CHUNK, ChunkMap};

    use super::{Chunks, PATIENCE, Taken};

    fn who(n: u8) -> LocationId {
        LocationId::from_bytes([n; 16])
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test needs one instant to start from"
    )]
    fn now() -> Instant {
        Instant::now()
    }

    // [RS-17]
    #[test]
    fn a_chunk_goes_piece_by_piece_to_one_source() {
        let size = 3 * CHUNK + 10;
        let (mut chunks, full, now) = (Chunks::new(size), ChunkMap::full(size), now());
        assert_eq!(chunks.ask(who(1), &full, 600_000, now), Some((0, 600_000)));
        assert_eq!(
            chunks.ask(who(1), &full, 600_000, now),
            Some((600_000, 448_576))
        );
        assert_eq!(
            chunks.ask(who(2), &full, 2_000_000, now),
            Some((CHUNK, 1 << 20))
        );
        assert_eq!(
            chunks.ask(who(1), &full, 2_000_000, now),
            Some((2 * CHUNK, 1 << 20))
        );
        assert_eq!(
            chunks.ask(who(2), &full, 2_000_000, now),
            Some((3 * CHUNK, 10))
        );
        // All is asked for; only much later is anything asked for twice.
        assert_eq!(chunks.ask(who(2), &full, 2_000_000, now), None);
        let later = now + PATIENCE;
        assert_eq!(chunks.ask(who(2), &full, 100, later), Some((0, 100)));
    }

    // [RS-17] [RS-22]
    #[test]
    fn only_what_was_asked_for_is_taken() {
        let (mut chunks, full, now) = (Chunks::new(CHUNK), ChunkMap::full(CHUNK), now());
        chunks.ask(who(1), &full, 1000, now);
        assert_eq!(chunks.take(who(2), 0, (0, 1000)), None, "somebody else");
        assert_eq!(
            chunks.take(who(1), 0, (1, 1000)),
            None,
            "not from the beginning"
        );
        assert_eq!(
            chunks.take(who(1), 0, (0, 1001)),
            None,
            "more than asked for"
        );
        assert_eq!(chunks.take(who(1), 1, (0, 1000)), None, "another chunk");
        let part = chunks.take(who(1), 0, (0, 400)).unwrap();
        assert_eq!((part.spans, part.answered), (vec![(0, 400)], None));
        let rest = Taken {
            spans: vec![(400, 1000)],
            answered: Some(now),
        };
        assert_eq!(chunks.take(who(1), 0, (400, 1000)), Some(rest));
        assert_eq!(chunks.done(), 1000);
        assert_eq!(chunks.finished(), 0);
    }

    // [RS-17]
    #[test]
    fn what_a_lost_source_was_asked_for_goes_to_another() {
        let (mut chunks, full, now) = (Chunks::new(CHUNK), ChunkMap::full(CHUNK), now());
        chunks.ask(who(1), &full, 1 << 20, now);
        chunks.take(who(1), 0, (0, 1000)).unwrap();
        assert_eq!(chunks.release(who(1)), (1 << 20) - 1000);
        assert_eq!(
            chunks.ask(who(2), &full, 1 << 20, now),
            Some((1000, (1 << 20) - 1000))
        );
        chunks.take(who(2), 0, (1000, 1 << 20)).unwrap();
        assert_eq!(chunks.written(0, 1000), None);
        assert_eq!(chunks.written(0, (1 << 20) - 1000), Some(Vec::new()));
        assert!(chunks.is_whole());
        assert_eq!(chunks.givers(0), [who(2), who(1)]);
        chunks.reset(0);
        assert_eq!(chunks.done(), 0);
        assert!(chunks.givers(0).is_empty());
    }

    proptest! {
        // [RS-17] Whoever answers in whatever pieces: every byte is taken exactly once.
        #[test]
        fn every_byte_is_taken_once(size in 1..4 * CHUNK, turns in proptest::collection::vec((0u8..4, 1u32..700_000, any::<bool>()), 1..200)) {
            let (mut chunks, full, mut now) = (Chunks::new(size), ChunkMap::full(size), now());
            let mut asks: Vec<(u8, u64, u32)> = Vec::new();
            let mut taken = 0u64;
            let mut answer = |chunks: &mut Chunks, (source, offset, length): (u8, u64, u32)| {
                let chunk = u32::try_from(offset / CHUNK).unwrap();
                let start = u32::try_from(offset % CHUNK).unwrap();
                if let Some(part) = chunks.take(who(source), chunk, (start, start + length)) {
                    for (from, to) in part.spans {
                        taken += u64::from(to - from);
                        chunks.written(chunk, to - from);
                    }
                }
            };
            for (source, most, is_lost) in turns {
                now += PATIENCE / 3;
                if let Some((offset, length)) = chunks.ask(who(source), &full, most, now) {
                    asks.push((source, offset, length));
                }
                if is_lost {
                    chunks.release(who(source));
                } else if asks.len() > 3 {
                    let ask = asks.remove(usize::from(source) % asks.len());
                    answer(&mut chunks, ask);
                }
            }
            (0..4).for_each(|source| { chunks.release(who(source)); });
            while let Some((offset, length)) = chunks.ask(who(9), &full, 1 << 20, now) {
                answer(&mut chunks, (9, offset, length));
            }
            assert!(chunks.is_whole());
            assert_eq!((taken, chunks.done()), (size, size));
        }
    }
}
