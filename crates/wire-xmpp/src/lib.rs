//! XML streams as link-local messaging has them (XEP-0174, RFC 6120), as bytes.
//!
//! | module | what |
//! |---|---|
//! | [`Reader`] | a stream's bytes become a header, elements, an end |
//! | [`Element`] | a tree, small and bounded |
//! | [`stanza`] | what elements mean: messages, queries, features, negotiation |
//! | [`encode`] | what we write |
//! | [`socks`] | SOCKS5 as byte streams for files use it (XEP-0065) |

mod element;
pub mod encode;
pub mod fuzz;
mod reader;
pub mod socks;
pub mod stanza;

pub use element::{Element, Node};
pub use reader::{Header, Item, Limits, MAX_ATTRIBUTES, MAX_TOKEN, MAX_TREE, ReadError, Reader};

/// Names of the spaces that elements live in.
pub mod ns {
    /// Stanzas.
    pub const CLIENT: &str = "jabber:client";
    /// The stream's own elements.
    pub const STREAM: &str = "http://etherx.jabber.org/streams";
    /// Switching to TLS (RFC 6120 section 5).
    pub const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
    /// Authentication (RFC 6120 section 6).
    pub const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
    /// Formatted text beside a body; what Pidgin and iChat want.
    pub const XHTML: &str = "http://www.w3.org/1999/xhtml";
    /// Message events: typing, as old clients have it (XEP-0022).
    pub const EVENT: &str = "jabber:x:event";
    /// Chat states: typing, as newer clients have it (XEP-0085).
    pub const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";
    /// Receipts (XEP-0184).
    pub const RECEIPTS: &str = "urn:xmpp:receipts";
    /// Stream initiation (XEP-0095).
    pub const SI: &str = "http://jabber.org/protocol/si";
    /// Its profile for files (XEP-0096).
    pub const SI_FILE: &str = "http://jabber.org/protocol/si/profile/file-transfer";
    /// Feature negotiation (XEP-0020).
    pub const FEATURE_NEG: &str = "http://jabber.org/protocol/feature-neg";
    /// Forms (XEP-0004).
    pub const DATA: &str = "jabber:x:data";
    /// SOCKS5 byte streams (XEP-0065).
    pub const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";
    /// The same with TLS behind the SOCKS5 reply; spoken only between two of ours.
    pub const BYTESTREAMS_TLS: &str = "urn:tincan:lan:bytestreams-tls:0";
    /// What an entity can do (XEP-0030).
    pub const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
    /// A file to be had by HTTP, as Adium and iChat offer it (XEP-0066).
    pub const OOB: &str = "jabber:x:oob";
    /// What went wrong with a stanza.
    pub const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
    /// What went wrong with a stream.
    pub const STREAMS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
}
