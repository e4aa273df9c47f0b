//! The command line of the load generator; see the library for what is measured and why.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Args, Parser, Subcommand};

use tincan_bench::compare::{self, BaselineProcess, Scenario};
use tincan_bench::friends::{self, Bare};
use tincan_bench::generator::direct::Direct;
use tincan_bench::generator::fanout::Fanout;
use tincan_bench::generator::idle::Idle;
use tincan_bench::generator::relay::Relay;
use tincan_bench::generator::storm::Storm;
use tincan_bench::generator::{self, Outcome, Target};
use tincan_bench::histogram::median;
use tincan_bench::{baseline, hashing, loopback, micro, report};

/// Measures a cs494 hub on this machine.
#[derive(Parser)]
#[command(name = "tincan-bench", version, about)]
#[command(after_help = "Put server and generator on different cores:\n  \
    taskset -c 0 tincan serve … &  taskset -c 1 tincan-bench compare --hub 127.0.0.1:17734 --hub-pid $!")]
struct Cli {
    /// JSON, one object a line, instead of text
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Rooms full of people of whom some speak
    Fanout {
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 1)]
        rooms: usize,
        /// People in each room
        #[arg(long, default_value_t = 100)]
        members: usize,
        /// Those of each room who speak
        #[arg(long, default_value_t = 4)]
        senders: usize,
        /// Messages of a sender that not everybody has yet
        #[arg(long, default_value_t = 16)]
        window: u32,
        /// Bytes of a message
        #[arg(long, default_value_t = 64)]
        bytes: usize,
        #[command(flatten)]
        time: Time,
        /// Deliveries a second at fixed instants, instead of as fast as they come back
        #[arg(long)]
        rate: Option<f64>,
    },
    /// Pairs of people who write to each other
    Direct {
        #[command(flatten)]
        server: Server,
        #[arg(long, default_value_t = 50)]
        pairs: usize,
        /// Questions of a pair without an answer
        #[arg(long, default_value_t = 8)]
        window: u32,
        /// Bytes of a message
        #[arg(long, default_value_t = 64)]
        bytes: usize,
        #[command(flatten)]
        time: Time,
    },
    /// Connections that say nothing: memory, registrations a second
    Idle {
        #[command(flatten)]
        server: Server,
        /// Connections
        #[arg(short, long, default_value_t = 1000)]
        n: usize,
        #[command(flatten)]
        time: Time,
    },
    /// Everybody enters one room at once
    Storm {
        #[command(flatten)]
        server: Server,
        /// People
        #[arg(short, long, default_value_t = 300)]
        n: usize,
    },
    /// Files through the hub
    Relay {
        #[command(flatten)]
        server: Server,
        /// Transfers at once
        #[arg(long, default_value_t = 1)]
        pairs: usize,
        /// MiB of each
        #[arg(long, default_value_t = 512)]
        mib: u32,
    },
    /// The relay to compare with: checks nothing, one send per member and round
    Baseline {
        /// Where to listen, on this machine
        #[arg(long, value_parser = loopback, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Ends by itself after this many seconds
        #[arg(long, default_value_t = compare::BASELINE_LIMIT.as_secs())]
        limit_s: u64,
    },
    /// Instructions of single steps, counted by valgrind's callgrind (which must be installed)
    Micro {
        /// Only those whose name contains this
        filter: Option<String>,
        /// Runs one step so many times and says nothing: what callgrind is pointed at
        #[arg(long, hide = true)]
        times: Option<u32>,
    },
    /// Hashing of a shared file and SHA-1 of the same bytes in memory in turns, and the ratios
    Hashing {
        /// MiB of the file
        #[arg(long, default_value_t = 512)]
        mib: usize,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Where the file is made, and removed again; the system's folder for such files if not given
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// A file from friend to friend and the same bytes through bare TLS streams in turns, and the ratios
    Friends {
        /// MiB of the file
        #[arg(long, default_value_t = 512)]
        mib: usize,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Where the files are made, and removed again; the system's folder for such files if not given
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// A hub and the baseline in turns, and the ratios
    Compare {
        /// The hub's cs494 listener, on this machine
        #[arg(long, value_parser = loopback)]
        hub: SocketAddr,
        /// The hub's process
        #[arg(long)]
        hub_pid: u32,
        /// Which scenarios; all if not given
        #[arg(long, value_enum, value_delimiter = ',')]
        scenario: Vec<Scenario>,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        #[command(flatten)]
        time: Time,
    },
}

#[derive(Args)]
struct Server {
    /// The server's cs494 listener, on this machine
    #[arg(long, value_parser = loopback, default_value = "127.0.0.1:17734")]
    addr: SocketAddr,
    /// The server's process, to read its CPU time and memory
    #[arg(long)]
    pid: Option<u32>,
}

#[derive(Args)]
struct Time {
    /// Seconds of measuring, at most 600
    #[arg(long, default_value_t = 3.0)]
    secs: f64,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when stderr is closed.
            drop(writeln!(std::io::stderr(), "tincan-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<ExitCode> {
    // Ten thousand connections need more than the usual soft limit; the hard one cannot be passed.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let (name, outcome) = match &cli.command {
        Verb::Fanout {
            server,
            rooms,
            members,
            senders,
            window,
            bytes,
            time,
            rate,
        } => {
            let plan = Fanout {
                rooms: *rooms,
                members: *members,
                senders: *senders,
                window: *window,
                bytes: *bytes,
                seconds: time.checked()?,
                rate: *rate,
            };
            ("fanout", generator::fanout::run(&server.target(), &plan)?)
        }
        Verb::Direct {
            server,
            pairs,
            window,
            bytes,
            time,
        } => {
            let plan = Direct {
                pairs: *pairs,
                window: *window,
                bytes: *bytes,
                seconds: time.checked()?,
            };
            ("direct", generator::direct::run(&server.target(), &plan)?)
        }
        Verb::Idle { server, n, time } => {
            let plan = Idle {
                connections: *n,
                seconds: time.checked()?,
            };
            ("idle", generator::idle::run(&server.target(), &plan)?)
        }
        Verb::Storm { server, n } => {
            let plan = Storm { people: *n };
            ("storm", generator::storm::run(&server.target(), &plan)?)
        }
        Verb::Relay { server, pairs, mib } => {
            let plan = Relay {
                pairs: *pairs,
                mib: *mib,
            };
            ("relay", generator::relay::run(&server.target(), &plan)?)
        }
        Verb::Baseline { listen, limit_s } => {
            baseline::serve(*listen, Duration::from_secs(*limit_s), |address| {
                let mut out = std::io::stdout().lock();
                // A closed stdout only means that nobody wants to know.
                drop(writeln!(out, "listening cs494 {address}"));
                drop(out.flush());
            })?;
            return Ok(ExitCode::SUCCESS);
        }
        Verb::Micro {
            filter,
            times: Some(times),
        } => {
            micro::play(filter.as_deref().unwrap_or_default(), *times)?;
            return Ok(ExitCode::SUCCESS);
        }
        Verb::Micro {
            filter,
            times: None,
        } => {
            count_steps(cli.json, filter.as_deref().unwrap_or_default())?;
            return Ok(ExitCode::SUCCESS);
        }
        Verb::Hashing {
            mib,
            rounds,
            folder,
        } => {
            let folder = folder.clone().unwrap_or_else(std::env::temp_dir);
            compare_hashing(cli.json, &folder, *mib, *rounds)?;
            return Ok(ExitCode::SUCCESS);
        }
        Verb::Friends {
            mib,
            rounds,
            folder,
        } => {
            let folder = folder.clone().unwrap_or_else(std::env::temp_dir);
            compare_friends(cli.json, &folder, *mib, *rounds)?;
            return Ok(ExitCode::SUCCESS);
        }
        Verb::Compare {
            hub,
            hub_pid,
            scenario,
            rounds,
            time,
        } => {
            let hub = Target {
                address: *hub,
                pid: Some(*hub_pid),
            };
            return compare_all(cli.json, &hub, scenario, *rounds, time.checked()?);
        }
    };
    print_outcome(cli.json, name, &outcome)?;
    Ok(code(outcome.faults.total()))
}

fn compare_all(
    json: bool,
    hub: &Target,
    scenarios: &[Scenario],
    rounds: usize,
    seconds: f64,
) -> Result<ExitCode> {
    ensure!(rounds >= 1, "there must be a round");
    ensure!(
        hub.cpu().is_some(),
        "process {} cannot be read under /proc",
        hub.pid.unwrap_or_default()
    );
    let process = BaselineProcess::start(hub.pid.unwrap_or_default())?;
    let baseline = process.target();
    let chosen = if scenarios.is_empty() {
        &Scenario::ALL
    } else {
        scenarios
    };
    let mut out = std::io::stdout().lock();
    let mut all = Vec::new();
    for scenario in chosen {
        let comparison = compare::run(
            *scenario,
            hub,
            &baseline,
            rounds,
            seconds,
            |number, round| {
                // A report that cannot be written must not end the measuring; the table will tell.
                drop(if json {
                    writeln!(
                        out,
                        "{}",
                        report::round_json(scenario.name(), number, round)
                    )
                } else {
                    write_round(scenario.name(), number, round)
                });
            },
        )?;
        if json {
            writeln!(out, "{}", report::comparison_json(&comparison))?;
        }
        all.push(comparison);
    }
    if !json {
        report::write_table(&mut out, &all)?;
    }
    Ok(code(all.iter().map(|c| c.faults().total()).sum()))
}

fn count_steps(json: bool, filter: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for step in micro::STEPS
        .iter()
        .filter(|step| step.name.contains(filter))
    {
        let count = micro::count(step)?;
        if json {
            let name = step.name;
            writeln!(
                out,
                "{}",
                serde_json::json!({ "step": name, "instructions": count })
            )?;
        } else {
            writeln!(
                out,
                "{:<28} {count:>9.0} instructions  {}",
                step.name, step.what
            )?;
        }
    }
    Ok(())
}

fn compare_hashing(json: bool, folder: &Path, mib: usize, rounds: usize) -> Result<()> {
    let rate = |run: &hashing::Run| (mib << 20) as f64 / 1e6 / run.seconds;
    let mut out = std::io::stdout().lock();
    hashing::run(folder, mib, rounds, |round| {
        let (memory, file) = (rate(&round.memory), rate(&round.file));
        let (time, cpu) = (round.time_ratio(), round.cpu_ratio());
        // A report that cannot be written must not end the measuring.
        drop(if json {
            let object = serde_json::json!({
                "sha1_mb_per_s": memory,
                "file_mb_per_s": file,
                "time_ratio": time,
                "cpu_ratio": cpu,
            });
            writeln!(out, "{object}")
        } else {
            let cpu = cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.2}"));
            writeln!(
                out,
                "SHA-1 in memory {memory:.0} MB/s, a file {file:.0} MB/s: {time:.2} times the time, \
                 {cpu} times the CPU time"
            )
        });
    })
}

fn compare_friends(json: bool, folder: &Path, mib: usize, rounds: usize) -> Result<()> {
    let rate = |seconds: f64| (mib << 20) as f64 / 1e6 / seconds;
    let mut out = std::io::stdout().lock();
    let mut all: [Vec<f64>; Bare::ALL.len()] = Default::default();
    friends::run(folder, mib, rounds, |round| {
        let ours = rate(round.friends);
        let streams = Bare::ALL.into_iter().zip(round.bare).zip(round.ratios());
        let mut object = serde_json::json!({ "friends_mb_per_s": ours });
        let mut line = format!("from friend to friend {ours:.0} MB/s;");
        for (((stream, seconds), ratio), ratios) in streams.zip(&mut all) {
            let (key, words, bare) = (stream.key(), stream.words(), rate(seconds));
            object[key] = serde_json::json!({ "mb_per_s": bare, "ratio": ratio });
            line += &format!(" {ratio:.2} of {words} ({bare:.0});");
            ratios.push(ratio);
        }
        // A report that cannot be written must not end the measuring.
        drop(if json {
            writeln!(out, "{object}")
        } else {
            writeln!(out, "{}", line.trim_end_matches(';'))
        });
    })?;
    if json || rounds == 0 {
        return Ok(());
    }
    writeln!(out, "against a bare TLS stream, median of {rounds}:")?;
    for (stream, ratios) in Bare::ALL.into_iter().zip(all) {
        let ratio = median(&ratios).unwrap_or(f64::NAN);
        writeln!(out, "  {:<24} {ratio:>5.2}", stream.words())?;
    }
    Ok(())
}

/// Progress goes to stderr: stdout holds the table.
fn write_round(scenario: &str, number: usize, round: &compare::Round) -> std::io::Result<()> {
    let mut log = std::io::stderr().lock();
    let number = number + 1;
    report::write_outcome(
        &mut log,
        &format!("{scenario} {number} baseline"),
        &round.baseline,
    )?;
    report::write_outcome(
        &mut log,
        &format!("{scenario} {number} hub     "),
        &round.hub,
    )
}

fn print_outcome(json: bool, name: &str, outcome: &Outcome) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        let mut object = report::outcome_json(outcome);
        object["scenario"] = name.into();
        writeln!(out, "{object}")
    } else {
        report::write_outcome(&mut out, name, outcome)
    }
}

/// Loss and disorder fail the command, so that a script notices.
fn code(faults: u64) -> ExitCode {
    if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

impl Server {
    fn target(&self) -> Target {
        Target {
            address: self.addr,
            pid: self.pid,
        }
    }
}

impl Time {
    fn checked(&self) -> Result<f64> {
        ensure!(
            self.secs > 0.0 && self.secs <= 600.0,
            "--secs must be above 0 and at most 600"
        );
        Ok(self.secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_foreign_target_is_refused_with_a_sentence() {
        let refused = Cli::try_parse_from(["tincan-bench", "storm", "--addr", "192.0.2.7:17734"]);
        let text = refused.err().unwrap().to_string();
        assert!(text.contains("only works against loopback"), "{text}");
    }
}
