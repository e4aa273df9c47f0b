use std::ffi::OsString;

use super::*;

/// Reads `file` (as `/etc/tincan.toml` would be), `variables` and `flags`.
fn read(
    file: &str,
    variables: &[(&str, &str)],
    flags: &[&str],
) -> Result<(Layers, Config), ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tincan.toml");
    std::fs::write(&path, file).unwrap();
    let settings = SettingsArgs {
        config: Some(path),
        set: flags.iter().map(|flag| (*flag).to_owned()).collect(),
        ..SettingsArgs::default()
    };
    let variables = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let layers = Layers::read(&settings, variables)?;
    let config = Config::resolve(&layers, "/data".into())?;
    Ok((layers, config))
}

/// The sentence, without the folder of this run.
fn sentence(file: &str, variables: &[(&str, &str)], flags: &[&str]) -> String {
    let text = read(file, variables, flags).unwrap_err().to_string();
    match text.find("tincan.toml") {
        Some(at) => text[at..].to_owned(),
        None => text,
    }
}

#[test]
fn defaults_are_those_of_the_protocol_pages() {
    // [HUB-12]
    let (_, config) = read("", &[], &[]).unwrap();
    assert_eq!(config.limits.users, 10_000);
    assert_eq!(config.limits.room_members, 10_000);
    assert_eq!(config.limits.send_queue_bytes, 1 << 20);
    assert_eq!(config.cs494.listen.as_deref(), Some("127.0.0.1:17734"));
    assert_eq!(config.cs494.tls_listen, None);
    assert_eq!(config.cs494.silence, Duration::from_secs(30));
    assert_eq!(config.cs494.heartbeat, Duration::from_secs(5));
    assert_eq!(config.cs594.listen.as_deref(), Some("127.0.0.1:8000"));
    assert_eq!(config.cs594.silence, Duration::from_secs(15));
    assert_eq!(config.cs594.key, None);
    assert_eq!(config.cp.listen.as_deref(), Some("127.0.0.1:5035"));
    assert!(config.cp.accept_unterminated);
    assert!(!config.names.open_names);
    assert!(!config.names.allow_confusables);
    assert!(config.history.enabled);
    assert_eq!(config.history.retention, None);
    assert_eq!(config.history.retention_bytes, None);
    assert!(config.tls.certificate.is_none());
    assert_eq!(config.ops.listen.as_deref(), Some("127.0.0.1:9494"));
}

#[test]
fn flags_beat_the_environment_which_beats_the_file_which_beats_the_defaults() {
    // [HUB-12]
    let file = "[limits]\nusers = 3\nrooms = 3\nrooms_per_user = 3\n";
    let variables = [
        ("TINCAN_LIMITS__USERS", "4"),
        ("TINCAN_LIMITS__ROOMS", "4"),
        ("TINCAN_PASSWORD", "not a setting"),
        ("PATH", "/bin"),
    ];
    let flags = ["limits.users=5", "limits.users=6"];
    let (layers, config) = read(file, &variables, &flags).unwrap();
    assert_eq!(config.limits.users, 6);
    assert_eq!(config.limits.rooms, 4);
    assert_eq!(config.limits.rooms_per_user, 3);
    assert_eq!(config.limits.transfers_per_user, 16);
    assert_eq!(config.limits.room_members, 6, "it follows users");

    let origin = |name| layers.get(name).1.to_string();
    assert_eq!(origin("limits.users"), "flag --set");
    assert_eq!(origin("limits.rooms"), "environment TINCAN_LIMITS__ROOMS");
    assert!(origin("limits.rooms_per_user").ends_with("tincan.toml, line 4"));
    assert_eq!(origin("limits.transfers_per_user"), "default");
}

#[test]
fn the_listeners_own_flags_beat_set() {
    // [HUB-12]
    let settings = SettingsArgs {
        set: vec!["cp.listen=127.0.0.1:1".into()],
        cp: Some("off".into()),
        cs494: Some("[::1]:0".into()),
        ..SettingsArgs::default()
    };
    let layers = Layers::read(&settings, []).unwrap();
    let config = Config::resolve(&layers, "/data".into()).unwrap();
    assert_eq!(config.cp.listen, None);
    assert_eq!(config.cs494.listen.as_deref(), Some("[::1]:0"));
    assert_eq!(layers.get("cp.listen").1.to_string(), "flag --cp");
}

