//! The commands that speak to a hub, as people and scripts run them, at a hub that runs.
//!
//! Nothing here sleeps: whoever has to be there is asked about until the hub says so, and what has
//! to come is waited for.

mod chat;
mod lists;
mod messages;
mod secure;
mod transfers;

use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::serve::{Hub, Lines, PASSWORD, PATIENCE};
use crate::support::{Home, Run, run};

/// The wires that have rooms and files.
const CHAT_WIRES: [&str; 2] = ["cs494", "cs594"];

/// An address of `name` at `hub`; `wire` may be `cs494+tls`.
fn url(hub: &Hub, wire: &str, name: &str) -> String {
    format!("{wire}://{name}@{}", hub.at(wire))
}

/// Runs a command to its end, with nothing on standard input and the accounts' password at hand.
fn tincan(home: &Home, args: &[&str]) -> Run {
    run(home.tincan(args).env("TINCAN_PASSWORD", PASSWORD))
}

/// [`tincan`], with that on standard input.
fn tincan_fed(home: &Home, args: &[&str], input: &str) -> Run {
    let mut command = home.tincan(args);
    run(command.env("TINCAN_PASSWORD", PASSWORD).write_stdin(input))
}

/// A client that runs beside the test. Dropped, it is killed.
pub(crate) struct Running {
    process: Child,
    input: Option<ChildStdin>,
    out: Lines,
    errors: Lines,
}

impl Running {
    /// Starts it in `home`.
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        let secrets = [
            ("TINCAN_PASSWORD", PASSWORD),
            ("TINCAN_PASSPHRASE", PASSWORD),
        ];
        Self::start_with(home, args, &secrets)
    }

    /// Starts it in `home` with these variables and no other ones.
    pub(crate) fn start_with(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tincan"))
            .env_clear()
            .env("HOME", home.path(""))
            .envs(variables.iter().copied())
            .current_dir(home.path(""))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: process.stdin.take(),
            out: Lines::of(process.stdout.take().unwrap()),
            errors: Lines::of(process.stderr.take().unwrap()),
            process,
        }
    }

    /// Types a line.
    pub(crate) fn say(&mut self, line: &str) {
        use std::io::Write as _;
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
    }

    /// The next line of its output that is `wanted`; those before it do not matter.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let mut seen = Vec::new();
        while let Some(line) = self.out.next() {
            if wanted(&line) {
                return line;
            }
            seen.push(line);
        }
        panic!("no {what} in {seen:?}; {:?}", self.complaints());
    }

    /// Waits for a line that holds `part`.
    #[track_caller]
    pub(crate) fn wait_for_part(&mut self, part: &str) -> String {
        self.wait_for(part, |line| line.contains(part))
    }

    /// Waits for a record of that type.
    #[track_caller]
    pub(crate) fn wait_for_record(&mut self, kind: &str) -> Value {
        let line = self.wait_for(kind, |line| record(line)["type"] == kind);
        record(&line)
    }

    /// Waits until a room has exactly these members.
    #[track_caller]
    fn wait_for_members(&mut self, room: &str, names: &[&str]) {
        self.wait_for(&format!("{names:?} in {room}"), |line| {
            let record = record(line);
            let mut there: Vec<_> = match record["names"].as_array() {
                Some(names) => names.iter().filter_map(Value::as_str).collect(),
                None => Vec::new(),
            };
            there.sort_unstable();
            record["type"] == "members" && record["room"] == room && there == names
        });
    }

    /// Waits for a line on standard error that holds `part`.
    #[track_caller]
    pub(crate) fn wait_for_note(&mut self, part: &str) -> String {
        let mut seen = Vec::new();
        while let Some(line) = self.errors.next() {
            if line.contains(part) {
                return line;
            }
            seen.push(line);
        }
        panic!("no {part:?} in {seen:?}");
    }

    /// Presses Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.process.id());
        let status = Command::new("sh").arg("-c").arg(kill).status().unwrap();
        assert!(status.success());
    }

    /// Lets it come to its end, without more input; gives what it had not been asked for yet.
    #[track_caller]
    pub(crate) fn end(&mut self) -> Run {
        drop(self.input.take());
        let mut out = String::new();
        while let Some(line) = self.out.next() {
            out += &(line + "\n");
        }
        let err = self.complaints();
        let code = self.process.wait().unwrap().code().unwrap();
        Run { code, out, err }
    }

    fn complaints(&mut self) -> String {
        let mut err = String::new();
        while let Some(line) = self.errors.next() {
            err += &(line + "\n");
        }
        err
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks again until the answer is yes. The bound only ends a test that has failed already.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::yield_now();
    }
}

/// One object of `--json`.
#[track_caller]
pub(crate) fn record(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|e| panic!("{line:?} is no JSON: {e}"))
}

/// All objects of an output.
#[track_caller]
pub(crate) fn records(out: &str) -> Vec<Value> {
    out.lines().map(record).collect()
}

/// A conversation in which somebody asks whether others are here.
struct Watch(Running);

impl Watch {
    fn start(home: &Home, hub: &Hub) -> Self {
        let url = url(hub, "cs494", "watch");
        Self(Running::start(home, &["chat", &url]))
    }

    /// Asks until `name` is here; each question waits for the hub.
    #[track_caller]
    fn until_here(&mut self, name: &str) {
        let here = format!("* {name} is here");
        let away = format!("* {name} is not here");
        until(&here, || {
            self.0.say(&format!("/whois {name}"));
            let answer = self
                .0
                .wait_for("an answer", |line| line == here || line == away);
            answer == here
        });
    }
}
