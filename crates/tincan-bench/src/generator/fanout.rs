//! Rooms full of people of whom some speak: the scenario that a chat server exists for.
//!
//! Closed loop: each sender keeps a window of messages that not everybody has received yet. Open loop
//! (`rate`): messages are due at fixed instants whether or not the server keeps up, and latency is
//! counted from the instant a message was due, so that a stall shows in every message it delayed.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::setup::{self, Setup};
use super::swarm::{Handler, Swarm};
use super::{DRAIN_LIMIT, Mark, Outcome, Target, Unit, WARM_UP, latency_us, nanos};
use crate::frames::{self, Frame, NAME, NameField, kind};
use crate::histogram::Histogram;
use crate::sequence::{Checker, Faults};
use crate::stamp::{self, Stamp};

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Fanout {
    /// Rooms.
    pub rooms: usize,
    /// People in each.
    pub members: usize,
    /// Those of each room who speak.
    pub senders: usize,
    /// Messages of a sender under way (closed loop).
    pub window: u32,
    /// Bytes of a message, without its closing NUL.
    pub bytes: usize,
    /// Seconds of measuring.
    pub seconds: f64,
    /// Deliveries a second (open loop); `None` is the closed loop.
    pub rate: Option<f64>,
}

/// Plays it.
///
/// # Errors
/// When the numbers make no sense, or the server refuses, closes or stalls before measuring.
pub fn run(target: &Target, plan: &Fanout) -> Result<Outcome> {
    ensure!(
        plan.senders >= 1 && plan.senders <= plan.members,
        "there must be 1 to {} senders a room",
        plan.members
    );
    ensure!(
        plan.rooms >= 1 && plan.rooms * plan.senders <= usize::from(u16::MAX),
        "there must be 1 to {} senders in all",
        u16::MAX
    );
    ensure!(
        plan.bytes >= stamp::LENGTH,
        "a message must have at least {} bytes",
        stamp::LENGTH
    );
    let people = plan.rooms * plan.members;
    let run = setup::run_number();
    let mut swarm = Swarm::new()?;
    let mut state = Setup::new(people);
    setup::register(&mut swarm, target.address, run, people, &mut state)?;
    setup::join(&mut swarm, people, &mut state, |client| {
        setup::room(run, client / plan.members)
    })?;
    setup::settle(&mut swarm, &mut state)?;

    let epoch = Instant::now();
    let mut ears = Ears::new(plan, epoch);
    let mut mouths = Mouths::new(plan, run);
    let mut outcome = match plan.rate {
        None => closed_loop(target, plan, &mut swarm, &mut ears, &mut mouths)?,
        Some(rate) => open_loop(target, plan, rate, &mut swarm, &mut ears, &mut mouths)?,
    };

    let wanted = mouths.total() * plan.members as u64;
    let end = Instant::now() + DRAIN_LIMIT;
    while ears.total < wanted && Instant::now() < end && swarm.closed() == 0 {
        swarm.poll(Duration::from_millis(10), &mut ears)?;
    }
    outcome.latency_us = latency_us(&ears.times);
    outcome.faults = ears.faults;
    outcome.faults.lost = wanted.saturating_sub(ears.total);
    outcome.faults.closed = swarm.closed();
    Ok(outcome)
}

fn closed_loop(
    target: &Target,
    plan: &Fanout,
    swarm: &mut Swarm,
    ears: &mut Ears,
    mouths: &mut Mouths,
) -> Result<Outcome> {
    let mut begin = None;
    let started = Instant::now();
    let seconds = Duration::from_secs_f64(plan.seconds);
    loop {
        let now = nanos(ears.epoch);
        for sender in 0..mouths.sent.len() {
            let heard = ears.heard[sender] / plan.members as u64;
            let under_way = u64::from(mouths.sent[sender]).saturating_sub(heard);
            let more = u64::from(plan.window).saturating_sub(under_way);
            if more > 0 {
                mouths.speak(swarm, sender, more as u32, now);
            }
        }
        swarm.poll(Duration::from_millis(5), ears)?;
        let elapsed = started.elapsed();
        if begin.is_none() && elapsed >= WARM_UP {
            ears.measuring = true;
            begin = Some(Mark::now(target, ears.total));
        }
        if elapsed >= WARM_UP + seconds || swarm.closed() > 0 {
            break;
        }
    }
    ears.measuring = false;
    let end = Mark::now(target, ears.total);
    let begin = begin.unwrap_or_else(|| Mark::now(target, ears.total));
    Ok(begin.until(&end, Unit::Delivery))
}

