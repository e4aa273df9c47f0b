//! How much of everything there may be, and how long it may take [LAN-48].

use std::time::Duration;

/// Connections made to us, at most: a few for everybody on a large LAN.
pub(super) const MAX_ACCEPTED: usize = 128;
/// Of these, from one address: several people with files on one machine.
pub(super) const MAX_ACCEPTED_PER_ADDRESS: usize = 16;
/// Of these, those that have not said who they are (facts 8.11). One more, and the oldest goes.
pub(super) const MAX_UNKNOWN: usize = 10;
/// Of these, from one address, so that one machine cannot push out the others.
pub(super) const MAX_UNKNOWN_PER_ADDRESS: usize = 5;
/// A first byte has to come within this.
pub(super) const FIRST_BYTE_TIME: Duration = Duration::from_secs(10);
/// Whoever does not say who they are within this is not waited for: the first stanza says it at the
/// latest, and clients connect when there is something to say.
pub(super) const UNKNOWN_TIME: Duration = Duration::from_secs(30);
/// Whoever is not known by name has to be found by discovery within this; meanwhile their stanzas are
/// held.
pub(super) const CHECK_TIME: Duration = Duration::from_secs(5);
/// Stanzas held for a caller that is being looked up: more than a person writes in that time.
pub(super) const MAX_HELD: usize = 64;
/// Bytes of them.
pub(super) const MAX_HELD_BYTES: usize = 512 * 1024;

/// Addresses of one person that are tried, at most.
pub(super) const MAX_ADDRESSES: usize = 8;
/// A connection has to stand within this.
pub(super) const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Discovery has to answer within this; it has a shorter limit itself.
pub(super) const RESOLVE_TIME: Duration = Duration::from_secs(10);
/// Calls to one person without one text getting through, at most.
pub(super) const ATTEMPTS: u32 = 3;
/// Nobody is called before others had this to take in our records: a libpurple that has not yet
/// resolved where we are hangs up on us (facts 1.4). Whoever has a key of theirs with us is no such.
pub(super) const INTRODUCTION_TIME: Duration = Duration::from_millis(500);
/// Nothing is said on a plain stream of ours before this has passed since it opened: COMPAT(libpurple),
/// which answers a caller whose address it does not know yet with a header and, right behind it, an end.
pub(super) const LISTEN_TIME: Duration = Duration::from_millis(50);
/// Between two calls: a libpurple that has just heard of us needs about a second to resolve our
/// address, and refuses callers before that (facts 1.4).
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(1_000);
/// How long a caller whose connection stands waits for the header of somebody who has connected from
/// there at the same time. The one whose name sorts first waits less, so that two of ours do not end
/// their waiting together.
pub(super) const YIELD_FIRST: Duration = Duration::from_millis(100);
/// The same, for the other one.
pub(super) const YIELD_SECOND: Duration = Duration::from_millis(400);
/// How long nothing is said while two streams with one person stand, so that the other side can end
/// one of them; then we do.
pub(super) const HOLD_TIME: Duration = Duration::from_millis(1_000);

/// COMPAT(libpurple): an end tag that it reads together with the answer to its header makes it crash. So
/// an end waits for this, or until something has come behind their header.
pub(super) const SETTLE_TIME: Duration = Duration::from_millis(600);
/// The same once something has come: what it reads within the same moment still counts as together.
pub(super) const BREATH_TIME: Duration = Duration::from_millis(100);
/// How long we wait for the other's end tag, or for the end of a connection after both (facts 8.9).
pub(super) const END_TIME: Duration = Duration::from_secs(2);
/// What is lost without a word within this counts as doubtful, what was sent before as arrived.
pub(super) const CONFIRM_TIME: Duration = Duration::from_secs(10);
/// The same for a stream that the other side ended properly: only what crossed the end tag can be lost.
pub(super) const CROSSING_TIME: Duration = Duration::from_secs(2);
/// The whole farewell, below the second that a user waits (facts 8.12).
pub(super) const FAREWELL_TIME: Duration = Duration::from_millis(900);

/// Conversations that are remembered, at most.
pub(super) const MAX_CONVERSATIONS: usize = 256;
/// Streams with one person, at most: one in use, one that comes, two that end.
pub(super) const MAX_STREAMS: usize = 4;
/// Things to say that wait for one person, at most.
pub(super) const MAX_QUEUED: usize = 256;
/// Things to say that wait in all.
pub(super) const MAX_QUEUED_IN_ALL: usize = 1024;
/// Bytes of a stream that the socket has not taken; what is to be said beyond waits, so that it can
/// still go another way.
pub(super) const MAX_UNSENT: u64 = 64 * 1024;
/// Bytes of answers that a peer has not read; beyond, it is cut off.
pub(super) const MAX_UNREAD: u64 = 1024 * 1024;
/// Outputs that bytes of one call may come to; the rest of them is taken later. A face is told less
/// than it can keep, whatever a peer has sent meanwhile.
pub(super) const MAX_OUTPUTS_AT_ONCE: usize = 1024;
/// Texts on one stream whose arrival is not known, at most; more wait. So many that a script which
/// writes as fast as a person's client reads is not held up for [`CONFIRM_TIME`] [LAN-43].
pub(super) const MAX_UNCONFIRMED: usize = 16 * 1024;

/// Transfers at once.
pub(super) const MAX_TRANSFERS: usize = 64;
/// Of these, with one person.
pub(super) const MAX_TRANSFERS_PER_PEER: usize = 8;
/// Offers of others that our face has not answered, at most: so that there is room for ours.
pub(super) const MAX_ASKED: usize = 32;
/// An offer is answered within this, or over.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(600);
/// A byte stream stands within this after the answer, and then moves at least once in this.
pub(super) const STALL_TIME: Duration = Duration::from_secs(60);
/// A stream host answers within this, or the next one is tried.
pub(super) const HOST_TIME: Duration = Duration::from_secs(3);
/// Stream hosts that are tried, at most.
pub(super) const MAX_HOSTS: usize = 16;
/// Bytes of a file that the socket has not taken; beyond, segments are answered later.
pub(super) const MAX_UNSENT_FILE: u64 = 1024 * 1024;
/// The same for a face that does not wait for answers: beyond, the transfer ends.
pub(super) const MAX_UNSENT_FILE_EVER: u64 = 64 * 1024 * 1024;

/// People who are shown, at most.
pub(super) const MAX_CONTACTS: usize = 2_000;
/// Pictures in the store, at most [LAN-35].
pub(super) const MAX_PICTURES: usize = 500;
/// Pictures asked for at once: a big one is 45 packets on everybody's network.
pub(super) const MAX_FETCHES: usize = 3;
/// A picture comes within this, or not.
pub(super) const FETCH_TIME: Duration = Duration::from_secs(8);
/// One that did not come is asked for again after this, if its person still tells its hash.
pub(super) const FETCH_AGAIN: Duration = Duration::from_secs(60);
