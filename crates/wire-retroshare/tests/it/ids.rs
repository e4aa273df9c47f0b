//! Ids as text.

use rstest::rstest;
use wire_retroshare::{DirHash, FileHash, Fingerprint, GxsId, IdError, LocationId, PgpId};

use crate::rig::identity;

// [RS-1]
#[test]
fn the_short_id_is_the_end_of_the_fingerprint() {
    let fingerprint: Fingerprint = identity("pgp_fingerprint").parse().unwrap();
    let id: PgpId = identity("pgp_id").parse().unwrap();
    assert_eq!(fingerprint.pgp_id(), id);
}

// [RS-1]
#[test]
fn people_are_written_in_upper_case_and_machines_in_lower_case() {
    let person = PgpId::from_bytes([0xab; 8]);
    assert_eq!(person.to_string(), "ABABABABABABABAB");
    assert_eq!("abababababababab".parse(), Ok(person));
    let machine = LocationId::from_bytes([0xab; 16]);
    assert_eq!(machine.to_string(), "ab".repeat(16));
    assert_eq!("AB".repeat(16).parse(), Ok(machine));
    assert_eq!(format!("{person:?}"), "PgpId(ABABABABABABABAB)");
    assert_eq!(GxsId::from_bytes([0xcd; 16]).to_string(), "cd".repeat(16));
    assert_eq!(
        FileHash::from_bytes([0xef; 20]).to_string(),
        "ef".repeat(20)
    );
    assert_eq!(DirHash::ROOT.as_bytes(), &[0; 20]);
}

// [RS-2] [RS-22]
#[rstest]
#[case("", IdError::Length { expected: 16, found: 0 })]
#[case("ABABABABABABABA", IdError::Length { expected: 16, found: 15 })]
#[case("ABABABABABABABABA", IdError::Length { expected: 16, found: 17 })]
#[case("ABABABABABABABAG", IdError::Digit)]
#[case("+BABABABABABABAB", IdError::Digit)]
#[case("ABABABABABABABä", IdError::Digit)]
fn what_is_no_id_is_an_error(#[case] text: &str, #[case] error: IdError) {
    assert_eq!(text.parse::<PgpId>(), Err(error));
}

// [RS-22]
#[test]
fn an_id_has_exactly_its_bytes() {
    assert_eq!(PgpId::from_slice(&[1; 8]), Some(PgpId::from_bytes([1; 8])));
    assert_eq!(PgpId::from_slice(&[1; 7]), None);
    assert_eq!(PgpId::from_slice(&[1; 9]), None);
}
