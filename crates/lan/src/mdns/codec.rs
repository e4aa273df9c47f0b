//! Messages of multicast DNS as bytes, over the names of `hickory-proto`.
//!
//! Names are lists of labels, and labels are bytes: an instance may hold dots, so no name is ever
//! made from text. What cannot be read is no message; records of types that presence does not use
//! are skipped unread.

use core::net::{Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use hickory_proto::op::{Message as WireMessage, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::{A, AAAA, NULL, PTR, SRV};
use hickory_proto::rr::{RData, Record as WireRecord, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

pub(super) use hickory_proto::rr::Name;

use crate::Instance;

/// Record types that presence uses (RFC 1035, RFC 3596, RFC 2782).
pub(super) const A_TYPE: u16 = 1;
pub(super) const NULL_TYPE: u16 = 10;
pub(super) const PTR_TYPE: u16 = 12;
pub(super) const TXT_TYPE: u16 = 16;
pub(super) const AAAA_TYPE: u16 = 28;
pub(super) const SRV_TYPE: u16 = 33;
/// Whatever there is; only in questions.
pub(super) const ANY_TYPE: u16 = 255;

/// Records and questions read from one message, at most: a whole network of contacts answers in
/// fewer, and a message of 64 KiB cannot make us work on more.
const MAX_ENTRIES: usize = 1_024;

const SERVICE: [&str; 3] = ["_presence", "_tcp", "local"];

const HEADER_BYTES: usize = 12;
const RESPONSE_BIT: u16 = 0x8000;
const TRUNCATED_BIT: u16 = 0x0200;
/// Operation and result code: RFC 6762 has neither (18.3, 18.11).
const NOT_FOR_US: u16 = 0x780F;
const CLASS_IN: u16 = 1;
const CLASS_ANY: u16 = 255;
/// The highest bit of a class: cache flush in a record, unicast answer wished in a question.
const TOP_BIT: u16 = 0x8000;

/// A message, without what nobody looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// 0 but for legacy queries.
    pub(super) id: u16,
    /// Whether it answers.
    pub(super) is_response: bool,
    /// In a query: more known answers follow.
    pub(super) is_truncated: bool,
    /// What is asked.
    pub(super) questions: Vec<Question>,
    /// Answers; in a query: what the asker knows.
    pub(super) answers: Vec<Record>,
    /// In a probe: what the asker is about to claim.
    pub(super) authorities: Vec<Record>,
    /// What the asker will ask next.
    pub(super) additionals: Vec<Record>,
}

/// One question of class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// About whom.
    pub(super) name: Name,
    /// Which type.
    pub(super) kind: u16,
    /// Whether an answer by unicast is wished for (QU).
    pub(super) is_unicast: bool,
}

/// One record of class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Whose.
    pub(super) name: Name,
    /// Its life in seconds; 0: goodbye.
    pub(super) ttl: u32,
    /// Whether it replaces all others of its name and type.
    pub(super) is_flush: bool,
    /// What it says.
    pub(super) data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// Another name.
    Ptr(Name),
    /// Where a service is.
    Srv(Srv),
    /// Strings, each behind its length.
    Txt(Bytes),
    /// Anything: a picture.
    Null(Bytes),
    /// A type that presence does not use.
    Other(u16),
}

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Srv {
    /// Lower is better.
    pub(super) priority: u16,
    /// Share among equals.
    pub(super) weight: u16,
    /// TCP port.
    pub(super) port: u16,
    /// Which host.
    pub(super) target: Name,
}

impl Message {
    /// An answer with no id.
    pub(super) fn response(answers: Vec<Record>) -> Self {
        Self {
            is_response: true,
            answers,
            ..Self::default()
        }
    }

    /// A query with no id.
    pub(super) fn query(questions: Vec<Question>) -> Self {
        Self {
            questions,
            ..Self::default()
        }
    }

    /// Reads any bytes; `None`: they are no message of multicast DNS.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = BinDecoder::new(bytes);
        let header = decoder.read_slice(HEADER_BYTES).ok()?.unverified();
        let word = |at: usize| Some(u16::from_be_bytes([*header.get(at)?, *header.get(at + 1)?]));
        let flags = word(2)?;
        if flags & NOT_FOR_US != 0 {
            return None;
        }
        let counts = [word(4)?, word(6)?, word(8)?, word(10)?].map(usize::from);
        if counts.iter().sum::<usize>() > MAX_ENTRIES {
            return None;
        }
        let [questions, answers, authorities, additionals] = counts;
        Some(Self {
            id: word(0)?,
            is_response: flags & RESPONSE_BIT != 0,
            is_truncated: flags & TRUNCATED_BIT != 0,
            questions: read_questions(&mut decoder, questions)?,
            answers: read_records(&mut decoder, answers)?,
            authorities: read_records(&mut decoder, authorities)?,
            additionals: read_records(&mut decoder, additionals)?,
        })
    }

    /// The bytes; `None`: they do not fit 65,535 bytes.
    pub(super) fn encode(&self) -> Option<Bytes> {
        let kind = if self.is_response {
            MessageType::Response
        } else {
            MessageType::Query
        };
        let mut message = WireMessage::new(self.id, kind, OpCode::Query);
        message.metadata.authoritative = self.is_response;
        message.metadata.truncation = self.is_truncated;
        message.queries = self.questions.iter().map(Question::to_wire).collect();
        message.answers = to_wire(&self.answers);
        message.authorities = to_wire(&self.authorities);
        message.additionals = to_wire(&self.additionals);
        message.to_vec().ok().map(Bytes::from)
    }
}

