//! `tincan send`: one message, then out. What counts is whether it was delivered.

use std::io::{self, Read};

use anyhow::{Context, bail};
use link::Features;
use model::{Command, Recipient, Refusal, SaidAs, Text};

use super::escape::visible;
use super::login::Login;
use super::network::Network;
use super::session::{Session, Trouble};
use super::target::Target;
use super::wires::Wire;
use super::{Usage, address, friends, lan, visit_as};
use crate::args::SendArgs;

/// Bytes of standard input that are read, at most: any message is shorter.
const MAX_INPUT: u64 = 1 << 20;

/// Sends what was asked for.
///
/// # Errors
/// It was not delivered.
pub(crate) async fn run(args: &SendArgs) -> anyhow::Result<()> {
    if address::on_friends(&args.connect.url).is_some() {
        return friends::send(args).await;
    }
    if args.wait.is_some() {
        let text = "--wait is for friends; elsewhere a message is delivered at once or not at all";
        return Err(Usage(text.into()).into());
    }
    // A password on standard input is its first line, so it is read before the text.
    let to = args.to.as_deref().map(Target::parse).transpose()?;
    let login = Login::new(&args.connect, &args.lan)?;
    let to = addressee(to, &login)?;
    let features = login.network.features();
    if matches!(to, Target::Room(_)) && !features.rooms {
        return Err(no_rooms(login.network).into());
    }
    let raw = match &args.text {
        Some(text) => text.clone(),
        None => standard_input()?,
    };
    let text = message(&raw, &features)?;
    visit_as(&login, async |session| match to {
        Target::Room(room) => say(session, room, text).await,
        Target::Person(Recipient::Name(person)) if session.network == Network::Lan => {
            lan::tell(session, &person, text).await
        }
        Target::Person(person) => tell(session, person, text).await,
    })
    .await
}

/// Whom it is for: named by `--to` where there is a hub, by the address on the LAN.
///
/// # Errors
/// [`Usage`].
pub(crate) fn addressee(to: Option<Target>, login: &Login) -> Result<Target, Usage> {
    match (login.network, to, login.partner()) {
        (Network::Hub(_), Some(to), _) => Ok(to),
        (Network::Hub(_), None, _) => Err(Usage("say for whom it is, with --to USER".into())),
        (Network::Lan, None, Some(name)) => Ok(Target::Person(Recipient::Name(name.clone()))),
        (Network::Lan, None, None) => Err(Usage(
            "say for whom it is, as in lan:bob@bobbox (`tincan lan` shows who is there)".into(),
        )),
        (Network::Lan, Some(_), _) => Err(Usage(
            "on the LAN the address says for whom it is, as in lan:bob@bobbox; leave --to out"
                .into(),
        )),
        (Network::Friends, _, Some(name)) => Ok(Target::Person(Recipient::Name(name.clone()))),
        (Network::Friends, _, None) => Err(Usage("say for whom it is, as in friend:bea".into())),
    }
}

async fn say(session: &mut Session, room: model::RoomName, text: Text) -> anyhow::Result<()> {
    let failed = || format!("not delivered to #{room}");
    session
        .ask(Command::Join {
            rooms: vec![room.clone()],
        })
        .await
        .with_context(failed)?;
    let post = Command::Post {
        rooms: vec![room.clone()],
        text,
        manner: SaidAs::Post,
        from_outside: false,
    };
    session.ask(post).await.map(drop).with_context(failed)
}

async fn tell(session: &mut Session, to: Recipient, text: Text) -> anyhow::Result<()> {
    let person = Target::Person(to.clone()).to_string();
    let reply = session.ask(message_to(session.network, to, text)).await;
    match reply {
        Ok(_) => Ok(()),
        Err(Trouble::Refused(refusal)) => Err(not_delivered(session.network, &person, &refusal)),
        Err(trouble) => Err(trouble).with_context(|| format!("not delivered to {person}")),
    }
}

