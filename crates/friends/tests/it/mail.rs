//! Letters [RS-13].

use std::time::Duration;

use friends::Closed;
use friends::api::{Draft, Folder, Mail, Notice, Report, Request, SendState};
use friends::kept::Area;
use wire_retroshare::file_transfer::FileItem;
use wire_retroshare::{FileHash, Item};

use crate::rig::{LATENCY, Net, certificate, profile};
use crate::stage::{Stage, contact};

fn send(net: &mut Net, host: usize, draft: Draft) -> (u64, bool) {
    match net.ask(host, Request::SendMail(draft)) {
        Report::Queued { id, is_sent } => (id, is_sent),
        other => panic!("not sent: {other:?}"),
    }
}

fn list(net: &mut Net, host: usize, folder: Option<Folder>) -> Vec<Mail> {
    match net.ask(host, Request::Mails { folder }) {
        Report::Mails(mails) => mails,
        other => panic!("{other:?}"),
    }
}

fn read(net: &mut Net, host: usize, id: u64) -> Mail {
    match net.ask(host, Request::ReadMail { id }) {
        Report::Mail(mail) => *mail,
        other => panic!("{other:?}"),
    }
}

fn draft(net: &Net, to: &[usize], subject: &str, body: &str) -> Draft {
    Draft {
        to: to
            .iter()
            .map(|host| net.pgp_id(*host).to_string())
            .collect(),
        subject: subject.into(),
        body: body.into(),
        ..Draft::default()
    }
}

// [RS-13]
#[test]
fn a_letter_arrives_and_is_filed_on_both_sides() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.take_notices(bea);
    let letter = draft(
        &net,
        &[bea],
        "Tea?",
        "Dear Bea,\n\n1 < 2 & \"quotes\"\n\nAna",
    );
    let (id, is_sent) = send(&mut net, ana, letter);
    assert!(is_sent);
    net.run(2);
    let sent = list(&mut net, ana, Some(Folder::Sent));
    assert_eq!(sent.iter().map(|mail| mail.id).collect::<Vec<_>>(), [id]);
    assert!(sent[0].waiting_for.is_empty());
    let inbox = list(&mut net, bea, Some(Folder::Inbox));
    assert_eq!(inbox.len(), 1);
    assert!(!inbox[0].is_read && inbox[0].body.is_empty());
    let told = net.take_notices(bea);
    assert!(
        told.iter()
            .any(|notice| matches!(notice, Notice::Mail(mail) if mail.subject == "Tea?"))
    );
    let mail = read(&mut net, bea, inbox[0].id);
    assert_eq!(mail.body, "Dear Bea,\n\n1 < 2 & \"quotes\"\n\nAna");
    assert_eq!(mail.from, net.profile(ana).name());
    assert_eq!(mail.to, [net.profile(bea).name().to_owned()]);
    assert!(read(&mut net, bea, mail.id).is_read);
    net.kill(bea);
    net.start(bea);
    assert!(read(&mut net, bea, mail.id).is_read, "kept");
}

// [RS-13]
#[test]
fn several_receivers_of_whom_one_is_offline_and_one_is_hidden() {
    let (mut net, [ana, bea, cyd]) = Net::of_friends(["ana", "bea", "cyd"]);
    net.kill(cyd);
    net.run(1);
    let mut letter = draft(&net, &[bea], "to all", &"long ".repeat(10_000));
    letter.bcc = vec![net.pgp_id(cyd).to_string()];
    let (id, is_sent) = send(&mut net, ana, letter);
    assert!(!is_sent, "Cyd is not there");
    net.run(5);
    let waiting = list(&mut net, ana, Some(Folder::Outbox));
    assert_eq!(waiting[0].waiting_for, [net.profile(cyd).name().to_owned()]);
    let at_bea = list(&mut net, bea, Some(Folder::Inbox)).remove(0);
    let at_bea = read(&mut net, bea, at_bea.id);
    assert_eq!(at_bea.body.trim_end(), "long ".repeat(10_000).trim_end());
    assert!(at_bea.bcc.is_empty() && at_bea.cc.is_empty());
    assert_eq!(
        at_bea.to,
        [net.profile(bea).name().to_owned()],
        "nothing of Cyd"
    );
    // Over a restart, and then Cyd comes.
    net.kill(ana);
    net.start(ana);
    net.start(cyd);
    net.run(30);
    let at_cyd = list(&mut net, cyd, Some(Folder::Inbox));
    assert_eq!(at_cyd.len(), 1);
    assert_eq!(at_cyd[0].to, [net.profile(bea).name().to_owned()]);
    assert_eq!(list(&mut net, ana, Some(Folder::Sent))[0].id, id);
    assert_eq!(list(&mut net, bea, None).len(), 1, "Bea got it once");
}

