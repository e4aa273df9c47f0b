//! What elements mean.

use crate::{Element, Node, ns};

/// An element below the header, understood as far as link-local messaging needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stanza {
    /// `<message/>`
    Message(Box<Message>),
    /// `<iq/>`
    Iq(Box<Iq>),
    /// `<stream:features/>`
    Features(Features),
    /// `<starttls/>`
    StartTls,
    /// `<proceed/>`
    Proceed,
    /// `<failure/>` of TLS or SASL, or `<stream:error/>`: its condition, [`UNDEFINED`] where there is
    /// none.
    Failure(String),
    /// `<auth/>` of SASL, with its mechanism.
    Auth(String),
    /// `<success/>` of SASL.
    Success,
    /// Anything else (presence among it): tolerated and ignored.
    Other,
}

/// What a peer offers after its header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// TLS; `Some(true)`: nothing without it.
    pub tls: Option<bool>,
    /// SASL mechanisms, in order.
    pub mechanisms: Vec<String>,
}

/// `<message/>`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Who sends; empty and missing are the same.
    pub from: Option<String>,
    /// To whom.
    pub to: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// What to show: `body`'s text, and where there is no body the text of `html`, without markup.
    /// `None`: nothing; a body that only accompanies a typing notice is nothing [LAN-44].
    pub text: Option<String>,
    /// The sender is writing, or no longer: of either form.
    pub typing: Option<bool>,
    /// The sender wants typing notices (XEP-0022 request, or any chat state).
    pub wants_typing: bool,
    /// The sender wants a receipt; never without an id, for there would be nothing to confirm.
    pub wants_receipt: bool,
    /// A receipt for the message with this id.
    pub receipt: Option<String>,
}

/// `<iq/>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iq {
    /// Who sends.
    pub from: Option<String>,
    /// To whom.
    pub to: Option<String>,
    /// Its id; empty where there is none.
    pub id: String,
    /// What it is about.
    pub payload: Payload,
}

/// What an iq is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// set: a file is offered (XEP-0095, XEP-0096).
    SiOffer(SiOffer),
    /// set: where to fetch the bytes (XEP-0065).
    StreamHosts {
        /// The transfer.
        sid: String,
        /// Where, in the order to try.
        hosts: Vec<StreamHost>,
    },
    /// get: what can you do?
    DiscoInfo,
    /// result of an offer, taken: the stream method that was chosen; empty where it does not say.
    SiAccept(String),
    /// result of stream hosts: which one was used (its jid).
    StreamHostUsed(String),
    /// Any other result.
    Result,
    /// error: its condition, e.g. `forbidden` ([`UNDEFINED`] where there is none), and its code where
    /// there is one.
    Error(String, Option<u16>),
    /// Any other get or set: to be answered with service-unavailable.
    Unknown,
}

/// A file that is offered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiOffer {
    /// The transfer.
    pub sid: String,
    /// The profile; anything but [`crate::ns::SI_FILE`] is declined.
    pub profile: String,
    /// The file's name, as sent.
    pub name: String,
    /// Bytes; `None`: missing or no number.
    pub size: Option<u64>,
    /// The stream methods that the offerer can do; empty where it does not say.
    pub methods: Vec<String>,
}

/// Where bytes can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHost {
    /// Its name; libpurple puts the sid there.
    pub jid: String,
    /// An address as text, of IPv6 perhaps with a scope.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Hosts of a byte stream that are looked at: a machine has fewer addresses that are worth a try.
pub const MAX_STREAM_HOSTS: usize = 16;

/// Methods or mechanisms that are looked at; we can do at most two.
pub const MAX_METHODS: usize = 16;

/// The condition of a failure that names none.
pub const UNDEFINED: &str = "undefined-condition";

/// Understands `element`.
///
/// Stanzas are known by their local names alone: a stream's default name space may be any, or the
/// stream's own where its header has no prefix.
#[expect(
    clippy::needless_pass_by_value,
    reason = "an element is understood once; none is kept beside its meaning"
)]
pub fn understand(element: Element) -> Stanza {
    match (element.ns.as_str(), element.name.as_str()) {
        (ns::TLS, "starttls") => Stanza::StartTls,
        (ns::TLS, "proceed") => Stanza::Proceed,
        (ns::SASL, "success") => Stanza::Success,
        (ns::SASL, "auth") => Stanza::Auth(attribute(&element, "mechanism")),
        (ns::TLS | ns::SASL, "failure") => Stanza::Failure(condition(&element, ns::SASL)),
        (ns::STREAM, "error") => Stanza::Failure(condition(&element, ns::STREAMS)),
        (ns::STREAM, "features") => Stanza::Features(features(&element)),
        // A bounced message is no message of theirs: its body is our own text.
        (_, "message") if element.attribute("type") == Some("error") => Stanza::Other,
        (_, "message") => Stanza::Message(Box::new(message(&element))),
        (_, "iq") => match payload(&element) {
            Some(payload) => Stanza::Iq(Box::new(Iq {
                from: address(&element, "from"),
                to: address(&element, "to"),
                id: attribute(&element, "id"),
                payload,
            })),
            None => Stanza::Other,
        },
        _ => Stanza::Other,
    }
}

