//! Faces of a node: in its process and from others, by the socket in its folder.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use friends::{Report, Request};
use node::friends::{FriendsError, Told, attach, records, running};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::friends_rig::{ANA, Machine, PASSPHRASE, ask, me, run, watch};

#[test]
fn a_second_face_attaches_and_both_are_answered() {
    // [RS-1]
    run(async {
        let mut machine = Machine::new(&ANA);
        assert!(!running(&machine.folder()));
        assert!(attach(&machine.folder()).await.is_none());
        let mut owner = machine.start().await;
        assert!(running(&machine.folder()));
        let mode = fs::metadata(machine.folder().join("node.sock"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut second = attach(&machine.folder()).await.unwrap();
        assert_eq!(me(&mut second).await, me(&mut owner).await);
        // Each numbers its requests as it likes.
        for face in [&mut owner, &mut second] {
            let asked = face.send(Request::Me);
            let told = face.next().await;
            assert!(
                matches!(&told, Told::Report(id, Report::Me(_)) if *id == asked),
                "{told:?}"
            );
        }
        watch(&mut second).await;
        drop(second);
        me(&mut owner).await;
        drop(owner);
        assert!(!running(&machine.folder()));
    });
}

#[test]
fn the_node_ends_with_the_face_that_started_it_and_the_others_are_told() {
    // [RS-1]
    run(async {
        let mut machine = Machine::new(&ANA);
        let owner = machine.start().await;
        let mut second = attach(&machine.folder()).await.unwrap();
        watch(&mut second).await;
        drop(owner);
        let told = second.next().await;
        assert!(matches!(told, Told::Ended(_)), "{told:?}");
        let again = second.next().await;
        assert!(matches!(again, Told::Ended(_)), "{again:?}");
        second.ask(Request::Me).await.unwrap_err();
        // Its folder is free at once.
        let mut next = machine.start().await;
        me(&mut next).await;
    });
}

#[test]
fn a_socket_that_a_dead_node_left_is_removed() {
    // [RS-1]
    run(async {
        let mut machine = Machine::new(&ANA);
        let path = machine.folder().join("node.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        assert!(!running(&machine.folder()));
        let mut owner = machine.start().await;
        me(&mut owner).await;
        assert!(running(&machine.folder()));
    });
}

#[test]
fn one_folder_has_one_node() {
    // [RS-1]
    run(async {
        let mut machine = Machine::new(&ANA);
        let owner = machine.start().await;
        let error = machine.try_start(PASSPHRASE).unwrap_err();
        assert!(matches!(error, FriendsError::Running(_)), "{error}");
        drop(owner);
    });
}

#[test]
fn records_are_read_without_a_passphrase_and_through_the_node_that_runs() {
    // [RS-1]
    run(async {
        let mut machine = Machine::new(&ANA);
        let mut alone = records(&machine.settings(), &machine.open()).await.unwrap();
        assert!(!me(&mut alone).await.is_running);
        drop(alone);
        // What friends are given to find us by is known without a node.
        let mut settings = machine.settings();
        settings.listen = vec!["127.0.0.1:4711".parse().unwrap()];
        settings.announce = vec!["192.0.2.1:7812".into()];
        let mut alone = records(&settings, &machine.open()).await.unwrap();
        assert_eq!(
            me(&mut alone).await.addresses,
            ["192.0.2.1:7812", "127.0.0.1:4711"]
        );
        drop(alone);
        settings.listen = Vec::new();
        let mut alone = records(&settings, &machine.open()).await.unwrap();
        let addresses = me(&mut alone).await.addresses;
        assert!(addresses.len() > 1, "one of an interface: {addresses:?}");
        assert!(
            addresses.iter().all(|at| at.ends_with(":7812")),
            "{addresses:?}"
        );
        drop(alone);
        let _owner = machine.start().await;
        let mut attached = records(&machine.settings(), &machine.open()).await.unwrap();
        assert!(me(&mut attached).await.is_running);
    });
}

/// A face by hand.
async fn by_hand(folder: &Path) -> BufReader<UnixStream> {
    let stream = UnixStream::connect(folder.join("node.sock")).await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut hello = String::new();
    stream.read_line(&mut hello).await.unwrap();
    assert!(hello.contains(r#""tincan_friends":1"#), "{hello}");
    stream
}

#[test]
fn who_speaks_another_language_on_the_socket_is_closed_and_nobody_else() {
    // [RS-22]
    run(async {
        let mut machine = Machine::new(&ANA);
        let mut owner = machine.start().await;
        let hello = b"{\"tincan_friends\":1,\"program\":\"test\"}\n".to_vec();
        for words in [
            b"GET / HTTP/1.1\r\n\r\n".to_vec(),
            b"{\"tincan_friends\":2,\"program\":\"newer\"}\n".to_vec(),
            [
                hello.clone(),
                b"{\"id\":1,\"request\":\"no-such\"}\n".to_vec(),
            ]
            .concat(),
            [hello, vec![b' '; 5 * 1024 * 1024]].concat(),
        ] {
            let mut stream = by_hand(&machine.folder()).await;
            // It may be closed before it has said all that.
            let _ = stream.write_all(&words).await;
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            assert_eq!(rest, b"");
        }
        me(&mut owner).await;
    });
}

#[test]
fn a_face_that_does_not_read_is_not_read_either_and_the_others_go_on() {
    // [RS-22]
    run(async {
        let mut machine = Machine::new(&ANA);
        let mut owner = machine.start().await;
        let mut stream = by_hand(&machine.folder()).await;
        stream
            .write_all(b"{\"tincan_friends\":1,\"program\":\"test\"}\n")
            .await
            .unwrap();
        // It asks for ever and reads no answer. What it may still say is what fits into the socket.
        let request = b"{\"id\":1,\"request\":\"me\"}\n".repeat(64);
        let mut answered_since = 0;
        let mut asked = 0;
        while answered_since < 1000 {
            tokio::select! {
                biased;
                written = stream.write(&request) => {
                    asked += written.unwrap();
                    answered_since = 0;
                }
                // The owner is answered all the while.
                report = ask(&mut owner, Request::Me) => {
                    assert!(matches!(report, Report::Me(_)), "{report:?}");
                    answered_since += 1;
                }
            }
            assert!(asked < 16 * 1024 * 1024, "the node takes more and more");
        }
        assert!(asked > 0);
    });
}
