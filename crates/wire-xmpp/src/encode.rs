//! What we write. Encoding cannot fail: characters that XML forbids become U+FFFD.
//!
//! Attributes stand in single quotes. Carriage returns, and in attributes every break, are written as
//! references, so that every text arrives as it was. COMPAT(Adium, Kopete): prefixes are the
//! customary ones, for they compare `stream:stream` and `message` as they are written.

use std::fmt::{self, Display, Formatter, Write as _};

use bytes::BytesMut;

use crate::ns;
use crate::stanza::{SiOffer, StreamHost};

/// `</stream:stream>`
pub const END: &[u8] = b"</stream:stream>";

/// The XML declaration and a stream header with `from`, `to` and `version='1.0'`. An empty `to` is
/// left out.
pub fn header(from: &str, to: &str, out: &mut BytesMut) {
    put(
        out,
        format_args!(
            "<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns='{}' xmlns:stream='{}' \
             from='{}'",
            ns::CLIENT,
            ns::STREAM,
            Value(from),
        ),
    );
    if !to.is_empty() {
        put(out, format_args!(" to='{}'", Value(to)));
    }
    put(out, " version='1.0'>");
}

/// `<stream:features>` with TLS (`Some(true)`: required) or SASL EXTERNAL or nothing.
pub fn features(tls: Option<bool>, sasl: bool, out: &mut BytesMut) {
    if tls.is_none() && !sasl {
        put(out, "<stream:features/>");
        return;
    }
    put(out, "<stream:features>");
    match tls {
        Some(true) => put(
            out,
            format_args!("<starttls xmlns='{}'><required/></starttls>", ns::TLS),
        ),
        Some(false) => starttls(out),
        None => {}
    }
    if sasl {
        put(
            out,
            format_args!(
                "<mechanisms xmlns='{}'><mechanism>EXTERNAL</mechanism></mechanisms>",
                ns::SASL
            ),
        );
    }
    put(out, "</stream:features>");
}

/// `<starttls/>`
pub fn starttls(out: &mut BytesMut) {
    put(out, format_args!("<starttls xmlns='{}'/>", ns::TLS));
}

/// `<proceed/>`
pub fn proceed(out: &mut BytesMut) {
    put(out, format_args!("<proceed xmlns='{}'/>", ns::TLS));
}

/// `<auth mechanism='EXTERNAL'>` with an empty initial response (`=`).
pub fn auth(out: &mut BytesMut) {
    put(
        out,
        format_args!("<auth xmlns='{}' mechanism='EXTERNAL'>=</auth>", ns::SASL),
    );
}

/// `<success/>`
pub fn success(out: &mut BytesMut) {
    put(out, format_args!("<success xmlns='{}'/>", ns::SASL));
}

/// SASL's `<failure/>` with `condition`.
pub fn failure(condition: &str, out: &mut BytesMut) {
    put(
        out,
        format_args!(
            "<failure xmlns='{}'><{}/></failure>",
            ns::SASL,
            name(condition)
        ),
    );
}

/// `<stream:error>` with `condition` (RFC 6120 section 4.9.3); [`END`] is to follow.
pub fn stream_error(condition: &str, out: &mut BytesMut) {
    put(
        out,
        format_args!(
            "<stream:error><{} xmlns='{}'/></stream:error>",
            name(condition),
            ns::STREAMS
        ),
    );
}

/// A message to be shown: `body`, and beside it `html/body/font`. COMPAT(libpurple, iChat): they take
/// a lone body for HTML and show `font` instead where there is one (facts 1.8). Never with `<id/>` in
/// an event: with it, a body is half-typed text.
pub struct Message<'a> {
    /// Our instance name.
    pub from: &'a str,
    /// Theirs.
    pub to: &'a str,
    /// Its id; where there is one, a receipt is asked for and our chat state told as well.
    pub id: Option<&'a str>,
    /// What is said.
    pub text: &'a str,
}

