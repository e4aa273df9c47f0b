//! One link, without a node around it.

use model::Timestamp;
use wire_retroshare::{PgpId, ServiceList};

use super::*;

/// Bytes of a piece of a file in these tests.
const PIECE: usize = 100_000;

#[expect(clippy::disallowed_methods, reason = "the one instant to start from")]
fn now() -> Now {
    Now {
        instant: Instant::now(),
        wall: Timestamp(1_750_000_000_000),
    }
}

fn link(now: Now) -> Link {
    let der = include_bytes!("../../../identity/tests/keys/bea.der");
    let certificate = LocationCertificate::parse(der).unwrap();
    let peer = Peer {
        location: certificate.location_id(),
        profile: PgpId::from_bytes([2; 8]),
    };
    let origin = Origin::Accepted(core::net::SocketAddr::from(([10, 0, 0, 2], 7812)));
    let mut link = Link::new(
        ConnectionId(1),
        peer,
        origin,
        certificate,
        false,
        now.instant,
    );
    link.agreement.listed(ServiceList::ours());
    link
}

fn piece() -> Parcel {
    let [high, low] = Service::FILE_TRANSFER.to_be_bytes();
    let head = Bytes::from(vec![2, high, low, 0]);
    let data = Bytes::from(vec![0; PIECE - head.len()]);
    Parcel::Bulk { head, data }
}

#[test]
fn room_for_pieces_comes_back_however_slowly_they_leave() {
    // [RS-17]
    let now = now();
    let mut link = link(now);
    let all = link.take_more_room().unwrap();
    assert!(all >= 2 * PIECE, "{all}");
    assert_eq!(link.take_more_room(), None, "nothing has changed");
    let mut room = all;
    for turn in 0..50 {
        // Whoever sends the file uses all that was told, at once.
        while room >= PIECE {
            link.push(piece());
            room -= PIECE;
        }
        let mut outputs = Vec::new();
        link.flush(now, &mut outputs);
        let is_piece = |output: &&Output| match output {
            Output::Send(_, bytes) => bytes.len() == PIECE - 4,
            _ => false,
        };
        let given = outputs.iter().filter(is_piece).count();
        assert!(given > 0, "turn {turn}: the file rests");
        // The socket takes little: the rest goes by and by.
        link.sent(given * PIECE, now.instant);
        for left in (0..given).rev() {
            if let Some(more) = link.take_more_room() {
                room = more;
            }
            assert!(
                room + link.queue.held() <= all + 1000,
                "more was told than there is"
            );
            link.sent(left * PIECE, now.instant);
        }
        if let Some(more) = link.take_more_room() {
            room = more;
        }
    }
}
