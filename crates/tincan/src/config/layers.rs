//! The first step: what each layer says, and which layer each value came from.

use std::ffi::OsString;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;
use super::keys::{self, Default, KEYS, Key, Kind, VARIABLE_PREFIX, Value};
use crate::args::SettingsArgs;

/// Where a value came from, weakest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// This line of the file.
    File(PathBuf, usize),
    /// This variable.
    Environment(String),
    /// This argument.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Every key's value and origin.
#[derive(Debug)]
pub(crate) struct Layers(Vec<(&'static Key, Value, Origin)>);

impl Layers {
    /// Lays the four layers over each other: defaults, file, `environment`, flags.
    ///
    /// # Errors
    /// The first thing that is wrong, whether or not a stronger layer covers it.
    pub(crate) fn read(
        settings: &SettingsArgs,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut layers = Self::below_flags(settings.config.as_deref(), environment)?;
        layers.lay_flags(settings)?;
        layers.settle_defaults();
        Ok(layers)
    }

    /// The same with `flags` that are keys: name, argument and value of each.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_with(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: impl IntoIterator<Item = (&'static str, &'static str, String)>,
    ) -> Result<Self, ConfigError> {
        let mut layers = Self::below_flags(file, environment)?;
        for (name, flag, value) in flags {
            let origin = Origin::Flag(flag);
            layers.put_text(known(name, &origin)?, &value, origin)?;
        }
        layers.settle_defaults();
        Ok(layers)
    }

    fn below_flags(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut layers = Self::defaults();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                ConfigError::elsewhere(format!(
                    "cannot read the configuration file {}: {error}",
                    path.display()
                ))
            })?;
            layers.lay_file(&text, path)?;
        }
        layers.lay_environment(environment)?;
        Ok(layers)
    }

    /// All keys in the order of the table.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static Key, &Value, &Origin)> {
        self.0
            .iter()
            .map(|(key, value, origin)| (*key, value, origin))
    }

    /// What `name` is.
    pub(super) fn get(&self, name: &str) -> (&Value, &Origin) {
        self.iter()
            .find(|(key, ..)| key.name == name)
            .map(|(_, value, origin)| (value, origin))
            .expect("only names of the table are asked for")
    }

    fn defaults() -> Self {
        let value = |key: &Key| match key.default {
            Default::Text(text) => key
                .kind
                .parse(text)
                .expect("a test holds the defaults legal"),
            Default::SameAs(_) | Default::Unset => Value::Unset,
        };
        Self(
            KEYS.iter()
                .map(|key| (key, value(key), Origin::Default))
                .collect(),
        )
    }

    /// Keys that follow another and were not set take its value.
    fn settle_defaults(&mut self) {
        for i in 0..self.0.len() {
            if let (Default::SameAs(other), Origin::Default) = (&self.0[i].0.default, &self.0[i].2)
            {
                self.0[i].1 = self.get(other).0.clone();
            }
        }
    }

    fn lay_file(&mut self, text: &str, path: &Path) -> Result<(), ConfigError> {
        let at = |span: Range<usize>| {
            let before = text.as_bytes().iter().take(span.start);
            let line = 1 + before.filter(|&&b| b == b'\n').count();
            Origin::File(path.to_owned(), line)
        };
        let table = DeTable::parse(text).map_err(|error| {
            ConfigError::new(&at(error.span().unwrap_or(0..0)), error.message().trim())
        })?;
        let mut found = Vec::new();
        flatten("", table.get_ref(), &mut found);
        // The first mistake from the top is the one to tell.
        found.sort_by_key(|(_, span, _)| span.start);
        for (name, span, value) in found {
            let origin = at(span);
            let key = known(&name, &origin)?;
            let value = from_toml(&key.kind, value)
                .ok_or_else(|| ConfigError::illegal(&origin, key, &shown(value)))?;
            let value = match (&key.kind, value, path.parent()) {
                (Kind::Path, Value::Text(file), Some(folder)) => {
                    Value::Text(folder.join(file).to_string_lossy().into_owned())
                }
                (_, value, _) => value,
            };
            self.put(key, value, origin);
        }
        Ok(())
    }

    fn lay_environment(
        &mut self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        let mut variables: Vec<(String, OsString)> = environment
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            // Names of one part (TINCAN_PASSWORD) are no configuration keys.
            .filter(|(name, _)| name.starts_with(VARIABLE_PREFIX) && name.contains("__"))
            .collect();
        variables.sort();
        for (variable, value) in variables {
            let name = variable[VARIABLE_PREFIX.len()..]
                .to_lowercase()
                .replace("__", ".");
            let origin = Origin::Environment(variable);
            let key = known(&name, &origin)?;
            let value = value.to_string_lossy();
            self.put_text(key, &value, origin)?;
        }
        Ok(())
    }

    fn lay_flags(&mut self, settings: &SettingsArgs) -> Result<(), ConfigError> {
        for pair in &settings.set {
            let origin = Origin::Flag("--set");
            let Some((name, value)) = pair.split_once('=') else {
                return Err(ConfigError::new(
                    &origin,
                    &format!("`{pair}` has no `=`, write KEY=VALUE"),
                ));
            };
            self.put_text(known(name.trim(), &origin)?, value.trim(), origin)?;
        }
        let named = [
            ("cs494.listen", "--cs494", &settings.cs494),
            ("cs594.listen", "--cs594", &settings.cs594),
            ("cp.listen", "--cp", &settings.cp),
            ("ops.listen", "--ops", &settings.ops),
        ];
        for (name, flag, value) in named {
            if let Some(value) = value {
                let origin = Origin::Flag(flag);
                self.put_text(known(name, &origin)?, value, origin)?;
            }
        }
        Ok(())
    }

    fn put_text(
        &mut self,
        key: &'static Key,
        text: &str,
        origin: Origin,
    ) -> Result<(), ConfigError> {
        let value = key
            .kind
            .parse(text)
            .ok_or_else(|| ConfigError::illegal(&origin, key, text))?;
        self.put(key, value, origin);
        Ok(())
    }

    fn put(&mut self, key: &'static Key, value: Value, origin: Origin) {
        for entry in &mut self.0 {
            if entry.0.name == key.name {
                entry.1 = value;
                entry.2 = origin;
                return;
            }
        }
    }
}

