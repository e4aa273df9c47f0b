//! Configuration in two steps: [`Layers`] gathers what flags, environment, file and defaults say
//! and where each value came from; [`Config::resolve`] turns that into plain data without a default
//! or an open question left [HUB-12]; [`Lan::resolve`] and [`Friends::resolve`] do it for the
//! commands of the LAN and of friends.
//!
//! Adding a key is a line in [`keys`] and a field here.

mod friends;
pub(crate) mod keys;
mod lan;
mod layers;
mod show;

pub(crate) use friends::Friends;
pub(crate) use lan::Lan;
pub(crate) use layers::{Layers, Origin};
pub(crate) use show::{effective, effective_json, sample};

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::args::SettingsArgs;
use crate::data;
use keys::{Key, Value};

/// Reads all layers: what `tincan serve` runs with.
///
/// # Errors
/// One sentence that names the key, what is wrong and where it was said.
pub(crate) fn load(settings: &SettingsArgs) -> Result<Config, ConfigError> {
    let layers = Layers::read(settings, std::env::vars_os())?;
    let (data_dir, _) = data::folder(&settings.data)?;
    Config::resolve(&layers, data_dir)
}

/// What a hub runs with. `None` always means "off", "not given" or "without limit".
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// `[limits]`
    pub(crate) limits: Limits,
    /// `[cs494]`
    pub(crate) cs494: Cs494,
    /// `[cs594]`
    pub(crate) cs594: Cs594,
    /// `[cp]`
    pub(crate) cp: Cp,
    /// `[names]`
    pub(crate) names: Names,
    /// `[history]`
    pub(crate) history: History,
    /// `[tls]`
    pub(crate) tls: Tls,
    /// `[ops]`
    pub(crate) ops: Ops,
    /// The folder with the hub's data; may not exist yet.
    pub(crate) data_dir: PathBuf,
}

/// Bounds [HUB-11].
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// People online at once.
    pub(crate) users: u32,
    /// Rooms open at once.
    pub(crate) rooms: u32,
    /// Rooms one person may be in.
    pub(crate) rooms_per_user: u32,
    /// People in one room.
    pub(crate) room_members: u32,
    /// Connections from one address at once, and new ones a second.
    pub(crate) connections_per_address: u32,
    /// Bytes that may wait for one connection.
    pub(crate) send_queue_bytes: usize,
    /// Files that one person sends or receives at once.
    pub(crate) transfers_per_user: u32,
    /// Packets a second that one connection may send.
    pub(crate) packets_per_second: u32,
    /// Whether the limits per address do not count for this machine.
    pub(crate) exempt_loopback: bool,
}

/// The cs494 wire.
#[derive(Clone, Debug)]
pub(crate) struct Cs494 {
    /// `host:port` in plain text.
    pub(crate) listen: Option<String>,
    /// `host:port` with TLS.
    pub(crate) tls_listen: Option<String>,
    /// After which a silent client is lost.
    pub(crate) silence: Duration,
    /// Between the hub's signs of life.
    pub(crate) heartbeat: Duration,
    /// Whether room lists are sent unasked.
    pub(crate) push_room_list: bool,
    /// Whether last words are shown in rooms.
    pub(crate) farewell_to_rooms: bool,
    /// Whether one may post into a room without being in it.
    pub(crate) post_from_outside: bool,
    /// Whether each change of members is listed by itself.
    pub(crate) strict_listings: bool,
}

/// The cs594 wire.
#[derive(Clone, Debug)]
pub(crate) struct Cs594 {
    /// `host:port` in plain text.
    pub(crate) listen: Option<String>,
    /// `host:port` with TLS.
    pub(crate) tls_listen: Option<String>,
    /// After which a silent client is lost.
    pub(crate) silence: Duration,
    /// The pre-shared key.
    pub(crate) key: Option<SharedKey>,
    /// Whether plain packets are refused. Implies a key.
    pub(crate) require_encryption: bool,
    /// Whether listings go to the whole room.
    pub(crate) list_users_to_all: bool,
}

/// The key of cs594's encryption; not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SharedKey(pub(crate) [u8; 16]);

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(…)")
    }
}