/// Writes `message`. The event request without `<id/>` is what every old client sends with every
/// message: it asks for typing notices [LAN-44].
pub fn message(message: &Message<'_>, out: &mut BytesMut) {
    open_message(message.from, message.to, out);
    if let Some(id) = message.id {
        put(out, format_args!(" id='{}'", Value(id)));
    }
    put(
        out,
        format_args!(
            "><body>{}</body><html xmlns='{}'><body><font>{}</font></body></html>\
             <x xmlns='{}'><composing/></x>",
            Content(message.text),
            ns::XHTML,
            Lines(message.text),
            ns::EVENT,
        ),
    );
    if message.id.is_some() {
        put(
            out,
            format_args!(
                "<active xmlns='{}'/><request xmlns='{}'/>",
                ns::CHAT_STATES,
                ns::RECEIPTS
            ),
        );
    }
    put(out, "</message>");
}

/// A typing notice in both forms, without a body [LAN-44].
pub fn typing(from: &str, to: &str, is_typing: bool, out: &mut BytesMut) {
    open_message(from, to, out);
    let (event, state) = match is_typing {
        true => ("<composing/>", "composing"),
        false => ("", "paused"),
    };
    put(
        out,
        format_args!(
            "><x xmlns='{}'>{event}<id/></x><{state} xmlns='{}'/></message>",
            ns::EVENT,
            ns::CHAT_STATES
        ),
    );
}

/// A receipt for the message `id`.
pub fn receipt(from: &str, to: &str, id: &str, out: &mut BytesMut) {
    open_message(from, to, out);
    put(
        out,
        format_args!(
            "><received xmlns='{}' id='{}'/></message>",
            ns::RECEIPTS,
            Value(id)
        ),
    );
}

/// Offers a file. COMPAT(libpurple): its errors carry the sid as id, so `offer.sid` is the iq's id too.
pub fn si_offer(from: &str, to: &str, offer: &SiOffer, out: &mut BytesMut) {
    open_iq("set", from, to, &offer.sid, out);
    put(
        out,
        format_args!(
            "<si xmlns='{}' id='{}' profile='{}'><file xmlns='{}' name='{}'",
            ns::SI,
            Value(&offer.sid),
            Value(&offer.profile),
            ns::SI_FILE,
            Value(&offer.name),
        ),
    );
    if let Some(size) = offer.size {
        put(out, format_args!(" size='{size}'"));
    }
    put(
        out,
        format_args!(
            "/><feature xmlns='{}'><x xmlns='{}' type='form'>\
             <field var='stream-method' type='list-single'>",
            ns::FEATURE_NEG,
            ns::DATA
        ),
    );
    for method in &offer.methods {
        put(
            out,
            format_args!("<option><value>{}</value></option>", Content(method)),
        );
    }
    put(out, "</field></x></feature></si></iq>");
}

/// Takes an offer, by the stream method `method`.
pub fn si_accept(from: &str, to: &str, id: &str, method: &str, out: &mut BytesMut) {
    open_iq("result", from, to, id, out);
    put(
        out,
        format_args!(
            "<si xmlns='{}'><feature xmlns='{}'><x xmlns='{}' type='submit'>\
             <field var='stream-method'><value>{}</value></field></x></feature></si></iq>",
            ns::SI,
            ns::FEATURE_NEG,
            ns::DATA,
            Content(method),
        ),
    );
}

/// Says where the bytes are. The sid is the iq's id too, as in libpurple's own.
pub fn stream_hosts(from: &str, to: &str, sid: &str, hosts: &[StreamHost], out: &mut BytesMut) {
    open_iq("set", from, to, sid, out);
    put(
        out,
        format_args!(
            "<query xmlns='{}' sid='{}' mode='tcp'>",
            ns::BYTESTREAMS,
            Value(sid)
        ),
    );
    for StreamHost { jid, host, port } in hosts {
        put(
            out,
            format_args!(
                "<streamhost jid='{}' host='{}' port='{port}'/>",
                Value(jid),
                Value(host)
            ),
        );
    }
    put(out, "</query></iq>");
}

