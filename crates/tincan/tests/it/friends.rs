//! Friends as people and scripts meet them: profiles, invites, messages, mail, files, on loopback.
//!
//! Keys take seconds to make, so two profiles are made once and copied for each test. Nothing here
//! sleeps.

mod people;
mod profile;
mod together;

use std::path::Path;
use std::sync::OnceLock;

use assert_cmd::Command;
use serde_json::Value;

use crate::clients::{Running, records};
use crate::serve::PASSWORD;
use crate::support::{Home, Run, run};

/// The homes from which each test's are copied.
static MADE: OnceLock<(Home, Home)> = OnceLock::new();

/// The program in `home`, with the passphrase at hand.
fn unlocked(home: &Home, args: &[&str]) -> Command {
    let mut command = home.tincan(args);
    command.env("TINCAN_PASSPHRASE", PASSWORD);
    command
}

/// Runs it to its end, with nothing on standard input.
fn tincan(home: &Home, args: &[&str]) -> Run {
    run(&mut unlocked(home, args))
}

/// A home with a profile called `name`.
fn profile(name: &str) -> Home {
    let home = Home::new();
    let args = [
        "friends",
        "init",
        "--name",
        name,
        "--location",
        "box",
        "--bits",
        "2048",
    ];
    tincan(&home, &args).ok();
    home
}

/// Ana and bea, who do not know each other.
fn strangers() -> (Home, Home) {
    let (ana, bea) = MADE.get_or_init(|| (profile("ana"), profile("bea")));
    (copied(ana), copied(bea))
}

/// Ana and bea, who have added each other by invite; their nodes do not run.
fn friends() -> (Home, Home) {
    let (ana, bea) = strangers();
    add(&ana, &bea);
    add(&bea, &ana);
    (ana, bea)
}

/// `home` adds `other` by certificate.
fn add(home: &Home, other: &Home) {
    let text = tincan(other, &["friends", "invite", "--certificate"]).ok();
    run(unlocked(home, &["friends", "add", "-"]).write_stdin(text)).ok();
}

/// Everybody whom `home` knows.
fn known(home: &Home) -> Vec<Value> {
    records(&tincan(home, &["friends", "list", "--json"]).ok())
}

/// Who `home` is.
fn me(home: &Home) -> Value {
    let out = tincan(home, &["friends", "status", "--json"]).ok();
    records(&out).remove(0)
}

/// Where a home keeps it all.
fn folder(home: &Home) -> std::path::PathBuf {
    home.path(".local/share/tincan/friends")
}

fn copied(home: &Home) -> Home {
    let copy = Home::new();
    copy_folder(&folder(home), &folder(&copy));
    copy
}

/// A node that runs by itself.
fn node(home: &Home) -> Running {
    let mut node = Running::start(home, &["friends", "run", "--listen", "127.0.0.1:0"]);
    node.wait_for("ready", |line| line == "ready");
    node
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &target);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
