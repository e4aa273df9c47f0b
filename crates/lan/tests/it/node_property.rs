//! Two of ours, whatever happens in whatever order: nothing is lost, nothing overtakes, nothing comes
//! twice, unless it is said to be doubtful [LAN-43].

use std::collections::VecDeque;
use std::time::Duration;

use model::{CommandId, Reply};
use proptest::prelude::*;

use crate::node_rig::{Net, SECOND, Who};

const NAMES: [&str; 2] = ["ana@abox", "bo@bbox"];

/// Something that happens.
#[derive(Clone, Debug)]
enum Act {
    Tell(Who),
    Part(Who),
    Pass(u64),
    /// The connection breaks; what is on its way is lost, or is not.
    Break {
        pipe: usize,
        is_lost: bool,
    },
    /// A socket takes nothing, or does again.
    Stick(Who, bool),
}

fn act(can_break: bool) -> BoxedStrategy<Act> {
    let calm = prop_oneof![
        6 => (0..2_usize).prop_map(Act::Tell),
        2 => (0..2_usize).prop_map(Act::Part),
        5 => (0..60_u64).prop_map(Act::Pass),
        2 => (60..400_u64).prop_map(Act::Pass),
        1 => (400..5_000_u64).prop_map(Act::Pass),
    ];
    if !can_break {
        return calm.boxed();
    }
    prop_oneof![
        8 => calm,
        2 => (0..4_usize, any::<bool>()).prop_map(|(pipe, is_lost)| Act::Break { pipe, is_lost }),
        1 => (0..2_usize, any::<bool>()).prop_map(|(who, is_stuck)| Act::Stick(who, is_stuck)),
    ]
    .boxed()
}

struct Play {
    net: Net,
    told: [Vec<(String, CommandId)>; 2],
    parted: Vec<(Who, CommandId)>,
}

fn play(acts: &[Act], delays: Vec<u64>) -> Play {
    let mut net = Net::new();
    for name in NAMES {
        net.node(name);
    }
    net.run(SECOND * 5);
    net.delays = delays
        .into_iter()
        .map(Duration::from_millis)
        .collect::<VecDeque<_>>();
    let mut play = Play {
        net,
        told: [Vec::new(), Vec::new()],
        parted: Vec::new(),
    };
    for act in acts {
        match act {
            Act::Tell(who) => {
                let text = format!("{} {}", NAMES[*who], play.told[*who].len());
                let id = play.net.tell(*who, NAMES[1 - who], &text);
                play.told[*who].push((text, id));
            }
            Act::Part(who) => {
                let id = play.net.part(*who, NAMES[1 - who]);
                play.parted.push((*who, id));
            }
            Act::Pass(ms) => play.net.run(Duration::from_millis(*ms)),
            Act::Break { pipe, is_lost } => play.net.break_latest(*pipe, *is_lost),
            Act::Stick(who, is_stuck) => play.net.stick(*who, *is_stuck),
        }
    }
    for who in 0..2 {
        play.net.stick(who, false);
    }
    play.net.run(SECOND * 40);
    play
}

fn heard(net: &Net, who: Who) -> Vec<String> {
    let prefix = format!("{}: ", NAMES[1 - who]);
    net.heard(who)
        .iter()
        .map(|text| {
            text.strip_prefix(&prefix)
                .expect("from the other")
                .to_owned()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    // [LAN-43] [LAN-20] [LAN-22]
    #[test]
    fn without_breaks_everything_arrives_in_order(
        acts in prop::collection::vec(act(false), 1..40),
        delays in prop::collection::vec(0..120_u64, 1..200),
    ) {
        let play = play(&acts, delays);
        for who in 0..2 {
            let said: Vec<String> = play.told[who].iter().map(|(text, _)| text.clone()).collect();
            prop_assert_eq!(heard(&play.net, 1 - who), said);
            prop_assert!(play.net.doubtful(who).is_empty());
            for (_, id) in &play.told[who] {
                prop_assert!(matches!(play.net.reply(who, *id), Some(Reply::Told(_))));
            }
        }
        for (who, id) in play.parted {
            prop_assert!(matches!(play.net.reply(who, id), Some(Reply::Done)));
        }
    }

    // [LAN-43]
    #[test]
    fn with_breaks_what_is_lost_is_said_to_be_doubtful(
        acts in prop::collection::vec(act(true), 1..40),
        delays in prop::collection::vec(0..120_u64, 1..200),
    ) {
        let play = play(&acts, delays);
        for who in 0..2 {
            let heard = heard(&play.net, 1 - who);
            let doubtful = play.net.doubtful(who);
            let mut arrived = heard.iter().peekable();
            for (text, id) in &play.told[who] {
                let has_arrived = arrived.next_if(|heard| *heard == text).is_some();
                match play.net.reply(who, *id) {
                    Some(Reply::Told(_)) => prop_assert!(
                        has_arrived || doubtful.contains(text),
                        "{} is lost without a word; heard {:?}", text, heard
                    ),
                    Some(Reply::Refused(_)) => {
                        prop_assert!(!has_arrived, "{} was refused and came", text);
                        prop_assert!(!doubtful.contains(text));
                    }
                    other => prop_assert!(false, "{} was answered {:?}", text, other),
                }
            }
            prop_assert_eq!(arrived.next(), None, "out of order, or twice: {:?}", heard);
            for text in &doubtful {
                prop_assert_eq!(doubtful.iter().filter(|other| *other == text).count(), 1);
            }
        }
        for (who, id) in play.parted {
            prop_assert!(matches!(play.net.reply(who, id), Some(Reply::Done)));
        }
    }
}