// [RS-13]
#[test]
fn attachments_are_hashed_first_and_travel_as_links() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.hosts[ana]
        .files
        .insert("/tmp/plan.txt".into(), b"the plan".to_vec());
    let mut letter = draft(&net, &[bea], "plan", "see the file");
    letter.files = vec!["/tmp/plan.txt".into()];
    let (_, is_sent) = send(&mut net, ana, letter);
    assert!(!is_sent, "not before it is hashed");
    net.run(10);
    let inbox = list(&mut net, bea, Some(Folder::Inbox));
    assert_eq!(inbox.len(), 1);
    let file = &inbox[0].files[0];
    assert_eq!((file.name.as_str(), file.size), ("plan.txt", 8));
    assert_eq!(list(&mut net, ana, Some(Folder::Sent)).len(), 1);
}

// [RS-13]
#[test]
fn a_letter_whose_file_is_missing_becomes_a_draft_with_a_warning() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let mut letter = draft(&net, &[bea], "plan", "see the file");
    letter.files = vec!["/tmp/none".into()];
    net.take_notices(ana);
    send(&mut net, ana, letter);
    net.run(10);
    assert_eq!(list(&mut net, ana, Some(Folder::Drafts)).len(), 1);
    assert!(list(&mut net, bea, None).is_empty());
    let told = net.take_notices(ana);
    assert!(
        told.iter()
            .any(|notice| matches!(notice, Notice::Warning(why) if why.contains("was not sent")))
    );
}

// [RS-13]
#[test]
fn folders_and_the_trash() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let letter = draft(&net, &[bea], "one", "body");
    send(&mut net, ana, letter);
    net.run(2);
    // The month that follows is quicker without a link.
    let sent = list(&mut net, ana, Some(Folder::Sent))[0].id;
    net.done(ana, Request::DeleteMail { id: sent });
    assert!(list(&mut net, ana, None).is_empty());
    let records = net.hosts[ana].shelf.keys();
    assert_eq!(records.filter(|(area, _)| *area == Area::Mail).count(), 0);
    net.kill(ana);
    let id = list(&mut net, bea, None)[0].id;
    let why = net.refused(
        bea,
        Request::MoveMail {
            id,
            folder: Folder::Outbox,
        },
    );
    assert!(why.contains("drafts with receivers"), "{why}");
    net.refused(
        bea,
        Request::MoveMail {
            id,
            folder: Folder::Drafts,
        },
    );
    net.done(
        bea,
        Request::MoveMail {
            id,
            folder: Folder::Trash,
        },
    );
    assert!(list(&mut net, bea, None).is_empty());
    net.run(29 * 24 * 3600);
    assert_eq!(list(&mut net, bea, Some(Folder::Trash)).len(), 1);
    net.run(2 * 24 * 3600);
    assert!(
        list(&mut net, bea, Some(Folder::Trash)).is_empty(),
        "after 30 days"
    );
    let why = net.refused(bea, Request::ReadMail { id });
    assert!(why.contains("no letter"), "{why}");
}