fn open_loop(
    target: &Target,
    plan: &Fanout,
    rate: f64,
    swarm: &mut Swarm,
    ears: &mut Ears,
    mouths: &mut Mouths,
) -> Result<Outcome> {
    ensure!(rate >= 1.0, "a rate must be at least one delivery a second");
    let gap = 1e9 * plan.members as f64 / rate;
    let first = nanos(ears.epoch);
    let warm = first + WARM_UP.as_nanos() as u64;
    let stop = warm + (plan.seconds * 1e9) as u64;
    let mut begin = None;
    let mut number = 0_u64;
    loop {
        let now = nanos(ears.epoch);
        if now >= stop || swarm.closed() > 0 {
            break;
        }
        if begin.is_none() && now >= warm {
            ears.measuring = true;
            begin = Some(Mark::now(target, ears.total));
        }
        loop {
            let due = first + (number as f64 * gap) as u64;
            if due > now {
                break;
            }
            let sender = (number % mouths.sent.len() as u64) as usize;
            mouths.speak(swarm, sender, 1, due);
            number += 1;
        }
        // Busy: the generator has its own core, and its waking up would be part of the latency.
        swarm.poll(Duration::ZERO, ears)?;
    }
    let end = Mark::now(target, ears.total);
    let begin = begin.unwrap_or_else(|| Mark::now(target, ears.total));
    Ok(begin.until(&end, Unit::Delivery))
}

/// Hears everything: counts, checks order, takes times.
struct Ears {
    senders: usize,
    members: usize,
    checker: Checker,
    faults: Faults,
    /// Deliveries by sender.
    heard: Vec<u64>,
    total: u64,
    times: Histogram,
    measuring: bool,
    epoch: Instant,
    now: u64,
}

impl Ears {
    fn new(plan: &Fanout, epoch: Instant) -> Self {
        Ears {
            senders: plan.senders,
            members: plan.members,
            checker: Checker::new(plan.rooms * plan.members, plan.senders),
            faults: Faults::default(),
            heard: vec![0; plan.rooms * plan.senders],
            total: 0,
            times: Histogram::default(),
            measuring: false,
            epoch,
            now: 0,
        }
    }
}

impl Handler for Ears {
    #[inline]
    fn batch(&mut self) {
        self.now = nanos(self.epoch);
    }

    #[inline]
    fn frame(&mut self, client: usize, frame: Frame<'_>) {
        if frame.kind != kind::POST_MESSAGE {
            return;
        }
        let stamp = frame.payload.get(2 * NAME..).and_then(Stamp::read);
        let Some(stamp) = stamp.filter(|stamp| {
            let sender = usize::from(stamp.sender);
            sender < self.heard.len() && sender / self.senders == client / self.members
        }) else {
            self.faults.strays += 1;
            return;
        };
        let sender = usize::from(stamp.sender);
        self.checker.note(
            client,
            sender % self.senders,
            stamp.sequence,
            &mut self.faults,
        );
        self.heard[sender] += 1;
        self.total += 1;
        if self.measuring {
            self.times.add(self.now.saturating_sub(stamp.nanos));
        }
    }
}

/// Speaks: the first `senders` clients of each room.
struct Mouths {
    rooms: Vec<NameField>,
    senders: usize,
    members: usize,
    /// Messages by sender.
    sent: Vec<u32>,
    text: Vec<u8>,
    packets: Vec<u8>,
}

impl Mouths {
    fn new(plan: &Fanout, run: u32) -> Self {
        let mut text = vec![b'.'; plan.bytes + 1];
        text[plan.bytes] = 0;
        Mouths {
            rooms: (0..plan.rooms).map(|n| setup::room(run, n)).collect(),
            senders: plan.senders,
            members: plan.members,
            sent: vec![0; plan.rooms * plan.senders],
            text,
            packets: Vec::new(),
        }
    }

    fn total(&self) -> u64 {
        self.sent.iter().map(|sent| u64::from(*sent)).sum()
    }

    fn speak(&mut self, swarm: &mut Swarm, sender: usize, count: u32, nanos: u64) {
        let room = sender / self.senders;
        let client = room * self.members + sender % self.senders;
        self.packets.clear();
        for _ in 0..count {
            self.sent[sender] += 1;
            let stamp = Stamp {
                sender: sender as u16,
                sequence: self.sent[sender],
                nanos,
            };
            stamp.write(&mut self.text);
            frames::put(
                kind::SEND_MESSAGE,
                &[&self.rooms[room], &self.text],
                &mut self.packets,
            );
        }
        swarm.send(client, &self.packets);
    }
}
