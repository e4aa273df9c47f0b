//! Random conversations: after each step the space and the reference model agree on everything
//! that can be seen.

use std::time::Duration;

use model::{Claim, MAX_FILE_SIZE, Place, Recipient, RoomName, SessionId, TransferId, UserName};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use space::{Change, Limits, NameRules};

use crate::driver::{Answer, Driver, Wish};
use crate::reference::{Mistake, Reference};
use crate::{room, start, user};

/// Equal, alike, too long for cp, with a colon, and told apart only by their normal form.
const NAMES: [&str; 11] = [
    "ana",
    "Ana",
    "ANA",
    "bo",
    "straße",
    "STRASSE",
    "Amélie",
    "Ame\u{301}lie",
    "amélie",
    "a-name-longer-than-ten",
    "x:y",
];
const ROOMS: [&str; 4] = ["tea", "Tea", "den", "hall"];
const SLOTS: u32 = 5;

#[derive(Clone, Debug)]
enum Step {
    Wish(u32, Wish),
    /// The one whose wish it can be: an answer of the receiver, a segment of the sender.
    OfParty(Wish),
    /// A session that is over, and whose slot another has, asks once more.
    Stale(u32, Wish),
    /// The slot's session ends and another begins.
    Reconnect(u32),
    Accounts(Vec<UserName>),
    TakesFiles(u32, bool),
    Pass(Duration),
}

fn limits() -> Limits {
    Limits {
        users: 4,
        rooms: 3,
        rooms_per_user: 2,
        room_members: 2,
        transfers_per_user: 2,
    }
}

fn any_user() -> impl Strategy<Value = UserName> {
    select(&NAMES[..]).prop_map(user)
}

fn any_room() -> impl Strategy<Value = RoomName> {
    select(&ROOMS[..]).prop_map(room)
}

fn any_rooms() -> impl Strategy<Value = Vec<RoomName>> {
    prop::collection::vec(any_room(), 0..4)
}

fn any_recipient() -> impl Strategy<Value = Recipient> {
    prop_oneof![
        3 => any_user().prop_map(Recipient::Name),
        1 => any_user().prop_map(|name| Recipient::Alias(name.alias())),
    ]
}

/// 1 is the transfer offered last, 2 the one before: [`Pair::meant`].
fn any_id() -> impl Strategy<Value = TransferId> {
    (1..5_u16).prop_map(|number| TransferId::new(number).unwrap())
}

fn any_claim() -> impl Strategy<Value = Claim> {
    let (from, to) = (any_user(), any_user());
    // A wrong name is seldom guessed right: mostly none is claimed.
    let (from, to) = (
        prop::option::weighted(0.2, from),
        prop::option::weighted(0.2, to),
    );
    (any_id(), from, to).prop_map(|(id, from, to)| Claim { id, from, to })
}

fn any_size() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 1..4_u64,
        1 => Just(0),
        1 => Just(MAX_FILE_SIZE),
        1 => Just(MAX_FILE_SIZE + 1),
    ]
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let place = prop_oneof![
        any_room().prop_map(Place::Room),
        any_user().prop_map(Place::Person),
    ];
    prop_oneof![
        8 => (any_user(), any::<bool>())
            .prop_map(|(name, proven)| Wish::SignIn { name, proven }),
        1 => any_user().prop_map(|name| Wish::OpenMailbox { name }),
        2 => Just(Wish::SignOut),
        8 => any_rooms().prop_map(Wish::Join),
        3 => any_rooms().prop_map(Wish::Leave),
        1 => any_room().prop_map(Wish::ListMembers),
        3 => (any_rooms(), any::<bool>())
            .prop_map(|(rooms, from_outside)| Wish::Post { rooms, from_outside }),
        1 => Just(Wish::PostEverywhere),
        4 => any_recipient().prop_map(Wish::Tell),
        4 => any_recipient().prop_map(Wish::Mail),
        2 => place.prop_map(Wish::History),
        6 => (any_user(), any_size()).prop_map(|(to, size)| Wish::Offer { to, size }),
        6 => (any_claim(), prop::bool::weighted(0.8))
            .prop_map(|(claim, accept)| Wish::Answer { claim, accept }),
        6 => (any_id(), 0..3_u64, any::<bool>())
            .prop_map(|(id, bytes, last)| Wish::Segment { id, bytes, last }),
        2 => any_id().prop_map(Wish::Cancel),
        1 => Just(Wish::Mailbox),
    ]
}

