//! Hub and baseline, measured in turns in the same run.
//!
//! The machine drifts (other work, clock, temperature), so what counts is the ratio inside a round; the
//! median over the rounds is reported. Who goes first alternates.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::generator::direct::Direct;
use crate::generator::fanout::Fanout;
use crate::generator::idle::Idle;
use crate::generator::relay::Relay;
use crate::generator::storm::Storm;
use crate::generator::{self, Outcome, Target};
use crate::histogram::median;
use crate::measure;
use crate::sequence::Faults;

/// The baseline ends by itself after this, whatever happens to the process that started it.
pub const BASELINE_LIMIT: Duration = Duration::from_secs(3600);

/// A scenario with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// 1 room of 100, one message at a time: nothing can be batched
    W1,
    /// 1 room of 100, 4 senders, window 16
    W16,
    /// 50 rooms of 20, 2 senders each, window 4
    Rooms,
    /// 1 room of 300, 4 senders, window 4
    Big,
    /// as w16 with messages of 400 bytes
    B400,
    /// 50 pairs, window 8
    D50,
    /// 1 room of 100 at 50,000 deliveries a second, open loop
    Latency,
    /// 5,000 connections that say nothing
    Idle,
    /// 300 people enter a room at once
    Storm,
    /// one file of 2 GiB
    Relay,
    /// 8 files of 256 MiB at once
    Relay8,
}

impl Scenario {
    /// All, in the order of the report.
    pub const ALL: [Scenario; 11] = [
        Scenario::W1,
        Scenario::W16,
        Scenario::Rooms,
        Scenario::Big,
        Scenario::B400,
        Scenario::D50,
        Scenario::Latency,
        Scenario::Idle,
        Scenario::Storm,
        Scenario::Relay,
        Scenario::Relay8,
    ];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Scenario::W1 => "w1",
            Scenario::W16 => "w16",
            Scenario::Rooms => "rooms",
            Scenario::Big => "big",
            Scenario::B400 => "b400",
            Scenario::D50 => "d50",
            Scenario::Latency => "latency",
            Scenario::Idle => "idle",
            Scenario::Storm => "storm",
            Scenario::Relay => "relay",
            Scenario::Relay8 => "relay8",
        }
    }

    /// Plays it against `target`, measuring for `seconds` where the scenario has a duration.
    ///
    /// # Errors
    /// As the scenario's own `run`.
    pub fn run(self, target: &Target, seconds: f64) -> Result<Outcome> {
        let fanout = Fanout {
            rooms: 1,
            members: 100,
            senders: 4,
            window: 16,
            bytes: 64,
            seconds,
            rate: None,
        };
        let plan = match self {
            Scenario::W1 => Fanout {
                senders: 1,
                window: 1,
                ..fanout
            },
            Scenario::W16 => fanout,
            Scenario::Rooms => Fanout {
                rooms: 50,
                members: 20,
                senders: 2,
                window: 4,
                ..fanout
            },
            Scenario::Big => Fanout {
                members: 300,
                window: 4,
                ..fanout
            },
            Scenario::B400 => Fanout {
                bytes: 400,
                ..fanout
            },
            Scenario::Latency => Fanout {
                rate: Some(50_000.0),
                ..fanout
            },
            Scenario::D50 => {
                let plan = Direct {
                    pairs: 50,
                    window: 8,
                    bytes: 64,
                    seconds,
                };
                return generator::direct::run(target, &plan);
            }
            Scenario::Idle => {
                let plan = Idle {
                    connections: 5000,
                    seconds,
                };
                return generator::idle::run(target, &plan);
            }
            Scenario::Storm => return generator::storm::run(target, &Storm { people: 300 }),
            Scenario::Relay => {
                return generator::relay::run(
                    target,
                    &Relay {
                        pairs: 1,
                        mib: 2048,
                    },
                );
            }
            Scenario::Relay8 => {
                return generator::relay::run(target, &Relay { pairs: 8, mib: 256 });
            }
        };
        generator::fanout::run(target, &plan)
    }
}

/// One round: the same scenario against both.
#[derive(Debug, Clone)]
pub struct Round {
    /// The hub's.
    pub hub: Outcome,
    /// The baseline's.
    pub baseline: Outcome,
}