fn known(name: &str, origin: &Origin) -> Result<&'static Key, ConfigError> {
    keys::find(name).ok_or_else(|| ConfigError::unknown(origin, name))
}

/// Everything in `table` that is no table, with its dotted name and the place of its key.
fn flatten<'a, 'i>(
    above: &str,
    table: &'a DeTable<'i>,
    found: &mut Vec<(String, Range<usize>, &'a Spanned<DeValue<'i>>)>,
) {
    for (key, value) in table {
        let name = format!("{above}{}", key.get_ref());
        match value.get_ref() {
            // An empty table of ours says nothing; of another name it is a mistake.
            DeValue::Table(inner) if !inner.is_empty() || keys::is_table(&name) => {
                flatten(&format!("{name}."), inner, found);
            }
            DeValue::Table(_)
            | DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => found.push((name, key.span(), value)),
        }
    }
}

fn from_toml(kind: &Kind, value: &Spanned<DeValue<'_>>) -> Option<Value> {
    match (kind, value.get_ref()) {
        (Kind::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
        (Kind::Number { .. }, DeValue::Integer(number)) => {
            kind.number(u64::from_str_radix(number.as_str(), number.radix()).ok()?)
        }
        (
            Kind::Listen
            | Kind::Choice(_)
            | Kind::Rooms
            | Kind::Phrase
            | Kind::Names(_)
            | Kind::Addresses
            | Kind::Path
            | Kind::Secret,
            DeValue::String(text),
        ) => kind.parse(text),
        (Kind::Names(_) | Kind::Addresses, DeValue::Array(array)) => {
            let names = array.iter().map(|name| name.get_ref().as_str());
            // A name with a blank in it would become two.
            let names: Option<Vec<&str>> = names
                .map(|name| name.filter(|name| !name.contains(char::is_whitespace)))
                .collect();
            kind.parse(&names?.join(" "))
        }
        _ => None,
    }
}

/// A wrong value as it was written, as far as it helps.
fn shown(value: &Spanned<DeValue<'_>>) -> String {
    match value.get_ref() {
        DeValue::String(text) => format!("\"{text}\""),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(array) => {
            let items: Vec<_> = array.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(_) => "a table".to_owned(),
    }
}
