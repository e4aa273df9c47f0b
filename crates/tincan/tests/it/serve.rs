//! A hub as people start it, and scripts that talk to it as other people's programs do.
//!
//! The scripts are Python of the standard library, written from the protocols' pages, so nothing
//! of ours that reads or writes bytes is on both sides of a wire. Nothing here sleeps: a test waits
//! for a line, and the bound of that wait only ends a test that has failed already.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Home, run};

/// How long one line may take, on however slow a machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The password of every account in these tests.
pub(crate) const PASSWORD: &str = "opensesame";

/// A hub that runs. Dropped, it is killed.
pub(crate) struct Hub {
    process: Child,
    out: Lines,
    facts: BTreeMap<String, Value>,
    log: PathBuf,
}

impl Hub {
    /// Starts one with free ports and its data in `home`, and waits until it is ready.
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        Self::launch(Command::new(env!("CARGO_BIN_EXE_tincan")), home, args)
    }

    /// Starts one that may have so many files and connections open.
    pub(crate) fn start_with_descriptors(home: &Home, limit: u32, args: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("ulimit -n {limit} && exec \"$0\" \"$@\""))
            .arg(env!("CARGO_BIN_EXE_tincan"));
        Self::launch(shell, home, args)
    }

    fn launch(mut command: Command, home: &Home, args: &[&str]) -> Self {
        let log = home.path("hub.log");
        let log_file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let data = home.path("data");
        command
            .env_clear()
            .env("HOME", home.path(""))
            .current_dir(home.path(""))
            .arg("serve")
            .arg("--data")
            .arg(&data)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file);
        for wire in ["--cs494", "--cs594", "--cp", "--ops"] {
            if !args.contains(&wire) {
                command.args([wire, "127.0.0.1:0"]);
            }
        }
        let mut process = command.spawn().unwrap();
        let mut out = Lines::of(process.stdout.take().unwrap());
        let mut facts = BTreeMap::new();
        facts.insert("pid".to_owned(), json!(process.id()));
        facts.insert("data".to_owned(), json!(data));
        loop {
            let line = out.next().unwrap_or_else(|| {
                let log = std::fs::read_to_string(&log).unwrap();
                panic!("the hub has ended: {log}")
            });
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["ready"] => break,
                ["listening", name, address] => {
                    assert!(!address.ends_with(":0"), "{line}");
                    facts.insert(name.to_owned(), json!(address));
                }
                _ => panic!("the hub says {line:?}"),
            }
        }
        Self {
            process,
            out,
            facts,
            log,
        }
    }

    /// Adds to what scripts are told.
    pub(crate) fn with(mut self, fact: &str, value: Value) -> Self {
        self.facts.insert(fact.to_owned(), value);
        self
    }

    /// Where it listens for this wire, `127.0.0.1:40123`.
    #[track_caller]
    pub(crate) fn at(&self, wire: &str) -> &str {
        self.facts[wire].as_str().unwrap()
    }

    /// All it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Whether it is still the process that was started.
    pub(crate) fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Sends it a signal by its name, `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.process.id());
        let status = Command::new("sh").arg("-c").arg(kill).status().unwrap();
        assert!(status.success());
    }

    /// Ends it as a power failure does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.wait();
    }

    /// Waits for its end. It has nothing more to say on standard output.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        assert_eq!(self.out.next(), None);
        self.process.wait().unwrap()
    }

    /// Ends it as a service manager does, and it takes that well [HUB-8].
    #[track_caller]
    pub(crate) fn stop(mut self) {
        assert!(self.is_running(), "{}", self.log());
        self.signal("TERM");
        let status = self.wait();
        let log = self.log();
        assert!(status.success(), "{status}\n{log}");
        assert!(!log.contains("panicked"), "{log}");
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Makes accounts, all with [`PASSWORD`].
pub(crate) fn add_accounts(home: &Home, names: &[&str]) {
    for name in names {
        account(home, &["add", name]);
    }
}

/// Runs `tincan account ARGS` on the hub's data.
pub(crate) fn account(home: &Home, args: &[&str]) {
    let mut all = vec!["account"];
    all.extend(args);
    let mut tincan = home.tincan(&all);
    tincan.env("TINCAN_DATA", home.path("data"));
    run(tincan.write_stdin(format!("{PASSWORD}\n"))).ok();
}

/// A script that talks to a hub. Dropped, it is killed.
pub(crate) struct Script {
    process: Child,
    input: ChildStdin,
    out: Lines,
    errors: Option<JoinHandle<String>>,
}

impl Script {
    /// Starts the scenario of that name in `tests/clients/FILE`.
    pub(crate) fn start(file: &str, scenario: &str, hub: &Hub) -> Self {
        need("python3");
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/clients")
            .join(file);
        let mut facts = hub.facts.clone();
        facts.insert("password".to_owned(), json!(PASSWORD));
        let mut process = Command::new("python3")
            .arg("-B")
            .arg(script)
            .arg(scenario)
            .arg(serde_json::to_string(&facts).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = process.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            errors.read_to_string(&mut text).unwrap();
            text
        });
        Self {
            input: process.stdin.take().unwrap(),
            out: Lines::of(process.stdout.take().unwrap()),
            errors: Some(errors),
            process,
        }
    }

    /// The next thing it says must be this.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, wanted: &str) {
        match self.out.next() {
            Some(line) if line == wanted => {}
            Some(line) => panic!("the script says {line:?} instead of {wanted:?}"),
            None => panic!("no {wanted:?}: {}", self.failure()),
        }
    }

    /// Answers it.
    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Lets it come to its end, which must be a good one.
    #[track_caller]
    pub(crate) fn passed(mut self) {
        let mut last = None;
        while let Some(line) = self.out.next() {
            last = Some(line);
        }
        let failure = self.failure();
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{failure}");
        assert_eq!(last.as_deref(), Some("passed"), "{failure}");
    }

    /// What it says of its failure; it has ended.
    fn failure(&mut self) -> String {
        self.errors
            .take()
            .map_or_else(String::new, |errors| errors.join().unwrap())
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a scenario to its good end.
#[track_caller]
pub(crate) fn scenario(file: &str, name: &str, hub: &Hub) {
    Script::start(file, name, hub).passed();
}

/// These tests are as good as the programs that others wrote: without them they fail.
#[track_caller]
pub(crate) fn need(program: &str) {
    let (args, package): (&[&str], &str) = match program {
        "python3" => (&["--version"], "python3"),
        "openssl" => (&["version"], "openssl"),
        "nc" => (&["-h"], "netcat-openbsd"),
        _ => panic!("{program} is none of the programs that the tests are known to need"),
    };
    let tried = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output();
    assert!(
        tried.is_ok(),
        "this test needs the program {program}: install it (Debian: apt-get install {package})"
    );
}

/// The lines of a program's output, each waited for with a bound.
pub(crate) struct Lines(Receiver<String>);

impl Lines {
    /// Those that come from `output`.
    pub(crate) fn of(output: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// The next one, `None` at the end.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<String> {
        match self.0.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no line and no end in {PATIENCE:?}"),
        }
    }
}