/// What the rounds of a scenario say together. Ratios are hub / baseline, medians over the rounds.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What was played.
    pub scenario: Scenario,
    /// Every round.
    pub rounds: Vec<Round>,
}

impl Comparison {
    /// Server CPU per unit.
    pub fn cost_ratio(&self) -> Option<f64> {
        self.ratio(Outcome::cost)
    }

    /// Units a second.
    pub fn rate_ratio(&self) -> Option<f64> {
        self.ratio(|outcome| Some(outcome.rate()))
    }

    /// Median latency.
    pub fn latency_ratio(&self) -> Option<f64> {
        self.ratio(|outcome| Some(outcome.latency_us?.0))
    }

    /// The median of a figure over the hub's rounds.
    pub fn hub(&self, figure: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
        median(&each(&self.rounds, |round| figure(&round.hub)))
    }

    /// The median of a figure over the baseline's rounds.
    pub fn baseline(&self, figure: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
        median(&each(&self.rounds, |round| figure(&round.baseline)))
    }

    /// Everything wrong in any round of the hub.
    pub fn faults(&self) -> Faults {
        let mut sum = Faults::default();
        for round in &self.rounds {
            sum.add(&round.hub.faults);
        }
        sum
    }

    fn ratio(&self, figure: impl Fn(&Outcome) -> Option<f64>) -> Option<f64> {
        median(&each(&self.rounds, |round| {
            Some(figure(&round.hub)? / figure(&round.baseline)?)
        }))
    }
}

fn each(rounds: &[Round], figure: impl Fn(&Round) -> Option<f64>) -> Vec<f64> {
    rounds.iter().filter_map(figure).collect()
}

/// Plays `scenario` in `rounds` rounds, calling `after` with each.
///
/// # Errors
/// When a run fails.
pub fn run(
    scenario: Scenario,
    hub: &Target,
    baseline: &Target,
    rounds: usize,
    seconds: f64,
    mut after: impl FnMut(usize, &Round),
) -> Result<Comparison> {
    let play = |target: &Target, who: &str| {
        scenario
            .run(target, seconds)
            .with_context(|| format!("{} against the {who} failed", scenario.name()))
    };
    let mut done = Vec::new();
    for number in 0..rounds {
        let round = if number % 2 == 0 {
            let baseline = play(baseline, "baseline")?;
            let hub = play(hub, "hub")?;
            Round { hub, baseline }
        } else {
            let hub = play(hub, "hub")?;
            let baseline = play(baseline, "baseline")?;
            Round { hub, baseline }
        };
        after(number, &round);
        done.push(round);
    }
    Ok(Comparison {
        scenario,
        rounds: done,
    })
}

/// The baseline as a child process; ended when dropped.
#[derive(Debug)]
pub struct BaselineProcess {
    child: Child,
    address: SocketAddr,
}

impl BaselineProcess {
    /// Starts this same program's `baseline` on the cores that the hub may use.
    ///
    /// # Errors
    /// When it cannot be started or does not say where it listens.
    pub fn start(hub_pid: u32) -> Result<Self> {
        let program = std::env::current_exe().context("failed to find this program's own file")?;
        let cores = measure::allowed_cpus(hub_pid);
        let own = measure::allowed_cpus(std::process::id());
        let mut command = match cores.filter(|cores| Some(cores) != own.as_ref()) {
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &cores]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let mut child = command
            .args(["baseline", "--listen", "127.0.0.1:0", "--limit-s"])
            .arg(BASELINE_LIMIT.as_secs().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start the baseline (is `taskset` installed?)")?;
        let address = child.stdout.take().and_then(|out| {
            let mut line = String::new();
            BufReader::new(out).read_line(&mut line).ok()?;
            line.trim().strip_prefix("listening cs494 ")?.parse().ok()
        });
        match address {
            Some(address) => Ok(BaselineProcess { child, address }),
            None => {
                drop(child.kill());
                drop(child.wait());
                bail!("the baseline did not say where it listens")
            }
        }
    }

    /// Where and which process it is.
    pub fn target(&self) -> Target {
        Target {
            address: self.address,
            pid: Some(self.child.id()),
        }
    }
}

impl Drop for BaselineProcess {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
