//! Registering people and putting them into rooms.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::SETUP_LIMIT;
use super::swarm::{Handler, Swarm};
use crate::frames::{self, Frame, NAME, NameField, kind};

/// Registrations without an answer at a time: below the usual accept queue.
const REGISTERING: usize = 32;
/// Joins without an answer at a time. Every join costs a listing to every member.
const JOINING: usize = 16;

/// Counts the answers of registering and joining; also what a hub says unasked goes here.
#[derive(Debug, Default)]
pub struct Setup {
    registered: Vec<bool>,
    registered_count: usize,
    joined: Vec<bool>,
    joined_count: usize,
    /// Members that each client's last USER_LISTING named.
    listed: Vec<usize>,
    /// USER_LISTINGs received by all.
    pub listings: u64,
}

impl Setup {
    /// For clients numbered below `clients`.
    pub fn new(clients: usize) -> Self {
        Setup {
            registered: vec![false; clients],
            joined: vec![false; clients],
            listed: vec![0; clients],
            ..Setup::default()
        }
    }

    /// How many clients know of `members` members.
    pub fn informed(&self, members: usize) -> usize {
        self.listed
            .iter()
            .filter(|count| **count == members)
            .count()
    }
}

impl Handler for Setup {
    fn frame(&mut self, client: usize, frame: Frame<'_>) {
        match frame.kind {
            // The answer about oneself proves that the name was accepted: success itself is silent.
            kind::QUERY_USER if !self.registered[client] => {
                self.registered[client] = true;
                self.registered_count += 1;
            }
            kind::USER_LISTING => {
                self.listings += 1;
                self.listed[client] = (frame.payload.len() / NAME).saturating_sub(1);
                if !self.joined[client] {
                    self.joined[client] = true;
                    self.joined_count += 1;
                }
            }
            _ => {}
        }
    }
}

/// A number that makes the names of this run its own: servers may still hold those of the last.
pub fn run_number() -> u32 {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    std::process::id() << 8 | (RUNS.fetch_add(1, Ordering::Relaxed) & 0xFF)
}

/// The field that names room `number` of a run.
pub fn room(run: u32, number: usize) -> NameField {
    frames::name_field(&format!("bench-{run:x}-{number}"))
}

/// Connects and registers clients until there are `wanted`.
///
/// # Errors
/// When the server refuses, closes, or needs longer than [`SETUP_LIMIT`].
pub fn register(
    swarm: &mut Swarm,
    address: SocketAddr,
    run: u32,
    wanted: usize,
    setup: &mut Setup,
) -> Result<()> {
    let end = Instant::now() + SETUP_LIMIT;
    let mut packet = Vec::new();
    while setup.registered_count < wanted {
        while swarm.len() < wanted && swarm.len() - setup.registered_count < REGISTERING {
            let name = frames::name_field(&format!("b{run:x}-{}", swarm.len()));
            let client = swarm.connect(address, name)?;
            packet.clear();
            frames::put(kind::NEW_CLIENT, &[&name], &mut packet);
            frames::put(kind::QUERY_USER, &[&name, &[2]], &mut packet);
            swarm.send(client, &packet);
        }
        swarm.poll(Duration::from_millis(20), setup)?;
        ensure!(
            swarm.closed() == 0 && Instant::now() < end,
            "{} of {wanted} clients registered, {} closed by the server",
            setup.registered_count,
            swarm.closed()
        );
    }
    Ok(())
}

/// Clients 0, 1, 2… enter their rooms; `room_of` tells whose is which.
///
/// # Errors
/// When the server refuses, closes, or needs longer than [`SETUP_LIMIT`].
pub fn join(
    swarm: &mut Swarm,
    clients: usize,
    setup: &mut Setup,
    room_of: impl Fn(usize) -> NameField,
) -> Result<()> {
    let end = Instant::now() + SETUP_LIMIT;
    let mut packet = Vec::new();
    let mut asked = 0;
    while setup.joined_count < clients {
        while asked < clients && asked - setup.joined_count < JOINING {
            packet.clear();
            frames::put(kind::ENTER_ROOM, &[&room_of(asked)], &mut packet);
            swarm.send(asked, &packet);
            asked += 1;
        }
        swarm.poll(Duration::from_millis(20), setup)?;
        ensure!(
            swarm.closed() == 0 && Instant::now() < end,
            "{} of {clients} clients joined, {} closed by the server",
            setup.joined_count,
            swarm.closed()
        );
    }
    Ok(())
}

/// Waits until the server has said everything that registering and joining caused.
///
/// # Errors
/// As [`Swarm::poll`].
pub fn settle(swarm: &mut Swarm, setup: &mut Setup) -> Result<()> {
    swarm.settle(Duration::from_millis(300), Duration::from_secs(10), setup)
}
