//! Whole nodes that meet over TLS on loopback.

use std::fs;
use std::path::Path;

use friends::api::{Download, DownloadState, FileLink, SendState, Standing, Wanted};
use friends::{Notice, Report, Request};
use node::friends::{Ended, Face, Told};

use crate::friends_rig::{
    ANA, BEA, CYD, Machine, add, ask, certificate, online, run, said, say, until, watch,
};

/// Two friends who are online with each other and watch.
async fn friends(ana: &mut Machine, bea: &mut Machine) -> (Face, Face) {
    let (mut a, mut b) = (ana.start().await, bea.start().await);
    watch(&mut a).await;
    watch(&mut b).await;
    introduce(&mut b, &mut a, "bea").await;
    introduce(&mut a, &mut b, "ana").await;
    let (their, our) = tokio::join!(online(&mut a, "bea"), online(&mut b, "ana"));
    assert_eq!(
        (their.standing, our.standing),
        (Standing::Friend, Standing::Friend)
    );
    (a, b)
}

/// Gives `one`'s certificate to another.
async fn introduce(one: &mut Face, to: &mut Face, name: &str) {
    let text = certificate(one).await;
    assert_eq!(add(to, text).await.name, name);
}

#[test]
fn whoever_approves_first_there_is_a_link() {
    // [RS-3] [RS-6]
    for is_ana_first in [true, false] {
        run(async {
            let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
            let (mut a, mut b) = (ana.start().await, bea.start().await);
            watch(&mut a).await;
            watch(&mut b).await;
            match is_ana_first {
                true => {
                    introduce(&mut b, &mut a, "bea").await;
                    introduce(&mut a, &mut b, "ana").await;
                }
                false => {
                    introduce(&mut a, &mut b, "ana").await;
                    introduce(&mut b, &mut a, "bea").await;
                }
            }
            tokio::join!(online(&mut a, "bea"), online(&mut b, "ana"));
        });
    }
}

#[test]
fn two_who_have_each_others_certificates_talk() {
    // [RS-2] [RS-4] [RS-11] [RS-21]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, mut b) = friends(&mut ana, &mut bea).await;
        let long = "täglich ".repeat(4000);
        say(&mut a, "bea", "hello").await;
        say(&mut a, "bea", &long).await;
        say(&mut b, "ana", "hello yourself").await;
        assert_eq!(said(&mut b, "ana").await, "hello");
        assert_eq!(said(&mut b, "ana").await, long);
        assert_eq!(said(&mut a, "bea").await, "hello yourself");
    });
}

#[test]
fn who_is_not_approved_is_refused_and_may_ask() {
    // [RS-3]
    run(async {
        let (mut ana, mut cyd) = (Machine::new(&ANA), Machine::new(&CYD));
        let (mut a, mut c) = (ana.start().await, cyd.start().await);
        watch(&mut a).await;
        watch(&mut c).await;
        let text = certificate(&mut a).await;
        add(&mut c, text).await;
        // Cyd's half is there, Ana's is not.
        let asks = until(&mut a, |notice| match notice {
            Notice::Approval { pgp_id, .. } => Some(pgp_id),
            _ => None,
        })
        .await;
        let Report::Friends(all) = ask(&mut a, Request::Friends).await else {
            panic!("no friends");
        };
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].standing, &all[0].pgp_id), (Standing::Asks, &asks));
        assert!(all[0].locations.iter().all(|location| !location.is_online));
        // With her approval there is a link, by whichever side calls first.
        let text = certificate(&mut c).await;
        add(&mut a, text).await;
        ask(&mut c, Request::Call { who: "ana".into() }).await;
        tokio::join!(online(&mut a, "cyd"), online(&mut c, "ana"));
    });
}

#[test]
fn what_was_said_to_somebody_offline_survives_a_restart_and_arrives() {
    // [RS-11]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, b) = friends(&mut ana, &mut bea).await;
        drop(b);
        until(&mut a, |notice| match notice {
            Notice::Friend(friend) => friend
                .locations
                .iter()
                .all(|location| !location.is_online)
                .then_some(()),
            _ => None,
        })
        .await;
        let request = Request::Say {
            who: "bea".into(),
            text: "for later".into(),
        };
        let Report::Queued { id, is_sent: false } = ask(&mut a, request).await else {
            panic!("it was sent to nobody");
        };
        drop(a);
        let mut a = ana.start().await;
        watch(&mut a).await;
        let mut b = bea.start().await;
        let mut heard = Vec::new();
        let sent = until(&mut a, |notice| match notice {
            Notice::Outgoing { id, state, .. } => Some((id, state)),
            _ => None,
        })
        .await;
        assert_eq!(sent, (id, SendState::Sent));
        // It came while nobody watched, or comes now.
        heard.extend(watch(&mut b).await.into_iter().map(|said| said.text));
        if heard.is_empty() {
            heard.push(said(&mut b, "ana").await);
        }
        assert_eq!(heard, ["for later"]);
    });
}

