//! Files through the hub: pairs, one sending to the other in full packets, as fast as they are taken.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::setup::{self, Setup};
use super::swarm::{Handler, Swarm};
use super::{Mark, Outcome, Target, Unit};
use crate::frames::{self, CHUNK, Frame, Offer, kind};
use crate::sequence::{Checker, Faults};

/// Packets written before looking at the answers again.
const BURST: u32 = 16;
/// How long the transfers may take altogether.
const LIMIT: Duration = Duration::from_secs(120);
/// Bytes before the data of a FILE_TRANSFER: id and finished.
const CHUNK_HEAD: usize = 3;

/// What to play.
#[derive(Debug, Clone, Copy)]
pub struct Relay {
    /// Transfers at once.
    pub pairs: usize,
    /// MiB of each.
    pub mib: u32,
}

/// Plays it. Client `2n` sends, client `2n + 1` receives.
///
/// # Errors
/// When the numbers make no sense, or the server refuses, closes or rejects.
pub fn run(target: &Target, plan: &Relay) -> Result<Outcome> {
    ensure!(plan.pairs >= 1, "there must be a pair");
    let size = plan.mib.checked_mul(1 << 20).filter(|size| *size > 0);
    let size = size.context("a file must have 1 to 4095 MiB")?;
    let chunks = size / CHUNK as u32;
    let people = plan.pairs * 2;
    let mut swarm = Swarm::new()?;
    let mut state = Setup::new(people);
    let run = setup::run_number();
    setup::register(&mut swarm, target.address, run, people, &mut state)?;
    setup::settle(&mut swarm, &mut state)?;

    let mut hands = Hands {
        checker: Checker::new(people, 1),
        faults: Faults::default(),
        offers: Vec::new(),
        ids: vec![None; plan.pairs],
        rejected: 0,
        total: 0,
    };
    let mut packets = Vec::new();
    for pair in 0..plan.pairs {
        packets.clear();
        Offer {
            target: swarm.name(2 * pair + 1),
            source: swarm.name(2 * pair),
            id: 0,
            size,
            file: b"bench.bin",
        }
        .put(kind::OFFER_FILE, &mut packets);
        swarm.send(2 * pair, &packets);
    }

    let wanted = u64::from(chunks) * plan.pairs as u64;
    let mut sent = vec![0_u32; plan.pairs];
    let mut peak = target.pss_kib();
    let memory_before = peak;
    let begin = Mark::now(target, 0);
    let mut next_look = begin.at;
    while hands.total < wanted
        && begin.at.elapsed() < LIMIT
        && swarm.closed() == 0
        && hands.rejected == 0
    {
        let mut idle = true;
        for (pair, sent) in sent.iter_mut().enumerate() {
            let Some(id) = hands.ids[pair] else { continue };
            if *sent == chunks || !swarm.is_sent(2 * pair) {
                continue;
            }
            packets.clear();
            for number in *sent..chunks.min(*sent + BURST) {
                put_chunk(id, number + 1, number + 1 == chunks, &mut packets);
                *sent += 1;
            }
            swarm.send(2 * pair, &packets);
            idle = false;
        }
        let wait = if idle { 10 } else { 0 };
        swarm.poll(Duration::from_millis(wait), &mut hands)?;
        for (client, accept) in hands.offers.drain(..) {
            swarm.send(client, &accept);
        }
        if Instant::now() >= next_look {
            next_look = Instant::now() + Duration::from_millis(200);
            peak = peak.max(target.pss_kib());
        }
    }
    ensure!(
        hands.rejected == 0,
        "{} transfers were rejected",
        hands.rejected
    );
    let end = Mark::now(target, hands.total);
    let mut outcome = begin.until(&end, Unit::Chunk);
    let mib = outcome.count as f64 * CHUNK as f64 / f64::from(1 << 20);
    outcome.more.push(("mib_per_s", mib / outcome.seconds));
    if let Some(cpu) = outcome.cpu.filter(|_| mib > 0.0) {
        outcome
            .more
            .push(("cpu_s_per_gib", cpu.total() * 1024.0 / mib));
    }
    if let (Some(before), Some(peak)) = (memory_before, peak) {
        let growth = peak.saturating_sub(before) as f64;
        outcome.more.push(("pss_kib_growth", growth));
    }
    outcome.faults = hands.faults;
    outcome.faults.lost = wanted.saturating_sub(hands.total);
    outcome.faults.closed = swarm.closed();
    Ok(outcome)
}

/// Appends a full FILE_TRANSFER whose data begins with its number.
fn put_chunk(id: u16, number: u32, last: bool, out: &mut Vec<u8>) {
    frames::put_header(kind::FILE_TRANSFER, CHUNK_HEAD + CHUNK, out);
    out.extend_from_slice(&id.to_be_bytes());
    out.push(u8::from(last));
    out.extend_from_slice(&number.to_be_bytes());
    out.resize(out.len() + CHUNK - 4, 0xA5);
}

struct Hands {
    checker: Checker,
    faults: Faults,
    /// Receivers and the ACCEPT they owe.
    offers: Vec<(usize, Vec<u8>)>,
    /// The hub's number of each pair's transfer, once accepted.
    ids: Vec<Option<u16>>,
    rejected: usize,
    /// Chunks received.
    total: u64,
}

impl Handler for Hands {
    fn frame(&mut self, client: usize, frame: Frame<'_>) {
        match frame.kind {
            kind::FILE_TRANSFER => {
                let number = frame
                    .payload
                    .get(CHUNK_HEAD..)
                    .and_then(|data| data.first_chunk::<4>());
                match number {
                    Some(number) if frame.payload.len() == CHUNK_HEAD + CHUNK => {
                        let number = u32::from_be_bytes(*number);
                        self.checker.note(client, 0, number, &mut self.faults);
                        self.total += 1;
                    }
                    _ => self.faults.strays += 1,
                }
            }
            kind::OFFER_FILE => {
                if let Some(offer) = Offer::read(frame.payload) {
                    let mut accept = Vec::new();
                    offer.put(kind::ACCEPT_FILE, &mut accept);
                    self.offers.push((client, accept));
                }
            }
            kind::ACCEPT_FILE => {
                self.ids[client / 2] = Offer::read(frame.payload).map(|offer| offer.id);
            }
            kind::REJECT_FILE => self.rejected += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_a_full_packet_that_carries_its_number() {
        let mut bytes = Vec::new();
        put_chunk(0x0102, 9, true, &mut bytes);
        assert_eq!(bytes.len(), 5 + 3 + 4096);
        let (frame, _) = frames::split(&bytes).unwrap().unwrap();
        assert_eq!(frame.payload[..7], [1, 2, 1, 0, 0, 0, 9]);
    }
}
