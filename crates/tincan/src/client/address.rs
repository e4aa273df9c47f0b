//! Addresses: of people on hubs, `[WIRE[+tls]://]NAME@HOST[:PORT]`, of people on the LAN, `lan:NAME`,
//! and of friends, `friend:WHO`; or `lan:` and `friend:` for nobody in particular.
//!
//! What is behind `lan:` (or `lan://`) is the name as it is, with whatever dots, blanks and `@` it
//! has [LAN-15].
//!
//! A name may hold what an address may not: `%3A` stands for `:`, `%40` for `@`, `%25` for `%`. A
//! `:` before the `@` is taken for a password and refused, because whoever lists the processes of a
//! machine reads their arguments.

use lan::Instance;
use model::{NameError, UserName};

use super::wires::Wire;

/// Somebody on a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Which protocol is spoken.
    pub(crate) wire: Wire,
    /// Whether it is spoken by TLS.
    pub(crate) tls: bool,
    /// Who speaks.
    pub(crate) name: UserName,
    /// The hub's host, IPv6 without brackets.
    pub(crate) host: String,
    /// The hub's port.
    pub(crate) port: u16,
}

/// Why a string is no address, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    #[error(
        "there is no wire {0}://; take cs494://, cs594:// or cp:// (cs494+tls:// and so on by TLS), \
         lan: or friend:"
    )]
    UnknownWire(String),
    #[error("the address names nobody; write NAME@HOST, as in ana@localhost")]
    NoName,
    #[error("the address names no host; write NAME@HOST, as in ana@localhost")]
    NoHost,
    #[error(
        "an address holds no password, others on this machine could read it there; leave it out, \
         and it is asked for or taken from TINCAN_PASSWORD (a : that belongs to the name is \
         written %3A)"
    )]
    Password,
    #[error("{0} is no name: {1}")]
    BadName(String, NameError),
    #[error("put an IPv6 address in brackets, as in ana@[::1]")]
    BareIpv6,
    #[error("{0} is no port; a port is a number from 1 to 65535")]
    BadPort(String),
    #[error("an address ends with its host or port; {0} is too much")]
    Trailing(String),
    #[error("{0} is no name on the LAN: it is longer than {max} bytes", max = Instance::MAX_BYTES)]
    LongInstance(String),
    #[error("the hub's TLS port has to be named, as in {0}+tls://ana@localhost:PORT")]
    NoTlsPort(&'static str),
}

impl Address {
    /// Takes `raw` apart. `tls` speaks for TLS although the wire's name does not say so.
    ///
    /// # Errors
    /// [`AddressError`], which never repeats a password.
    pub(crate) fn parse(raw: &str, tls: bool) -> Result<Self, AddressError> {
        let (wire, tls, rest) = match raw.split_once("://") {
            None => (Wire::Cs494, tls, raw),
            Some((scheme, rest)) => {
                let (wire, by_tls) = split_scheme(scheme)?;
                (wire, tls || by_tls, rest)
            }
        };
        let (name, place) = rest.rsplit_once('@').ok_or(AddressError::NoName)?;
        if name.contains(':') {
            return Err(AddressError::Password);
        }
        if name.is_empty() {
            return Err(AddressError::NoName);
        }
        let plain = percent_decoded(name);
        let name = UserName::parse(&plain).map_err(|e| AddressError::BadName(plain, e))?;
        let (host, port) = split_port(place)?;
        let port = match port {
            Some(port) => port,
            None if tls => return Err(AddressError::NoTlsPort(wire.scheme())),
            None => wire.default_port(),
        };
        Ok(Self {
            wire,
            tls,
            name,
            host,
            port,
        })
    }
}

/// The person of an address on the LAN; `None`: it is an address on a hub.
///
/// # Errors
/// [`AddressError::LongInstance`].
pub(crate) fn on_lan(raw: &str) -> Option<Result<Option<UserName>, AddressError>> {
    let name = behind("lan:", raw)?;
    Some(if name.is_empty() {
        Ok(None)
    } else {
        instance(&name).map(Some)
    })
}

