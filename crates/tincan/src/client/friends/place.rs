//! Which node: where its folder is, with which settings it runs, and how to reach it.
//!
//! There is one node for each folder. Whoever comes second attaches to it, without a passphrase. Where
//! none runs, a command either becomes the node ([`Access::node`]) or works on the records alone
//! ([`Access::records`]): what it leaves there goes out when there is a node again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use friends::api::Notice;
use model::Secret;
use node::friends::{Face, FriendsError, Settings, Told};

use super::passphrase;
use crate::args::{DataArgs, FriendsPlaceArgs, LanPlaceArgs, NodeArgs};
use crate::client::escape::visible;
use crate::config::{ConfigError, Friends, Layers};
use crate::{data, print};

/// The node that ran, and to which we wanted to attach, runs no more. Asking for a passphrase now would
/// come in the middle of something else.
#[derive(Debug, thiserror::Error)]
#[error("the node of your friends has ended; `tincan friends run` starts it again")]
pub(in crate::client) struct NodeGone;

/// A way to the node.
#[derive(Clone)]
pub(in crate::client) struct Access {
    settings: Settings,
    passphrase: Option<Secret>,
}

impl Access {
    /// The node of the folder that is asked for.
    ///
    /// # Errors
    /// Something is set to what it cannot be, or there is no profile yet.
    pub(in crate::client) fn new(
        place: &FriendsPlaceArgs,
        node: &NodeArgs,
    ) -> anyhow::Result<Self> {
        let settings = settings(place, node)?;
        if !node::friends::exists(&settings.folder) {
            return Err(FriendsError::NoIdentity(settings.folder).into());
        }
        Ok(Self {
            settings,
            passphrase: None,
        })
    }

    /// [`new`](Self::new) for a `friend:` address.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(in crate::client) fn of_address(place: &LanPlaceArgs) -> anyhow::Result<Self> {
        let place = FriendsPlaceArgs {
            data: place.data.clone(),
            config: place.config.clone(),
        };
        Self::new(&place, &NodeArgs::default())
    }

    /// The same, with the passphrase asked for where no node runs and this command has to be it.
    ///
    /// # Errors
    /// There is no passphrase.
    pub(in crate::client) fn unlocked(mut self) -> anyhow::Result<Self> {
        if !node::friends::running(self.folder()) {
            self.passphrase = Some(passphrase::of(&self.name()?)?);
        }
        Ok(self)
    }

    /// Where it all is.
    pub(in crate::client) fn folder(&self) -> &Path {
        &self.settings.folder
    }

    /// What we are called.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub(in crate::client) fn name(&self) -> Result<String, FriendsError> {
        node::friends::profile(self.folder()).map(|profile| profile.name().to_owned())
    }

    /// Whether a node runs in another process.
    pub(in crate::client) fn is_running(&self) -> bool {
        node::friends::running(self.folder())
    }

    /// A face of the node that runs, or of one that runs with us from now on. Has to be
    /// [`unlocked`](Self::unlocked).
    ///
    /// # Errors
    /// The passphrase is wrong, or the node cannot start; [`NodeGone`].
    pub(in crate::client) async fn node(&self) -> anyhow::Result<Face> {
        if let Some(face) = node::friends::attach(self.folder()).await {
            return Ok(face);
        }
        let settings = self.settings.clone();
        let passphrase = self.passphrase.clone().or_else(passphrase::at_hand);
        let passphrase = passphrase.ok_or(NodeGone)?;
        // To unlock a key takes a moment, on purpose.
        let start = move || node::friends::start(&settings, passphrase.expose(), &data::open_shelf);
        let mut face = tokio::task::spawn_blocking(start)
            .await
            .context("cannot start the node")??;
        tell_warnings(&mut face).await;
        Ok(face)
    }

    /// A face of the node that runs, or else of the records alone: no passphrase, no network.
    ///
    /// # Errors
    /// The records cannot be opened.
    pub(in crate::client) async fn records(&self) -> anyhow::Result<Face> {
        Ok(node::friends::records(&self.settings, &data::open_shelf).await?)
    }

    /// A face of the node that runs; `None`: none does.
    pub(in crate::client) async fn attached(&self) -> Option<Face> {
        node::friends::attach(self.folder()).await
    }
}

