//! People who are connected and say nothing: memory per connection, registrations a second, and the
//! CPU that keeping them alive takes.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::setup::{self, Setup};
use super::swarm::Swarm;
use super::{Mark, Outcome, Target, Unit};

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Idle {
    /// Connections.
    pub connections: usize,
    /// Seconds to hold them.
    pub seconds: f64,
}

/// Plays it.
///
/// # Errors
/// When the server refuses or closes, or file descriptors run out.
pub fn run(target: &Target, plan: &Idle) -> Result<Outcome> {
    ensure!(plan.connections >= 1, "there must be a connection to hold");
    let memory_before = target.pss_kib();
    let mut swarm = Swarm::new()?;
    let mut state = Setup::new(plan.connections);
    let begin = Mark::now(target, 0);
    setup::register(
        &mut swarm,
        target.address,
        setup::run_number(),
        plan.connections,
        &mut state,
    )?;
    let end = Mark::now(target, plan.connections as u64);
    let mut outcome = begin.until(&end, Unit::Registration);
    setup::settle(&mut swarm, &mut state)?;

    let (held, quiet) = (Instant::now(), target.cpu());
    while held.elapsed().as_secs_f64() < plan.seconds {
        swarm.poll(Duration::from_millis(50), &mut state)?;
    }
    if let (Some(before), Some(after)) = (quiet, target.cpu()) {
        let share = after.since(&before).total() / held.elapsed().as_secs_f64();
        outcome.more.push(("idle_cpu_percent", 100.0 * share));
    }
    if let (Some(before), Some(after)) = (memory_before, target.pss_kib()) {
        let each = after.saturating_sub(before) as f64 / plan.connections as f64;
        outcome.more.push(("pss_kib_each", each));
        outcome.more.push(("pss_kib_before", before as f64));
    }
    outcome.faults.closed = swarm.closed();
    Ok(outcome)
}
