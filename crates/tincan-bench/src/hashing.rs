//! Our hashing of a shared file against SHA-1 of the same bytes in memory, in turns.
//!
//! The file is in the system's cache, so the disk does not count: what is seen is what reading,
//! threads and answers add to SHA-1 itself. CPU time holds on a machine with other work.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use friends::disk::{DiskAnswer, DiskTask, TaskId};
use node::friends::disk::Disk;
use sha1::{Digest, Sha1};
use tokio::sync::mpsc;

use crate::measure::Cpu;

/// Bytes hashed at a time in memory: as our hashing reads them.
const BUFFER: usize = 1 << 20;
/// Answers that wait, at most: a report for every 16 MiB, all taken at once.
const ANSWERS: usize = 16;

/// One hash of all bytes.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// From asking to the answer.
    pub seconds: f64,
    /// CPU time of the process meanwhile, where there is `/proc`.
    pub cpu: Option<f64>,
}

/// The same bytes both ways.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// SHA-1 in memory.
    pub memory: Run,
    /// Our hashing of a file.
    pub file: Run,
}

impl Round {
    /// How many times as long the file took.
    pub fn time_ratio(&self) -> f64 {
        self.file.seconds / self.memory.seconds
    }

    /// How many times as much CPU time the file took.
    pub fn cpu_ratio(&self) -> Option<f64> {
        Some(self.file.cpu? / self.memory.cpu?).filter(|ratio| ratio.is_finite())
    }
}

/// Hashes `mib` MiB both ways, so many times; the file is made in `folder` and removed.
///
/// # Errors
/// The file cannot be written or hashed, or the two hashes differ.
pub fn run(folder: &Path, mib: usize, rounds: usize, mut told: impl FnMut(&Round)) -> Result<()> {
    ensure!((1..=65_536).contains(&mib), "--mib must be 1 to 65536");
    let bytes: Vec<u8> = (0..mib << 20).map(|n| (n / 3 + n / 1021) as u8).collect();
    let file = Scratch(folder.join(format!("tincan-bench-{}.bin", std::process::id())));
    fs::write(&file.0, &bytes).with_context(|| format!("failed to write {}", file.0.display()))?;
    let (sender, mut answers) = mpsc::channel(ANSWERS);
    let disk = Disk::start(sender, None).context("failed to start threads")?;
    for _ in 0..rounds {
        let mut hashes = [[0; 20]; 2];
        let memory = timed(|| {
            hashes[0] = in_memory(&bytes);
            Ok(())
        })?;
        let file = timed(|| {
            hashes[1] = from_file(&disk, &mut answers, &file.0)?;
            Ok(())
        })?;
        ensure!(hashes[0] == hashes[1], "the two hashes differ");
        told(&Round { memory, file });
    }
    drop(answers);
    disk.shut_down();
    Ok(())
}

fn in_memory(bytes: &[u8]) -> [u8; 20] {
    let mut sum = Sha1::new();
    for piece in bytes.chunks(BUFFER) {
        sum.update(piece);
    }
    sum.finalize().into()
}

fn from_file(
    disk: &Disk,
    answers: &mut mpsc::Receiver<DiskAnswer>,
    path: &Path,
) -> Result<[u8; 20]> {
    disk.submit(DiskTask::Hash {
        task: TaskId(0),
        root: None,
        path: path.to_owned(),
    });
    loop {
        match answers.blocking_recv() {
            Some(DiskAnswer::Hashing { .. }) => {}
            Some(DiskAnswer::Hashed { hash, .. }) => return Ok(*hash.as_bytes()),
            Some(DiskAnswer::Failed { words, .. }) => bail!(words),
            other => bail!("an answer that was not asked for: {other:?}"),
        }
    }
}

fn timed(act: impl FnOnce() -> Result<()>) -> Result<Run> {
    let us = std::process::id();
    let before = Cpu::of(us);
    let begun = Instant::now();
    act()?;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = Cpu::of(us).zip(before);
    Ok(Run {
        seconds,
        cpu: cpu.map(|(after, before)| after.since(&before).total()),
    })
}

/// A file that goes when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Left behind, it is one file in a folder for such files.
        drop(fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_come_to_the_same_hash_and_nothing_stays_behind() {
        let folder = std::env::temp_dir();
        let mut rounds = 0;
        run(&folder, 3, 2, |round| {
            assert!(round.time_ratio() > 0.0);
            rounds += 1;
        })
        .unwrap();
        assert_eq!(rounds, 2);
        let name = format!("tincan-bench-{}.bin", std::process::id());
        assert!(!folder.join(name).exists());
    }
}
