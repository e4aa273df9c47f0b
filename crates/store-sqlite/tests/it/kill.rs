//! Killed at any moment, nothing acknowledged is lost [HUB-7].

use super::*;
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

/// Set for the child, to the directory of its store.
const CHILD: &str = "TINCAN_TEST_KILL_DIR";
/// Says that all numbers up to the one after it are on disk.
const ACKNOWLEDGED: &str = "acknowledged ";
/// Numbers in a batch: so many messages in the room and one letter.
const BATCH: u64 = 4;
/// More batches than any run reads, so that an orphan ends.
const BATCHES: u64 = 2_000;

#[test]
fn what_was_acknowledged_survives_kill_9() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return serve(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path())
        .unwrap()
        .commit(&[account("ana")])
        .unwrap();
    let mut acknowledged = 0;
    for lines in [1, 2, 3, 5, 8, 13, 60, 1, 1, 200] {
        let before = acknowledged;
        acknowledged = run_and_kill(dir.path(), lines);
        assert!(acknowledged >= before + lines * BATCH);
        check(dir.path(), acknowledged);
    }
}

/// The child: commits without end, and says each time what is safe.
fn serve(dir: &Path) {
    let mut store = SqliteStore::open(dir).unwrap();
    let MessageId(last) = store.reader().unwrap().last_id().unwrap();
    let mut out = std::io::stdout();
    for n in 0..BATCHES {
        let id = last + n * BATCH;
        // Texts of many sizes, so that pages fill and the log is checkpointed at odd moments.
        let text = "word ".repeat(1 + (n as usize * 37) % 900);
        let mut batch: Vec<Write> = (1..BATCH).map(|k| said(id + k, &text)).collect();
        batch.push(letter(id + BATCH, &text));
        store.commit(&batch).unwrap();
        writeln!(out, "{ACKNOWLEDGED}{}", id + BATCH).unwrap();
        out.flush().unwrap();
    }
}

/// Lets a child commit until it has said so `lines` times, kills it wherever it then is, and gives
/// the last number that it said.
fn run_and_kill(dir: &Path, lines: u64) -> u64 {
    let mut child = spawn(dir);
    let mut said = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .filter_map(|line| number(&line.unwrap()));
    let mut last = 0;
    for _ in 0..lines {
        last = said.next().expect("the child goes on until it is killed");
    }
    child.kill().unwrap();
    // What it said before it died counts too.
    last = said.last().unwrap_or(last);
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(9), "the child was killed");
    last
}

fn spawn(dir: &Path) -> Child {
    let name = "kill::what_was_acknowledged_survives_kill_9";
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The number in a line of the child's; the harness puts text of its own around.
fn number(line: &str) -> Option<u64> {
    let (_, number) = line.split_once(ACKNOWLEDGED)?;
    number.parse().ok()
}

fn check(dir: &Path, acknowledged: u64) {
    let store = SqliteStore::open(dir).unwrap();
    store.check().unwrap();
    let reader = store.reader().unwrap();
    let MessageId(last) = reader.last_id().unwrap();
    assert!(last >= acknowledged, "{last} of {acknowledged}");
    assert!(last.is_multiple_of(BATCH), "half a batch was kept");
    let (letters, messages): (Vec<u64>, Vec<u64>) =
        (1..=last).partition(|id| id.is_multiple_of(BATCH));
    assert_eq!(history(&store), messages);
    assert_eq!(reader.letters(&user("ana")).unwrap(), last / BATCH);
    let mut after = None;
    for id in letters {
        let letter = reader.next_letter(&user("ana"), after).unwrap().unwrap();
        assert_eq!(letter.id.0, id);
        after = Some(letter.id);
    }
    let found = reader.search("word", u32::MAX).unwrap();
    assert_eq!(found.len(), messages.len());
}
