//! From flags, environment and file to what a node needs.

use std::ffi::OsString;
use std::path::PathBuf;

use lan::name::Wish;
use lan::txt::{Abilities, Profile};
use node::lan::Settings;

use crate::args::{DataArgs, LanArgs, LanPlaceArgs};
use crate::client::Usage;
use crate::client::picture::{self, Fit, Kind};
use crate::config::{ConfigError, Lan, Layers};
use crate::{data, print};

/// What a NULL record that travels in one datagram takes for a picture [LAN-29].
const PICTURE: Fit = Fit {
    most: lan::mdns::MAX_PICTURE as u64,
    why: ", which is what fits a datagram (65535 is what the protocol allows)",
    kinds: &[Kind::Png, Kind::Jpeg, Kind::Gif],
};
/// From here on a picture is more packets than every network carries: 8 KiB and the rest of the
/// message are below the 9,000 bytes that multicast DNS allows.
const LARGE_PICTURE: usize = 8 * 1024;
/// What one is called where the system does not know.
const NOBODY: &str = "someone";

/// A node's settings for somebody who takes part.
///
/// # Errors
/// Something is set to what it cannot be, or the picture cannot be read.
pub(crate) fn settings(args: &LanArgs) -> anyhow::Result<Settings> {
    let config = Lan::resolve(&layers(args, std::env::vars_os())?);
    let picture = config.picture.as_deref();
    let picture = picture
        .map(|path| picture::read(path, &PICTURE))
        .transpose()?;
    if let Some(picture) = picture.as_ref().filter(|p| p.len() > LARGE_PICTURE) {
        print::note(format_args!(
            "the picture has {} bytes: it goes over the network in several fragments, which some \
             lose; below {LARGE_PICTURE} bytes are better",
            picture.len()
        ));
    }
    Ok(Settings {
        wish: wish(config.user, config.machine),
        profile: Profile {
            presence: config.presence,
            first: config.first,
            last: config.last,
            nick: config.nick,
            email: config.email,
            jid: config.jid,
            // The node has the picture and tells its hash.
            picture: None,
            // There are no conferences here, so nobody is in one [LAN-6].
            abilities: Abilities {
                free: true,
                ..Abilities::default()
            },
        },
        picture: picture.map(Into::into),
        port: config.port,
        interfaces: config.interfaces,
        require_tls: config.require_tls,
        is_visible: true,
        folder: folder(&args.place)?,
    })
}

/// A node's settings for somebody who only looks: nothing is published, nothing listens.
///
/// # Errors
/// As [`settings`].
pub(crate) fn onlooker(place: &LanPlaceArgs) -> anyhow::Result<Settings> {
    let args = LanArgs {
        place: place.clone(),
        private: true,
        ..LanArgs::default()
    };
    Ok(Settings {
        is_visible: false,
        ..settings(&args)?
    })
}

/// Where keys, pins and pictures are kept.
///
/// # Errors
/// There is no home folder.
pub(crate) fn folder(place: &LanPlaceArgs) -> Result<PathBuf, ConfigError> {
    let data = place.data.clone().or_else(|| path_from("TINCAN_DATA"));
    Ok(data::folder(&DataArgs { data })?.0.join("lan"))
}

