//! The key: made once, for the owner only.

use std::fs;
use std::path::Path;

use lan::name::Wish;
use lan::txt::Profile;
use node::lan::{LanDoor, LanError, Settings};

/// A door that nobody sees and that goes on no network.
pub(crate) fn settings(folder: &Path) -> Settings {
    Settings {
        wish: Wish::new("ana", "anabox"),
        profile: Profile::default(),
        picture: None,
        port: 0,
        interfaces: vec!["no such interface".into()],
        require_tls: false,
        is_visible: false,
        folder: folder.to_owned(),
    }
}

#[test]
fn the_key_is_made_once_and_stays() {
    // [LAN-46]
    let folder = tempfile::tempdir().unwrap();
    let first = LanDoor::open(settings(folder.path()))
        .unwrap()
        .fingerprint();
    let second = LanDoor::open(settings(folder.path()))
        .unwrap()
        .fingerprint();
    assert_eq!(first, second);
    assert_ne!(first, [0; 32]);

    let elsewhere = tempfile::tempdir().unwrap();
    let other = LanDoor::open(settings(elsewhere.path()))
        .unwrap()
        .fingerprint();
    assert_ne!(first, other);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    // [LAN-46]
    use std::os::unix::fs::PermissionsExt;

    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("a/b");
    LanDoor::open(settings(&folder)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["cert.pem", "key.pem", "lock"]);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_closed_to_them() {
    // [LAN-46]
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    LanDoor::open(settings(folder.path())).unwrap();
    let key = folder.path().join("key.pem");
    fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    LanDoor::open(settings(folder.path())).unwrap();
    let mode = fs::metadata(&key).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn a_broken_key_is_told_and_not_replaced() {
    // [LAN-46]
    let folder = tempfile::tempdir().unwrap();
    LanDoor::open(settings(folder.path())).unwrap();
    let key = folder.path().join("key.pem");
    fs::write(&key, "garbage").unwrap();
    let error = LanDoor::open(settings(folder.path())).unwrap_err();
    assert!(matches!(error, LanError::Key(path) if path == key));
    assert_eq!(fs::read(&key).unwrap(), b"garbage");
}

#[test]
fn a_certificate_of_another_key_is_told() {
    // [LAN-46]
    let [one, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in [&one, &other] {
        LanDoor::open(settings(folder.path())).unwrap();
    }
    let certificate = one.path().join("cert.pem");
    fs::copy(other.path().join("cert.pem"), &certificate).unwrap();
    let error = LanDoor::open(settings(one.path())).unwrap_err();
    assert!(matches!(error, LanError::Certificate(path) if path == certificate));
}

#[test]
fn a_key_without_its_certificate_is_told() {
    // [LAN-46]
    let folder = tempfile::tempdir().unwrap();
    LanDoor::open(settings(folder.path())).unwrap();
    fs::remove_file(folder.path().join("cert.pem")).unwrap();
    assert!(matches!(
        LanDoor::open(settings(folder.path())),
        Err(LanError::Io(..))
    ));
}

#[test]
fn many_that_start_at_once_have_one_key() {
    // [LAN-46]
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        LanDoor::open(settings(folder.path()))
            .unwrap()
            .fingerprint()
    };
    let seen: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(seen.iter().all(|key| *key == seen[0]));
}
