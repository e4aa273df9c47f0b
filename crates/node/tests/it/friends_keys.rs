//! The identity on disk: made once, for the owner only, locked.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use identity::{KeyBits, ProfileKey};
use model::Secret;
use node::friends::{FriendsError, Init, Step, exists, export_secret, init, profile, sign};

use crate::friends_rig::{ANA, BEA, Machine, PASSPHRASE};

fn wish(imported: Option<&str>) -> Init {
    Init {
        name: "Dora".into(),
        email: None,
        location: "laptop".into(),
        bits: KeyBits::Rsa2048,
        passphrase: Secret::new(PASSPHRASE.into()),
        imported: imported.map(|text| Secret::new(text.into())),
    }
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn an_identity_is_made_locked_and_for_the_owner_only() {
    // [RS-1]
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("friends");
    assert!(!exists(&folder));
    let steps = RefCell::new(Vec::new());
    init(&folder, &wish(None), &|step| steps.borrow_mut().push(step)).unwrap();
    assert_eq!(
        steps.into_inner(),
        [Step::Keys, Step::Signing, Step::Writing]
    );
    assert!(exists(&folder));
    let made = profile(&folder).unwrap();
    assert_eq!(made.name(), "Dora");
    // Programs whose clock is behind take it all the same.
    let today = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let hours = (today.as_secs() - u64::from(made.created_at())) / 3600;
    assert!((24..48).contains(&hours), "{hours} hours old");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for (name, _) in contents(&folder) {
            assert_eq!(mode(&folder.join(&name)), 0o600, "{name}");
        }
    }
    let exported = export_secret(&folder, PASSPHRASE).unwrap();
    let key = ProfileKey::from_armored(exported.expose(), PASSPHRASE).unwrap();
    assert_eq!(
        key.public().fingerprint(),
        profile(&folder).unwrap().fingerprint()
    );
    for (name, bytes) in contents(&folder) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("PRIVATE KEY-----") || text.contains("ENCRYPTED"),
            "{name}"
        );
    }
}

#[test]
fn an_identity_is_never_written_over() {
    // [RS-1]
    let machine = Machine::new(&ANA);
    let before = contents(&machine.folder());
    let error = init(&machine.folder(), &wish(None), &|_| {}).unwrap_err();
    assert!(matches!(error, FriendsError::Exists(_)), "{error}");
    // Nor half of one.
    fs::remove_file(machine.folder().join("profile.asc")).unwrap();
    let error = init(&machine.folder(), &wish(None), &|_| {}).unwrap_err();
    assert!(matches!(error, FriendsError::Half(_)), "{error}");
    let after = contents(&machine.folder());
    let left = |all: &[(String, Vec<u8>)]| {
        let kept = all
            .iter()
            .filter(|(name, _)| name != "lock" && name != "profile.asc");
        kept.cloned().collect::<Vec<_>>()
    };
    assert_eq!(left(&after), left(&before));
}

#[test]
fn a_profile_is_imported_and_gets_another_location() {
    // [RS-1]
    let home = tempfile::tempdir().unwrap();
    let error = init(
        home.path(),
        &Init {
            passphrase: Secret::new("wrong".into()),
            ..wish(Some(ANA.profile))
        },
        &|_| {},
    )
    .unwrap_err();
    assert!(matches!(error, FriendsError::WrongPassphrase), "{error}");
    assert!(!exists(home.path()));
    init(home.path(), &wish(Some(ANA.profile)), &|_| {}).unwrap();
    let first = Machine::new(&ANA);
    assert_eq!(
        profile(home.path()).unwrap().fingerprint(),
        profile(&first.folder()).unwrap().fingerprint()
    );
    let certificate = |folder: &Path| fs::read(folder.join("location.der")).unwrap();
    assert_ne!(certificate(home.path()), certificate(&first.folder()));
}

#[test]
fn without_an_identity_or_with_a_wrong_passphrase_it_is_said_what_to_do() {
    // [RS-1]
    let home = tempfile::tempdir().unwrap();
    let error = export_secret(home.path(), PASSPHRASE).unwrap_err();
    assert!(error.to_string().contains("tincan friends init"), "{error}");
    let machine = Machine::new(&ANA);
    let error = machine.try_start("wrong").unwrap_err();
    assert!(matches!(error, FriendsError::WrongPassphrase), "{error}");
}

#[test]
fn a_damaged_file_is_named() {
    // [RS-1]
    for name in [
        "profile.asc",
        "profile.pub",
        "location.der",
        "tls.pem",
        "tls.pgp",
        "location.json",
    ] {
        let machine = Machine::new(&ANA);
        fs::write(machine.folder().join(name), "nothing of use").unwrap();
        let error = machine.try_start(PASSPHRASE).unwrap_err();
        let FriendsError::Damaged { path, .. } = error else {
            panic!("{name}: {error}")
        };
        assert_eq!(path, machine.folder().join(name));
    }
    // Somebody else's, whole.
    for (name, bytes) in [
        ("location.der", BEA.certificate),
        ("tls.pgp", BEA.sealed.as_bytes()),
    ] {
        let machine = Machine::new(&ANA);
        fs::write(machine.folder().join(name), bytes).unwrap();
        let error = machine.try_start(PASSPHRASE).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_friends_key_is_signed() {
    // [RS-5]
    let (ana, bea) = (Machine::new(&ANA), Machine::new(&BEA));
    let theirs = profile(&bea.folder()).unwrap();
    let signed = sign(&ana.folder(), PASSPHRASE, theirs.packets()).unwrap();
    let signed = identity::PublicProfile::parse(&signed).unwrap();
    assert_eq!(signed.fingerprint(), theirs.fingerprint());
    assert!(signed.certified_by(&profile(&ana.folder()).unwrap()));
    let error = sign(&ana.folder(), PASSPHRASE, b"no key").unwrap_err();
    assert!(matches!(error, FriendsError::ForeignKey(_)), "{error}");
}

#[cfg(unix)]
#[test]
fn keys_that_others_could_read_are_closed_to_them() {
    // [RS-1]
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new(&ANA);
    let path = machine.folder().join("profile.asc");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    export_secret(&machine.folder(), PASSPHRASE).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_could_read_is_closed_to_them_by_whatever_opens_it() {
    // [RS-1] [RS-11]: chats and mail lie there, not only keys.
    use std::os::unix::fs::PermissionsExt;
    crate::friends_rig::run(async {
        let machine = Machine::new(&ANA);
        let folder = machine.folder();
        let records = folder.join("friends.db");
        fs::write(&records, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        fs::set_permissions(&records, PermissionsExt::from_mode(0o644)).unwrap();
        fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
        let face = node::friends::records(&machine.settings(), &machine.open()).await;
        drop(face.unwrap());
        assert_eq!((mode(&folder), mode(&records)), (0o700, 0o600));
    });
}