impl Question {
    /// Asks the group.
    pub(super) fn new(name: &Name, kind: u16) -> Self {
        Self {
            name: name.clone(),
            kind,
            is_unicast: false,
        }
    }

    /// Asks the group for an answer by unicast.
    pub(super) fn unicast(name: &Name, kind: u16) -> Self {
        Self {
            is_unicast: true,
            ..Self::new(name, kind)
        }
    }

    /// Whether a record of this type answers.
    pub(super) const fn takes(&self, kind: u16) -> bool {
        self.kind == kind || self.kind == ANY_TYPE
    }

    fn to_wire(&self) -> Query {
        let mut query = Query::query(self.name.clone(), RecordType::from(self.kind));
        query.set_mdns_unicast_response(self.is_unicast);
        query
    }
}

impl Record {
    /// Shared with others who may have records of this name and type.
    pub(super) fn shared(name: &Name, ttl: u32, data: Data) -> Self {
        Self {
            name: name.clone(),
            ttl,
            is_flush: false,
            data,
        }
    }

    /// The only one of its name and type, or all of them together.
    pub(super) fn unique(name: &Name, ttl: u32, data: Data) -> Self {
        Self {
            is_flush: true,
            ..Self::shared(name, ttl, data)
        }
    }

    /// Whether both say the same, whatever their life.
    pub(super) fn says(&self, other: &Self) -> bool {
        self.data == other.data && self.name == other.name
    }
}

impl Data {
    /// The type.
    pub(super) const fn kind(&self) -> u16 {
        match self {
            Self::A(_) => A_TYPE,
            Self::Aaaa(_) => AAAA_TYPE,
            Self::Ptr(_) => PTR_TYPE,
            Self::Srv(_) => SRV_TYPE,
            Self::Txt(_) => TXT_TYPE,
            Self::Null(_) => NULL_TYPE,
            Self::Other(kind) => *kind,
        }
    }

    /// The bytes without compression, as RFC 6762 8.2 compares them.
    pub(super) fn to_plain(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::A(address) => bytes.extend(address.octets()),
            Self::Aaaa(address) => bytes.extend(address.octets()),
            Self::Ptr(name) => push_name(&mut bytes, name),
            Self::Srv(srv) => {
                for word in [srv.priority, srv.weight, srv.port] {
                    bytes.extend(word.to_be_bytes());
                }
                push_name(&mut bytes, &srv.target);
            }
            Self::Txt(data) | Self::Null(data) => bytes.extend(data),
            Self::Other(_) => {}
        }
        bytes
    }

    /// `None`: not a type that we publish.
    fn to_wire(&self) -> Option<RData> {
        match self {
            Self::A(address) => Some(RData::A(A(*address))),
            Self::Aaaa(address) => Some(RData::AAAA(AAAA(*address))),
            Self::Ptr(name) => Some(RData::PTR(PTR(name.clone()))),
            Self::Srv(srv) => Some(RData::SRV(SRV::new(
                srv.priority,
                srv.weight,
                srv.port,
                srv.target.clone(),
            ))),
            Self::Txt(data) | Self::Null(data) if data.is_empty() => None,
            Self::Txt(data) => Some(RData::Unknown {
                code: RecordType::TXT,
                rdata: NULL::with(data.to_vec()),
            }),
            Self::Null(data) => Some(RData::NULL(NULL::with(data.to_vec()))),
            Self::Other(_) => None,
        }
    }
}

/// The data of a TXT record: a single empty string where there is none (RFC 6763, 6.1).
pub(super) fn txt_data(strings: &[Vec<u8>]) -> Bytes {
    let mut data = Vec::new();
    for string in strings {
        let cut = string.get(..255).unwrap_or(string);
        data.push(cut.len() as u8);
        data.extend(cut);
    }
    if data.is_empty() {
        data.push(0);
    }
    Bytes::from(data)
}

/// The strings of a TXT record, up to the first that is not whole.
pub(crate) fn txt_strings(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first()?;
        let (string, behind) = behind.split_at_checked(usize::from(*length))?;
        rest = behind;
        Some(string)
    })
}

/// `_presence._tcp.local`
pub(super) fn service_name() -> Name {
    fixed(&SERVICE)
}