fn features(element: &Element) -> Features {
    let mechanisms = element
        .child(ns::SASL, "mechanisms")
        .into_iter()
        .flat_map(Element::elements)
        .filter(|e| e.name == "mechanism")
        .map(|e| e.text().trim().to_owned())
        .take(MAX_METHODS)
        .collect();
    Features {
        tls: element
            .child(ns::TLS, "starttls")
            .map(|e| e.child(ns::TLS, "required").is_some()),
        mechanisms,
    }
}

fn message(element: &Element) -> Message {
    let event = event(element);
    let state = element
        .elements()
        .filter(|e| e.ns == ns::CHAT_STATES)
        .find_map(|e| match e.name.as_str() {
            "composing" => Some(true),
            "active" | "paused" | "inactive" | "gone" => Some(false),
            _ => None,
        });
    let id = address(element, "id");
    let typing = match event {
        Event::Typing(is_typing) => Some(is_typing),
        Event::None | Event::Wanted | Event::Other => state,
    };
    let text = match event {
        Event::Typing(_) | Event::Other => None,
        Event::None | Event::Wanted => text(element),
    };
    let receipt = element
        .child(ns::RECEIPTS, "received")
        .and_then(|e| address(e, "id").or_else(|| id.clone()));
    Message {
        from: address(element, "from"),
        to: address(element, "to"),
        text,
        typing,
        wants_typing: event == Event::Wanted || state.is_some(),
        wants_receipt: id.is_some() && element.child(ns::RECEIPTS, "request").is_some(),
        receipt,
        id,
    }
}

/// What `jabber:x:event` says (XEP-0022) [LAN-44]. COMPAT(iChat, Adium): with an `<id/>`, empty or
/// not, it tells of an event, and a body beside it is half-typed text; without one it asks for events.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    None,
    Typing(bool),
    /// Another event is told: delivered, displayed, offline.
    Other,
    Wanted,
}

fn event(element: &Element) -> Event {
    let Some(x) = element.child(ns::EVENT, "x") else {
        return Event::None;
    };
    let has = |name| x.elements().any(|e| e.name == name);
    match (has("id"), has("composing")) {
        (true, true) => Event::Typing(true),
        (true, false) if has("delivered") || has("displayed") || has("offline") => Event::Other,
        (true, false) => Event::Typing(false),
        (false, true) => Event::Wanted,
        (false, false) => Event::None,
    }
}

/// What to show: the body; where it says nothing, `html` without markup; where that says nothing
/// either, the address of a file that an old client offers.
fn text(element: &Element) -> Option<String> {
    let bodies = element
        .elements()
        .filter(|e| e.name == "body" && e.ns == element.ns);
    let plain = bodies.map(Element::text).find(|t| !t.is_empty());
    let formatted = || {
        let html = element.elements().find(|e| e.name == "html")?;
        let body = html.elements().find(|e| e.name == "body")?;
        let mut lines = String::new();
        without_markup(body, &mut lines);
        Some(lines).filter(|t| !t.trim().is_empty())
    };
    let offered = || {
        let url = element.child(ns::OOB, "x")?.child(ns::OOB, "url")?;
        Some(url.text().trim().to_owned()).filter(|t| !t.is_empty())
    };
    plain.or_else(formatted).or_else(offered)
}

/// Recursion is bounded by the reader's depth.
fn without_markup(element: &Element, out: &mut String) {
    for node in &element.children {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(e) if e.name == "br" => out.push('\n'),
            Node::Element(e) => {
                let is_block = matches!(e.name.as_str(), "p" | "div" | "li" | "blockquote");
                if is_block && !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
                without_markup(e, out);
            }
        }
    }
}

