//! Keys of other people that were seen.

use std::fs;
use std::io::ErrorKind;

use node::lan::pins::{MAX_PINS, forget, list, store};

#[test]
fn pins_are_kept_in_order_and_forgotten_by_name() {
    // [LAN-46]
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(list(folder).unwrap(), []);
    assert!(!forget(folder, "ana@anabox").unwrap());

    store(folder, "ana@anabox", [1; 32]).unwrap();
    store(folder, "bob@bobbox", [2; 32]).unwrap();
    let both = [
        ("ana@anabox".to_owned(), [1; 32]),
        ("bob@bobbox".to_owned(), [2; 32]),
    ];
    assert_eq!(list(folder).unwrap(), both);

    assert!(!forget(folder, "carol@carolbox").unwrap());
    assert!(forget(folder, "ANA@anabox").unwrap());
    assert_eq!(list(folder).unwrap(), both[1..]);
}

#[test]
fn a_name_has_one_key_however_it_is_written() {
    // [LAN-46]
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), "ana@anabox", [1; 32]).unwrap();
    store(folder.path(), "Ana@AnaBox", [1; 32]).unwrap();
    // What another program has seen meanwhile holds: a key is changed by a person alone.
    let error = store(folder.path(), "Ana@AnaBox", [2; 32]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let pins = list(folder.path()).unwrap();
    assert_eq!(pins, [("ana@anabox".to_owned(), [1; 32])]);
    assert!(forget(folder.path(), "ANA@anabox").unwrap());
    store(folder.path(), "Ana@AnaBox", [2; 32]).unwrap();
    let pins = list(folder.path()).unwrap();
    assert_eq!(pins, [("Ana@AnaBox".to_owned(), [2; 32])]);
}

#[test]
fn any_name_survives() {
    // [LAN-48]
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "with two  spaces ",
        "日本@carolbox",
        "line\nend\r\n",
        r"back\slash\n",
        "\u{1b}[31m",
        "a\u{2028}b",
    ];
    for name in names {
        store(folder.path(), name, [3; 32]).unwrap();
    }
    let kept: Vec<_> = list(folder.path())
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(kept, names);
}

#[test]
fn a_file_that_is_damaged_is_told_and_not_overwritten() {
    // [LAN-46]
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), "ana@anabox", [1; 32]).unwrap();
    let file = folder.path().join("pins");
    let good = fs::read_to_string(&file).unwrap();
    for bad in [
        "no pin",
        "00 ana",
        &good[1..],
        &good[..65],
        &format!("{}+{}", &good[..1], &good[2..]),
    ] {
        fs::write(&file, bad).unwrap();
        assert_eq!(
            list(folder.path()).unwrap_err().kind(),
            ErrorKind::InvalidData,
            "{bad:?}"
        );
        assert!(store(folder.path(), "bob@bobbox", [2; 32]).is_err());
        assert!(forget(folder.path(), "ana@anabox").is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), bad);
    }
}

#[test]
fn a_flood_of_names_pushes_no_key_out() {
    // [LAN-48]
    let folder = tempfile::tempdir().unwrap();
    let digits = "00".repeat(32);
    let lines: String = (0..MAX_PINS).map(|n| format!("{digits} {n}\n")).collect();
    fs::write(folder.path().join("pins"), lines).unwrap();
    let error = store(folder.path(), "one more", [1; 32]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    // Those that are there stay, and can go.
    store(folder.path(), "0", [0; 32]).unwrap();
    assert!(forget(folder.path(), "1").unwrap());
    assert_eq!(list(folder.path()).unwrap().len(), MAX_PINS - 1);
}
