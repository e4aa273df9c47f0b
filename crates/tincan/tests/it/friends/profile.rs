//! Making, exporting and importing a profile [RS-1].

use super::{folder, me, profile, strangers, tincan, unlocked};
use crate::serve::PASSWORD;
use crate::support::{Home, names, run};

#[test]
fn a_profile_is_made_once_for_its_owner_only() {
    // [RS-1]
    let home = Home::new();
    let args = [
        "friends",
        "init",
        "--name",
        "ana",
        "--location",
        "box",
        "--bits",
        "2048",
    ];
    let made = tincan(&home, &args).ok();
    let fingerprint = made.trim_end().strip_prefix("ana  ").unwrap().to_owned();
    assert_eq!(fingerprint.len(), 40, "{made}");
    let me = me(&home);
    assert_eq!(me["name"], "ana");
    assert_eq!(me["location"], "box");
    assert_eq!(me["fingerprint"], fingerprint.as_str());
    assert_eq!(me["running"], false);
    let again = tincan(&home, &args).failed(1);
    assert!(again.contains("never written over"), "{again}");
    #[cfg(unix)]
    for name in names(&folder(&home)) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder(&home).join(&name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
    }
}

#[test]
fn the_passphrase_is_nowhere_on_disk_and_no_key_is_in_the_clear() {
    // [RS-1]
    let (ana, _) = strangers();
    for name in names(&folder(&ana)) {
        let path = folder(&ana).join(&name);
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(PASSWORD), "{name}");
        for plain in ["BEGIN PRIVATE KEY", "BEGIN RSA PRIVATE KEY"] {
            assert!(!text.contains(plain), "{name} is not encrypted");
        }
    }
}

#[test]
fn without_a_passphrase_or_a_possible_name_nothing_is_made() {
    // [RS-1]
    let home = Home::new();
    let init = |name: &str| {
        let args = ["friends", "init", "--name", name, "--bits", "2048"];
        run(home.tincan(&args).write_stdin("\n"))
    };
    assert!(init("ana").failed(2).contains("TINCAN_PASSPHRASE"));
    assert!(init("a<b>").failed(1).contains("--name NAME"));
    assert!(!folder(&home).join("profile.asc").exists());
    for args in [
        &["friends", "list"][..],
        &["friends", "--once"],
        &["friends", "run"],
        &["friends", "invite"],
        &["send", "friend:bea", "hi"],
        &["chat", "friend:bea"],
        &["mail"],
        &["files", "shares"],
    ] {
        let sentence = tincan(&home, args).failed(1);
        assert!(
            sentence.contains("`tincan friends init`"),
            "{args:?}: {sentence}"
        );
    }
}

#[test]
fn a_wrong_passphrase_is_told_and_starts_nothing() {
    // [RS-1]
    let (ana, _) = strangers();
    for args in [
        &["friends", "run", "--listen", "127.0.0.1:0"][..],
        &["friends", "export", "--secret"],
        &["listen", "friend:", "--json"],
    ] {
        let sentence = run(ana.tincan(args).write_stdin("wrong\n")).failed(1);
        assert!(
            sentence.contains("the passphrase is wrong"),
            "{args:?}: {sentence}"
        );
        let sentence = run(ana.tincan(args).write_stdin("")).failed(2);
        assert!(
            sentence.contains("there is no passphrase"),
            "{args:?}: {sentence}"
        );
    }
    assert_eq!(me(&ana)["running"], false);
}

#[test]
fn a_profile_moves_to_another_machine_by_its_exported_key() {
    // [RS-1]
    let (ana, _) = strangers();
    let public = tincan(&ana, &["friends", "export"]).ok();
    assert!(public.contains("BEGIN PGP PUBLIC KEY BLOCK"), "{public}");
    assert_eq!(
        tincan(&ana, &["friends", "export", "--secret", "ana.key"]).ok(),
        ""
    );
    let key = std::fs::read_to_string(ana.path("ana.key")).unwrap();
    assert!(key.contains("BEGIN PGP PRIVATE KEY BLOCK"), "{key}");
    let again = tincan(&ana, &["friends", "export", "--secret", "ana.key"]).failed(1);
    assert!(again.contains("new file ana.key"), "{again}");

    let phone = Home::new();
    phone.write("ana.key", &key);
    let import = |phrase: &str| {
        let args = [
            "friends",
            "import",
            "ana.key",
            "--location",
            "phone",
            "--bits",
            "2048",
        ];
        run(phone.tincan(&args).env("TINCAN_PASSPHRASE", phrase))
    };
    assert!(
        import("wrong")
            .failed(1)
            .contains("the passphrase is wrong")
    );
    import(PASSWORD).ok();
    let (here, there) = (me(&ana), me(&phone));
    assert_eq!(here["fingerprint"], there["fingerprint"]);
    assert_ne!(here["location_id"], there["location_id"]);
    assert_eq!(there["location"], "phone");

    phone.write("no.key", "no key at all\n");
    let other = Home::new();
    other.write("no.key", "no key at all\n");
    let bad = run(&mut unlocked(
        &other,
        &["friends", "init", "--key", "no.key", "--bits", "2048"],
    ));
    let sentence = bad.failed(1);
    assert!(
        sentence.contains("the key cannot be imported"),
        "{sentence}"
    );
}

#[test]
fn one_more_profile_has_a_key_of_its_own() {
    // [RS-1]
    let (ana, bea) = strangers();
    let other = profile("ana");
    let prints = [me(&ana), me(&bea), me(&other)].map(|me| me["fingerprint"].to_string());
    assert!(
        prints[0] != prints[1] && prints[0] != prints[2],
        "{prints:?}"
    );
}
