//! Connections of a node: how many there are, whose turn it is, and their last words.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::task::Poll;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long the last words may take to be sent.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);
/// How long to wait for the other side's end after our own: to close before that could destroy our
/// last words by a reset.
const LINGER_LIMIT: Duration = Duration::from_secs(1);

/// Connections by id.
pub(crate) struct Table<I, C> {
    all: BTreeMap<I, C>,
    farewells: JoinSet<()>,
    /// At once, those that are being closed included.
    limit: usize,
    /// Whose turn it was: the next one is asked first.
    turn: Option<I>,
}

impl<I: Copy + Ord, C> Table<I, C> {
    /// Of at most so many that others open.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            all: BTreeMap::new(),
            farewells: JoinSet::new(),
            limit,
            turn: None,
        }
    }

    /// Whether others may open one more.
    pub(crate) fn has_room(&mut self) -> bool {
        self.forget_said();
        self.all.len() + self.farewells.len() < self.limit
    }

    pub(crate) fn insert(&mut self, id: I, connection: C) {
        self.all.insert(id, connection);
    }

    pub(crate) fn get_mut(&mut self, id: I) -> Option<&mut C> {
        self.all.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: I) -> Option<C> {
        self.all.remove(&id)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &C> {
        self.all.values()
    }

    /// Removes those that are meant.
    pub(crate) fn extract_if(
        &mut self,
        is_meant: impl Fn(&C) -> bool,
    ) -> impl Iterator<Item = (I, C)> {
        self.all
            .extract_if(.., move |_, connection| is_meant(connection))
    }

    /// Drops all of them as they are.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }

    /// Asks each for what is new, until one has something: the one that had it last comes last.
    pub(crate) fn poll_next<N>(&mut self, mut poll: impl FnMut(&mut C) -> Poll<N>) -> Poll<(I, N)> {
        let mut ask = |(id, connection): (&I, &mut C)| match poll(connection) {
            Poll::Ready(news) => Some((*id, news)),
            Poll::Pending => None,
        };
        let first = self.turn.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = self.all.range_mut((first, Bound::Unbounded));
        let found = found.find_map(&mut ask).or_else(|| {
            let last = self.turn?;
            self.all.range_mut(..=last).find_map(&mut ask)
        });
        match found {
            Some((id, news)) => {
                self.turn = Some(id);
                Poll::Ready((id, news))
            }
            None => Poll::Pending,
        }
    }

    /// Lets a connection that was removed say its last words, unless too many do.
    pub(crate) fn part(&mut self, farewell: impl Future<Output = ()> + Send + 'static) {
        self.forget_said();
        if self.farewells.len() < self.limit {
            self.farewells.spawn(farewell);
        }
    }

    /// Waits until all last words are said, as long as `limit` allows.
    pub(crate) async fn finish<F>(mut self, limit: Duration, farewell: impl Fn(C) -> Option<F>)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        for (_, connection) in std::mem::take(&mut self.all) {
            if let Some(farewell) = farewell(connection) {
                self.part(farewell);
            }
        }
        let _ = timeout(limit, self.all_said()).await;
    }

    /// Waits until nobody is saying last words.
    pub(crate) async fn all_said(&mut self) {
        while self.farewells.join_next().await.is_some() {}
    }

    fn forget_said(&mut self) {
        while self.farewells.try_join_next().is_some() {}
    }
}

/// Waits for the last words to leave: whether they did, in time.
pub(crate) async fn flushed<E>(words: impl Future<Output = Result<(), E>>) -> bool {
    matches!(timeout(FLUSH_LIMIT, words).await, Ok(Ok(())))
}

/// Waits for the other side's end, for a while.
pub(crate) async fn lingered(end: impl Future<Output = ()>) {
    let _ = timeout(LINGER_LIMIT, end).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(ids: &[u32]) -> Table<u32, u32> {
        let mut table = Table::new(ids.len());
        for id in ids {
            table.insert(*id, *id);
        }
        table
    }

    #[test]
    fn who_always_has_something_does_not_keep_others_waiting() {
        // [LAN-48] [RS-22]
        let mut table = table(&[1, 2, 5]);
        let asked: Vec<_> = (0..5)
            .map(|_| table.poll_next(|_| Poll::Ready(())))
            .collect();
        let expected = [1, 2, 5, 1, 2].map(|id| Poll::Ready((id, ())));
        assert_eq!(asked, expected);
        // The one whose turn it was may have gone.
        table.remove(2);
        assert_eq!(table.poll_next(|_| Poll::Ready(())), Poll::Ready((5, ())));
    }

    #[test]
    fn everybody_is_asked_once_before_all_wait() {
        // [LAN-48] [RS-22]
        let mut table = table(&[1, 2, 5]);
        let second = table.poll_next(|id| match id {
            2 => Poll::Ready(()),
            _ => Poll::Pending,
        });
        assert_eq!(second, Poll::Ready((2, ())));
        let mut asked = Vec::new();
        let none = table.poll_next(|id| {
            asked.push(*id);
            Poll::<()>::Pending
        });
        assert_eq!(none, Poll::Pending);
        assert_eq!(asked, [5, 1, 2]);
    }
}