/// Tells what the node has to say: when it has just started, such as another port than the usual one.
pub(super) async fn tell_warnings(face: &mut Face) {
    loop {
        tokio::select! {
            biased;
            told = face.next() => match told {
                Told::Notice(
                    Notice::Warning(text) | Notice::Approval { sentence: text, .. },
                ) => print::note(visible(&text)),
                Told::Notice(_) | Told::Report(..) => {}
                // It is told again to whoever asks.
                Told::Ended(_) => return,
            },
            () = std::future::ready(()) => return,
        }
    }
}

/// The folder of the profile, in the data folder.
///
/// # Errors
/// There is no home folder.
pub(super) fn folder(place: &FriendsPlaceArgs) -> Result<PathBuf, ConfigError> {
    let data = place.data.clone().or_else(|| path_from("TINCAN_DATA"));
    let folder = data::folder(&DataArgs { data })?.0.join("friends");
    // The node is told whole paths, and may run elsewhere.
    Ok(std::path::absolute(&folder).unwrap_or(folder))
}

fn settings(place: &FriendsPlaceArgs, node: &NodeArgs) -> anyhow::Result<Settings> {
    let folder = folder(place)?;
    let layers = layers(place, node, std::env::vars_os())?;
    let config = Friends::resolve(&layers);
    let incoming = config.incoming.unwrap_or_else(|| folder.join("incoming"));
    Ok(Settings {
        listen: config.listen,
        announce: config.announce,
        incoming: std::path::absolute(&incoming).unwrap_or(incoming),
        tells_friends_of_friends: config.tells_friends_of_friends,
        folder,
    })
}

/// All layers, the flags uppermost.
fn layers(
    place: &FriendsPlaceArgs,
    node: &NodeArgs,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> anyhow::Result<Layers> {
    let file = place.config.clone();
    let file = file.or_else(|| path_from("TINCAN_CONFIG"));
    let list = |all: &[String]| (!all.is_empty()).then(|| all.join(" "));
    let flags = [
        ("friends.listen", "--listen", list(&node.listen)),
        ("friends.announce", "--announce", list(&node.announce)),
    ];
    let given = flags
        .into_iter()
        .filter_map(|(name, flag, value)| Some((name, flag, value?)));
    Ok(Layers::read_with(file.as_deref(), environment, given)?)
}

fn path_from(variable: &str) -> Option<PathBuf> {
    let value = std::env::var_os(variable).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_stronger_than_the_environment_and_nothing_is_told_of_others_unless_asked() {
        // [RS-5] [RS-6]
        let read = |listen: &[&str], variables: &[(&str, &str)]| {
            let node = NodeArgs {
                listen: listen.iter().map(|&one| one.to_owned()).collect(),
                ..NodeArgs::default()
            };
            let variables = variables
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            let layers = layers(&FriendsPlaceArgs::default(), &node, variables);
            layers
                .map(|layers| Friends::resolve(&layers))
                .map_err(|error| error.to_string())
        };
        let usual = read(&[], &[]).unwrap();
        assert_eq!((usual.listen, usual.incoming), (vec![], None));
        assert!(!usual.tells_friends_of_friends);
        let variables = [
            ("TINCAN_FRIENDS__LISTEN", "[::1]:1 127.0.0.1:2"),
            ("TINCAN_FRIENDS__ANNOUNCE", "192.0.2.1:7812"),
            ("TINCAN_FRIENDS__TELLS_FRIENDS_OF_FRIENDS", "true"),
        ];
        let set = read(&[], &variables).unwrap();
        assert_eq!(set.listen.len(), 2);
        assert_eq!(set.announce, ["192.0.2.1:7812"]);
        assert!(set.tells_friends_of_friends);
        let flag = read(&["127.0.0.1:0"], &variables).unwrap();
        assert_eq!(flag.listen, ["127.0.0.1:0".parse().unwrap()]);
        let wrong = read(&["localhost"], &[]).unwrap_err();
        assert!(
            wrong.contains("--listen") && wrong.contains("0.0.0.0:7812"),
            "{wrong}"
        );
    }
}
