//! What we say of ourselves, as messages.

use super::codec::{ANY_TYPE, Data, Message, Question, Record};
use super::links::{Link, Shared};
use super::records::{Kind, Service, our_addresses};

/// A message that fits an Ethernet frame over IPv6, with some room.
const MAX_FRAME: usize = 1_400;

/// Sends a response; a long text goes in a message of its own.
pub(super) fn send_answers(
    link: Link,
    answers: Vec<Record>,
    additionals: Vec<Record>,
    shared: &mut Shared,
) {
    if answers.is_empty() {
        return;
    }
    let mut message = Message {
        additionals,
        ..Message::response(answers)
    };
    if message.encode().is_some_and(|b| b.len() > MAX_FRAME) {
        let is_text = |record: &mut Record| matches!(record.data, Data::Txt(_));
        let mut text: Vec<_> = message.answers.extract_if(.., is_text).collect();
        text.extend(message.additionals.extract_if(.., is_text));
        if message.answers.is_empty() {
            message.answers = std::mem::take(&mut message.additionals);
        }
        if !text.is_empty() {
            shared.send(link, &Message::response(text));
        }
    }
    if !message.answers.is_empty() {
        shared.send(link, &message);
    }
}

/// Asks whether somebody has our name or our host label, and claims both.
pub(super) fn send_probe(service: &Service, links: &[Link], is_unicast: bool, shared: &mut Shared) {
    let ask = if is_unicast {
        Question::unicast
    } else {
        Question::new
    };
    for &link in links {
        let probe = Message {
            authorities: service.claims(&our_addresses(shared, link)),
            ..Message::query(vec![
                ask(service.name(), ANY_TYPE),
                ask(service.host(), ANY_TYPE),
            ])
        };
        shared.send(link, &probe);
    }
}

/// Takes back what was announced.
pub(super) fn send_goodbyes(service: &Service, links: &[Link], shared: &mut Shared) {
    for &link in links {
        for records in service.goodbyes() {
            if !records.is_empty() {
                shared.send(link, &Message::response(records));
            }
        }
    }
}

/// What goes along with these answers.
pub(super) fn companions(kinds: &[Kind]) -> Vec<Kind> {
    let mut along: Vec<_> = kinds
        .iter()
        .flat_map(|kind| kind.companions())
        .copied()
        .collect();
    along.sort_unstable();
    along.dedup();
    along.retain(|kind| !kinds.contains(kind));
    along
}