/// The command by which `network` carries a message to one person.
pub(crate) fn message_to(network: Network, to: Recipient, text: Text) -> Command {
    match network {
        Network::Hub(Wire::Cp) => Command::Mail { to, text },
        Network::Hub(Wire::Cs494 | Wire::Cs594) | Network::Lan | Network::Friends => {
            Command::Tell { to, text }
        }
    }
}

/// Why a message did not reach a person, and what that means.
pub(crate) fn not_delivered(network: Network, person: &str, refusal: &Refusal) -> anyhow::Error {
    let person = visible(person);
    match (refusal, network) {
        (Refusal::NoSuchUser(_), Network::Lan) => anyhow::anyhow!(
            "not delivered: nobody called {person} is on the LAN; `tincan lan` shows who is there"
        ),
        (Refusal::NoSuchUser(_), Network::Friends) => anyhow::anyhow!(
            "not delivered: nobody called {person} is a friend of yours; `tincan friends` shows who is"
        ),
        (Refusal::NoSuchUser(_), Network::Hub(Wire::Cs494)) => anyhow::anyhow!(
            "not delivered: {person} is not here (if the name has an account, the message waits in \
             its mailbox; this wire does not tell)"
        ),
        (Refusal::NoSuchUser(_), Network::Hub(Wire::Cs594)) => {
            anyhow::anyhow!("not delivered: {person} is not here and has no account")
        }
        (Refusal::NoSuchUser(_), Network::Hub(Wire::Cp)) => {
            anyhow::anyhow!("not delivered: {person} has no account on this hub")
        }
        (Refusal::NotPossible, Network::Hub(Wire::Cp)) => anyhow::anyhow!(
            "not delivered to {person}: cp takes names of 1 to 10 bytes and one message without `:`"
        ),
        // These sentences name the person themselves.
        (Refusal::Unreachable(..) | Refusal::Unsafe(_), _) => {
            let why = refusal.to_string();
            anyhow::anyhow!("not delivered: {}", visible(&why))
        }
        (refusal, _) => {
            let why = refusal.to_string();
            anyhow::anyhow!("not delivered to {person}: {}", visible(&why))
        }
    }
}

/// The sentence for somebody who wants rooms where there are none.
pub(crate) fn no_rooms(network: Network) -> Usage {
    let what = match network {
        Network::Hub(_) => "rooms, only a mailbox",
        Network::Lan | Network::Friends => "rooms, only people",
    };
    Usage(network.has_no(what, |features| features.rooms))
}

/// `raw` as a message that a wire with `features` carries.
///
/// # Errors
/// A sentence with the numbers.
pub(crate) fn message(raw: &str, features: &Features) -> anyhow::Result<Text> {
    if raw.len() > features.max_text {
        bail!(
            "the message has {} bytes; one message here has at most {}",
            raw.len(),
            features.max_text
        );
    }
    Text::adapt(raw).map_err(Into::into)
}

/// All of standard input without the line end behind it.
pub(crate) fn standard_input() -> anyhow::Result<String> {
    let mut raw = String::new();
    io::stdin()
        .lock()
        .take(MAX_INPUT)
        .read_to_string(&mut raw)
        .context("cannot read the message from standard input")?;
    Ok(raw
        .strip_suffix("\r\n")
        .or_else(|| raw.strip_suffix('\n'))
        .unwrap_or(&raw)
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_too_long_is_told_with_its_length() {
        // [HUB-5]
        let features = Wire::Cs494.features();
        assert!(message(&"x".repeat(11_998), &features).is_ok());
        let error = message(&"x".repeat(11_999), &features)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("11999") && error.contains("11998"),
            "{error}"
        );
        let error = message(&"x".repeat(1_010), &Wire::Cp.features())
            .unwrap_err()
            .to_string();
        assert!(error.contains("1010") && error.contains("1009"), "{error}");
        assert!(message("", &features).is_err());
    }
}