// [RS-13]
#[test]
fn what_was_taken_back_is_a_draft_that_can_be_sent() {
    for has_restarted in [false, true] {
        let (mut net, [ana, bea, cyd]) = Net::of_friends(["ana", "bea", "cyd"]);
        net.hosts[ana]
            .files
            .insert("/tmp/plan.txt".into(), b"the plan".to_vec());
        for host in [bea, cyd] {
            net.kill(host);
        }
        net.run(1);
        let mut letter = draft(&net, &[bea], "the plan", "as we said");
        letter.cc = vec![net.pgp_id(ana).to_string()];
        letter.bcc = vec![net.pgp_id(cyd).to_string()];
        letter.files = vec!["/tmp/plan.txt".into()];
        let (id, _) = send(&mut net, ana, letter);
        // Once before its file is hashed, once after.
        for pause in [0, 10] {
            net.run(pause);
            let before = read(&mut net, ana, id);
            assert_eq!(before.waiting_for.len(), 2);
            net.take_notices(ana);
            net.done(ana, Request::Withdraw { id });
            let dropped = net.take_notices(ana).into_iter().filter(|notice| {
                matches!(
                    notice,
                    Notice::Outgoing {
                        state: SendState::Dropped,
                        ..
                    }
                )
            });
            assert_eq!(dropped.count(), 2);
            if has_restarted {
                net.kill(ana);
                net.start(ana);
            }
            let after = read(&mut net, ana, id);
            assert_eq!(after.folder, Folder::Drafts);
            assert_eq!((&after.to, &after.cc), (&before.to, &before.cc));
            assert_eq!((&after.bcc, &after.files), (&before.bcc, &before.files));
            assert_eq!(
                (after.subject.as_str(), after.body.as_str()),
                ("the plan", "as we said")
            );
            let folder = Folder::Outbox;
            net.done(ana, Request::MoveMail { id, folder });
            assert_eq!(read(&mut net, ana, id).waiting_for, before.waiting_for);
        }
        for host in [bea, cyd] {
            net.start(host);
        }
        net.run(60);
        assert_eq!(read(&mut net, ana, id).folder, Folder::Sent);
        for host in [bea, cyd] {
            let inbox = list(&mut net, host, Some(Folder::Inbox));
            assert_eq!(inbox.len(), 1);
            assert_eq!(
                (inbox[0].subject.as_str(), inbox[0].files.len()),
                ("the plan", 1)
            );
        }
        let own = list(&mut net, ana, Some(Folder::Inbox));
        assert_eq!(own.len(), 1, "our own copy, and no second one");
    }
}

// [RS-13] Who has a letter does not get it again.
#[test]
fn what_was_taken_back_goes_to_those_alone_who_have_not_got_it() {
    let (mut net, [ana, bea, cyd]) = Net::of_friends(["ana", "bea", "cyd"]);
    net.kill(cyd);
    net.run(1);
    let letter = draft(&net, &[bea, cyd], "for two", "words");
    let (id, _) = send(&mut net, ana, letter);
    net.run(5);
    net.done(ana, Request::Withdraw { id });
    assert_eq!(read(&mut net, ana, id).folder, Folder::Sent, "Bea has it");
    net.start(cyd);
    net.run(30);
    assert!(list(&mut net, cyd, None).is_empty());
    let folder = Folder::Outbox;
    net.done(ana, Request::MoveMail { id, folder });
    net.run(30);
    assert_eq!(read(&mut net, ana, id).folder, Folder::Sent);
    for host in [bea, cyd] {
        assert_eq!(list(&mut net, host, None).len(), 1);
    }
    // Nobody is left to send it to.
    net.done(
        ana,
        Request::MoveMail {
            id,
            folder: Folder::Drafts,
        },
    );
    let why = net.refused(ana, Request::MoveMail { id, folder });
    assert!(why.contains("drafts with receivers"), "{why}");
}

// [RS-13] A letter that may be with somebody already does not count as taken back.
#[test]
fn a_letter_that_is_leaving_is_not_taken_back() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(30);
    net.stall(ana, true);
    let letter = draft(&net, &[bea], "too late", "words");
    let (id, is_sent) = send(&mut net, ana, letter);
    assert!(is_sent, "it goes out");
    let why = net.refused(ana, Request::Withdraw { id });
    assert!(why.contains("is leaving"), "{why}");
    net.stall(ana, false);
    net.run(5);
    assert_eq!(read(&mut net, ana, id).folder, Folder::Sent);
    assert_eq!(list(&mut net, bea, None).len(), 1);
}

