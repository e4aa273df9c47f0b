//! What the program makes of its own definitions.

use crate::support::{Home, names, run};

#[test]
fn every_command_has_a_manual_page() {
    // cli.md: `--help` on every command
    let home = Home::new();
    assert_eq!(
        run(&mut home.tincan(&["generate", "man", "man/one"])).ok(),
        ""
    );
    let pages = names(&home.path("man/one"));
    for page in [
        "tincan.1",
        "tincan-serve.1",
        "tincan-account.1",
        "tincan-account-add.1",
        "tincan-config.1",
        "tincan-chat.1",
        "tincan-send.1",
        "tincan-history.1",
        "tincan-friends.1",
        "tincan-friends-invite.1",
        "tincan-mail-send.1",
        "tincan-files-share.1",
    ] {
        assert!(pages.iter().any(|name| name == page), "{page} in {pages:?}");
    }
    let serve = std::fs::read_to_string(home.path("man/one/tincan-serve.1")).unwrap();
    assert!(serve.contains("\\-\\-log\\-format"), "{serve}");
}

#[test]
fn completions_are_made_for_every_shell() {
    // cli.md: `--help` on every command
    let home = Home::new();
    run(&mut home.tincan(&["generate", "completions", "made"])).ok();
    assert_eq!(
        names(&home.path("made")),
        [
            "_tincan",
            "_tincan.ps1",
            "tincan.bash",
            "tincan.elv",
            "tincan.fish"
        ]
    );
    for (shell, file) in [
        ("bash", "tincan.bash"),
        ("zsh", "_tincan"),
        ("fish", "tincan.fish"),
        ("powershell", "_tincan.ps1"),
        ("elvish", "tincan.elv"),
    ] {
        let printed = run(&mut home.tincan(&["completions", shell])).ok();
        let made = std::fs::read_to_string(home.path("made").join(file)).unwrap();
        assert_eq!(printed.trim_end(), made.trim_end());
        assert!(printed.contains("passwd") && printed.contains("log-format"));
    }
}

#[test]
fn a_key_is_random_and_fits_the_setting() {
    // [594-6]
    let home = Home::new();
    let one = run(&mut home.tincan(&["generate", "key"])).ok();
    let other = run(&mut home.tincan(&["generate", "key"])).ok();
    assert_ne!(one, other);
    run(home
        .tincan(&["config"])
        .env("TINCAN_CS594__KEY", one.trim_end()))
    .ok();
}

#[test]
fn a_place_that_cannot_be_written_is_a_failure() {
    // cli.md: exit status
    let home = Home::new();
    home.write("file", "");
    let sentence = run(&mut home.tincan(&["generate", "man", "file/below"])).failed(1);
    assert!(
        sentence.starts_with("cannot make file/below: "),
        "{sentence}"
    );
}
