//! Bytes that nobody honest sends: an error or a meaning, never a panic.

use proptest::prelude::*;
use wire_retroshare::fuzz;

use crate::rig::{identity, identity_bytes, recorded};

proptest! {
    // [RS-22]
    #[test]
    fn random_bytes_panic_nowhere(data in prop::collection::vec(any::<u8>(), 0..300)) {
        everything(&data);
    }

    // [RS-22]
    #[test]
    fn random_slices_panic_nowhere(
        slices in prop::collection::vec(
            (0u8..4, 0u32..3, prop::collection::vec(any::<u8>(), 0..40)), 0..20),
    ) {
        let mut stream = Vec::new();
        for (flags, id, payload) in slices {
            stream.extend([0x10, flags]);
            stream.extend(id.to_be_bytes());
            stream.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
            // Most begin as an item does.
            let mut payload = payload;
            if flags == 1 && payload.len() > 8 {
                payload[..8].copy_from_slice(&[2, 0, 0x12, 1, 0, 0, 0, 30]);
            }
            stream.extend(payload);
        }
        fuzz::fuzz_stream(&stream);
    }

    // [RS-22]
    #[test]
    fn recorded_items_with_changes_panic_nowhere(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let lines = recorded();
        let line = &lines[which.index(lines.len())];
        let mut bytes = changed(&line.bytes, &changes);
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        fuzz::fuzz_stream(&bytes);
        // The body for every service.
        let body = bytes.get(8..).unwrap_or_default();
        for service in 0..12 {
            let item = [&[service, line.subtype][..], body].concat();
            fuzz::fuzz_item(&item);
        }
        fuzz::fuzz_listing(bytes.get(70..).unwrap_or_default());
    }

    // [RS-22]
    #[test]
    fn certificates_with_changes_panic_nowhere(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
    ) {
        for name in ["location_certificate_der_base64", "probe_location_certificate_der_base64"] {
            let bytes = changed(&identity_bytes(name), &changes);
            fuzz::fuzz_location(&bytes);
            fuzz::fuzz_location(&bytes[..end.index(bytes.len())]);
        }
        for name in ["certificate_text", "short_invite_url", "probe_short_invite"] {
            let bytes = changed(identity(name).as_bytes(), &changes);
            fuzz::fuzz_text(&bytes);
            fuzz::fuzz_text(&bytes[..end.index(bytes.len())]);
        }
    }
}

fn changed(bytes: &[u8], changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, value) in changes {
        let place = place.index(bytes.len());
        bytes[place] = *value;
    }
    bytes
}

fn everything(data: &[u8]) {
    fuzz::fuzz_stream(data);
    for service in 0..12 {
        for subtype in 0..0x20 {
            fuzz::fuzz_item(&[&[service, subtype], data].concat());
        }
    }
    fuzz::fuzz_text(data);
    fuzz::fuzz_link(data);
    fuzz::fuzz_html(data);
    fuzz::fuzz_location(data);
    fuzz::fuzz_listing(data);
}