#[test]
fn nothing_is_sent_that_could_not_be_kept() {
    // [RS-11]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, mut b) = friends(&mut ana, &mut bea).await;
        ana.records.fail_next_writes(1);
        let request = Request::Say {
            who: "bea".into(),
            text: "on nobody's disk".into(),
        };
        // Something else that is to be kept may come first, and then nobody takes the request.
        let why = match a.ask(request).await {
            Ok(Report::Refused(why)) | Err(Ended(why)) => why,
            Ok(report) => panic!("{report:?}"),
        };
        assert!(why.contains("records cannot be written"), "{why}");
        loop {
            match a.next().await {
                Told::Ended(why) => {
                    assert!(why.contains("records cannot be written"), "{why}");
                    break;
                }
                Told::Notice(_) | Told::Report(..) => {}
            }
        }
        drop(a);
        // The next start begins from what is on disk, and the first thing that is heard is new.
        let mut a = ana.start().await;
        watch(&mut a).await;
        online(&mut a, "bea").await;
        say(&mut a, "bea", "kept").await;
        assert_eq!(said(&mut b, "ana").await, "kept");
    });
}

/// Bytes that repeat nowhere, so that a chunk in the wrong place is seen.
fn bytes(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state.to_le_bytes()[7]
    };
    (0..size).map(next).collect()
}

async fn offer(from: &mut Face, who: &str, file: &Path) -> FileLink {
    let request = Request::Offer {
        who: who.into(),
        file: file.to_owned(),
    };
    match ask(from, request).await {
        Report::Offered(link) => link,
        other => panic!("{other:?}"),
    }
}

async fn offered(to: &mut Face) -> FileLink {
    until(to, |notice| match notice {
        Notice::Offered { link, .. } => Some(link),
        _ => None,
    })
    .await
}

async fn fetch(face: &mut Face, from: &str, link: &FileLink) {
    let request = Request::Fetch {
        what: Wanted::Link(format!(
            "retroshare://file?name={}&size={}&hash={}",
            link.name, link.size, link.hash
        )),
        from: Some(from.into()),
        folder: None,
    };
    let report = ask(face, request).await;
    assert!(matches!(report, Report::Download(_)), "{report:?}");
}

async fn finished(face: &mut Face) -> Download {
    let download = until(face, |notice| match notice {
        Notice::Download(download) => match download.state {
            DownloadState::Done => Some(download),
            DownloadState::Failed | DownloadState::Cancelled => panic!("{download:?}"),
            DownloadState::Waiting
            | DownloadState::Loading
            | DownloadState::Verifying
            | DownloadState::Paused => None,
        },
        _ => None,
    });
    *download.await
}

#[test]
fn a_file_goes_each_way_and_is_the_same() {
    // [RS-17] [RS-20]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, mut b) = friends(&mut ana, &mut bea).await;
        let (there, back) = (bytes(9 * 1024 * 1024 + 17), bytes(1));
        let paths = (ana.files().join("there.bin"), bea.files().join("back.bin"));
        fs::write(&paths.0, &there).unwrap();
        fs::write(&paths.1, &back).unwrap();
        let link = offer(&mut a, "bea", &paths.0).await;
        assert_eq!(offered(&mut b).await, link);
        fetch(&mut b, "ana", &link).await;
        let done = finished(&mut b).await;
        assert_eq!(done.path, bea.incoming().join("there.bin"));
        assert!(fs::read(&done.path).unwrap() == there);

        let link = offer(&mut b, "ana", &paths.1).await;
        assert_eq!(offered(&mut a).await, link);
        fetch(&mut a, "bea", &link).await;
        let done = finished(&mut a).await;
        assert!(fs::read(&done.path).unwrap() == back);
    });
}

#[test]
fn a_download_goes_on_after_a_restart() {
    // [RS-17]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, mut b) = friends(&mut ana, &mut bea).await;
        let file = bytes(40 * 1024 * 1024);
        let path = ana.files().join("large.bin");
        fs::write(&path, &file).unwrap();
        let link = offer(&mut a, "bea", &path).await;
        fetch(&mut b, "ana", &link).await;
        // Whatever has come by then.
        drop(b);
        let mut b = bea.start().await;
        watch(&mut b).await;
        let path = match ask(&mut b, Request::Downloads).await {
            Report::Downloads(all) if all[0].state == DownloadState::Done => all[0].path.clone(),
            Report::Downloads(_) => finished(&mut b).await.path,
            other => panic!("{other:?}"),
        };
        assert!(fs::read(path).unwrap() == file);
    });
}

#[test]
fn a_face_that_is_attached_hears_what_the_other_one_says() {
    // [RS-11]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, mut b) = friends(&mut ana, &mut bea).await;
        let mut second = node::friends::records(&ana.settings(), &ana.open())
            .await
            .unwrap();
        watch(&mut second).await;
        say(&mut a, "bea", "from the first").await;
        let heard = until(&mut second, |notice| match notice {
            Notice::Said(said) => Some((said.is_ours, said.text)),
            _ => None,
        })
        .await;
        assert_eq!(heard, (true, "from the first".to_owned()));
        say(&mut second, "bea", "from the second").await;
        assert_eq!(said(&mut b, "ana").await, "from the first");
        assert_eq!(said(&mut b, "ana").await, "from the second");
    });
}
