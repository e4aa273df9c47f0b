//! Results as lines for people and as JSON, one object a line.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::compare::{Comparison, Round};
use crate::generator::Outcome;
use crate::sequence::Faults;

/// One outcome for people.
///
/// # Errors
/// When the output is closed.
pub fn write_outcome(out: &mut impl Write, name: &str, outcome: &Outcome) -> io::Result<()> {
    write!(
        out,
        "{name}: {:.0} {}/s ({} in {:.3} s)",
        outcome.rate(),
        outcome.unit.plural(),
        outcome.count,
        outcome.seconds,
    )?;
    if let (Some(cost), Some(cpu)) = (outcome.cost(), outcome.cpu) {
        let user = 100.0 * cpu.user / cpu.total().max(f64::MIN_POSITIVE);
        write!(out, ", {cost:.3} CPU-s per million ({user:.0} % user)")?;
    }
    if let Some((p50, p99)) = outcome.latency_us {
        write!(out, ", p50 {p50:.0} µs, p99 {p99:.0} µs")?;
    }
    for (figure, value) in &outcome.more {
        write!(out, ", {figure} {value:.2}")?;
    }
    if let Some(generator) = outcome.generator {
        let share = 100.0 * generator.total() / outcome.seconds;
        write!(out, ", generator {share:.0} % of a core")?;
    }
    writeln!(out, ", {}", faults_text(&outcome.faults))
}

/// One outcome as a JSON object.
pub fn outcome_json(outcome: &Outcome) -> Value {
    let mut object = Map::new();
    object.insert("unit".into(), json!(outcome.unit.plural()));
    object.insert("count".into(), json!(outcome.count));
    object.insert("seconds".into(), json!(outcome.seconds));
    object.insert("per_s".into(), json!(outcome.rate()));
    object.insert("cpu_s_per_million".into(), json!(outcome.cost()));
    object.insert("cpu_user_s".into(), json!(outcome.cpu.map(|c| c.user)));
    object.insert("cpu_system_s".into(), json!(outcome.cpu.map(|c| c.system)));
    object.insert(
        "generator_cpu_s".into(),
        json!(outcome.generator.map(|c| c.total())),
    );
    object.insert("p50_us".into(), json!(outcome.latency_us.map(|l| l.0)));
    object.insert("p99_us".into(), json!(outcome.latency_us.map(|l| l.1)));
    for (figure, value) in &outcome.more {
        object.insert((*figure).into(), json!(value));
    }
    object.insert("faults".into(), faults_json(&outcome.faults));
    Value::Object(object)
}

/// One round of a comparison as a JSON object.
pub fn round_json(scenario: &str, number: usize, round: &Round) -> Value {
    json!({
        "scenario": scenario,
        "round": number + 1,
        "hub": outcome_json(&round.hub),
        "baseline": outcome_json(&round.baseline),
    })
}

/// The medians of a comparison as a JSON object.
pub fn comparison_json(comparison: &Comparison) -> Value {
    json!({
        "scenario": comparison.scenario.name(),
        "rounds": comparison.rounds.len(),
        "cpu_ratio": comparison.cost_ratio(),
        "rate_ratio": comparison.rate_ratio(),
        "p50_ratio": comparison.latency_ratio(),
        "faults": faults_json(&comparison.faults()),
    })
}

/// The comparisons as a table (Markdown). Columns give hub, baseline and their ratio.
///
/// # Errors
/// When the output is closed.
pub fn write_table(out: &mut impl Write, all: &[Comparison]) -> io::Result<()> {
    writeln!(
        out,
        "| scenario | CPU-s per million: hub | baseline | ratio | per second: hub | baseline | ratio \
         | p50 µs: hub | baseline | ratio | loss, order |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")?;
    for comparison in all {
        let cells = [
            number(comparison.hub(Outcome::cost), 3),
            number(comparison.baseline(Outcome::cost), 3),
            number(comparison.cost_ratio(), 2),
            number(comparison.hub(|o| Some(o.rate())), 0),
            number(comparison.baseline(|o| Some(o.rate())), 0),
            number(comparison.rate_ratio(), 2),
            number(comparison.hub(|o| Some(o.latency_us?.0)), 0),
            number(comparison.baseline(|o| Some(o.latency_us?.0)), 0),
            number(comparison.latency_ratio(), 2),
        ];
        writeln!(
            out,
            "| {} | {} | {} |",
            comparison.scenario.name(),
            cells.join(" | "),
            faults_text(&comparison.faults())
        )?;
    }
    Ok(())
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

fn faults_text(faults: &Faults) -> String {
    if faults.total() == 0 {
        return "no loss, no order error".to_owned();
    }
    format!(
        "LOST {} GAPS {} REORDERED {} STRAYS {} CLOSED {}",
        faults.lost, faults.gaps, faults.reordered, faults.strays, faults.closed
    )
}

fn faults_json(faults: &Faults) -> Value {
    json!({
        "lost": faults.lost,
        "gaps": faults.gaps,
        "reordered": faults.reordered,
        "strays": faults.strays,
        "closed": faults.closed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Scenario;
    use crate::generator::Unit;
    use crate::measure::Cpu;

    fn outcome(count: u64, cpu: f64) -> Outcome {
        Outcome {
            unit: Unit::Delivery,
            count,
            seconds: 2.0,
            cpu: Some(Cpu {
                user: 0.0,
                system: cpu,
            }),
            generator: None,
            latency_us: Some((100.0, 200.0)),
            faults: Faults::default(),
            more: vec![("figure", 1.5)],
        }
    }

    #[test]
    fn ratios_are_taken_inside_a_round_and_then_their_median() {
        let round = |hub, baseline| Round {
            hub: outcome(1_000_000, hub),
            baseline: outcome(1_000_000, baseline),
        };
        // The machine halves its speed after the first round: medians of the sides would mix rounds.
        let comparison = Comparison {
            scenario: Scenario::W1,
            rounds: vec![round(1.1, 1.0), round(2.4, 2.0), round(2.6, 2.0)],
        };
        assert!((comparison.cost_ratio().unwrap() - 1.2).abs() < 1e-9);
        assert_eq!(comparison.rate_ratio(), Some(1.0));
        assert_eq!(comparison_json(&comparison)["scenario"], "w1");
        let mut text = Vec::new();
        write_table(&mut text, &[comparison]).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("| w1 | 2.400 | 2.000 | 1.20 |"), "{text}");
        assert!(text.contains("no loss, no order error"), "{text}");
    }

    #[test]
    fn a_fault_is_spelled_out() {
        let mut bad = outcome(10, 1.0);
        bad.faults.lost = 3;
        let mut text = Vec::new();
        write_outcome(&mut text, "w1", &bad).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("LOST 3"), "{text}");
        assert_eq!(outcome_json(&bad)["faults"]["lost"], 3);
        assert_eq!(outcome_json(&bad)["figure"], 1.5);
    }
}