/// Says which host was used.
pub fn stream_host_used(from: &str, to: &str, id: &str, sid: &str, jid: &str, out: &mut BytesMut) {
    open_iq("result", from, to, id, out);
    put(
        out,
        format_args!(
            "<query xmlns='{}' sid='{}'><streamhost-used jid='{}'/></query></iq>",
            ns::BYTESTREAMS,
            Value(sid),
            Value(jid)
        ),
    );
}

/// What we can do: disco#info with `features`.
pub fn disco_info(from: &str, to: &str, id: &str, features: &[&str], out: &mut BytesMut) {
    open_iq("result", from, to, id, out);
    put(
        out,
        format_args!(
            "<query xmlns='{}'><identity category='client' type='pc' name='Tincan'/>",
            ns::DISCO_INFO
        ),
    );
    for feature in features {
        put(out, format_args!("<feature var='{}'/>", Value(feature)));
    }
    put(out, "</query></iq>");
}

/// An error: `kind` is cancel, modify and so on; `code` the old number.
pub fn error(
    from: &str,
    to: &str,
    id: &str,
    kind: &str,
    code: u16,
    condition: &str,
    out: &mut BytesMut,
) {
    open_iq("error", from, to, id, out);
    put(
        out,
        format_args!(
            "<error type='{}' code='{code}'><{} xmlns='{}'/></error></iq>",
            Value(kind),
            name(condition),
            ns::STANZAS
        ),
    );
}

fn open_message(from: &str, to: &str, out: &mut BytesMut) {
    put(
        out,
        format_args!(
            "<message from='{}' to='{}' type='chat'",
            Value(from),
            Value(to)
        ),
    );
}

fn open_iq(kind: &str, from: &str, to: &str, id: &str, out: &mut BytesMut) {
    put(
        out,
        format_args!(
            "<iq type='{kind}' from='{}' to='{}' id='{}'>",
            Value(from),
            Value(to),
            Value(id)
        ),
    );
}

fn put(out: &mut BytesMut, what: impl Display) {
    // `BytesMut` grows, so writing to it cannot fail.
    let _ = write!(out, "{what}");
}

/// `condition` as the name of an element: what is no condition's name becomes the general one.
fn name(condition: &str) -> &str {
    let is_name = !condition.is_empty()
        && condition
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'-')
        && !condition.starts_with('-');
    if is_name {
        condition
    } else {
        "undefined-condition"
    }
}

/// Text between tags: line feeds and tabs as they are.
struct Content<'a>(&'a str);

impl Display for Content<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        escape(self.0, f, |c| match c {
            '\r' => Some("&#13;"),
            _ => None,
        })
    }
}

/// An attribute's value, in quotes of either kind: a parser makes spaces of breaks as they are.
struct Value<'a>(&'a str);

impl Display for Value<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        escape(self.0, f, |c| match c {
            '\t' => Some("&#9;"),
            '\n' => Some("&#10;"),
            '\r' => Some("&#13;"),
            _ => None,
        })
    }
}

/// Text as HTML has it: a break of any kind is an element.
struct Lines<'a>(&'a str);

impl Display for Lines<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let broken = |c| (c == '\r').then_some(BREAK);
        let mut rest = self.0;
        while let Some((line, after)) = rest.split_once('\n') {
            escape(line.strip_suffix('\r').unwrap_or(line), f, broken)?;
            f.write_str(BREAK)?;
            rest = after;
        }
        escape(rest, f, broken)
    }
}

const BREAK: &str = "<br/>";

/// Writes `text` with what XML keeps for itself as references, what `more` knows as it says, and
/// U+FFFD for what XML forbids even as a reference.
fn escape(
    text: &str,
    f: &mut Formatter<'_>,
    more: impl Fn(char) -> Option<&'static str>,
) -> fmt::Result {
    let mut written = 0;
    for (at, c) in text.char_indices() {
        let instead = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '\'' => "&apos;",
            '"' => "&quot;",
            '\t' | '\n' | '\r' => match more(c) {
                Some(instead) => instead,
                None => continue,
            },
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "\u{fffd}",
            _ => continue,
        };
        f.write_str(text.get(written..at).unwrap_or_default())?;
        f.write_str(instead)?;
        written = at + c.len_utf8();
    }
    f.write_str(text.get(written..).unwrap_or_default())
}
