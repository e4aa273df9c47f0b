//! Times in buckets of about 3 %, and the median of a few rounds.

/// Buckets per doubling.
const STEPS: u64 = 32;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// Counts nanoseconds in logarithmic buckets.
#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            buckets: vec![0; bucket(u64::MAX) + 1],
            count: 0,
        }
    }
}

impl Histogram {
    /// Counts one time.
    #[inline]
    pub fn add(&mut self, nanos: u64) {
        self.buckets[bucket(nanos)] += 1;
        self.count += 1;
    }

    /// The time that the share `quantile` (0 to 1) of all does not exceed, in microseconds; `None`
    /// when nothing was counted.
    pub fn quantile_us(&self, quantile: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let rank = ((self.count as f64 * quantile).ceil() as u64).clamp(1, self.count);
        let mut seen = 0;
        let index = self.buckets.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(middle(index) / 1e3)
    }
}

/// The middle one; with an even number, the mean of the middle two. `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[half]),
        _ => Some((sorted[half - 1] + sorted[half]) / 2.0),
    }
}

/// Below `2 * STEPS` a bucket per nanosecond, above it `STEPS` buckets per doubling.
#[inline]
fn bucket(nanos: u64) -> usize {
    let octave = (nanos | STEPS).ilog2() - STEP_BITS;
    (u64::from(octave) * STEPS + (nanos >> octave)) as usize
}

/// The middle of a bucket, in nanoseconds.
fn middle(index: usize) -> f64 {
    let index = index as u64;
    let octave = (index / STEPS).saturating_sub(1);
    let low = index - octave * STEPS;
    (low as f64 + 0.5) * (octave as f64).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_rise_and_cover_everything() {
        let mut before = 0;
        for bit in 0..64 {
            for nanos in [1_u64 << bit, (1 << bit) | (1 << bit >> 1)] {
                let index = bucket(nanos);
                assert!(index >= before, "{nanos}");
                assert!(index < Histogram::default().buckets.len());
                before = index;
            }
        }
    }

    #[test]
    fn a_quantile_is_within_its_bucket() {
        let mut times = Histogram::default();
        assert_eq!(times.quantile_us(0.5), None);
        for microseconds in 1..=1000_u64 {
            times.add(microseconds * 1000);
        }
        for (quantile, want) in [(0.5, 500.0), (0.99, 990.0), (0.0, 1.0), (1.0, 1000.0)] {
            let got = times.quantile_us(quantile).unwrap();
            assert!(
                (got / want - 1.0).abs() < 0.04,
                "{quantile}: {got} for {want}"
            );
        }
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 8.0]), Some(3.0));
        assert_eq!(median(&[f64::NAN, 5.0]), Some(5.0));
    }
}