/// The cp wire.
#[derive(Clone, Debug)]
pub(crate) struct Cp {
    /// `host:port` in plain text.
    pub(crate) listen: Option<String>,
    /// `host:port` with TLS.
    pub(crate) tls_listen: Option<String>,
    /// Whether commands without line ends are taken.
    pub(crate) accept_unterminated: bool,
    /// Whether messages may hold colons.
    pub(crate) colons_in_messages: bool,
    /// In which a command must be whole.
    pub(crate) pdu_timeout: Duration,
    /// In which a message must be acknowledged.
    pub(crate) ack_timeout: Duration,
}

/// Who may have which name [HUB-1] [HUB-2].
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Whether accounts' names are free on wires without passwords.
    pub(crate) open_names: bool,
    /// Whether names that differ by case only may be online together.
    pub(crate) allow_confusables: bool,
}

/// What is kept of what was said [HUB-6].
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// Whether anything is.
    pub(crate) enabled: bool,
    /// How long; `None`: for ever.
    pub(crate) retention: Option<Duration>,
    /// How much text; `None`: without limit.
    pub(crate) retention_bytes: Option<u64>,
    /// Rooms of which nothing is kept all the same.
    pub(crate) except_rooms: Vec<model::RoomName>,
}

/// TLS on every wire [HUB-10].
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    /// `None`: one is made for test set-ups.
    pub(crate) certificate: Option<CertificateFiles>,
}

/// A certificate and its key.
#[derive(Clone, Debug)]
pub(crate) struct CertificateFiles {
    /// The certificate with its chain, PEM.
    pub(crate) cert: PathBuf,
    /// The private key, PEM.
    pub(crate) key: PathBuf,
}

/// Metrics and health [HUB-13].
#[derive(Clone, Debug)]
pub(crate) struct Ops {
    /// `host:port`.
    pub(crate) listen: Option<String>,
}

impl Config {
    /// Settles what concerns several keys; single values were checked when they were read.
    ///
    /// # Errors
    /// A key that needs another.
    pub(crate) fn resolve(layers: &Layers, data_dir: PathBuf) -> Result<Self, ConfigError> {
        let key = layers.text("cs594.key").map(shared_key);
        let require_encryption = layers.flag("cs594.require_encryption");
        if require_encryption && key.is_none() {
            let (_, origin) = layers.get("cs594.require_encryption");
            return Err(ConfigError::new(
                origin,
                "`cs594.require_encryption` needs `cs594.key`, which `tincan generate key` makes",
            ));
        }
        Ok(Self {
            limits: Limits {
                users: layers.number("limits.users"),
                rooms: layers.number("limits.rooms"),
                rooms_per_user: layers.number("limits.rooms_per_user"),
                room_members: layers.number("limits.room_members"),
                connections_per_address: layers.number("limits.connections_per_address"),
                send_queue_bytes: layers.number("limits.send_queue_bytes"),
                transfers_per_user: layers.number("limits.transfers_per_user"),
                packets_per_second: layers.number("limits.packets_per_second"),
                exempt_loopback: layers.flag("limits.exempt_loopback"),
            },
            cs494: Cs494 {
                listen: layers.listen("cs494.listen"),
                tls_listen: layers.listen("cs494.tls_listen"),
                silence: layers.seconds("cs494.silence_s"),
                heartbeat: layers.seconds("cs494.heartbeat_s"),
                push_room_list: layers.flag("cs494.push_room_list"),
                farewell_to_rooms: layers.flag("cs494.farewell_to_rooms"),
                post_from_outside: layers.flag("cs494.post_from_outside"),
                strict_listings: layers.flag("cs494.strict_listings"),
            },
            cs594: Cs594 {
                listen: layers.listen("cs594.listen"),
                tls_listen: layers.listen("cs594.tls_listen"),
                silence: layers.seconds("cs594.silence_s"),
                key,
                require_encryption,
                list_users_to_all: layers.flag("cs594.list_users_to_all"),
            },
            cp: Cp {
                listen: layers.listen("cp.listen"),
                tls_listen: layers.listen("cp.tls_listen"),
                accept_unterminated: layers.text("cp.unterminated") == Some("accept"),
                colons_in_messages: layers.flag("cp.colons_in_messages"),
                pdu_timeout: layers.seconds("cp.pdu_timeout_s"),
                ack_timeout: layers.seconds("cp.ack_timeout_s"),
            },
            names: Names {
                open_names: layers.flag("names.open_names"),
                allow_confusables: layers.text("names.confusables") == Some("allow"),
            },
            history: History {
                enabled: layers.flag("history.enabled"),
                retention: Some(layers.number::<u64>("history.retention_days"))
                    .filter(|days| *days > 0)
                    .map(|days| Duration::from_secs(days * 86_400)),
                retention_bytes: Some(layers.number("history.retention_bytes"))
                    .filter(|bytes| *bytes > 0),
                except_rooms: except_rooms(layers),
            },
            tls: Tls {
                certificate: certificate(layers)?,
            },
            ops: Ops {
                listen: layers.listen("ops.listen"),
            },
            data_dir,
        })
    }
}