/// `_services._dns-sd._udp.local`, where service types are listed (RFC 6763, 9).
pub(super) fn types_name() -> Name {
    fixed(&["_services", "_dns-sd", "_udp", "local"])
}

/// `label.local`; `None`: it is no label.
pub(super) fn host_name(label: &str) -> Option<Name> {
    Name::from_labels([label.as_bytes(), b"local"]).ok()
}

/// `instance._presence._tcp.local`
pub(super) fn instance_name(instance: &Instance) -> Name {
    service_name()
        .prepend_label(instance.as_str().as_bytes())
        .expect("an instance fits a label, and the rest is short")
}

/// Who it is; `None`: not an instance of ours, or none that can be shown.
pub(super) fn instance_of(name: &Name) -> Option<Instance> {
    let mut labels = name.iter();
    let first = labels.next()?;
    is_service(labels)
        .then(|| core::str::from_utf8(first).ok())
        .flatten()
        .and_then(Instance::new)
}

/// Whether it is the service itself, whose PTR records name everybody.
pub(super) fn is_service_name(name: &Name) -> bool {
    is_service(name.iter())
}

fn is_service<'a>(labels: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut expected = SERVICE.iter();
    let is_equal = |label: &[u8]| {
        let other = expected.next();
        other.is_some_and(|other| label.eq_ignore_ascii_case(other.as_bytes()))
    };
    labels.map(is_equal).fold(true, |all, one| all & one) && expected.next().is_none()
}

/// Whether multicast DNS is responsible for it.
pub(super) fn is_local(name: &Name) -> bool {
    name.num_labels() >= 2
        && name
            .iter()
            .next_back()
            .is_some_and(|last| last.eq_ignore_ascii_case(b"local"))
}

fn fixed(labels: &[&str]) -> Name {
    Name::from_labels(labels.iter().map(|label| label.as_bytes())).expect("labels of ours fit")
}

fn push_name(bytes: &mut Vec<u8>, name: &Name) {
    for label in name {
        bytes.push(label.len() as u8);
        bytes.extend(label.iter().map(u8::to_ascii_lowercase));
    }
    bytes.push(0);
}

fn to_wire(records: &[Record]) -> Vec<WireRecord> {
    records
        .iter()
        .filter_map(|record| {
            let data = record.data.to_wire()?;
            let mut wire = WireRecord::from_rdata(record.name.clone(), record.ttl, data);
            wire.mdns_cache_flush = record.is_flush;
            Some(wire)
        })
        .collect()
}

fn read_questions(decoder: &mut BinDecoder<'_>, count: usize) -> Option<Vec<Question>> {
    let mut questions = Vec::new();
    for _ in 0..count {
        let name = Name::read(decoder).ok()?;
        let kind = read_word(decoder)?;
        let class = read_word(decoder)?;
        if matches!(class & !TOP_BIT, CLASS_IN | CLASS_ANY) {
            questions.push(Question {
                name,
                kind,
                is_unicast: class & TOP_BIT != 0,
            });
        }
    }
    Some(questions)
}

fn read_records(decoder: &mut BinDecoder<'_>, count: usize) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    for _ in 0..count {
        let name = Name::read(decoder).ok()?;
        let kind = read_word(decoder)?;
        let class = read_word(decoder)?;
        let ttl = decoder.read_u32().ok()?.unverified();
        let length = usize::from(read_word(decoder)?);
        let end = decoder.index() + length;
        let data = read_data(decoder, kind, length)?;
        if decoder.index() != end {
            return None;
        }
        if class & !TOP_BIT == CLASS_IN {
            records.push(Record {
                name,
                ttl,
                is_flush: class & TOP_BIT != 0,
                data,
            });
        }
    }
    Some(records)
}

fn read_data(decoder: &mut BinDecoder<'_>, kind: u16, length: usize) -> Option<Data> {
    if kind == PTR_TYPE {
        return Name::read(decoder).ok().map(Data::Ptr);
    }
    if kind == SRV_TYPE {
        return Some(Data::Srv(Srv {
            priority: read_word(decoder)?,
            weight: read_word(decoder)?,
            port: read_word(decoder)?,
            target: Name::read(decoder).ok()?,
        }));
    }
    let bytes = decoder.read_slice(length).ok()?.unverified();
    match kind {
        A_TYPE => Some(Data::A(<[u8; 4]>::try_from(bytes).ok()?.into())),
        AAAA_TYPE => Some(Data::Aaaa(<[u8; 16]>::try_from(bytes).ok()?.into())),
        TXT_TYPE => Some(Data::Txt(Bytes::copy_from_slice(bytes))),
        NULL_TYPE => Some(Data::Null(Bytes::copy_from_slice(bytes))),
        other => Some(Data::Other(other)),
    }
}

fn read_word(decoder: &mut BinDecoder<'_>) -> Option<u16> {
    decoder.read_u16().ok().map(|word| word.unverified())
}
