//! Accounts through the program [CP-13].

use std::path::Path;

use hub::password;
use model::{Letter, MessageId, Secret, Text, Timestamp, Told, UserName};
use sha2::{Digest, Sha256};
use store::{Account, Reader, Store, Write};
use store_sqlite::SqliteStore;

use crate::support::{Home, Run, names, run};

/// Runs `tincan account ARGS` with this on its standard input.
fn account(home: &Home, args: &[&str], input: &str) -> Run {
    let mut all = vec!["account"];
    all.extend(args);
    let mut tincan = home.tincan(&all);
    tincan.env("TINCAN_DATA", home.path("data"));
    run(tincan.write_stdin(input))
}

fn reader(home: &Home) -> Box<dyn Reader> {
    let store = SqliteStore::open_shared(&home.path("data")).unwrap();
    store.reader().unwrap()
}

fn stored(home: &Home, name: &str) -> Option<Account> {
    reader(home)
        .account(&UserName::parse(name).unwrap())
        .unwrap()
}

fn fits(account: &Account, secret: &str) -> bool {
    password::verify(&Secret::new(secret.into()), &account.password_hash)
}

#[test]
fn an_account_is_made_with_the_first_line_of_standard_input() {
    // [CP-13]
    let home = Home::new();
    let added = account(&home, &["add", "ana"], "opensesame\nmore\n");
    assert_eq!(added.err, "tincan: added the account ana\n");
    assert_eq!(added.ok(), "");

    let ana = stored(&home, "ana").unwrap();
    assert!(fits(&ana, "opensesame"));
    assert!(
        ana.password_hash
            .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
    );
    assert!(ana.created > Timestamp(1_700_000_000_000));

    let listed = account(&home, &["list"], "").ok();
    assert!(listed.starts_with("ana  since 2"), "{listed}");
    assert!(listed.ends_with("  0 letters\n"), "{listed}");
    let object: serde_json::Value =
        serde_json::from_str(&account(&home, &["list", "--json"], "").ok()).unwrap();
    assert_eq!(object["name"], "ana");
    assert_eq!(object["letters"], 0);
    assert!(object["certificate"].is_null());
}

#[test]
fn no_password_is_in_any_output_or_file() {
    // [CP-13]
    const SECRET: &str = "s3cr3t-s3cr3t";
    let home = Home::new();
    let runs = [
        account(&home, &["add", "ana"], &format!("{SECRET}\n")),
        account(&home, &["add", "ana"], &format!("{SECRET}\n")),
        account(&home, &["passwd", "ana"], &format!("{SECRET}\n")),
        account(&home, &["passwd", "ana"], &format!("{SECRET}{SECRET}\n")),
        account(&home, &["list", "--json"], ""),
    ];
    let codes: Vec<i32> = runs.iter().map(|run| run.code).collect();
    assert_eq!(codes, [0, 1, 0, 1, 0]);
    for run in runs {
        assert!(
            !run.out.contains(SECRET) && !run.err.contains(SECRET),
            "{run:?}"
        );
    }
    let files = names(&home.path("data"));
    assert!(!files.is_empty());
    for file in files {
        let bytes = std::fs::read(home.path("data").join(&file)).unwrap();
        let found = bytes
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes());
        assert!(!found, "{file}");
    }
}

#[test]
fn passwords_that_cp_cannot_carry_are_refused() {
    // [CP-13]
    let home = Home::new();
    let cases = [
        ("", "the password is empty; "),
        ("\n", "the password is empty; "),
        (
            "sixteen-letters!\n",
            "the password is longer than 15 bytes, ",
        ),
        (
            " blank\n",
            "the password begins with a space or holds a control character, ",
        ),
    ];
    for (input, told) in cases {
        let sentence = account(&home, &["add", "ana"], input).failed(1);
        assert!(sentence.starts_with(told), "{sentence}");
    }
    assert_eq!(stored(&home, "ana"), None);
}

#[test]
fn names_are_checked_before_a_password_is_asked_for() {
    // [CP-15] [HUB-1]
    let home = Home::new();
    account(&home, &["add", "ana"], "opensesame\n").ok();
    let cases = [
        (
            "~ana",
            "\"~ana\" cannot be a name: names that begin with ~ are reserved",
        ),
        ("a b", "\"a b\" cannot be a name: "),
        (
            "ana",
            "there is an account ana already; `tincan account passwd ana` changes it",
        ),
        ("ANA", "ANA is easily confused with the account ana; "),
    ];
    for (name, told) in cases {
        let sentence = account(&home, &["add", name], "").failed(1);
        assert!(sentence.starts_with(told), "{sentence}");
    }
    account(&home, &["add", "ANA", "--allow-confusable"], "opensesame\n").ok();
    assert!(stored(&home, "ANA").is_some());
}

