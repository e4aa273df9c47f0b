//! Presence names: `user@machine`, and what to be called when a name is taken.

use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The instance part of a service's name, as it came: up to 63 bytes of UTF-8, anything in it
/// [LAN-15]. Compared without regard to ASCII case, as DNS does.
#[derive(Clone)]
pub struct Instance(Arc<str>);

impl Instance {
    /// Bytes in a DNS label, at most.
    pub const MAX_BYTES: usize = 63;

    /// Takes `raw` as it is; `None`: it is empty or too long for a DNS label.
    pub fn new(raw: &str) -> Option<Self> {
        (1..=Self::MAX_BYTES)
            .contains(&raw.len())
            .then(|| Self(Arc::from(raw)))
    }

    /// As it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|b| b.to_ascii_lowercase())
    }
}

impl PartialEq for Instance {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Instance {}

impl PartialOrd for Instance {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Instance {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(other.key())
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instance({:?})", &*self.0)
    }
}

/// Bytes of the machine part, at most: the rest of the label is the user's, and the host label has
/// an ending of ours.
const MAX_MACHINE: usize = 40;
/// What a machine is called whose name has no letter that ASCII knows.
const NAMELESS_MACHINE: &str = "machine";
/// What a person without a name is called.
const NAMELESS_USER: &str = "user";
/// What our host labels end with.
const HOST_SUFFIX: &str = "-tincan";

/// What we would like to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The user part: any UTF-8 [LAN-37].
    pub user: String,
    /// The machine part: ASCII [LAN-36].
    pub machine: String,
}

impl Wish {
    /// Makes the machine's name a plain ASCII label: of a full domain name the first label counts,
    /// umlauts and the like lose their marks, what is left over becomes `-`; never empty [LAN-36].
    /// The user keeps all that can be printed [LAN-37].
    pub fn new(user: &str, machine: &str) -> Self {
        Self {
            user: user_part(user),
            machine: machine_part(machine),
        }
    }

    /// The name to try after `attempt` taken ones (0: the wish itself): the user with the digit 1, 2,
    /// … at its end, cut so that the whole fits a label [LAN-5].
    pub fn candidate(&self, attempt: u32) -> Instance {
        let machine = machine_part(&self.machine);
        let digits = match attempt {
            0 => String::new(),
            taken => taken.to_string(),
        };
        let room = Instance::MAX_BYTES - machine.len() - "@".len() - digits.len();
        let user = user_part(&self.user);
        let cut = user
            .get(..user.floor_char_boundary(room))
            .unwrap_or_default();
        Instance(Arc::from(format!("{cut}{digits}@{machine}")))
    }

    /// The host label to try: one of our own, so that the machine's name stays the system's. After
    /// `attempt` taken ones it ends with the number 2, 3, …
    pub fn host_label(&self, attempt: u32) -> String {
        let machine = machine_part(&self.machine);
        match attempt {
            0 => format!("{machine}{HOST_SUFFIX}"),
            taken => format!("{machine}{HOST_SUFFIX}-{}", taken.saturating_add(1)),
        }
    }
}

/// Without what no terminal and no XML can carry.
fn user_part(user: &str) -> String {
    let is_carried = |c: &char| !c.is_control() && !matches!(*c, '\u{FFFE}' | '\u{FFFF}');
    let printable: String = user.chars().filter(is_carried).collect();
    match printable.trim() {
        "" => NAMELESS_USER.to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

fn machine_part(machine: &str) -> String {
    let first = machine.split('.').next().unwrap_or_default();
    let plain: String = first
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(MAX_MACHINE)
        .collect();
    match plain.trim_matches('-') {
        "" => NAMELESS_MACHINE.to_owned(),
        label => label.to_owned(),
    }
}