#[test]
fn unknown_keys_are_errors_that_name_the_place_and_the_nearest_key() {
    // [HUB-12]
    /// The file, the environment, the flags, what the error says.
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static [&'static str],
        &'static str,
    );
    let cases: &[Case] = &[
        (
            "\n[limits]\nuser = 3\n",
            &[],
            &[],
            "tincan.toml, line 3: unknown key `limits.user`, did you mean `limits.users`?",
        ),
        (
            "[limit]\nusers = 3\n",
            &[],
            &[],
            "tincan.toml, line 2: unknown key `limit.users`, did you mean `limits.users`?",
        ),
        (
            "users = 3\n",
            &[],
            &[],
            "tincan.toml, line 1: unknown key `users`, did you mean `limits.users`?",
        ),
        (
            "[zzzzz]\n",
            &[],
            &[],
            "tincan.toml, line 1: unknown key `zzzzz`; `tincan config` lists the keys",
        ),
        (
            "",
            &[("TINCAN_LIMITS__USER", "3")],
            &[],
            "environment TINCAN_LIMITS__USER: unknown key `limits.user`, did you mean \
             `limits.users` (TINCAN_LIMITS__USERS)?",
        ),
        (
            "",
            &[],
            &["limits.user=3"],
            "flag --set: unknown key `limits.user`, did you mean `limits.users`?",
        ),
        (
            "",
            &[],
            &["limits.users"],
            "flag --set: `limits.users` has no `=`, write KEY=VALUE",
        ),
    ];
    for (file, variables, flags, told) in cases {
        assert_eq!(sentence(file, variables, flags), *told);
    }
    assert!(read("", &[], &["a.b=1"]).unwrap_err().is_usage);
    assert!(!read("[a]\nb = 1", &[], &[]).unwrap_err().is_usage);
}

#[test]
fn illegal_values_are_errors_that_name_the_range() {
    // [HUB-12]
    let cases = [
        (
            "[cs494]\nsilence_s = 19\n",
            "tincan.toml, line 2: `cs494.silence_s` must be a whole number from 20 to 3600, not 19",
        ),
        (
            "[cs494]\nheartbeat_s = 6\n",
            "tincan.toml, line 2: `cs494.heartbeat_s` must be a whole number from 1 to 5, not 6",
        ),
        (
            "[cs594]\nsilence_s = 9\n",
            "tincan.toml, line 2: `cs594.silence_s` must be a whole number from 10 to 3600, not 9",
        ),
        (
            "[limits]\nusers = -1\n",
            "tincan.toml, line 2: `limits.users` must be a whole number from 1 to 1000000, not -1",
        ),
        (
            "[limits]\nusers = \"3\"\n",
            "tincan.toml, line 2: `limits.users` must be a whole number from 1 to 1000000, not \"3\"",
        ),
        (
            "[limits.users]\n",
            "tincan.toml, line 1: `limits.users` must be a whole number from 1 to 1000000, not a \
             table",
        ),
        (
            "[names]\nopen_names = 1\n",
            "tincan.toml, line 2: `names.open_names` must be true or false, not 1",
        ),
        (
            "[cp]\nunterminated = \"maybe\"\n",
            "tincan.toml, line 2: `cp.unterminated` must be \"accept\" or \"reject\", not \"maybe\"",
        ),
        (
            "[cp]\nlisten = \"5035\"\n",
            "tincan.toml, line 2: `cp.listen` must be host:port or \"off\", not \"5035\"",
        ),
        (
            "limits = 3\n",
            "tincan.toml, line 1: `limits` is a table, not a key",
        ),
        (
            "[history]\nretention_days = 99999999999999999999\n",
            "tincan.toml, line 2: `history.retention_days` must be a whole number from 0 to 36500, \
             not 99999999999999999999",
        ),
        (
            "[tls]\ncert = \"a\"\n",
            "tincan.toml, line 2: `tls.cert` needs `tls.key` beside it",
        ),
        (
            "[cs594]\nrequire_encryption = true\n",
            "tincan.toml, line 2: `cs594.require_encryption` needs `cs594.key`, which `tincan \
             generate key` makes",
        ),
    ];
    for (file, told) in cases {
        assert_eq!(sentence(file, &[], &[]), told);
    }
    let broken = sentence("[limits]\nusers = \n", &[], &[]);
    assert!(broken.starts_with("tincan.toml, line 2: "), "{broken}");
}