fn path_from(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

/// All layers, the flags uppermost [LAN-50].
fn layers(
    args: &LanArgs,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> anyhow::Result<Layers> {
    let file = args.place.config.clone();
    let file = file.or_else(|| path_from("TINCAN_CONFIG"));
    let (user, machine) = args.name.as_deref().map(split_name).transpose()?.unzip();
    let yes = |is: bool| is.then(|| "true".to_owned());
    let interfaces = &args.place.interfaces;
    let flags = [
        ("lan.user", "--name", user),
        ("lan.machine", "--name", machine.flatten()),
        ("lan.port", "--port", args.port.map(|port| port.to_string())),
        (
            "lan.interfaces",
            "--interface",
            (!interfaces.is_empty()).then(|| interfaces.join(" ")),
        ),
        ("lan.status", "--status", args.status.clone()),
        ("lan.message", "--message", args.message.clone()),
        (
            "lan.picture",
            "--picture",
            args.picture.as_ref().map(|path| path.display().to_string()),
        ),
        ("lan.nick", "--nick", args.nick.clone()),
        ("lan.first", "--first", args.first.clone()),
        ("lan.last", "--last", args.last.clone()),
        ("lan.email", "--email", args.email.clone()),
        ("lan.jid", "--jid", args.jid.clone()),
        ("lan.private", "--private", yes(args.private)),
        ("lan.require_tls", "--require-tls", yes(args.require_tls)),
    ];
    let given = flags
        .into_iter()
        .filter_map(|(name, flag, value)| Some((name, flag, value?)));
    Ok(Layers::read_with(file.as_deref(), environment, given)?)
}

/// `USER[@MACHINE]`; the machine is behind the last `@`, since the user's name may hold one.
fn split_name(raw: &str) -> Result<(String, Option<String>), Usage> {
    let (user, machine) = match raw.rsplit_once('@') {
        Some((user, machine)) => (user, Some(machine)),
        None => (raw, None),
    };
    if user.is_empty() || machine.is_some_and(str::is_empty) {
        return Err(Usage("write --name USER or --name USER@MACHINE".into()));
    }
    Ok((user.to_owned(), machine.map(str::to_owned)))
}

/// The names asked for, else the system's [LAN-2].
fn wish(user: Option<String>, machine: Option<String>) -> Wish {
    let user = user.or_else(system_user).unwrap_or_else(|| NOBODY.into());
    Wish::new(&user, &machine.unwrap_or_else(system_machine))
}

/// What the system calls this machine.
pub(in crate::client) fn system_machine() -> String {
    let whole = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    // What is behind the first dot is the machine's domain, not its name.
    whole.split('.').next().unwrap_or_default().to_owned()
}

/// What the system calls the person: by the environment, else by its list of users.
pub(in crate::client) fn system_user() -> Option<String> {
    let named = ["USER", "LOGNAME"].into_iter();
    let mut named = named.filter_map(|variable| std::env::var(variable).ok());
    named.find(|name| !name.is_empty()).or_else(|| {
        let users = std::fs::read_to_string("/etc/passwd").ok()?;
        let id = rustix::process::getuid().as_raw().to_string();
        let is_ours = |line: &&str| line.split(':').nth(2) == Some(&id);
        let line = users.lines().find(is_ours)?;
        line.split(':').next().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use model::Availability;

    use super::*;

    /// The settings that come of a file, variables and flags.
    fn read(file: &str, variables: &[(&str, &str)], flags: LanArgs) -> Lan {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tincan.toml");
        std::fs::write(&path, file).unwrap();
        let mut flags = flags;
        flags.place.config = Some(path);
        let variables = variables
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Lan::resolve(&layers(&flags, variables).unwrap())
    }

    fn text(raw: &str) -> Option<String> {
        Some(raw.to_owned())
    }

    #[test]
    fn flags_are_stronger_than_the_environment_and_that_than_the_file() {
        // [LAN-50]
        let file = "[lan]\nnick = \"file\"\nemail = \"file@x\"\njid = \"file@y\"\nport = 1\n\
                    interfaces = [\"eth0\", \"eth1\"]\n";
        let variables = [("TINCAN_LAN__NICK", "env"), ("TINCAN_LAN__EMAIL", "env@x")];
        let lan = read(
            file,
            &variables,
            LanArgs {
                nick: text("flag"),
                status: text("dnd"),
                name: text("a@na@box"),
                ..LanArgs::default()
            },
        );
        assert_eq!(lan.nick, text("flag"));
        assert_eq!(lan.email, text("env@x"));
        assert_eq!(lan.jid, text("file@y"));
        assert_eq!(lan.port, 1);
        assert_eq!(lan.interfaces, ["eth0", "eth1"]);
        assert_eq!(lan.presence.availability, Availability::Busy);
        assert_eq!((lan.user, lan.machine), (text("a@na"), text("box")));
        assert_eq!(lan.first, None, "published only when given");
    }

    #[test]
    fn personal_data_is_hidden_by_key_and_all_at_once() {
        // [LAN-42]
        let file = "[lan]\nnick = \"n\"\nfirst = \"f\"\nlast = \"l\"\nemail = \"e\"\njid = \"j\"\n\
                    picture = \"p.png\"\nmessage = \"m\"\n";
        let all = read(file, &[], LanArgs::default());
        assert!(all.nick.is_some() && all.picture.is_some() && all.presence.message.is_some());
        let some = read(
            &format!("{file}hide = [\"email\", \"picture\", \"message\"]\n"),
            &[],
            LanArgs::default(),
        );
        assert_eq!(
            (some.nick, some.email, some.picture),
            (text("n"), None, None)
        );
        assert_eq!(some.presence.message, None);
        let private = LanArgs {
            private: true,
            nick: text("flag"),
            ..LanArgs::default()
        };
        for hidden in [
            read(file, &[], private),
            read(&format!("{file}private = true\n"), &[], LanArgs::default()),
            read(file, &[("TINCAN_LAN__PRIVATE", "true")], LanArgs::default()),
        ] {
            assert_eq!(hidden.nick, None);
            assert_eq!(hidden.first, None);
            assert_eq!(hidden.last, None);
            assert_eq!(hidden.email, None);
            assert_eq!(hidden.jid, None);
            assert_eq!(hidden.picture, None);
        }
    }

    #[test]
    fn names_are_split_at_the_last_at() {
        // [LAN-50]
        assert_eq!(split_name("ana").ok(), Some(("ana".into(), None)));
        let both = Some(("bob smith".to_owned(), text("box")));
        assert_eq!(split_name("bob smith@box").ok(), both);
        for bad in ["", "@", "ana@", "@box"] {
            assert!(split_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pictures_are_pictures_and_fit() {
        // [LAN-29]
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("me");
        let of = |magic: &[u8], size: usize| {
            let mut data = magic.to_vec();
            data.resize(size, 0);
            std::fs::write(&path, data).unwrap();
            picture::read(&path, &PICTURE)
                .map(|data| data.len())
                .map_err(|e| e.to_string())
        };
        assert_eq!(of(b"\x89PNG\r\n\x1a\n", 65_399), Ok(65_399));
        assert_eq!(of(b"\xff\xd8\xff\xe0", 100), Ok(100));
        assert_eq!(of(b"GIF89a", 100), Ok(100));
        assert!(of(b"GIF89a", 65_400).unwrap_err().contains("65399"));
        assert!(of(b"GIF89a", 65_536).unwrap_err().contains("65535"));
        assert!(of(b"BM", 100).unwrap_err().contains("no PNG"));
        assert!(of(b"", 0).unwrap_err().contains("no PNG"));
        assert!(picture::read(&folder.path().join("none"), &PICTURE).is_err());
    }
}
