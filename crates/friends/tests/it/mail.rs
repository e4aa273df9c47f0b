//! Letters [RS-13].

use friends::api::{Draft, Folder, Mail, Notice, Report, Request};

use crate::rig::{LATENCY, Net};

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
    assert_eq!(
        records
            .filter(|(area, _)| *area == friends::kept::Area::Mail)
            .count(),
        0
    );
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
