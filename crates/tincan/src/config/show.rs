//! The configuration as people read it: what is in effect, and the sample file.

use std::fmt::Write;

use super::keys::{Default, KEYS, Kind, Value};
use super::{Layers, Origin};

/// Columns in the sample file, at most.
const WIDTH: usize = 100;

/// The settings in effect as a TOML file that gives them again, each line with its origin.
pub(crate) fn effective(layers: &Layers) -> String {
    let lines: Vec<(&str, String, &Origin)> = layers
        .iter()
        .map(|(key, value, origin)| {
            let (table, own) = key.parts();
            let line = match (&key.kind, value) {
                (Kind::Secret, Value::Text(_)) => format!("# {own} = (set)"),
                (_, Value::Unset) => format!("# {own} is not set"),
                (kind, value) => format!("{own} = {}", toml(kind, value)),
            };
            (table, line, origin)
        })
        .collect();
    let widest = lines.iter().map(|(_, line, _)| line.len()).max();
    let width = widest.unwrap_or(0).min(48);

    let mut out = String::new();
    let mut open = "";
    for (table, line, origin) in lines {
        if table != open {
            let gap = if open.is_empty() { "" } else { "\n" };
            line_to(&mut out, format_args!("{gap}[{table}]"));
            open = table;
        }
        line_to(&mut out, format_args!("{line:width$}  # {origin}"));
    }
    out
}

/// The same, one JSON object a line.
pub(crate) fn effective_json(layers: &Layers) -> String {
    let mut out = String::new();
    for (key, value, origin) in layers.iter() {
        let value = match (&key.kind, value) {
            (Kind::Secret, Value::Text(_)) => "(set)".into(),
            (_, Value::Flag(flag)) => (*flag).into(),
            (_, Value::Number(number)) => (*number).into(),
            (Kind::Names(_) | Kind::Addresses, Value::Text(text)) => {
                text.split_whitespace().collect()
            }
            (_, Value::Text(text)) => text.as_str().into(),
            (_, Value::Unset) => serde_json::Value::Null,
        };
        let object = serde_json::json!({
            "key": key.name,
            "value": value,
            "origin": origin.to_string(),
        });
        line_to(&mut out, format_args!("{object}"));
    }
    out
}

/// A configuration file with every key, commented out, at its default.
pub(crate) fn sample() -> String {
    let mut out = String::from(
        "# Tincan's settings. What is commented out is at its default; `tincan config --config FILE`\n\
         # shows what is in effect. Each key can also be set in the environment (limits.users is\n\
         # TINCAN_LIMITS__USERS) and with --set limits.users=2; those are stronger than this file.\n",
    );
    let mut open = "";
    for key in KEYS {
        let (table, own) = key.parts();
        if table != open {
            line_to(&mut out, format_args!("\n[{table}]"));
            open = table;
        } else {
            out.push('\n');
        }
        for line in wrap(key.doc) {
            line_to(&mut out, format_args!("# {line}"));
        }
        line_to(&mut out, format_args!("# Allowed: {}", key.kind));
        match key.default {
            Default::Text(text) => {
                let value = key.kind.parse(text).unwrap_or(Value::Unset);
                line_to(
                    &mut out,
                    format_args!("#{own} = {}", toml(&key.kind, &value)),
                );
            }
            Default::SameAs(other) => line_to(&mut out, format_args!("#{own} = <{other}>")),
            Default::Unset => line_to(
                &mut out,
                format_args!("#{own} = {}", toml(&key.kind, &Value::Unset)),
            ),
        }
    }
    out
}

fn toml(kind: &Kind, value: &Value) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match (kind, value) {
        (_, Value::Flag(flag)) => flag.to_string(),
        (_, Value::Number(number)) => number.to_string(),
        (Kind::Names(_) | Kind::Addresses, Value::Text(text)) => {
            let names: Vec<_> = text.split_whitespace().map(quoted).collect();
            format!("[{}]", names.join(", "))
        }
        (Kind::Names(_) | Kind::Addresses, Value::Unset) => "[]".to_owned(),
        (_, Value::Text(text)) => quoted(text),
        (_, Value::Unset) => "\"\"".to_owned(),
    }
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH - 2 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn line_to(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("a string takes every write");
}
