//! Everybody enters one room at once; over when everybody knows of everybody.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::setup::{self, Setup};
use super::swarm::Swarm;
use super::{Mark, Outcome, SETUP_LIMIT, Target, Unit};
use crate::frames::{self, kind};

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Storm {
    /// People who enter.
    pub people: usize,
}

/// Plays it.
///
/// # Errors
/// When the server refuses, closes, or has not told everybody within [`SETUP_LIMIT`].
pub fn run(target: &Target, plan: &Storm) -> Result<Outcome> {
    ensure!(plan.people >= 1, "there must be somebody to enter");
    let run = setup::run_number();
    let mut swarm = Swarm::new()?;
    let mut state = Setup::new(plan.people);
    setup::register(&mut swarm, target.address, run, plan.people, &mut state)?;
    setup::settle(&mut swarm, &mut state)?;

    let mut packet = Vec::new();
    frames::put(kind::ENTER_ROOM, &[&setup::room(run, 0)], &mut packet);
    let begin = Mark::now(target, 0);
    for client in 0..plan.people {
        swarm.send(client, &packet);
    }
    let limit = Instant::now() + SETUP_LIMIT;
    while state.informed(plan.people) < plan.people {
        swarm.poll(Duration::from_millis(10), &mut state)?;
        ensure!(
            Instant::now() < limit && swarm.closed() == 0,
            "{} of {} know the whole room, {} closed by the server",
            state.informed(plan.people),
            plan.people,
            swarm.closed()
        );
    }
    let end = Mark::now(target, plan.people as u64);
    let mut outcome = begin.until(&end, Unit::Join);
    outcome.more.push(("milliseconds", outcome.seconds * 1e3));
    outcome.more.push(("listings", state.listings as f64));
    Ok(outcome)
}