/// Whom an address of a friend names, `None` for nobody in particular; `None` altogether: it is another
/// address.
pub(crate) fn on_friends(raw: &str) -> Option<Option<String>> {
    let who = behind("friend:", raw)?;
    Some((!who.is_empty()).then_some(who))
}

/// What is behind this scheme, in whatever case it is written.
fn behind(scheme: &str, raw: &str) -> Option<String> {
    let found = raw.get(..scheme.len())?;
    if !found.eq_ignore_ascii_case(scheme) {
        return None;
    }
    let rest = &raw[scheme.len()..];
    Some(percent_decoded(rest.strip_prefix("//").unwrap_or(rest)))
}

/// A name as it is on the LAN.
///
/// # Errors
/// [`AddressError::LongInstance`]; `raw` is not empty.
pub(crate) fn instance(raw: &str) -> Result<UserName, AddressError> {
    Instance::new(raw)
        .and_then(|instance| UserName::foreign(instance.as_str()).ok())
        .ok_or_else(|| AddressError::LongInstance(raw.to_owned()))
}

fn split_scheme(scheme: &str) -> Result<(Wire, bool), AddressError> {
    let lower = scheme.to_ascii_lowercase();
    let (name, tls) = match lower.strip_suffix("+tls") {
        Some(name) => (name, true),
        None => (lower.as_str(), false),
    };
    let wire = Wire::ALL.into_iter().find(|wire| wire.scheme() == name);
    wire.map(|wire| (wire, tls))
        .ok_or_else(|| AddressError::UnknownWire(scheme.to_owned()))
}

