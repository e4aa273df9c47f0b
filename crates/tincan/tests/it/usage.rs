//! Help, wrong usage, exit status.

use crate::support::{Home, run};

/// Each command with what its help must name.
const COMMANDS: &[(&str, &[&str])] = &[
    (
        "serve",
        &[
            "--config",
            "--data",
            "--cs494",
            "--cs594",
            "--cp",
            "--ops",
            "--set",
            "--log-format",
            "-v",
        ],
    ),
    ("account", &["add", "list", "remove", "passwd", "cert"]),
    ("account add", &["<NAME>", "--data"]),
    ("account list", &["--json", "--data"]),
    ("account remove", &["<NAME>", "--yes", "--data"]),
    ("account passwd", &["<NAME>", "--data"]),
    ("account cert", &["<NAME>", "[FILE]", "--data"]),
    ("config", &["--config", "--set", "--json"]),
    (
        "lan",
        &[
            "--json",
            "--once",
            "--wait",
            "--interface",
            "doctor",
            "key",
            "forget",
        ],
    ),
    ("lan doctor", &["--json", "--interface"]),
    ("lan key", &["--json", "--data"]),
    ("lan forget", &["<USER@MACHINE>", "--data"]),
    (
        "chat",
        &["<URL>", "--room", "On the LAN", "--name", "--status"],
    ),
    (
        "send",
        &["<URL>", "--to", "[TEXT]", "On the LAN", "--require-tls"],
    ),
    (
        "listen",
        &[
            "<URL>",
            "--room",
            "--json",
            "On the LAN:",
            "--name",
            "--status",
            "--message",
            "--picture",
            "--nick",
            "--first",
            "--last",
            "--email",
            "--jid",
            "--private",
            "--require-tls",
            "--interface",
            "--port",
            "--data",
            "--config",
        ],
    ),
    ("offer", &["<URL>", "--to", "<FILE>", "On the LAN"]),
    ("fetch", &["<URL>", "--from", "--dir", "On the LAN"]),
    ("rooms", &["<URL>", "--json"]),
    ("users", &["<URL>", "--json"]),
    ("whois", &["<URL>", "[USER]...", "--json"]),
    ("history", &["<URL>", "--limit", "--before", "--json"]),
    (
        "friends",
        &[
            "--json",
            "--once",
            "--listen",
            "--announce",
            "--data",
            "init",
            "invite",
            "add",
            "run",
            "TINCAN_PASSPHRASE",
        ],
    ),
    (
        "friends run",
        &["--listen", "--announce", "--data", "--config"],
    ),
    (
        "friends init",
        &["--name", "--email", "--location", "--key", "--bits", "4096"],
    ),
    ("friends import", &["<FILE>", "--location", "--bits"]),
    ("friends export", &["--secret", "[FILE]"]),
    (
        "friends invite",
        &["--short", "--certificate", "--qr", "--address", "--footer"],
    ),
    ("friends add", &["<FILE|TEXT|->", "--json"]),
    ("friends list", &["--json"]),
    ("friends approve", &["<WHO>"]),
    ("friends deny", &["<WHO>"]),
    ("friends remove", &["<WHO>", "--yes"]),
    ("friends block", &["<WHO>"]),
    ("friends unblock", &["<WHO>"]),
    ("friends sign", &["<WHO>", "--yes"]),
    ("friends trust", &["<WHO>", "marginal"]),
    ("friends status", &["[HOW]", "[TEXT]", "away", "--json"]),
    ("friends picture", &["[FILE]", "--none"]),
    ("friends outbox", &["--withdraw", "--json"]),
    ("friends call", &["<WHO>"]),
    ("mail", &["list", "read", "send", "--json"]),
    ("mail list", &["[FOLDER]", "inbox"]),
    ("mail read", &["<N>"]),
    (
        "mail send",
        &[
            "--to",
            "--cc",
            "--bcc",
            "--subject",
            "--attach",
            "--draft",
            "[TEXT]",
        ],
    ),
    ("mail move", &["<N>", "<FOLDER>"]),
    ("mail mark", &["<N>", "--unread"]),
    ("mail delete", &["<N>", "--yes"]),
    ("mail outbox", &["--json"]),
    ("files", &["share", "browse", "get", "--json"]),
    (
        "files share",
        &["<FOLDER>", "--with", "--by-hash", "--name", "--wait"],
    ),
    ("files unshare", &["<FOLDER>"]),
    ("files shares", &["--json"]),
    ("files rescan", &["--wait"]),
    ("files pause", &["[HASH]"]),
    ("files resume", &["[HASH]"]),
    ("files browse", &["<WHO>", "[PATH]"]),
    ("files search", &["<WORDS>"]),
    ("files offers", &["--json"]),
    (
        "files unoffer",
        &["<LINK|HASH|NAME|PATH>", "[WHO]", "--json"],
    ),
    ("files link", &["<FILE>"]),
    (
        "files get",
        &["<LINK|WHO:PATH>", "--from", "--dir", "--no-wait"],
    ),
    ("files downloads", &["--watch"]),
    ("files cancel", &["<HASH>"]),
    ("completions", &["<SHELL>", "bash", "zsh", "fish"]),
    ("generate", &["man", "completions", "key", "config"]),
    ("generate man", &["<DIR>"]),
];

#[test]
fn help_of_every_command_names_its_arguments() {
    // cli.md: `--help` on every command
    let home = Home::new();
    for (command, named) in COMMANDS {
        let mut args: Vec<&str> = command.split(' ').collect();
        args.push("--help");
        let help = run(&mut home.tincan(&args)).ok();
        for name in *named {
            assert!(help.contains(name), "{command}: {name} is not in\n{help}");
        }
    }
    let help = run(&mut home.tincan(&["--help"])).ok();
    for (command, _) in COMMANDS.iter().filter(|(name, _)| !name.contains(' ')) {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
    // Whatever is added to the program is added to the table above.
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .count();
    let top = COMMANDS.iter().filter(|(name, _)| !name.contains(' '));
    assert_eq!(listed, top.count() + 1, "all and `help`");
}

#[test]
fn the_version_is_told() {
    // cli.md: `--version`
    let out = run(&mut Home::new().tincan(&["--version"])).ok();
    assert_eq!(out, format!("tincan {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_exit_status_2() {
    // cli.md: exit status
    let home = Home::new();
    let wrong: &[&[&str]] = &[
        &[],
        &["dance"],
        &["serve", "--dance"],
        &["serve", "--log-format", "xml"],
        &["account"],
        &["account", "add"],
        &["account", "cert", "ana"],
        &["chat"],
        &["send", "ana@localhost", "Hello"],
        &["whois", "ana@localhost"],
        &["history", "ana@localhost", "#kitchen", "--limit", "201"],
        &["completions", "dosshell"],
        &["config", "--set", "limits.users"],
        &["config", "--set", "limits.users=0"],
        &["config", "--cp", "5035"],
    ];
    for args in wrong {
        let run = run(&mut home.tincan(args));
        assert_eq!(run.code, 2, "{args:?}: {run:?}");
        assert_eq!(run.out, "", "{args:?}");
        assert_ne!(run.err, "", "{args:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_a_failure() {
    // cli.md: exit status
    let home = Home::new();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_tincan"))
        .arg("config")
        .env_clear()
        .env("HOME", home.path(""))
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.starts_with("tincan: cannot write to standard output: "),
        "{err}"
    );
}
