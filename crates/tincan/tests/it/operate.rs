//! A hub in operation.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::serve::{Hub, PASSWORD, Script, account, add_accounts, scenario};
use crate::support::{Home, run};

#[test]
fn a_signal_brings_goodbyes_on_each_wire_and_a_good_exit() {
    // [HUB-8] [494-10] [594-22] [CP-11]
    for signal in ["TERM", "INT"] {
        let home = Home::new();
        add_accounts(&home, &["cy", "dee"]);
        let mut hub = Hub::start(&home, &[]);
        let mut script = Script::start("operate.py", "goodbye", &hub);
        script.wait_for("here we are");
        hub.signal(signal);
        script.passed();
        let status = hub.wait();
        assert!(status.success(), "{status}\n{}", hub.log());
        // [HUB-7]
        let again = Hub::start(&home, &[]);
        scenario("operate.py", "after", &again);
        again.stop();
    }
}

#[test]
fn a_second_signal_ends_the_hub_at_once() {
    // [HUB-8]
    let home = Home::new();
    let mut hub = Hub::start(&home, &["--set", "limits.send_queue_bytes=67108864"]);
    let mut script = Script::start("operate.py", "holdout", &hub);
    script.wait_for("the queue is full");
    hub.signal("TERM");
    script.wait_for("ana is gone");
    hub.signal("TERM");
    // With the patience that the first signal asks for it would be 0.
    assert_eq!(hub.wait().code(), Some(1));
    script.tell("the hub is gone");
    script.passed();
}

#[test]
fn one_who_does_not_read_cannot_keep_the_hub_from_ending() {
    // [HUB-8]
    let home = Home::new();
    let mut hub = Hub::start(&home, &["--set", "limits.send_queue_bytes=67108864"]);
    let mut script = Script::start("operate.py", "holdout", &hub);
    script.wait_for("the queue is full");
    hub.signal("TERM");
    script.wait_for("ana is gone");
    // The script holds the connection until it is told to go on.
    assert_eq!(hub.wait().code(), Some(0));
    script.tell("the hub is gone");
    script.passed();
}

#[test]
fn logs_are_json_lines_without_texts_and_passwords_and_metrics_count() {
    // [HUB-13]
    const SECRET: &str = "nobody-may-log-this";
    const WRONG: &str = "wr0ng-pass";
    for verbosity in ["-v", "-vv"] {
        let home = Home::new();
        add_accounts(&home, &["dee"]);
        let hub = Hub::start(&home, &[verbosity, "--log-format", "json"])
            .with("secret", json!(SECRET))
            .with("wrong", json!(WRONG));
        scenario("operate.py", "pages", &hub);
        let log = hub.log();
        hub.stop();
        assert!(log.lines().count() > 3, "{log}");
        for line in log.lines() {
            let object: Value = serde_json::from_str(line).unwrap();
            for key in ["timestamp", "level", "target"] {
                assert!(object[key].is_string(), "{key} in {line}");
            }
        }
        for secret in [SECRET, WRONG, PASSWORD] {
            assert!(!log.contains(secret), "{log}");
        }
    }
}

#[test]
fn accounts_made_and_removed_beside_a_running_hub_count_at_once() {
    // [HUB-2] [CP-13] [CP-14]
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let mut script = Script::start("operate.py", "accounts", &hub);
    for action in ["add", "remove", "add"] {
        script.wait_for(&format!("{action} dee"));
        account(&home, &[action, "dee"]);
        script.tell("done");
    }
    script.passed();
    hub.stop();
}

#[test]
fn open_names_lend_the_name_of_an_account_but_not_its_mail() {
    // [HUB-2]
    let home = Home::new();
    add_accounts(&home, &["dee"]);
    let hub = Hub::start(&home, &["--set", "names.open_names=true"]);
    scenario("operate.py", "open_names", &hub);
    hub.stop();
}

#[test]
fn a_port_that_is_taken_is_one_sentence() {
    // cli.md: exit status
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for wire in ["--cs494", "--cs594", "--cp", "--ops"] {
        let mut args = vec!["serve"];
        for other in ["--cs494", "--cs594", "--cp", "--ops"] {
            args.extend([other, if other == wire { &address } else { "off" }]);
        }
        let sentence = run(&mut home.tincan(&args)).failed(1);
        let beginning = format!("cannot listen for {} on {address}: ", &wire[2..]);
        assert!(sentence.starts_with(&beginning), "{sentence}");
    }
}

#[test]
fn one_folder_of_data_is_for_one_hub() {
    // cli.md: exit status
    let home = Home::new();
    let hub = Hub::start(&home, &[]);
    let data = home.path("data");
    let mut second = home.tincan(&["serve", "--cs494", "127.0.0.1:0", "--data"]);
    second.arg(&data);
    let sentence = run(&mut second).failed(1);
    assert!(sentence.contains(data.to_str().unwrap()), "{sentence}");
    hub.stop();
}