/// Host and port of `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT`, each with or without a `/` behind.
fn split_port(place: &str) -> Result<(String, Option<u16>), AddressError> {
    let place = place.strip_suffix('/').unwrap_or(place);
    if let Some(at) = place.find(['/', '?', '#']) {
        return Err(AddressError::Trailing(place[at..].to_owned()));
    }
    let (host, port) = if let Some(inner) = place.strip_prefix('[') {
        let (host, behind) = inner.split_once(']').ok_or(AddressError::BareIpv6)?;
        match behind.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if behind.is_empty() => (host, None),
            None => return Err(AddressError::Trailing(behind.to_owned())),
        }
    } else {
        match place.split_once(':') {
            Some((_, rest)) if rest.contains(':') => return Err(AddressError::BareIpv6),
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    if host.is_empty() {
        return Err(AddressError::NoHost);
    }
    let number = |port: &str| match port.parse() {
        Ok(0) | Err(_) => Err(AddressError::BadPort(port.to_owned())),
        Ok(number) => Ok(number),
    };
    Ok((host.to_owned(), port.map(number).transpose()?))
}

/// `%41` becomes `A`; a `%` that is followed by no two hexadecimal digits stays.
fn percent_decoded(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match (first, tail) {
            (b'%', [high, low, ..]) => {
                let digit = |b: &u8| char::from(*b).to_digit(16);
                digit(high)
                    .zip(digit(low))
                    .and_then(|(h, l)| u8::try_from(h * 16 + l).ok())
            }
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(raw: &str) -> Result<(Wire, bool, String, String, u16), AddressError> {
        Address::parse(raw, false)
            .map(|a| (a.wire, a.tls, a.name.to_string(), a.host.clone(), a.port))
    }

    #[test]
    fn addresses_are_taken_apart() {
        let table = [
            (
                "ana@localhost",
                (Wire::Cs494, false, "ana", "localhost", 17734),
            ),
            (
                "cs494://ana@localhost",
                (Wire::Cs494, false, "ana", "localhost", 17734),
            ),
            (
                "cs594://ana@localhost/",
                (Wire::Cs594, false, "ana", "localhost", 8000),
            ),
            (
                "CP://ana@hub.example.org",
                (Wire::Cp, false, "ana", "hub.example.org", 5035),
            ),
            (
                "ana@10.0.0.1:99",
                (Wire::Cs494, false, "ana", "10.0.0.1", 99),
            ),
            ("cp://ana@[::1]", (Wire::Cp, false, "ana", "::1", 5035)),
            (
                "ana@[2001:db8::1]:99",
                (Wire::Cs494, false, "ana", "2001:db8::1", 99),
            ),
            (
                "cs494+tls://ana@h:17735",
                (Wire::Cs494, true, "ana", "h", 17735),
            ),
            (
                "cp+tls://ana@[::1]:5036",
                (Wire::Cp, true, "ana", "::1", 5036),
            ),
            ("bo%3Ab@h", (Wire::Cs494, false, "bo:b", "h", 17734)),
            ("a@b@h", (Wire::Cs494, false, "a@b", "h", 17734)),
            ("100%@h", (Wire::Cs494, false, "100%", "h", 17734)),
            ("日本@h", (Wire::Cs494, false, "日本", "h", 17734)),
        ];
        for (raw, (wire, tls, name, host, port)) in table {
            let expected = (wire, tls, name.to_owned(), host.to_owned(), port);
            assert_eq!(parts(raw), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn what_is_no_address_is_told_as_such() {
        let table = [
            ("irc://ana@h", AddressError::UnknownWire("irc".into())),
            (
                "cs494+ssl://ana@h",
                AddressError::UnknownWire("cs494+ssl".into()),
            ),
            ("localhost", AddressError::NoName),
            ("@localhost", AddressError::NoName),
            ("cp://", AddressError::NoName),
            ("ana@", AddressError::NoHost),
            ("ana@:17734", AddressError::NoHost),
            ("ana@[]:1", AddressError::NoHost),
            ("ana@::1", AddressError::BareIpv6),
            ("ana@[::1", AddressError::BareIpv6),
            ("ana@h:", AddressError::BadPort(String::new())),
            ("ana@h:0", AddressError::BadPort("0".into())),
            ("ana@h:65536", AddressError::BadPort("65536".into())),
            ("ana@h:x", AddressError::BadPort("x".into())),
            ("ana@h/room", AddressError::Trailing("/room".into())),
            ("ana@h?x", AddressError::Trailing("?x".into())),
            ("ana@[::1]x", AddressError::Trailing("x".into())),
            (
                "~ana@h",
                AddressError::BadName("~ana".into(), NameError::Reserved),
            ),
            (
                "a%20b@h",
                AddressError::BadName("a b".into(), NameError::Forbidden(' ')),
            ),
            ("cs594+tls://ana@h", AddressError::NoTlsPort("cs594")),
        ];
        for (raw, error) in table {
            assert_eq!(parts(raw), Err(error), "{raw}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        // [CP-13]
        let error = parts("cp://ana:opensesame@h").unwrap_err();
        assert_eq!(error, AddressError::Password);
        assert!(!error.to_string().contains("opensesame"));
    }

    #[test]
    fn the_flag_means_tls_too() {
        // [HUB-10]
        assert!(Address::parse("ana@h:1", true).is_ok_and(|a| a.tls));
        assert_eq!(
            Address::parse("ana@h", true),
            Err(AddressError::NoTlsPort("cs494"))
        );
    }

    #[test]
    fn names_on_the_lan_are_taken_as_they_are() {
        // [LAN-15] [LAN-37] [LAN-50]
        let name = |raw| on_lan(raw).map(|name| name.map(|name| name.map(|n| n.to_string())));
        for (raw, expected) in [
            ("lan:", None),
            ("lan://", None),
            ("LAN:", None),
            ("lan:bob@bobbox", Some("bob@bobbox")),
            ("lan://bob@bobbox", Some("bob@bobbox")),
            (
                "lan:john.doe@Johns-MacBook (2)",
                Some("john.doe@Johns-MacBook (2)"),
            ),
            ("lan:日本@box", Some("日本@box")),
            ("lan:a@b@c:1/x", Some("a@b@c:1/x")),
            ("lan:nobody", Some("nobody")),
            ("lan:bob%20smith@box", Some("bob smith@box")),
            ("lan:100%@box", Some("100%@box")),
        ] {
            assert_eq!(name(raw), Some(Ok(expected.map(str::to_owned))), "{raw}");
        }
        for raw in ["", "lan", "lana@host", "cs494://lan@host", "lä:n"] {
            assert_eq!(name(raw), None, "{raw}");
        }
        let long = "x".repeat(64);
        assert_eq!(
            name(&format!("lan:{long}")),
            Some(Err(AddressError::LongInstance(long)))
        );
    }
}
