//! The clients and the scenarios they play.
//!
//! One thread drives all connections of a scenario ([`swarm`]). Each scenario registers its people,
//! waits until the hub is quiet, measures between two instants, then waits for what is still under
//! way, so that loss is told from lateness.

pub mod direct;
pub mod fanout;
pub mod idle;
pub mod relay;
pub mod setup;
pub mod storm;
pub mod swarm;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::histogram::Histogram;
use crate::measure::Cpu;
use crate::sequence::Faults;

/// How long a scenario may wait for people to register or join.
pub const SETUP_LIMIT: Duration = Duration::from_secs(60);
/// How long a scenario waits for deliveries under way after its last message.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// Not measured: the time in which windows fill and buffers grow.
pub const WARM_UP: Duration = Duration::from_millis(500);
/// The kernel counts CPU time in steps of 10 ms; of less than five steps nothing is said.
const LEAST_CPU: f64 = 0.05;

/// The server under test.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its cs494 listener, on this machine.
    pub address: SocketAddr,
    /// Its process, for CPU time and memory.
    pub pid: Option<u32>,
}

impl Target {
    /// The server's CPU time so far.
    pub fn cpu(&self) -> Option<Cpu> {
        Cpu::of(self.pid?)
    }

    /// The server's memory, KiB.
    pub fn pss_kib(&self) -> Option<u64> {
        crate::measure::pss_kib(self.pid?)
    }
}

/// What a scenario counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// One message received by one client.
    Delivery,
    /// One connection that has a name.
    Registration,
    /// One member more in the room.
    Join,
    /// One packet of file data received.
    Chunk,
}

impl Unit {
    /// In the plural, for tables.
    pub fn plural(self) -> &'static str {
        match self {
            Unit::Delivery => "deliveries",
            Unit::Registration => "registrations",
            Unit::Join => "joins",
            Unit::Chunk => "chunks",
        }
    }
}

/// What one run of one scenario gave.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was counted.
    pub unit: Unit,
    /// How many, between the two instants of measuring.
    pub count: u64,
    /// Seconds between them.
    pub seconds: f64,
    /// The server's CPU time between them.
    pub cpu: Option<Cpu>,
    /// The generator's own: near one core means that the generator was the limit.
    pub generator: Option<Cpu>,
    /// Median and 99th percentile of the latency, microseconds.
    pub latency_us: Option<(f64, f64)>,
    /// Everything that must not happen.
    pub faults: Faults,
    /// More figures, by name.
    pub more: Vec<(&'static str, f64)>,
}

impl Outcome {
    /// Units a second.
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.seconds
    }

    /// Server CPU-seconds per million units; `None` where the time is too short to be told from
    /// the grain of the clock.
    pub fn cost(&self) -> Option<f64> {
        let cpu = self.cpu?.total();
        (self.count > 0 && cpu >= LEAST_CPU).then(|| cpu * 1e6 / self.count as f64)
    }
}

/// Clock and both CPU readings at one instant.
#[derive(Debug)]
struct Mark {
    at: Instant,
    server: Option<Cpu>,
    generator: Option<Cpu>,
    count: u64,
}

impl Mark {
    fn now(target: &Target, count: u64) -> Self {
        Mark {
            at: Instant::now(),
            server: target.cpu(),
            generator: Cpu::of(std::process::id()),
            count,
        }
    }

    /// The outcome from this mark to a later one, without latency and faults.
    fn until(&self, end: &Mark, unit: Unit) -> Outcome {
        let between = |a: &Option<Cpu>, b: &Option<Cpu>| Some(b.as_ref()?.since(a.as_ref()?));
        Outcome {
            unit,
            count: end.count - self.count,
            seconds: (end.at - self.at).as_secs_f64(),
            cpu: between(&self.server, &end.server),
            generator: between(&self.generator, &end.generator),
            latency_us: None,
            faults: Faults::default(),
            more: Vec::new(),
        }
    }
}

/// Median and 99th percentile, if anything was counted.
fn latency_us(times: &Histogram) -> Option<(f64, f64)> {
    Some((times.quantile_us(0.5)?, times.quantile_us(0.99)?))
}

/// Nanoseconds since `epoch`, the clock of stamps.
#[inline]
fn nanos(epoch: Instant) -> u64 {
    epoch.elapsed().as_nanos() as u64
}
