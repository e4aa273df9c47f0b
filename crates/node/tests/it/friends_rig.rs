//! People with keys that were made beforehand, and their nodes on loopback.

use std::fs;
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use friends::api::{Friend, Me, Said};
use friends::{Notice, Report, Request};
use identity::PublicProfile;
use node::friends::{Face, FriendsError, Settings, Told, start};
use store::{MemoryPlace, Shelf, StoreError};
use tempfile::TempDir;

/// How long a test may wait for what must come: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// What locks the keys.
pub(crate) const PASSPHRASE: &str = "test";

macro_rules! keys {
    ($name:literal) => {
        Keys {
            profile: include_str!(concat!("../../../identity/tests/keys/", $name, ".asc")),
            public: include_str!(concat!("../../../identity/tests/keys/", $name, ".pub.asc")),
            certificate: include_bytes!(concat!("../../../identity/tests/keys/", $name, ".der")),
            tls: include_str!(concat!("../../../identity/tests/keys/", $name, ".tls.pem")),
            sealed: include_str!(concat!("../../../identity/tests/keys/", $name, ".tls.pgp")),
        }
    };
}

/// Somebody's keys, as they lie on disk.
pub(crate) struct Keys {
    pub(crate) profile: &'static str,
    pub(crate) public: &'static str,
    pub(crate) certificate: &'static [u8],
    pub(crate) tls: &'static str,
    pub(crate) sealed: &'static str,
}

pub(crate) const ANA: Keys = keys!("ana");
pub(crate) const BEA: Keys = keys!("bea");
pub(crate) const CYD: Keys = keys!("cyd");

/// Somebody's machine.
pub(crate) struct Machine {
    home: TempDir,
    pub(crate) records: MemoryPlace,
    listen: SocketAddr,
}

impl Machine {
    pub(crate) fn new(keys: &Keys) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("friends");
        fs::create_dir(&folder).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let public = PublicProfile::parse_armored(keys.public).unwrap();
        let about = r#"{ "name": "test machine", "port": 7812 }"#;
        for (name, bytes) in [
            ("profile.asc", keys.profile.as_bytes()),
            ("profile.pub", public.packets()),
            ("location.der", keys.certificate),
            ("tls.pem", keys.tls.as_bytes()),
            ("tls.pgp", keys.sealed.as_bytes()),
            ("location.json", about.as_bytes()),
        ] {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap();
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
                .unwrap();
        }
        Self {
            home,
            records: MemoryPlace::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("friends")
    }

    /// A folder for files, made if missing.
    pub(crate) fn files(&self) -> PathBuf {
        let files = self.home.path().join("files");
        fs::create_dir_all(&files).unwrap();
        files
    }

    pub(crate) fn incoming(&self) -> PathBuf {
        self.home.path().join("incoming")
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            folder: self.folder(),
            listen: vec![self.listen],
            announce: Vec::new(),
            incoming: self.incoming(),
            tells_friends_of_friends: true,
        }
    }

    pub(crate) fn open(&self) -> impl Fn(&Path) -> Result<Box<dyn Shelf>, StoreError> + use<> {
        let records = self.records.clone();
        move |_: &Path| Ok(Box::new(records.open()?) as Box<dyn Shelf>)
    }

    /// The node of this machine, from now on always at the same port.
    pub(crate) async fn start(&mut self) -> Face {
        let mut face = self.try_start(PASSPHRASE).unwrap();
        if self.listen.port() == 0 {
            self.listen = me(&mut face).await.addresses[0].parse().unwrap();
        }
        face
    }

    pub(crate) fn try_start(&self, passphrase: &str) -> Result<Face, FriendsError> {
        start(&self.settings(), passphrase, &self.open())
    }
}

/// Carries a test out, within limits.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async { tokio::time::timeout(PATIENCE, test).await.unwrap() })
}

pub(crate) async fn ask(face: &mut Face, request: Request) -> Report {
    face.ask(request).await.unwrap()
}

pub(crate) async fn me(face: &mut Face) -> Me {
    match ask(face, Request::Me).await {
        Report::Me(me) => *me,
        other => panic!("{other:?}"),
    }
}

/// The certificate, as others paste it.
pub(crate) async fn certificate(face: &mut Face) -> String {
    let request = Request::OwnText {
        is_short: false,
        addresses: Vec::new(),
    };
    match ask(face, request).await {
        Report::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn add(face: &mut Face, text: String) -> Friend {
    match ask(face, Request::Add { text }).await {
        Report::Friend(friend) => *friend,
        other => panic!("{other:?}"),
    }
}

/// Watches, and what was not read yet.
pub(crate) async fn watch(face: &mut Face) -> Vec<Said> {
    match ask(face, Request::Watch).await {
        Report::Unread(unread) => unread,
        other => panic!("{other:?}"),
    }
}

/// The first notice that `is_it` finds something in.
pub(crate) async fn until<T>(face: &mut Face, mut is_it: impl FnMut(Notice) -> Option<T>) -> T {
    loop {
        match face.next().await {
            Told::Notice(notice) => {
                if let Some(found) = is_it(notice) {
                    return found;
                }
            }
            Told::Report(..) => {}
            Told::Ended(reason) => panic!("{reason}"),
        }
    }
}

/// Waits until they are online.
pub(crate) async fn online(face: &mut Face, name: &str) -> Friend {
    until(face, |notice| match notice {
        Notice::Friend(friend) if friend.name == name => friend
            .locations
            .iter()
            .any(|location| location.is_online)
            .then_some(*friend),
        _ => None,
    })
    .await
}

pub(crate) async fn say(face: &mut Face, who: &str, text: &str) {
    let request = Request::Say {
        who: who.into(),
        text: text.into(),
    };
    let report = ask(face, request).await;
    assert!(matches!(report, Report::Queued { .. }), "{report:?}");
}

/// What they say next.
pub(crate) async fn said(face: &mut Face, by: &str) -> String {
    until(face, |notice| match notice {
        Notice::Said(said) if said.who == by && !said.is_ours => Some(said.text),
        _ => None,
    })
    .await
}