#[test]
fn a_name_that_cp_cannot_carry_is_made_with_a_warning() {
    // [CP-15]
    let home = Home::new();
    for name in ["elevenbytes", "bo:b"] {
        let added = account(&home, &["add", name], "opensesame\n");
        assert!(
            added
                .err
                .contains(&format!("{name} cannot sign in on cp, ")),
            "{added:?}"
        );
        added.ok();
        assert!(stored(&home, name).is_some());
    }
    let added = account(&home, &["add", "tenletters"], "opensesame\n");
    assert!(!added.err.contains("cp"), "{added:?}");
}

#[test]
fn a_password_can_be_changed() {
    // [CP-13]
    let home = Home::new();
    account(&home, &["add", "ana"], "opensesame\n").ok();
    let before = stored(&home, "ana").unwrap();
    account(&home, &["passwd", "ana"], "closesesame\r\n").ok();
    let after = stored(&home, "ana").unwrap();
    assert!(fits(&after, "closesesame") && !fits(&after, "opensesame"));
    assert_eq!(after.created, before.created);
    assert_eq!(
        account(&home, &["passwd", "bo"], "x\n").failed(1),
        "there is no account bo; `tincan account list` shows all"
    );
}

#[test]
fn an_account_goes_with_its_letters() {
    // [CP-13]
    let home = Home::new();
    account(&home, &["add", "ana"], "opensesame\n").ok();
    let ana = UserName::parse("ana").unwrap();
    let mut store = SqliteStore::open_shared(&home.path("data")).unwrap();
    for id in 1..=2 {
        let letter = Letter::new(Told {
            id: MessageId(id),
            from: ana.clone(),
            to: ana.clone(),
            text: Text::adapt("hello").unwrap(),
            at: Timestamp(0),
        });
        store.commit(&[Write::Letter(letter)]).unwrap();
    }
    let removed = account(&home, &["remove", "ana"], "");
    assert_eq!(
        removed.err,
        "tincan: removed the account ana and 2 letters\n"
    );
    removed.ok();
    assert_eq!(stored(&home, "ana"), None);
    assert_eq!(reader(&home).letters(&ana).unwrap(), 0);
    assert_eq!(
        account(&home, &["remove", "ana", "--yes"], "").failed(1),
        "there is no account ana; `tincan account list` shows all"
    );
    let none = account(&home, &["list"], "");
    assert!(
        none.err.starts_with("tincan: there are no accounts; "),
        "{none:?}"
    );
    assert_eq!(none.ok(), "");
}

#[test]
fn a_certificate_can_speak_for_an_account() {
    // [HUB-2]
    let home = Home::new();
    account(&home, &["add", "ana"], "opensesame\n").ok();
    let before = stored(&home, "ana").unwrap();
    let made = rcgen::generate_simple_self_signed(["ana".to_owned()]).unwrap();
    let file = home.write("ana.pem", &made.cert.pem());

    account(&home, &["cert", "ana", &file], "").ok();
    let digest: [u8; 32] = Sha256::digest(made.cert.der()).into();
    let after = stored(&home, "ana").unwrap();
    assert_eq!(after.certificate, Some(digest));
    assert_eq!(after.password_hash, before.password_hash);
    let listed = account(&home, &["list"], "").ok();
    assert!(listed.contains("  certificate "), "{listed}");

    account(&home, &["cert", "ana", "--remove"], "").ok();
    assert_eq!(stored(&home, "ana").unwrap().certificate, None);

    let empty = home.write("empty.pem", "nothing\n");
    let sentence = account(&home, &["cert", "ana", &empty], "").failed(1);
    assert_eq!(
        sentence,
        format!("{empty} holds no certificate in PEM form")
    );
}

#[test]
fn a_mistyped_folder_is_not_made() {
    // cli.md: one sentence that says what and what to do
    let home = Home::new();
    for action in [&["list"][..], &["remove", "ana"], &["passwd", "ana"]] {
        let sentence = account(&home, action, "x\n").failed(1);
        assert!(sentence.starts_with("there is no data in "), "{sentence}");
        assert!(sentence.contains("--data DIR"), "{sentence}");
    }
    assert!(!Path::new(&home.path("data")).exists());
}
