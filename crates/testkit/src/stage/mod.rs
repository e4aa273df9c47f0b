//! Where a script is played: in memory, or over real ports.

pub(crate) mod memory;
pub(crate) mod ports;

use std::sync::Arc;
use std::time::Duration;

use gate::Protocol;
use model::{Secret, Timestamp, UserName};
use store::{Account, MemoryStore, Store as _, Write};

use crate::script::{Opening, Setup, Wire};

/// A hub and connections to it, by number. What is sent has had its effect when the call returns,
/// except where the hub waits for its store.
pub(crate) trait Stage {
    /// Connects.
    fn open(&mut self, opening: &Opening, certificate: Option<[u8; 32]>) -> Result<usize, String>;

    /// Sends bytes.
    fn send(&mut self, line: usize, bytes: &[u8]) -> Result<(), String>;

    /// What has arrived since, and whether the hub has closed the connection behind it.
    fn receive(&mut self, line: usize) -> (Vec<Vec<u8>>, bool);

    /// Waits until something may have arrived; `false`: nothing more will.
    fn wait(&mut self, line: usize) -> bool;

    /// Closes the connection, or only its sending side.
    fn close(&mut self, line: usize, whole: bool) -> Result<(), String>;

    /// Lets time pass.
    fn pass(&mut self, time: Duration) -> Result<(), String>;

    /// Makes the connection take no bytes, or take them again.
    fn set_reading(&mut self, line: usize, reads: bool) -> Result<(), String>;

    /// What is sent while held is one round's input.
    fn set_held(&mut self, held: bool) -> Result<(), String>;

    /// Asks the hub to go down.
    fn shut_down(&mut self) -> Result<(), String>;

    /// What the hub keeps.
    fn store(&mut self) -> &mut MemoryStore;

    /// Whether [`receive`](Self::receive) returns what the hub wrote at once, piece by piece.
    fn keeps_writes(&self) -> bool;

    /// Ends everything.
    fn finish(self: Box<Self>) -> Result<(), String>;
}

/// The wires, in the order of their index.
pub(crate) fn protocols(setup: &Setup) -> Vec<Arc<dyn Protocol>> {
    vec![
        Arc::new(gate::cs494::Cs494::new(setup.cs494.clone())),
        Arc::new(gate::cs594::Cs594::new(setup.cs594.clone())),
        Arc::new(gate::cp::Cp::new(setup.cp)),
    ]
}

pub(crate) fn index(wire: Wire) -> usize {
    match wire {
        Wire::Cs494 => 0,
        Wire::Cs594 => 1,
        Wire::Cp => 2,
    }
}

/// The certificate that speaks for an account in the scripts.
pub(crate) fn certificate_of(name: &str) -> [u8; 32] {
    let mut print = [0x5C; 32];
    for (byte, letter) in print.iter_mut().zip(name.bytes()) {
        *byte = letter;
    }
    print
}

/// Makes an account, as the command line would.
pub(crate) fn put_account(
    store: &mut MemoryStore,
    name: &str,
    password: &str,
    certificate: bool,
) -> Result<(), String> {
    let account = Account {
        name: UserName::parse(name).map_err(|error| error.to_string())?,
        password_hash: hub::password::hash(&Secret::new(password.to_owned()), [7; 16]),
        certificate: certificate.then(|| certificate_of(name)),
        created: Timestamp(0),
    };
    let written = store.commit(&[Write::PutAccount(account)]);
    written.map_err(|error| error.to_string())
}

/// Removes one.
pub(crate) fn remove_account(store: &mut MemoryStore, name: &str) -> Result<(), String> {
    let name = UserName::parse(name).map_err(|error| error.to_string())?;
    let written = store.commit(&[Write::RemoveAccount(name)]);
    written.map_err(|error| error.to_string())
}