// [RS-13]
#[test]
fn drafts_of_somebody_who_is_no_friend_any_more_wait_for_nobody() {
    let (mut net, [ana, bea, cyd]) = Net::of_friends(["ana", "bea", "cyd"]);
    let mut letter = draft(&net, &[bea, cyd], "later", "words");
    letter.is_draft = true;
    let (id, _) = send(&mut net, ana, letter);
    net.take_notices(ana);
    let who = net.pgp_id(bea).to_string();
    net.done(ana, Request::Remove { who });
    assert!(
        !net.take_notices(ana)
            .iter()
            .any(|notice| matches!(notice, Notice::Outgoing { .. })),
        "nothing of it was on its way"
    );
    let folder = Folder::Outbox;
    net.done(ana, Request::MoveMail { id, folder });
    net.run(5);
    assert_eq!(read(&mut net, ana, id).folder, Folder::Sent);
    assert_eq!(list(&mut net, cyd, None).len(), 1);
    assert!(list(&mut net, bea, None).is_empty());
}

// [RS-13]
#[test]
fn a_draft_for_oneself_is_a_letter_when_it_is_sent() {
    let (mut net, [ana, _]) = Net::of_friends(["ana", "bea"]);
    let mut letter = draft(&net, &[ana], "note", "to self");
    letter.is_draft = true;
    let (id, _) = send(&mut net, ana, letter);
    assert!(list(&mut net, ana, Some(Folder::Inbox)).is_empty());
    let folder = Folder::Outbox;
    net.done(ana, Request::MoveMail { id, folder });
    assert_eq!(read(&mut net, ana, id).folder, Folder::Sent);
    assert_eq!(list(&mut net, ana, Some(Folder::Inbox)).len(), 1);
}

// [RS-13] Two letters of the same words in one second are two, also where both are sent again.
#[test]
fn equal_letters_of_one_second_have_two_times() {
    let mut stage = Stage::with_bea();
    let bea = stage.bea();
    stage.heard(bea);
    let letter = Draft {
        to: vec![profile("bea").pgp_id().to_string()],
        subject: "Tea?".into(),
        ..Draft::default()
    };
    for _ in 0..3 {
        let report = stage.ask(Request::SendMail(letter.clone()));
        assert!(matches!(report, Report::Queued { is_sent: true, .. }));
    }
    let now = (stage.now.wall.0 / 1000) as u32;
    assert_eq!(sent_times(stage.heard(bea)), [now, now + 1, now + 2]);
    stage.node.handle_closed(bea, Closed::Ended, stage.now);
    stage.obey();
    stage.pass(Duration::from_secs(5));
    let bea = stage.bea();
    assert_eq!(sent_times(stage.heard(bea)), [now, now + 1, now + 2]);
}

fn sent_times(items: Vec<Item>) -> Vec<u32> {
    let letters = items.into_iter().filter_map(|item| match item {
        Item::Mail(mail) => Some(mail.sent_at),
        _ => None,
    });
    letters.collect()
}

// [RS-13] [RS-21] What real nodes send twice was written twice; other files are another letter.
#[test]
fn only_a_tincan_sends_a_letter_again() {
    for (version, expected) in [("0.6.7-479", 3), ("tincan 1.0", 2)] {
        let mut stage = Stage::with_bea();
        let letter = wire_retroshare::mail::Mail {
            sent_at: 1_750_000_000,
            subject: "Tea?".into(),
            ..wire_retroshare::mail::Mail::default()
        };
        let with_file = wire_retroshare::mail::Mail {
            files: vec![FileItem::named(3, FileHash::from_bytes([7; 20]), "cat.png")],
            ..letter.clone()
        };
        let first = stage.bea();
        stage.item(first, &contact(&certificate("bea"), version));
        stage.item(first, &Item::Mail(letter.clone()));
        stage.node.handle_closed(first, Closed::Ended, stage.now);
        stage.obey();
        let second = stage.bea();
        stage.item(second, &Item::Mail(with_file));
        stage.item(second, &Item::Mail(letter));
        assert_eq!(stage.count(Area::Mail), expected, "{version}");
    }
}

