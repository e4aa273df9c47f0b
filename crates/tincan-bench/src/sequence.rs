//! Did every receiver get every message of every sender, once and in order?

/// What was wrong with the deliveries of a run; all zero is the only good result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries after which a number was missing.
    pub gaps: u64,
    /// Deliveries that repeated or went back.
    pub reordered: u64,
    /// Deliveries to someone they were not for.
    pub strays: u64,
    /// Connections that the server closed.
    pub closed: u64,
}

impl Faults {
    /// The sum of all kinds.
    pub fn total(&self) -> u64 {
        self.lost + self.gaps + self.reordered + self.strays + self.closed
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Faults) {
        self.lost += other.lost;
        self.gaps += other.gaps;
        self.reordered += other.reordered;
        self.strays += other.strays;
        self.closed += other.closed;
    }
}

/// The last number seen, by receiver and sender.
#[derive(Debug)]
pub struct Checker {
    senders: usize,
    last: Vec<u32>,
}

impl Checker {
    /// For `receivers` that each hear `senders`.
    pub fn new(receivers: usize, senders: usize) -> Self {
        Checker {
            senders,
            last: vec![0; receivers * senders],
        }
    }

    /// Notes that `receiver` got number `sequence` of `sender` (both counted from 0, numbers from 1).
    #[inline]
    pub fn note(&mut self, receiver: usize, sender: usize, sequence: u32, faults: &mut Faults) {
        let Some(last) = (sender < self.senders)
            .then(|| self.last.get_mut(receiver * self.senders + sender))
            .flatten()
        else {
            faults.strays += 1;
            return;
        };
        if sequence == last.wrapping_add(1) {
            *last = sequence;
        } else if sequence > *last {
            faults.gaps += 1;
            *last = sequence;
        } else {
            faults.reordered += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(numbers: &[u32]) -> Faults {
        let mut checker = Checker::new(2, 2);
        let mut faults = Faults::default();
        for number in numbers {
            checker.note(1, 1, *number, &mut faults);
        }
        faults
    }

    #[test]
    fn numbers_in_a_row_are_no_fault() {
        assert_eq!(after(&[1, 2, 3]).total(), 0);
    }

    #[test]
    fn a_missing_number_is_one_gap() {
        assert_eq!(
            after(&[1, 3, 4]),
            Faults {
                gaps: 1,
                ..Faults::default()
            }
        );
        assert_eq!(
            after(&[2]),
            Faults {
                gaps: 1,
                ..Faults::default()
            }
        );
    }

    #[test]
    fn a_repeated_or_late_number_is_reordered() {
        assert_eq!(
            after(&[1, 1]),
            Faults {
                reordered: 1,
                ..Faults::default()
            }
        );
        assert_eq!(
            after(&[1, 3, 2, 4]),
            Faults {
                gaps: 1,
                reordered: 1,
                ..Faults::default()
            }
        );
    }

    #[test]
    fn receivers_and_senders_are_apart() {
        let mut checker = Checker::new(2, 2);
        let mut faults = Faults::default();
        for receiver in 0..2 {
            for sender in 0..2 {
                checker.note(receiver, sender, 1, &mut faults);
            }
        }
        assert_eq!(faults.total(), 0);
        checker.note(0, 2, 1, &mut faults);
        checker.note(2, 0, 1, &mut faults);
        assert_eq!(faults.strays, 2);
    }
}
