//! What was said to friends who were not there: that it has arrived later is told once for all of it.

use std::collections::{BTreeMap, BTreeSet};

/// Messages remembered, at most: of more than these their arrival is not told.
const MAX_WAITING: usize = 1024;

/// Messages of this face that wait, by the friend's name.
#[derive(Debug, Default)]
pub(super) struct Waiting(BTreeMap<String, Waits>);

#[derive(Debug, Default)]
struct Waits {
    open: BTreeSet<u64>,
    arrived: usize,
}

impl Waiting {
    /// A message waits.
    pub(super) fn add(&mut self, who: &str, id: u64) {
        let all: usize = self.0.values().map(|waits| waits.open.len()).sum();
        if all < MAX_WAITING {
            let waits = self.0.entry(who.to_owned()).or_default();
            waits.open.insert(id);
        }
    }

    /// A message has arrived, or never will: the sentence to tell, if it was the last one.
    pub(super) fn over(&mut self, who: &str, id: u64, has_arrived: bool) -> Option<String> {
        let waits = self.0.get_mut(who)?;
        if !waits.open.remove(&id) {
            return None;
        }
        waits.arrived += usize::from(has_arrived);
        if !waits.open.is_empty() {
            return None;
        }
        let arrived = waits.arrived;
        self.0.remove(who);
        match arrived {
            0 => None,
            1 => Some(format!("the message that waited for {who} has arrived")),
            _ => Some(format!(
                "{arrived} messages that waited for {who} have arrived"
            )),
        }
    }

    /// A friend no more.
    pub(super) fn forget(&mut self, who: &str) {
        self.0.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waited_is_told_once_when_all_of_it_is_over() {
        // [RS-11]
        let mut waiting = Waiting::default();
        for id in 1..=4 {
            waiting.add("bea", id);
        }
        waiting.add("cyd", 5);
        assert_eq!(waiting.over("bea", 9, true), None, "nobody waits for it");
        assert_eq!(waiting.over("bea", 1, true), None);
        assert_eq!(waiting.over("bea", 1, true), None, "it was told before");
        assert_eq!(waiting.over("bea", 3, false), None);
        assert_eq!(waiting.over("bea", 2, true), None);
        let told = waiting.over("bea", 4, true).unwrap();
        assert_eq!(told, "3 messages that waited for bea have arrived");
        let told = waiting.over("cyd", 5, true).unwrap();
        assert_eq!(told, "the message that waited for cyd has arrived");
        waiting.add("cyd", 6);
        assert_eq!(waiting.over("cyd", 6, false), None, "it was taken back");
        waiting.add("cyd", 7);
        waiting.forget("cyd");
        assert_eq!(waiting.over("cyd", 7, true), None);
        assert!(waiting.0.is_empty());
    }

    #[test]
    fn what_waits_is_remembered_within_a_bound() {
        // [RS-22]
        let mut waiting = Waiting::default();
        for id in 0..5000 {
            waiting.add("bea", id);
        }
        let all: usize = waiting.0.values().map(|waits| waits.open.len()).sum();
        assert_eq!(all, MAX_WAITING);
    }
}
