//! A bounded queue that several threads empty, with lanes: jobs of one lane are done one after the
//! other, in order, by whichever thread is free.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The queue.
#[derive(Debug)]
pub(super) struct Queue<J> {
    // A std mutex suffices: it is held for moving one job.
    state: Mutex<State<J>>,
    wake: Condvar,
    capacity: usize,
}

/// A job, and its lane, which is held until it is [released](Queue::release).
#[derive(Debug)]
pub(super) struct Taken<J> {
    pub(super) job: J,
    pub(super) lane: Option<PathBuf>,
}

/// What a thread gets.
#[derive(Debug)]
pub(super) enum Next<J> {
    Job(Taken<J>),
    /// Nothing came for the time given.
    Idle,
    /// The queue is closed and empty.
    Closed,
}

#[derive(Debug)]
struct State<J> {
    /// What a thread may take at once.
    ready: VecDeque<Turn<J>>,
    /// Every lane that is in `ready` (once) or held by a thread, with what waits in it.
    lanes: BTreeMap<PathBuf, VecDeque<J>>,
    /// All jobs that wait: `len <= capacity`, but for jobs given back.
    len: usize,
    /// Threads that wait; nobody is woken in vain.
    waiting: usize,
    is_closed: bool,
}

#[derive(Debug)]
enum Turn<J> {
    Free(J),
    Lane(PathBuf),
}

impl<J> Queue<J> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                ready: VecDeque::new(),
                lanes: BTreeMap::new(),
                len: 0,
                waiting: 0,
                is_closed: false,
            }),
            wake: Condvar::new(),
            capacity,
        }
    }

    /// Adds a job; gives it back when the queue is full or closed.
    pub(super) fn push(&self, lane: Option<PathBuf>, job: J) -> Result<(), J> {
        let mut state = self.lock();
        if state.is_closed || state.len >= self.capacity {
            return Err(job);
        }
        state.len += 1;
        match lane {
            None => state.ready.push_back(Turn::Free(job)),
            Some(lane) => {
                if let Some(jobs) = state.lanes.get_mut(&lane) {
                    // It has its turn, or is held: then its thread sees to the rest.
                    jobs.push_back(job);
                    return Ok(());
                }
                state.lanes.insert(lane.clone(), VecDeque::from([job]));
                state.ready.push_back(Turn::Lane(lane));
            }
        }
        self.wake_one(&state);
        Ok(())
    }

    /// Waits for a job, for so long; `None`: as long as it takes.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next<J> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = state.take() {
                return Next::Job(taken);
            }
            if state.is_closed {
                return Next::Closed;
            }
            state.waiting += 1;
            let (again, is_late) = self.wait(state, patience);
            state = again;
            state.waiting -= 1;
            if is_late && state.ready.is_empty() && !state.is_closed {
                return Next::Idle;
            }
        }
    }

    /// Gives the lane back after a job of it was done; `more` is done next in the lane, when others
    /// have had their turn.
    pub(super) fn release(&self, lane: Option<PathBuf>, more: Option<J>) {
        let mut state = self.lock();
        let Some(lane) = lane else {
            if let Some(more) = more {
                state.len += 1;
                state.ready.push_back(Turn::Free(more));
            }
            return;
        };
        let Some(jobs) = state.lanes.get_mut(&lane) else {
            return;
        };
        let given_back = usize::from(more.is_some());
        if let Some(more) = more {
            jobs.push_front(more);
        }
        if jobs.is_empty() {
            state.lanes.remove(&lane);
        } else {
            state.ready.push_back(Turn::Lane(lane));
        }
        state.len += given_back;
        // Nobody is woken: the thread that released takes the next job itself.
    }

    /// Takes no more jobs; those that wait are still given out.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.wake.notify_all();
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State<J>>,
        patience: Option<Duration>,
    ) -> (MutexGuard<'a, State<J>>, bool) {
        let Some(patience) = patience else {
            let state = self.wake.wait(state);
            return (state.unwrap_or_else(PoisonError::into_inner), false);
        };
        let (state, timeout) = self
            .wake
            .wait_timeout(state, patience)
            .unwrap_or_else(PoisonError::into_inner);
        (state, timeout.timed_out())
    }

    fn wake_one(&self, state: &State<J>) {
        if state.waiting > 0 {
            self.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<J>> {
        // Nothing here panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> State<J> {
    fn take(&mut self) -> Option<Taken<J>> {
        while let Some(turn) = self.ready.pop_front() {
            match turn {
                Turn::Free(job) => {
                    self.len -= 1;
                    return Some(Taken { job, lane: None });
                }
                Turn::Lane(lane) => {
                    if let Some(job) = self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) {
                        self.len -= 1;
                        let lane = Some(lane);
                        return Some(Taken { job, lane });
                    }
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(queue: &Queue<u32>) -> Option<Taken<u32>> {
        match queue.next(Some(Duration::ZERO)) {
            Next::Job(taken) => Some(taken),
            Next::Idle | Next::Closed => None,
        }
    }

    #[test]
    fn a_lane_is_held_by_one_thread_at_a_time_and_keeps_its_order() {
        // [RS-17]
        let queue = Queue::new(8);
        let lane = || Some(PathBuf::from("a"));
        for n in [1, 2, 3] {
            queue.push(lane(), n).unwrap();
        }
        queue.push(None, 9).unwrap();
        let first = job(&queue).unwrap();
        assert_eq!(first.job, 1);
        let other = job(&queue).unwrap();
        assert_eq!((other.job, other.lane), (9, None));
        assert!(job(&queue).is_none(), "the lane is held");
        queue.release(first.lane, Some(11));
        let again = job(&queue).unwrap();
        assert_eq!(again.job, 11, "what was given back comes first");
        queue.release(again.lane, None);
        let second = job(&queue).unwrap();
        assert_eq!(second.job, 2);
        queue.push(lane(), 4).unwrap();
        queue.release(second.lane, None);
        for expected in [3, 4] {
            let taken = job(&queue).unwrap();
            assert_eq!(taken.job, expected);
            queue.release(taken.lane, None);
        }
        assert!(job(&queue).is_none());
    }

    #[test]
    fn a_full_queue_gives_jobs_back() {
        // [RS-22]
        let queue = Queue::new(2);
        queue.push(Some("a".into()), 1).unwrap();
        queue.push(None, 2).unwrap();
        assert_eq!(queue.push(None, 3), Err(3));
        assert_eq!(queue.push(Some("a".into()), 3), Err(3));
        job(&queue).unwrap();
        queue.push(None, 3).unwrap();
    }

    #[test]
    fn a_closed_queue_is_emptied_and_takes_nothing() {
        // [RS-17]
        let queue = Queue::new(2);
        queue.push(None, 1).unwrap();
        queue.close();
        assert_eq!(queue.push(None, 2), Err(2));
        assert_eq!(job(&queue).unwrap().job, 1);
        assert!(matches!(queue.next(None), Next::Closed));
    }
}
