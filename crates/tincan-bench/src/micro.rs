//! Instructions of single steps: each codec's way of a message, and the decision about one post.
//!
//! Instruction counts repeat on a busy machine where times do not. `tincan-bench micro` runs itself
//! under `valgrind --tool=callgrind`, once with few and once with many repetitions of a step; the
//! difference is the step alone, whatever starting and preparing cost. To see where they go:
//!
//! ```text
//! valgrind --tool=callgrind tincan-bench micro --times 10000 cs494/decode-send
//! callgrind_annotate callgrind.out.*
//! ```

use std::hint::black_box;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use bytes::BytesMut;
use model::{RoomName, SessionId, UserName};
use space::{Ask, Change, Limits, NameRules, Person, Space};

/// Repetitions of the short and the long run.
const FEW: u32 = 200;
const MANY: u32 = 2200;

/// 64 bytes as people write them: mostly ASCII, not only.
const TEXT: &str = "Der Zug kommt um 18:40 an, wir holen dich ab. Bis später, Jürgen";

/// Something that is counted.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// `crate/what`, as on the command line.
    pub name: &'static str,
    /// In words.
    pub what: &'static str,
    /// Prepares, then repeats so many times.
    run: fn(u32) -> Result<()>,
}

/// Everything that is counted.
pub const STEPS: &[Step] = &[
    Step {
        name: "cs494/decode-send",
        what: "SEND_MESSAGE of 64 bytes: header, room, text checked",
        run: cs494_decode_send,
    },
    Step {
        name: "cs494/encode-post",
        what: "POST_MESSAGE of 64 bytes",
        run: cs494_encode_post,
    },
    Step {
        name: "cs494/encode-listing-100",
        what: "USER_LISTING of 100 names",
        run: cs494_encode_listing,
    },
    Step {
        name: "cs494/decode-post",
        what: "POST_MESSAGE of 64 bytes, at the client",
        run: cs494_decode_post,
    },
    Step {
        name: "cs594/decode-send",
        what: "SEND_MSG to one room: found in the stream, JSON read",
        run: cs594_decode_send,
    },
    Step {
        name: "cs594/show-template",
        what: "SHOW_MSG rendered once for a room",
        run: cs594_template,
    },
    Step {
        name: "cs594/show-fill",
        what: "SHOW_MSG for one recipient more",
        run: cs594_fill,
    },
    Step {
        name: "cp/decode-smsg",
        what: "SMSG: line found, parts checked",
        run: cp_decode_smsg,
    },
    Step {
        name: "space/decide-post",
        what: "may this person speak in this room of 100?",
        run: space_decide_post,
    },
    Step {
        name: "space/sign-in-join-out",
        what: "one person more among 1,000: decided and folded, in and out again",
        run: space_come_and_go,
    },
];

/// Repeats the step of this name; what callgrind watches.
///
/// # Errors
/// When there is no such step, or it fails.
pub fn play(name: &str, times: u32) -> Result<()> {
    let step = STEPS.iter().find(|step| step.name == name);
    let step = step.with_context(|| format!("there is no step `{name}`"))?;
    (step.run)(times)
}

/// Instructions of one repetition.
///
/// # Errors
/// When valgrind is not installed or fails.
pub fn count(step: &Step) -> Result<f64> {
    let few = collected(step, FEW)?;
    let many = collected(step, MANY)?;
    Ok((many - few) / f64::from(MANY - FEW))
}

fn collected(step: &Step, times: u32) -> Result<f64> {
    let program = std::env::current_exe().context("failed to find this program's own file")?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["micro", "--times", &times.to_string(), step.name])
        .output()
        .context("failed to start valgrind (is it installed?)")?;
    let log = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{} failed under valgrind:\n{log}",
        step.name
    );
    parse_collected(&log).with_context(|| format!("no count in what valgrind said:\n{log}"))
}

/// The number on callgrind's line `==77== Collected : 123`.
fn parse_collected(log: &str) -> Option<f64> {
    let (_, rest) = log.split_once("Collected :")?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}

fn cs494_decode_send(times: u32) -> Result<()> {
    let mut packet = BytesMut::new();
    wire_cs494::encode_send(&mut packet, "station", TEXT);
    for _ in 0..times {
        black_box(wire_cs494::decode_client(black_box(&packet))?);
    }
    Ok(())
}

fn cs494_encode_post(times: u32) -> Result<()> {
    let mut out = BytesMut::with_capacity(512);
    for _ in 0..times {
        out.clear();
        wire_cs494::encode_post(&mut out, black_box("station"), black_box("jürgen"), TEXT);
        black_box(&out);
    }
    Ok(())
}

fn cs494_encode_listing(times: u32) -> Result<()> {
    let names: Vec<String> = (0..100).map(|n| format!("person-{n}")).collect();
    let mut out = BytesMut::with_capacity(64 * 128);
    for _ in 0..times {
        out.clear();
        let names = names.iter().map(String::as_str);
        wire_cs494::encode_user_listing(&mut out, black_box("station"), names);
        black_box(&out);
    }
    Ok(())
}

