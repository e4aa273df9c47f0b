//! Configuration through the program [HUB-12].

use std::path::Path;

use crate::support::{Home, run};

#[test]
fn each_setting_is_shown_with_its_origin() {
    // [HUB-12]
    let home = Home::new();
    let file = home.write(
        "tincan.toml",
        "[limits]\nusers = 3\nrooms = 3\n\n[cp]\nlisten = \"off\"\n",
    );
    let mut tincan = home.tincan(&[
        "config",
        "--config",
        &file,
        "--set",
        "cs494.silence_s=20",
        "--cs594",
        "off",
    ]);
    let out = run(tincan.env("TINCAN_LIMITS__ROOMS", "4")).ok();
    let origin = |setting: &str| {
        let line = out
            .lines()
            .find(|line| line.starts_with(setting))
            .unwrap_or_else(|| panic!("{setting} is not in\n{out}"));
        line.split_once("  # ").unwrap().1.to_owned()
    };
    assert_eq!(origin("users = 3 "), format!("{file}, line 2"));
    assert_eq!(origin("rooms = 4 "), "environment TINCAN_LIMITS__ROOMS");
    assert_eq!(origin("silence_s = 20 "), "flag --set");
    assert_eq!(origin("listen = \"off\" "), "flag --cs594");
    assert_eq!(origin("rooms_per_user = 100 "), "default");
    assert_eq!(
        out.lines().next(),
        Some(
            format!(
                "# The data is in {}  # default",
                home.path(".local/share/tincan").display()
            )
            .as_str()
        )
    );
}

#[test]
fn json_holds_one_object_a_line() {
    // [HUB-12]
    let home = Home::new();
    let mut tincan = home.tincan(&["config", "--json", "--set", "limits.users=2"]);
    let out = run(&mut tincan).ok();
    let objects: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        objects[0],
        serde_json::json!({"key": "limits.users", "value": 2, "origin": "flag --set"})
    );
    assert!(
        objects
            .iter()
            .any(|o| o["key"] == "cs594.key" && o["value"].is_null())
    );
}

#[test]
fn mistakes_are_one_sentence_with_a_hint() {
    // [HUB-12]
    let home = Home::new();
    let file = home.write("tincan.toml", "[limits]\nuser = 3\n");
    for command in ["config", "serve"] {
        assert_eq!(
            run(&mut home.tincan(&[command, "--config", &file])).failed(1),
            format!("{file}, line 2: unknown key `limits.user`, did you mean `limits.users`?")
        );
        assert_eq!(
            run(home.tincan(&[command]).env("TINCAN_CP__LISTEN", "x")).failed(1),
            "environment TINCAN_CP__LISTEN: `cp.listen` must be host:port or \"off\", not x"
        );
        assert_eq!(
            run(&mut home.tincan(&[command, "--set", "limits.user=3"])).failed(2),
            "flag --set: unknown key `limits.user`, did you mean `limits.users`?"
        );
    }
    let missing = run(&mut home.tincan(&["config", "--config", "nowhere.toml"])).failed(1);
    assert!(
        missing.starts_with("cannot read the configuration file nowhere.toml: "),
        "{missing}"
    );
}

#[test]
fn secrets_are_shown_as_set_only() {
    // [HUB-13]
    const KEY: &str = "00112233445566778899aabbccddeeff";
    let home = Home::new();
    for args in [&["config"][..], &["config", "--json"]] {
        let out = run(home.tincan(args).env("TINCAN_CS594__KEY", KEY)).ok();
        assert!(out.contains("(set)"), "{out}");
        assert!(!out.contains(KEY), "{out}");
    }
    let short = run(home.tincan(&["config"]).env("TINCAN_CS594__KEY", &KEY[1..])).failed(1);
    assert!(!short.contains("1122"), "{short}");
}

#[test]
fn what_is_printed_can_be_read_again() {
    // [HUB-12]
    let home = Home::new();
    let values = |out: &str| -> Vec<String> {
        out.lines()
            .filter(|line| line.contains(" = "))
            .map(|line| line.split("  # ").next().unwrap().trim_end().to_owned())
            .collect()
    };
    let first = run(&mut home.tincan(&["config", "--set", "limits.users=7"])).ok();
    let file = home.write("again.toml", &first);
    let second = run(&mut home.tincan(&["config", "--config", &file])).ok();
    assert_eq!(values(&first), values(&second));
    assert!(values(&first).contains(&"users = 7".to_owned()));
}

#[test]
fn the_committed_sample_is_what_the_program_makes() {
    // [HUB-12]
    let home = Home::new();
    let made = run(&mut home.tincan(&["generate", "config"])).ok();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contrib/tincan.toml");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        made == committed,
        "contrib/tincan.toml is stale: tincan generate config > contrib/tincan.toml"
    );
    let file = home.write("sample.toml", &committed);
    run(&mut home.tincan(&["config", "--config", &file])).ok();
}
