//! Presence names.

use lan::Instance;
use lan::name::Wish;
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case("carolbox", "carolbox")]
#[case("Johns-MacBook-Pro", "Johns-MacBook-Pro")]
#[case("carolbox.example.org", "carolbox")]
#[case("müllers-büro", "mullers-buro")]
#[case("ÅNGSTRÖM", "ANGSTROM")]
#[case("my_machine (2)", "my-machine--2")]
#[case("①machine", "1machine")]
#[case("-x-", "x")]
#[case("日本", "machine")]
#[case("", "machine")]
#[case(".", "machine")]
fn any_machine_gets_a_plain_label(#[case] machine: &str, #[case] label: &str) {
    // [LAN-36]
    let wish = Wish::new("carol", machine);
    assert_eq!(wish.machine, label);
    assert_eq!(wish.candidate(0).as_str(), format!("carol@{label}"));
    assert_eq!(wish.host_label(0), format!("{label}-tincan"));
}

#[test]
fn taken_names_give_the_user_the_digits_one_two_three() {
    // [LAN-5]
    let wish = Wish::new("carol", "carolbox");
    let names: Vec<_> = (0..4)
        .map(|attempt| wish.candidate(attempt).to_string())
        .collect();
    let expected = [
        "carol@carolbox",
        "carol1@carolbox",
        "carol2@carolbox",
        "carol3@carolbox",
    ];
    assert_eq!(names, expected);
    assert_eq!(wish.candidate(12).as_str(), "carol12@carolbox");
}

#[test]
fn taken_host_labels_are_numbered_without_touching_the_instance() {
    // [LAN-4]
    let wish = Wish::new("carol", "carolbox");
    let labels: Vec<_> = (0..3).map(|attempt| wish.host_label(attempt)).collect();
    assert_eq!(
        labels,
        ["carolbox-tincan", "carolbox-tincan-2", "carolbox-tincan-3"]
    );
}

#[test]
fn the_user_may_be_called_anything_that_can_be_shown() {
    // [LAN-37]
    assert_eq!(
        Wish::new("日本", "carolbox").candidate(1).as_str(),
        "日本1@carolbox"
    );
    assert_eq!(
        Wish::new("  John A. Doe ", "b").candidate(0).as_str(),
        "John A. Doe@b"
    );
    assert_eq!(
        Wish::new("ca\u{1b}[2J\nrol", "b").candidate(0).as_str(),
        "ca[2Jrol@b"
    );
    assert_eq!(Wish::new(" \t", "b").candidate(0).as_str(), "user@b");
}

#[test]
fn instances_are_told_apart_without_regard_to_ascii_case() {
    // [LAN-15]
    let name = |raw| Instance::new(raw).unwrap();
    assert_eq!(name("John.Doe@Box"), name("john.doe@bOX"));
    assert_eq!(
        name("John.Doe@Box").as_str(),
        "John.Doe@Box",
        "shown as it came"
    );
    assert_ne!(
        name("Ä@box"),
        name("ä@box"),
        "DNS knows the case of ASCII only"
    );
    assert_eq!(Instance::new(""), None);
    assert_eq!(Instance::new(&"x".repeat(64)), None);
}

proptest! {
    #[test]
    fn every_wish_fits_a_label(user in ".{0,80}", machine in ".{0,80}", attempt: u32) {
        // [LAN-5] [LAN-36] [LAN-37]
        let wish = Wish::new(&user, &machine);
        for wish in [wish, Wish { user, machine }] {
            let name = wish.candidate(attempt).to_string();
            prop_assert!((1..=63).contains(&name.len()));
            let (_, machine) = name.rsplit_once('@').expect("user@machine");
            for label in [machine, &wish.host_label(attempt)] {
                prop_assert!((1..=63).contains(&label.len()));
                prop_assert!(label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
                prop_assert!(!label.starts_with('-') && !label.ends_with('-'));
            }
            let next = wish.candidate(attempt.wrapping_add(1)).to_string();
            prop_assert_ne!(name, next);
        }
    }
}