fn cs494_decode_post(times: u32) -> Result<()> {
    let mut packet = BytesMut::new();
    wire_cs494::encode_post(&mut packet, "station", "jürgen", TEXT);
    for _ in 0..times {
        black_box(wire_cs494::decode_server(black_box(&packet))?);
    }
    Ok(())
}

fn cs594_decode_send(times: u32) -> Result<()> {
    let mut packet = BytesMut::new();
    let request = wire_cs594::Request::Say(wire_cs594::request::Say {
        rooms: wire_cs594::NameList::array(vec!["station".into()]),
        user: "jürgen".into(),
        text: TEXT.into(),
    });
    request.encode(&mut packet);
    let mut splitter = wire_cs594::Splitter::default();
    let mut input = BytesMut::with_capacity(1024);
    for _ in 0..times {
        input.extend_from_slice(black_box(&packet));
        let raw = splitter.next(&mut input, None)?;
        let raw = raw.context("a whole packet was not found")?;
        black_box(wire_cs594::Request::decode(&raw.text)?);
    }
    Ok(())
}

fn cs594_template(times: u32) -> Result<()> {
    let kind = wire_cs594::ShowType::Plain;
    for _ in 0..times {
        black_box(wire_cs594::ShowTemplate::new(
            black_box("jürgen"),
            "station",
            TEXT,
            kind,
        ));
    }
    Ok(())
}

fn cs594_fill(times: u32) -> Result<()> {
    let kind = wire_cs594::ShowType::Plain;
    let template = wire_cs594::ShowTemplate::new("jürgen", "station", TEXT, kind);
    let mut out = BytesMut::with_capacity(1024);
    for _ in 0..times {
        out.clear();
        template.fill(&mut out, black_box("anastasia"));
        black_box(&out);
    }
    Ok(())
}

fn cp_decode_smsg(times: u32) -> Result<()> {
    let line = format!("SMSGjurgen:{TEXT}\r\n");
    let mut splitter = wire_cp::Splitter::new();
    let mut input = BytesMut::with_capacity(1024);
    for _ in 0..times {
        input.extend_from_slice(black_box(line.as_bytes()));
        match splitter.next(&mut input) {
            Some(wire_cp::Line::Pdu(pdu)) => {
                black_box(wire_cp::Command::parse(&pdu, wire_cp::Colons::Allow)?);
            }
            other => anyhow::bail!("a whole line was not found but {other:?}"),
        }
    }
    Ok(())
}

/// `people` present, all in one room; the person of number n is session n.
fn peopled_space(people: u32, room: &RoomName) -> Result<Space> {
    let mut space = Space::new(Limits::default(), NameRules::default());
    for number in 0..people {
        let session = SessionId::new(number, 1);
        let name = UserName::parse(&format!("person-{number}"))?;
        space.fold(Change::SignedIn(session, Person::new(name, false, true)));
        space.fold(Change::Joined(session, room.clone()));
    }
    Ok(space)
}

fn space_decide_post(times: u32) -> Result<()> {
    let rooms = [RoomName::parse("station")?];
    let space = peopled_space(100, &rooms[0])?;
    let ask = Ask::Post {
        rooms: &rooms,
        from_outside: false,
    };
    for _ in 0..times {
        let decision = space.decide(SessionId::new(50, 1), black_box(ask));
        ensure!(black_box(decision).is_ok(), "a member may speak");
    }
    Ok(())
}

fn space_come_and_go(times: u32) -> Result<()> {
    let rooms = [RoomName::parse("station")?];
    let mut space = peopled_space(1000, &rooms[0])?;
    let session = SessionId::new(1000, 1);
    let name = UserName::parse("newcomer")?;
    let ask = Ask::SignIn {
        name: &name,
        proven: false,
    };
    for _ in 0..times {
        let welcome = space.decide(session, black_box(ask)).is_ok();
        let person = Person::new(name.clone(), false, true);
        space.fold(Change::SignedIn(session, person));
        let admitted = space.decide(session, Ask::Join(&rooms)).is_ok();
        space.fold(Change::Joined(session, rooms[0].clone()));
        ensure!(welcome && admitted, "there is room for one more");
        if let Some(room) = space.room(&rooms[0]) {
            space.fold(Change::Left(session, room));
        }
        space.fold(Change::SignedOut(session));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_runs() {
        for step in STEPS {
            play(step.name, 3).unwrap();
        }
        assert!(play("nonsense", 1).is_err());
    }

    #[test]
    fn the_count_is_read_from_callgrinds_last_line() {
        let log = "==9== Events    : Ir\n==9== Collected : 1234567\n==9==\n";
        assert_eq!(parse_collected(log), Some(1_234_567.0));
        assert_eq!(parse_collected("==9== nothing"), None);
    }
}