/// Typed views of single keys. The table's kinds and ranges make each of them whole.
impl Layers {
    fn flag(&self, name: &str) -> bool {
        matches!(self.get(name).0, Value::Flag(true))
    }

    fn number<N: TryFrom<u64>>(&self, name: &str) -> N {
        match self.get(name).0 {
            Value::Number(number) => N::try_from(*number).ok(),
            Value::Flag(_) | Value::Text(_) | Value::Unset => None,
        }
        .expect("the table's ranges fit the configuration's fields")
    }

    fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.number(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.get(name).0 {
            Value::Text(text) => Some(text),
            Value::Flag(_) | Value::Number(_) | Value::Unset => None,
        }
    }

    fn listen(&self, name: &str) -> Option<String> {
        self.text(name)
            .filter(|address| *address != "off")
            .map(str::to_owned)
    }
}

fn certificate(layers: &Layers) -> Result<Option<CertificateFiles>, ConfigError> {
    match (layers.text("tls.cert"), layers.text("tls.key")) {
        (Some(cert), Some(key)) => Ok(Some(CertificateFiles {
            cert: cert.into(),
            key: key.into(),
        })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(ConfigError::new(
            layers.get("tls.cert").1,
            "`tls.cert` needs `tls.key` beside it",
        )),
        (None, Some(_)) => Err(ConfigError::new(
            layers.get("tls.key").1,
            "`tls.key` needs `tls.cert` beside it",
        )),
    }
}

/// The rooms that history leaves out; the key's kind lets only names of rooms pass.
fn except_rooms(layers: &Layers) -> Vec<model::RoomName> {
    let rooms = layers.text("history.except_rooms").unwrap_or_default();
    let rooms = rooms.split_whitespace().map(model::RoomName::parse);
    rooms.filter_map(Result::ok).collect()
}

/// `digits` are 32 hexadecimal ones.
fn shared_key(digits: &str) -> SharedKey {
    let number =
        u128::from_str_radix(digits, 16).expect("the key's kind lets 32 hexadecimal digits pass");
    SharedKey(number.to_be_bytes())
}

/// What is wrong with the configuration, in a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub(crate) struct ConfigError {
    sentence: String,
    /// Whether it was said on the command line: then it is wrong usage.
    pub(crate) is_usage: bool,
}

impl ConfigError {
    fn new(origin: &Origin, what: &str) -> Self {
        Self {
            sentence: format!("{origin}: {what}"),
            is_usage: matches!(origin, Origin::Flag(_)),
        }
    }

    /// Something outside all layers.
    pub(crate) fn elsewhere(sentence: String) -> Self {
        Self {
            sentence,
            is_usage: false,
        }
    }

    fn unknown(origin: &Origin, name: &str) -> Self {
        if keys::is_table(name) {
            return Self::new(origin, &format!("`{name}` is a table, not a key"));
        }
        let hint = match (keys::nearest(name), origin) {
            (Some(key), Origin::Environment(_)) => {
                format!(", did you mean `{}` ({})?", key.name, key.variable())
            }
            (Some(key), _) => format!(", did you mean `{}`?", key.name),
            (None, _) => "; `tincan config` lists the keys".to_owned(),
        };
        Self::new(origin, &format!("unknown key `{name}`{hint}"))
    }

    fn illegal(origin: &Origin, key: &Key, given: &str) -> Self {
        let name = key.name;
        let allowed = &key.kind;
        match key.kind {
            keys::Kind::Secret => Self::new(origin, &format!("`{name}` must be {allowed}")),
            keys::Kind::Flag
            | keys::Kind::Number { .. }
            | keys::Kind::Listen
            | keys::Kind::Choice(_)
            | keys::Kind::Rooms
            | keys::Kind::Phrase
            | keys::Kind::Names(_)
            | keys::Kind::Addresses
            | keys::Kind::Path => {
                Self::new(origin, &format!("`{name}` must be {allowed}, not {given}"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
