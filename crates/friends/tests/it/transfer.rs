//! Files between two nodes, as far as the node joins the parts: the parts themselves are tested where
//! they are [RS-16] [RS-17] [RS-20].

use std::path::PathBuf;

use friends::RequestId;
use friends::api::{DownloadState, FileLink, Notice, Report, Request, Wanted};

use crate::rig::Net;

/// Ana offers a file of three chunks and a bit to Bea.
fn offered(net: &mut Net, ana: usize, bea: usize) -> (Vec<u8>, FileLink) {
    let content: Vec<u8> = (0..3_300_000_u32).map(|n| (n ^ (n >> 7)) as u8).collect();
    let file = PathBuf::from("/ana/film.ogv");
    net.hosts[ana].files.insert(file.clone(), content.clone());
    let who = net.pgp_id(bea).to_string();
    let now = net.now();
    let id = RequestId(70_000);
    net.with(ana, |node| {
        node.handle_request(id, Request::Offer { who, file }, now);
    });
    net.run(5);
    match net.hosts[ana].reports.remove(&id) {
        Some(Report::Offered(link)) => (content, link),
        other => panic!("not offered: {other:?}"),
    }
}

fn wire(link: &FileLink) -> String {
    let link = wire_retroshare::FileLink {
        name: link.name.clone(),
        size: link.size,
        hash: link.hash.parse().expect("a hash"),
    };
    link.to_string()
}

/// All of it is there, in its place.
fn assert_there(net: &mut Net, bea: usize, content: &[u8]) {
    let found = net.hosts[bea].files.get(&PathBuf::from("/in/film.ogv"));
    if found.is_none_or(|found| found != content) {
        panic!("{:?}", net.ask(bea, Request::Downloads));
    }
}

fn fetch(net: &mut Net, bea: usize, ana: usize, link: &FileLink) {
    let request = Request::Fetch {
        what: Wanted::Link(wire(link)),
        from: Some(net.pgp_id(ana).to_string()),
        folder: None,
    };
    let report = net.ask(bea, request);
    assert!(matches!(report, Report::Download(_)), "{report:?}");
}

// [RS-17] [RS-20]
#[test]
fn an_offered_file_is_fetched_and_words_go_on_meanwhile() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let (content, link) = offered(&mut net, ana, bea);
    fetch(&mut net, bea, ana, &link);
    net.run_for(crate::rig::LATENCY * 10);
    net.say(ana, bea, "how far is it?");
    net.run(60);
    assert_there(&mut net, bea, &content);
    let done = net.take_notices(bea).into_iter().any(
        |notice| matches!(notice, Notice::Download(download) if download.state == DownloadState::Done),
    );
    assert!(done);
    assert!(net.heard(bea, ana).contains(&"how far is it?".to_owned()));
}

// [RS-10] [RS-17]
#[test]
fn a_download_goes_on_over_broken_links_and_a_restart() {
    let (mut net, [ana, bea]) = Net::of_friends(["ana", "bea"]);
    let (content, link) = offered(&mut net, ana, bea);
    fetch(&mut net, bea, ana, &link);
    for round in 0..4 {
        net.run_for(crate::rig::LATENCY * 15);
        net.cut(ana);
        if round == 2 {
            net.kill(bea);
            net.start(bea);
        }
        net.run(8);
    }
    net.run(120);
    assert_there(&mut net, bea, &content);
}