fn any_turn_of_a_transfer() -> impl Strategy<Value = Wish> {
    prop_oneof![
        2 => (any_claim(), prop::bool::weighted(0.9))
            .prop_map(|(claim, accept)| Wish::Answer { claim, accept }),
        3 => (any_id(), 0..3_u64, any::<bool>())
            .prop_map(|(id, bytes, last)| Wish::Segment { id, bytes, last }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        14 => any_turn_of_a_transfer().prop_map(Step::OfParty),
        40 => (0..SLOTS, any_wish()).prop_map(|(slot, wish)| Step::Wish(slot, wish)),
        2 => (0..SLOTS, any_wish()).prop_map(|(slot, wish)| Step::Stale(slot, wish)),
        2 => (0..SLOTS).prop_map(Step::Reconnect),
        2 => prop::collection::vec(any_user(), 0..3).prop_map(Step::Accounts),
        1 => (0..SLOTS, any::<bool>()).prop_map(|(slot, takes)| Step::TakesFiles(slot, takes)),
        3 => (0..40_u64).prop_map(|seconds| Step::Pass(Duration::from_secs(seconds))),
    ]
}

fn any_conversation() -> impl Strategy<Value = (NameRules, Vec<Step>)> {
    let rules =
        (any::<bool>(), any::<bool>()).prop_map(|(open_names, allow_confusables)| NameRules {
            open_names,
            allow_confusables,
        });
    (rules, prop::collection::vec(any_step(), 1..120))
}

struct Pair {
    driver: Driver,
    reference: Reference,
    generations: [u32; SLOTS as usize],
    offered: Vec<TransferId>,
}

impl Pair {
    fn new(rules: NameRules, mistake: Option<Mistake>) -> Self {
        let now = start();
        Self {
            driver: Driver::new(limits(), rules, now),
            reference: Reference::new(limits(), rules, now, mistake),
            generations: [1; SLOTS as usize],
            offered: Vec::new(),
        }
    }

    /// The transfer that a generated number stands for.
    fn meant(&self, number: TransferId) -> TransferId {
        let back = usize::from(number.get());
        let at = self.offered.len().checked_sub(back);
        at.map_or(number, |at| self.offered[at])
    }

    fn with_ids_meant(&self, mut wish: Wish) -> Wish {
        match &mut wish {
            Wish::Answer { claim, .. } => claim.id = self.meant(claim.id),
            Wish::Segment { id, .. } | Wish::Cancel(id) => *id = self.meant(*id),
            _ => {}
        }
        wish
    }

    fn session(&self, slot: u32) -> SessionId {
        SessionId::new(slot, self.generations[slot as usize])
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Wish(slot, wish) => self.wish(self.session(*slot), wish)?,
            // Whoever is nobody signs in first: what matters is who holds the slot.
            Step::OfParty(wish) => {
                let (id, answers) = match wish {
                    Wish::Answer { claim, .. } => (self.meant(claim.id), true),
                    Wish::Segment { id, .. } => (self.meant(*id), false),
                    _ => return Ok(()),
                };
                let mut live = self.reference.live.iter();
                let Some(live) = live.find(|live| live.id == id) else {
                    return Ok(());
                };
                let session = if answers { live.to } else { live.from };
                self.wish(session, wish)?;
            }
            Step::Stale(_, Wish::SignIn { .. } | Wish::OpenMailbox { .. }) => {}
            Step::Stale(slot, wish) => {
                let old = SessionId::new(*slot, self.generations[*slot as usize] - 1);
                self.wish(old, wish)?;
            }
            Step::Reconnect(slot) => {
                self.wish(self.session(*slot), &Wish::SignOut)?;
                self.generations[*slot as usize] += 1;
            }
            Step::Accounts(names) => {
                self.driver.accounts(names);
                self.reference.set_accounts(names);
            }
            Step::TakesFiles(slot, takes) => {
                let session = self.session(*slot);
                let change = Change::TakesFiles(session, *takes);
                self.driver.space.fold(change);
                self.reference.set_takes_files(session, *takes);
            }
            Step::Pass(time) => {
                self.driver.pass(*time);
                self.reference.pass(*time);
            }
        }
        self.compare()
    }

    fn wish(&mut self, session: SessionId, wish: &Wish) -> Result<(), TestCaseError> {
        let mut wish = self.with_ids_meant(wish.clone());
        // Proof is of an account, and a password opens only a mailbox that there is.
        match &mut wish {
            Wish::SignIn { name, proven } => *proven &= self.reference.accounts.contains(name),
            Wish::OpenMailbox { name } if !self.reference.accounts.contains(name) => {
                return Ok(());
            }
            _ => {}
        }
        let given = self.driver.wish(session, &wish);
        let number = match &given {
            Ok(Answer::Offered { id, .. }) => Some(*id),
            _ => None,
        };
        self.offered.extend(number);
        let stands = matches!(given, Ok(Answer::Offered { .. }));
        let expected = match (&wish, stands) {
            // Only a number that was given can be taken over.
            (Wish::Offer { .. }, false) => self.reference.wish(session, &wish, TransferId::new(9)),
            _ => self.reference.wish(session, &wish, number),
        };
        prop_assert_eq!(given, expected, "{:?} of {:?}", wish, session);
        Ok(())
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        let (space, reference) = (&self.driver.space, &self.reference);
        for slot in 0..SLOTS {
            for generation in [self.generations[slot as usize], 0] {
                let session = SessionId::new(slot, generation);
                let seen = space.person(session).map(|person| {
                    let key = |key: &_| space.room_name(*key).unwrap().clone();
                    (
                        person.name.clone(),
                        person.proven,
                        person.present,
                        person.takes_files(),
                        person.rooms().iter().map(key).collect::<Vec<_>>(),
                    )
                });
                let expected = reference.person(session).map(|person| {
                    (
                        person.name.clone(),
                        person.proven,
                        person.present,
                        person.takes_files,
                        person.rooms.clone(),
                    )
                });
                prop_assert_eq!(seen, expected, "{:?}", session);
                let transfers = space.transfers_of(session);
                prop_assert_eq!(transfers, reference.transfers_of(session));
            }
        }
        for name in NAMES.map(user) {
            let expected = reference.present(&name).map(|person| person.session);
            prop_assert_eq!(space.present(&name), expected, "{}", name);
            let expected = reference.accounts.contains(&name);
            prop_assert_eq!(space.account(&name).is_some(), expected, "{}", name);
        }
        prop_assert_eq!(space.present_count(), reference.present_count());
        for name in ROOMS.map(room) {
            let expected = reference.members(&name).cloned().unwrap_or_default();
            prop_assert_eq!(&self.driver.members(&name), &expected, "{}", name);
            let names = space
                .room(&name)
                .map(|key| space.member_names(key).to_vec());
            let of = |session: &SessionId| reference.person(*session).unwrap().name.clone();
            let expected: Option<Vec<_>> = reference
                .members(&name)
                .map(|members| members.iter().map(of).collect());
            prop_assert_eq!(names, expected, "{}", name);
        }
        let mut rooms: Vec<_> = reference
            .rooms
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        rooms.sort();
        prop_assert_eq!(space.room_names().to_vec(), rooms);
        prop_assert_eq!(space.room_count(), reference.rooms.len());
        for live in &reference.live {
            let state = self.driver.state(live.id);
            let seen = state.map(|state| (state.from, state.to, state.accepted, state.sent));
            let expected = (live.from, live.to, live.accepted, live.sent);
            prop_assert_eq!(seen, Some(expected), "{:?}", live.id);
        }
        prop_assert_eq!(space.transfer_count(), reference.live.len());
        prop_assert_eq!(space.next_rested(), reference.next_rested());
        Ok(())
    }
}

