//! Pairs of people who write to each other: every question is answered. Latency is the round trip.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::setup::{self, Setup};
use super::swarm::{Handler, Swarm};
use super::{DRAIN_LIMIT, Mark, Outcome, Target, Unit, WARM_UP, latency_us, nanos};
use crate::frames::{self, Frame, NAME, kind};
use crate::histogram::Histogram;
use crate::sequence::{Checker, Faults};
use crate::stamp::{self, Stamp};

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Direct {
    /// Pairs.
    pub pairs: usize,
    /// Questions of a pair without an answer.
    pub window: u32,
    /// Bytes of a message, without its closing NUL.
    pub bytes: usize,
    /// Seconds of measuring.
    pub seconds: f64,
}

/// Plays it. Client `2n` asks, client `2n + 1` answers.
///
/// # Errors
/// When the numbers make no sense, or the server refuses, closes or stalls before measuring.
pub fn run(target: &Target, plan: &Direct) -> Result<Outcome> {
    ensure!(
        plan.pairs >= 1 && plan.pairs * 2 <= usize::from(u16::MAX),
        "there must be 1 to {} pairs",
        u16::MAX / 2
    );
    ensure!(
        plan.bytes >= stamp::LENGTH,
        "a message must have at least {} bytes",
        stamp::LENGTH
    );
    let people = plan.pairs * 2;
    let run = setup::run_number();
    let mut swarm = Swarm::new()?;
    let mut state = Setup::new(people);
    setup::register(&mut swarm, target.address, run, people, &mut state)?;
    setup::settle(&mut swarm, &mut state)?;

    let epoch = Instant::now();
    let mut ears = Ears {
        checker: Checker::new(people, 1),
        faults: Faults::default(),
        questions: Vec::new(),
        answered: vec![0; plan.pairs],
        total: 0,
        times: Histogram::default(),
        measuring: false,
        epoch,
        now: 0,
    };
    let mut pen = Pen::new(plan, people);
    let mut begin = None;
    let started = Instant::now();
    let stop = WARM_UP + Duration::from_secs_f64(plan.seconds);
    let mut asking = true;
    let mut end = None;
    loop {
        let elapsed = started.elapsed();
        if begin.is_none() && elapsed >= WARM_UP {
            ears.measuring = true;
            begin = Some(Mark::now(target, ears.total));
        }
        if asking && elapsed >= stop {
            asking = false;
            ears.measuring = false;
            end = Some(Mark::now(target, ears.total));
        }
        if asking {
            let now = nanos(epoch);
            for pair in 0..plan.pairs {
                let under_way = pen.sent[2 * pair] - ears.answered[pair].min(pen.sent[2 * pair]);
                for _ in under_way..plan.window {
                    pen.write(&mut swarm, 2 * pair, now);
                }
                pen.post(&mut swarm, 2 * pair);
            }
        }
        let wanted: u64 = pen.sent.iter().map(|sent| u64::from(*sent)).sum();
        let done = !asking && ears.total >= wanted && ears.questions.is_empty();
        if done || elapsed > stop + DRAIN_LIMIT || swarm.closed() > 0 {
            ears.faults.lost = wanted.saturating_sub(ears.total);
            break;
        }
        swarm.poll(Duration::from_millis(5), &mut ears)?;
        pen.answer(&mut swarm, &mut ears.questions);
    }
    let end = end.unwrap_or_else(|| Mark::now(target, ears.total));
    let begin = begin.unwrap_or_else(|| Mark::now(target, ears.total));
    let mut outcome = begin.until(&end, Unit::Delivery);
    outcome.latency_us = latency_us(&ears.times);
    outcome.faults = ears.faults;
    outcome.faults.closed = swarm.closed();
    Ok(outcome)
}

struct Ears {
    checker: Checker,
    faults: Faults,
    /// Who was asked, and when the question was written.
    questions: Vec<(usize, u64)>,
    answered: Vec<u32>,
    total: u64,
    times: Histogram,
    measuring: bool,
    epoch: Instant,
    now: u64,
}

impl Handler for Ears {
    #[inline]
    fn batch(&mut self) {
        self.now = nanos(self.epoch);
    }

    #[inline]
    fn frame(&mut self, client: usize, frame: Frame<'_>) {
        if frame.kind != kind::DIRECT_MESSAGE {
            return;
        }
        let stamp = frame.payload.get(NAME..).and_then(Stamp::read);
        let Some(stamp) = stamp.filter(|stamp| usize::from(stamp.sender) == client ^ 1) else {
            self.faults.strays += 1;
            return;
        };
        self.total += 1;
        self.checker
            .note(client, 0, stamp.sequence, &mut self.faults);
        if client % 2 == 1 {
            self.questions.push((client, stamp.nanos));
        } else {
            self.answered[client / 2] += 1;
            if self.measuring {
                self.times.add(self.now.saturating_sub(stamp.nanos));
            }
        }
    }
}

struct Pen {
    sent: Vec<u32>,
    text: Vec<u8>,
    packets: Vec<u8>,
}

impl Pen {
    fn new(plan: &Direct, people: usize) -> Self {
        let mut text = vec![b'.'; plan.bytes + 1];
        text[plan.bytes] = 0;
        Pen {
            sent: vec![0; people],
            text,
            packets: Vec::new(),
        }
    }

    /// One message more from `client` to its partner, not posted yet.
    fn write(&mut self, swarm: &mut Swarm, client: usize, nanos: u64) {
        self.sent[client] += 1;
        let stamp = Stamp {
            sender: client as u16,
            sequence: self.sent[client],
            nanos,
        };
        stamp.write(&mut self.text);
        frames::put(
            kind::DIRECT_MESSAGE,
            &[swarm.name(client ^ 1), &self.text],
            &mut self.packets,
        );
    }

    fn post(&mut self, swarm: &mut Swarm, client: usize) {
        if !self.packets.is_empty() {
            swarm.send(client, &self.packets);
            self.packets.clear();
        }
    }

    /// Answers all questions, those of one client in one send; an answer carries its question's time.
    fn answer(&mut self, swarm: &mut Swarm, questions: &mut Vec<(usize, u64)>) {
        let mut all = questions.drain(..).peekable();
        while let Some((client, asked)) = all.next() {
            self.write(swarm, client, asked);
            if all.peek().is_none_or(|(next, _)| *next != client) {
                self.post(swarm, client);
            }
        }
    }
}