#[test]
fn every_key_can_be_set_in_the_environment_and_by_flag() {
    // [HUB-12]
    for key in keys::KEYS {
        let value = match key.kind {
            keys::Kind::Flag => "true".to_owned(),
            keys::Kind::Number { max, .. } => max.to_string(),
            keys::Kind::Listen => "localhost:1".to_owned(),
            keys::Kind::Choice(words) => words[words.len() - 1].to_owned(),
            keys::Kind::Path => "/some/file".to_owned(),
            keys::Kind::Rooms => "attic cellar".to_owned(),
            keys::Kind::Phrase => "two words".to_owned(),
            keys::Kind::Names(known) => known.first().copied().unwrap_or("eth0").to_owned(),
            keys::Kind::Addresses => "0.0.0.0:1 [::1]:2".to_owned(),
            keys::Kind::Secret => "00112233445566778899aabbccddeeff".to_owned(),
        };
        let variable = key.variable();
        let environment = [(OsString::from(&variable), OsString::from(&value))];
        let layers = Layers::read(&SettingsArgs::default(), environment).unwrap();
        assert_eq!(layers.get(key.name).1, &Origin::Environment(variable));

        let settings = SettingsArgs {
            set: vec![format!("{}={value}", key.name)],
            ..SettingsArgs::default()
        };
        let layers = Layers::read(&settings, []).unwrap();
        assert_eq!(layers.get(key.name).1, &Origin::Flag("--set"));
    }
}

#[test]
fn secrets_are_not_shown() {
    // [HUB-13]
    const KEY: &str = "00112233445566778899aabbccddeeff";
    let (layers, config) = read(&format!("[cs594]\nkey = \"{KEY}\"\n"), &[], &[]).unwrap();
    assert_eq!(
        config.cs594.key,
        Some(SharedKey([
            0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
            0xee, 0xff
        ]))
    );
    let shown = [
        effective(&layers),
        effective_json(&layers),
        format!("{config:?}"),
        sentence(&format!("[cs594]\nkey = \"{KEY}0\"\n"), &[], &[]),
    ];
    for text in shown {
        assert!(!text.contains("1122334455"), "{text}");
    }
}

#[test]
fn what_is_shown_gives_the_same_settings_again() {
    // [HUB-12]
    let file =
        "[limits]\nusers = 7\n[cp]\nlisten = \"off\"\n[tls]\ncert = \"c.pem\"\nkey = \"/k\"\n";
    let (layers, config) = read(file, &[], &[]).unwrap();
    let certificate = config.tls.certificate.clone().unwrap();
    assert!(certificate.cert.is_absolute(), "it is beside the file");
    assert_eq!(certificate.key, PathBuf::from("/k"));
    let (_, again) = read(&effective(&layers), &[], &[]).unwrap();
    assert_eq!(format!("{config:?}"), format!("{again:?}"));
}

#[test]
fn the_sample_holds_every_key_at_its_default() {
    // [HUB-12]
    let (_, config) = read("", &[], &[]).unwrap();
    let (_, as_is) = read(&sample(), &[], &[]).unwrap();
    assert_eq!(format!("{config:?}"), format!("{as_is:?}"));

    let taken: String = sample()
        .lines()
        .filter(|line| !line.contains('<'))
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (layers, taken) = read(&taken, &[], &[]).unwrap();
    assert_eq!(format!("{config:?}"), format!("{taken:?}"));
    let left: Vec<_> = layers
        .iter()
        .filter(|(_, _, origin)| **origin == Origin::Default)
        .map(|(key, ..)| key.name)
        .collect();
    assert_eq!(left, ["limits.room_members"]);
}