/// `None`: it is neither asked nor answered, so it must not be answered either.
fn payload(element: &Element) -> Option<Payload> {
    match element.attribute("type") {
        Some("set") => Some(set(element).unwrap_or(Payload::Unknown)),
        Some("get") => Some(match element.child(ns::DISCO_INFO, "query") {
            Some(_) => Payload::DiscoInfo,
            None => Payload::Unknown,
        }),
        Some("result") => Some(result(element)),
        Some("error") => Some(failed(element)),
        Some(_) | None => None,
    }
}

fn set(element: &Element) -> Option<Payload> {
    if let Some(si) = element.child(ns::SI, "si") {
        return offer(si).map(Payload::SiOffer);
    }
    let query = element.child(ns::BYTESTREAMS, "query")?;
    if query.attribute("mode").is_some_and(|m| m != "tcp") {
        return None;
    }
    Some(Payload::StreamHosts {
        sid: address(query, "sid")?,
        hosts: query
            .elements()
            .filter_map(stream_host)
            .take(MAX_STREAM_HOSTS)
            .collect(),
    })
}

fn offer(si: &Element) -> Option<SiOffer> {
    let file = si.child(ns::SI_FILE, "file");
    let methods = stream_method(si).into_iter().flat_map(|field| {
        let options = field.elements().filter(|e| e.name == "option");
        options
            .flat_map(Element::elements)
            .filter(|e| e.name == "value")
    });
    Some(SiOffer {
        sid: address(si, "id")?,
        profile: attribute(si, "profile"),
        name: file.map(|f| attribute(f, "name")).unwrap_or_default(),
        size: file.and_then(|f| f.attribute("size")?.trim().parse().ok()),
        methods: methods
            .map(|v| v.text().trim().to_owned())
            .take(MAX_METHODS)
            .collect(),
    })
}

/// The form's field that is about stream methods.
fn stream_method(si: &Element) -> Option<&Element> {
    si.child(ns::FEATURE_NEG, "feature")?
        .child(ns::DATA, "x")?
        .elements()
        .find(|e| e.name == "field" && e.attribute("var") == Some("stream-method"))
}

fn stream_host(element: &Element) -> Option<StreamHost> {
    if element.name != "streamhost" {
        return None;
    }
    Some(StreamHost {
        jid: attribute(element, "jid"),
        host: address(element, "host")?,
        port: element
            .attribute("port")?
            .trim()
            .parse()
            .ok()
            .filter(|p| *p != 0)?,
    })
}

fn result(element: &Element) -> Payload {
    if let Some(si) = element.child(ns::SI, "si") {
        let value = stream_method(si).and_then(|f| f.elements().find(|e| e.name == "value"));
        let method = value.map(|v| v.text().trim().to_owned());
        return Payload::SiAccept(method.unwrap_or_default());
    }
    let used = element
        .child(ns::BYTESTREAMS, "query")
        .and_then(|q| q.child(ns::BYTESTREAMS, "streamhost-used"));
    match used {
        Some(used) => Payload::StreamHostUsed(attribute(used, "jid")),
        None => Payload::Result,
    }
}

fn failed(element: &Element) -> Payload {
    let Some(error) = element.elements().find(|e| e.name == "error") else {
        return Payload::Error(UNDEFINED.into(), None);
    };
    let code = error
        .attribute("code")
        .and_then(|code| code.trim().parse().ok());
    let condition = match (condition(error, ns::STANZAS), code) {
        (named, _) if named != UNDEFINED => named,
        // From before conditions had names (XEP-0086).
        (_, Some(403)) => "forbidden".into(),
        (_, Some(404)) => "item-not-found".into(),
        (_, Some(406)) => "not-acceptable".into(),
        (_, Some(501)) => "feature-not-implemented".into(),
        (_, Some(503)) => "service-unavailable".into(),
        (unnamed, _) => unnamed,
    };
    Payload::Error(condition, code)
}

/// The name of the condition in `failure`, beside which a text may stand.
fn condition(failure: &Element, ns: &str) -> String {
    let named = failure.elements().find(|e| e.ns == ns && e.name != "text");
    named.map_or_else(|| UNDEFINED.into(), |e| e.name.clone())
}

/// The attribute `name`; empty where there is none.
fn attribute(element: &Element, name: &str) -> String {
    element.attribute(name).unwrap_or_default().to_owned()
}

/// The attribute `name` where there is something in it.
fn address(element: &Element, name: &str) -> Option<String> {
    element
        .attribute(name)
        .filter(|v| !v.is_empty())
        .map(Into::into)
}
