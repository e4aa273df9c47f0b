//! A hub behind three real ports of this machine.
//!
//! Steps are kept apart without sleeping: what was sent has been read once the hub's counter of
//! bytes says so, and a round later it has had its effect.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hub::Hub;
use net::Metrics;
use net::reactor::{Handle, Listener, Reactor};
use net::switchboard::Switchboard;
use store::MemoryStore;

use super::{Stage, index, protocols};
use crate::script::{Opening, Setup};

/// How long anything may take: an upper bound, met only by what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct PortsStage {
    addresses: Vec<SocketAddr>,
    metrics: Arc<Metrics>,
    handle: Handle,
    thread: Option<JoinHandle<io::Result<Switchboard<Hub>>>>,
    store: MemoryStore,
    lines: Vec<Line>,
    opened: u64,
}

struct Line {
    stream: TcpStream,
    arrived: Vec<u8>,
    closed: bool,
}

impl PortsStage {
    pub(crate) fn new(setup: &Setup) -> Result<Self, String> {
        Self::start(setup).map_err(|error| error.to_string())
    }

    fn start(setup: &Setup) -> Result<Self, Box<dyn std::error::Error>> {
        let store = MemoryStore::default();
        let reactor = Reactor::new()?;
        let handle = reactor.handle();
        let wake = {
            let handle = handle.clone();
            Arc::new(move || handle.wake()) as hub::Wake
        };
        let hub = Hub::open(setup.hub.clone(), Box::new(store.clone()), &wake)?;
        let metrics = Arc::new(Metrics::default());
        let switchboard = Switchboard::new(
            hub,
            protocols(setup),
            setup.switchboard.clone(),
            Arc::clone(&metrics),
            Instant::now(),
        );
        let (mut addresses, mut listeners) = (Vec::new(), Vec::new());
        for protocol in 0..3 {
            let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            addresses.push(socket.local_addr()?);
            listeners.push(Listener {
                socket,
                protocol,
                tls: None,
            });
        }
        let counted = Arc::clone(&metrics);
        let thread = std::thread::Builder::new()
            .name("hub".into())
            .spawn(move || reactor.serve(switchboard, listeners, counted))?;
        Ok(Self {
            addresses,
            metrics,
            handle,
            thread: Some(thread),
            store,
            lines: Vec::new(),
            opened: 0,
        })
    }

    /// Waits until `reached`, reading what arrives meanwhile so that nobody blocks.
    fn until(&mut self, what: &str, reached: impl Fn(&Self) -> bool) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        while !reached(self) {
            if Instant::now() > end {
                return Err(format!("the hub did not {what} in {PATIENCE:?}"));
            }
            self.pump();
            std::thread::yield_now();
        }
        Ok(())
    }

    /// The round under way and one more have ended.
    fn round(&mut self) -> Result<(), String> {
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            return Ok(());
        }
        let before = self.metrics.rounds.load(SeqCst);
        self.handle.wake();
        self.until("end its round", |stage| {
            stage.metrics.rounds.load(SeqCst) > before
        })
    }

    fn pump(&mut self) {
        for line in self.lines.iter_mut().filter(|line| !line.closed) {
            line.pump();
        }
    }
}

impl Line {
    /// Reads what is there.
    fn pump(&mut self) {
        let mut buffer = [0; 16 * 1024];
        if self.stream.set_nonblocking(true).is_err() {
            self.closed = true;
        }
        while !self.closed {
            match self.stream.read(&mut buffer) {
                Ok(0) => self.closed = true,
                Ok(count) => self.arrived.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A reset: the hub has closed while something of ours was unread.
                Err(_) => self.closed = true,
            }
        }
    }

    /// Reads once, waiting for it.
    fn wait(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        self.stream.set_nonblocking(false)?;
        self.stream.set_read_timeout(Some(PATIENCE))?;
        match self.stream.read(&mut buffer)? {
            0 => self.closed = true,
            count => self.arrived.extend_from_slice(&buffer[..count]),
        }
        Ok(())
    }
}

impl Stage for PortsStage {
    fn open(&mut self, opening: &Opening, _: Option<[u8; 32]>) -> Result<usize, String> {
        let stream = TcpStream::connect(self.addresses[index(opening.wire)])
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            .map_err(|error| error.to_string())?;
        self.lines.push(Line {
            stream,
            arrived: Vec::new(),
            closed: false,
        });
        self.opened += 1;
        let opened = self.opened;
        let seen = |counter: &AtomicU64| counter.load(SeqCst);
        self.until("accept", |stage| {
            seen(&stage.metrics.accepted) + seen(&stage.metrics.refused) >= opened
        })?;
        self.round()?;
        Ok(self.lines.len() - 1)
    }

    fn send(&mut self, line: usize, bytes: &[u8]) -> Result<(), String> {
        let before = self.metrics.bytes_in.load(SeqCst);
        let mut rest = bytes;
        while !rest.is_empty() && !self.lines[line].closed {
            self.pump();
            match self.lines[line].stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::yield_now();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.lines[line].closed = true,
            }
        }
        let sent = before + bytes.len() as u64;
        self.until("read what was sent", |stage| {
            stage.metrics.bytes_in.load(SeqCst) >= sent || stage.lines[line].closed
        })?;
        self.round()
    }

    fn receive(&mut self, line: usize) -> (Vec<Vec<u8>>, bool) {
        let line = &mut self.lines[line];
        if !line.closed {
            line.pump();
        }
        let arrived = std::mem::take(&mut line.arrived);
        let pieces = if arrived.is_empty() {
            Vec::new()
        } else {
            vec![arrived]
        };
        (pieces, line.closed)
    }

    fn wait(&mut self, line: usize) -> bool {
        let line = &mut self.lines[line];
        match line.wait() {
            Ok(()) => true,
            Err(error) => {
                let late = matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                );
                line.closed |= !late;
                !late
            }
        }
    }

    fn close(&mut self, line: usize, whole: bool) -> Result<(), String> {
        self.pump();
        let line = &mut self.lines[line];
        if line.closed {
            return Ok(());
        }
        let before = self.metrics.open.load(SeqCst);
        let how = if whole {
            line.closed = true;
            Shutdown::Both
        } else {
            Shutdown::Write
        };
        if line.stream.shutdown(how).is_err() {
            line.closed = true;
        }
        if whole {
            self.until("notice the end", |stage| {
                stage.metrics.open.load(SeqCst) < before
            })?;
        }
        self.round()
    }

    fn pass(&mut self, _: Duration) -> Result<(), String> {
        Err(unheard_of())
    }

    fn set_reading(&mut self, _: usize, _: bool) -> Result<(), String> {
        Err(unheard_of())
    }

    fn set_held(&mut self, _: bool) -> Result<(), String> {
        Err(unheard_of())
    }

    fn shut_down(&mut self) -> Result<(), String> {
        self.handle.shut_down();
        Ok(())
    }

    fn store(&mut self) -> &mut MemoryStore {
        &mut self.store
    }

    fn keeps_writes(&self) -> bool {
        false
    }

    fn finish(mut self: Box<Self>) -> Result<(), String> {
        self.handle.shut_down();
        self.lines.clear();
        let Some(thread) = self.thread.take() else {
            return Ok(());
        };
        let served = thread.join().map_err(|_| "the hub panicked")?;
        let mut switchboard = served.map_err(|error| error.to_string())?;
        switchboard.exchange().stop();
        Ok(())
    }
}

impl Drop for PortsStage {
    fn drop(&mut self) {
        self.handle.shut_down();
    }
}

/// The parser lets no such step through.
fn unheard_of() -> String {
    "this needs the stage in memory".to_owned()
}