// [RS-13]
#[test]
fn drafts_marks_and_taking_back() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.kill(bea);
    net.run(1);
    let mut letter = draft(&net, &[bea], "draft", "unfinished");
    letter.is_draft = true;
    let (id, is_sent) = send(&mut net, ana, letter);
    assert!(!is_sent);
    assert_eq!(list(&mut net, ana, Some(Folder::Drafts))[0].id, id);
    net.done(ana, Request::MarkMail { id, is_read: false });
    assert!(!list(&mut net, ana, Some(Folder::Drafts))[0].is_read);
    let letter = draft(&net, &[bea], "sent", "finished");
    let (id, _) = send(&mut net, ana, letter);
    net.done(ana, Request::Withdraw { id });
    let folders: Vec<Folder> = list(&mut net, ana, None)
        .iter()
        .map(|mail| mail.folder)
        .collect();
    assert_eq!(folders, [Folder::Drafts, Folder::Drafts]);
    net.start(bea);
    net.run(30);
    assert!(list(&mut net, bea, None).is_empty());
}

// [RS-13]
#[test]
fn letters_that_cannot_be_sent_are_refused_with_a_sentence() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let refused = |net: &mut Net, draft| net.refused(ana, Request::SendMail(draft));
    let nobody = draft(&net, &[], "x", "y");
    assert!(refused(&mut net, nobody).contains("no receiver"));
    let mut unknown = draft(&net, &[bea], "x", "y");
    unknown.cc = vec!["Zoe".into()];
    assert!(refused(&mut net, unknown).contains("Zoe"));
    let long = draft(&net, &[bea], "x", &"y".repeat(500_001));
    assert!(refused(&mut net, long).contains("attach"));
    let mut files = draft(&net, &[bea], "x", "y");
    files.files = (0..101).map(|n| format!("/f{n}").into()).collect();
    assert!(refused(&mut net, files).contains("share their folder"));
    assert!(
        list(&mut net, ana, None).is_empty(),
        "nothing is left of them"
    );
}

// [RS-13]
#[test]
fn a_letter_to_oneself_is_there_at_once() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let mut letter = draft(&net, &[bea], "copy", "for both");
    letter.cc = vec![net.pgp_id(ana).to_string()];
    send(&mut net, ana, letter);
    assert_eq!(list(&mut net, ana, Some(Folder::Inbox)).len(), 1);
    net.run(2);
    let inbox = list(&mut net, bea, Some(Folder::Inbox));
    assert_eq!(inbox[0].cc, [net.profile(ana).name().to_owned()]);
    assert_eq!(list(&mut net, ana, Some(Folder::Sent)).len(), 1);
}

// [RS-13] A letter that is sent again, as its link broke, is there once.
#[test]
fn a_letter_that_is_sent_again_is_there_once() {
    for has_restarted in [false, true] {
        let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
        net.run(30);
        let letter = draft(&net, &[bea], "Tea?", "At five.");
        send(&mut net, ana, letter.clone());
        send(&mut net, ana, letter);
        while list(&mut net, bea, Some(Folder::Inbox)).len() < 2 {
            net.run_for(LATENCY / 20);
        }
        assert_eq!(list(&mut net, ana, Some(Folder::Outbox)).len(), 2);
        net.cut(ana);
        if has_restarted {
            net.kill(bea);
            net.start(bea);
        }
        net.run(40);
        let sent = list(&mut net, ana, Some(Folder::Sent));
        assert_eq!(sent.len(), 2);
        let inbox = list(&mut net, bea, Some(Folder::Inbox));
        assert_eq!(inbox.len(), 2);
        assert_eq!(inbox[0].at / 1000, sent[0].at / 1000);
    }
}

#[test]
fn a_draft_is_sent_when_it_is_put_into_the_outbox() {
    // [RS-13]
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    net.run(60);
    let mut letter = draft(&net, &[bea], "later", "not yet");
    letter.is_draft = true;
    let (id, is_sent) = send(&mut net, ana, letter);
    assert!(!is_sent);
    net.run(60);
    let drafts = list(&mut net, ana, Some(Folder::Drafts));
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].waiting_for, Vec::<String>::new());
    assert!(list(&mut net, bea, Some(Folder::Inbox)).is_empty());
    let folder = Folder::Outbox;
    net.done(ana, Request::MoveMail { id, folder });
    net.run(60);
    assert_eq!(read(&mut net, ana, id).folder, Folder::Sent);
    let inbox = list(&mut net, bea, Some(Folder::Inbox));
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].subject, "later");
    // What came, or has gone, is not sent again by that.
    net.refused(ana, Request::MoveMail { id, folder });
}