fn talk(rules: NameRules, steps: &[Step], mistake: Option<Mistake>) -> Result<(), TestCaseError> {
    let mut pair = Pair::new(rules, mistake);
    for step in steps {
        pair.step(step)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 600, failure_persistence: None, ..Config::default() })]

    // [HUB-1] [HUB-2] [HUB-4] [HUB-9] [HUB-11] [494-12] [494-13] [494-14] [494-17] [494-18]
    // [494-20] [494-22] [494-23] [494-24] [494-27] [594-11] [594-13] [594-14] [CP-14] [CP-15]
    #[test]
    fn the_space_and_the_reference_model_agree((rules, steps) in any_conversation()) {
        talk(rules, &steps, None)?;
    }
}

/// Whether the conversations above would find `mistake` out.
fn is_found_out(mistake: Mistake) -> bool {
    let config = Config {
        cases: 3_000,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    runner
        .run(&any_conversation(), |(rules, steps)| {
            talk(rules, &steps, Some(mistake))
        })
        .is_err()
}

// The agreement above is worth something only if the two can disagree.
#[test]
fn a_model_that_is_mistaken_is_found_out() {
    use Mistake::*;
    for mistake in [
        MembersInTheOrderOfNames,
        NamesOfAccountsAreFree,
        LookAlikesAreFree,
        OneMemberTooMany,
        JoinsAreNotAllOrNothing,
        NumbersDoNotRest,
        LettersGoToWhoeverHasTheName,
        AnEarlyEndIsAnEnd,
        RemovedAccountsStillProve,
    ] {
        assert!(is_found_out(mistake), "{mistake:?} was not noticed");
    }
}
