//! An item's meaning, of all services that we know, and its bytes.

use bytes::{BufMut, Bytes, BytesMut};
use thiserror::Error;

use crate::ban_list::BanList;
use crate::bandwidth::Bandwidth;
use crate::chat::Chat;
use crate::discovery::Discovery;
use crate::file_lists::FileLists;
use crate::file_transfer::FileTransfer;
use crate::frame::{HEADER, ITEM_VERSION, RawItem};
use crate::mail::Mail;
use crate::rtt::Rtt;
use crate::service_info::{Service, ServiceList};
use crate::status::Status;
use crate::tlv::{Reader, size};
use crate::{bandwidth, chat, discovery, file_lists, file_transfer, heartbeat, mail};
use crate::{service_info, status};

/// One item, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// What the sender offers.
    ServiceInfo(ServiceList),
    /// The sender is alive.
    Heartbeat,
    /// A measurement of the time there and back.
    Rtt(Rtt),
    /// Whether the person is there.
    Status(Status),
    /// How much the sender would like to get.
    Bandwidth(Bandwidth),
    /// Address ranges that the sender does not like. Not understood, and never acted on.
    BanList(BanList),
    /// Who else is there, and where.
    Discovery(Discovery),
    /// Words.
    Chat(Chat),
    /// A letter.
    Mail(Mail),
    /// A piece of a file, or a question about one.
    FileTransfer(FileTransfer),
    /// What is in a shared folder.
    FileLists(FileLists),
    /// Something of a service or subtype that we do not know. Writing it writes an empty body.
    Unknown {
        /// Its service.
        service: u16,
        /// Its number within the service.
        subtype: u8,
    },
}

impl Item {
    /// What the item means.
    pub fn decode(raw: RawItem) -> Result<Self, ItemError> {
        let RawItem {
            service,
            subtype,
            body,
        } = raw;
        understand(service, subtype, body).map_err(|what| ItemError {
            service,
            subtype,
            what,
        })
    }

    /// Writes the whole item, header included. Its fields must be bounded by whoever made it: what is
    /// larger than [`crate::frame::MAX_ITEM`] is refused by every receiver.
    pub fn encode(&self, out: &mut BytesMut) {
        put_item(self.service(), self.subtype(), out, |out| {
            self.encode_body(out);
        });
    }

    /// The service that the item belongs to.
    pub fn service(&self) -> u16 {
        match self {
            Self::ServiceInfo(_) => Service::SERVICE_INFO,
            Self::Heartbeat => Service::HEARTBEAT,
            Self::Rtt(_) => Service::RTT,
            Self::Status(_) => Service::STATUS,
            Self::Bandwidth(_) => Service::BANDWIDTH,
            Self::BanList(_) => Service::BAN_LIST,
            Self::Discovery(_) => Service::DISCOVERY,
            Self::Chat(_) => Service::CHAT,
            Self::Mail(_) => Service::MAIL,
            Self::FileTransfer(_) => Service::FILE_TRANSFER,
            Self::FileLists(_) => Service::FILE_LISTS,
            Self::Unknown { service, .. } => *service,
        }
    }

    /// The number of the item within its service.
    pub fn subtype(&self) -> u8 {
        match self {
            Self::ServiceInfo(_) => service_info::SUBTYPE,
            Self::Heartbeat => heartbeat::SUBTYPE,
            Self::Rtt(rtt) => rtt.subtype(),
            Self::Status(_) => status::SUBTYPE,
            Self::Bandwidth(_) => bandwidth::SUBTYPE,
            Self::BanList(list) => list.subtype,
            Self::Discovery(discovery) => discovery.subtype(),
            Self::Chat(chat) => chat.subtype(),
            Self::Mail(_) => mail::SUBTYPE,
            Self::FileTransfer(transfer) => transfer.subtype(),
            Self::FileLists(lists) => lists.subtype(),
            Self::Unknown { subtype, .. } => *subtype,
        }
    }

    fn encode_body(&self, out: &mut BytesMut) {
        match self {
            Self::ServiceInfo(list) => list.encode(out),
            Self::Heartbeat | Self::Unknown { .. } => {}
            Self::Rtt(rtt) => rtt.encode(out),
            Self::Status(status) => status.encode(out),
            Self::Bandwidth(bandwidth) => bandwidth.encode(out),
            Self::BanList(list) => out.extend_from_slice(&list.body),
            Self::Discovery(discovery) => discovery.encode(out),
            Self::Chat(chat) => chat.encode(out),
            Self::Mail(mail) => mail.encode(out),
            Self::FileTransfer(transfer) => transfer.encode(out),
            Self::FileLists(lists) => lists.encode(out),
        }
    }
}

/// An item that is not what its service and subtype promise. The sender is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("malformed item {subtype:#04x} of service {service:#06x}: {what}")]
pub struct ItemError {
    /// Its service.
    pub service: u16,
    /// Its number within the service.
    pub subtype: u8,
    /// What is wrong with it.
    pub what: Malformed,
}

/// What is wrong with some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// It ends before a field does.
    #[error("it ends within a field")]
    Truncated,
    /// A field's length does not even cover the field's own header.
    #[error("field {kind:#06x} has an impossible length")]
    Length {
        /// The field's type.
        kind: u16,
    },
    /// Another field than the one that belongs there.
    #[error("field {found:#06x} where {expected:#06x} belongs")]
    Kind {
        /// The type that belongs there.
        expected: u16,
        /// The type that is there.
        found: u16,
    },
    /// More elements are announced than the bytes can hold.
    #[error("it announces more elements than it holds")]
    Count,
    /// A number that has no meaning there.
    #[error("the number {0} has no meaning there")]
    Value(u32),
}

/// Writes an item's header around whatever the closure writes.
pub(crate) fn put_item(
    service: u16,
    subtype: u8,
    out: &mut BytesMut,
    body: impl FnOnce(&mut BytesMut),
) {
    let start = out.len();
    put_header(service, subtype, 0, out);
    body(out);
    let length = size(out.len() - start);
    out[start + 4..start + HEADER].copy_from_slice(&length.to_be_bytes());
}

/// Writes an item's header; `total` includes it.
pub(crate) fn put_header(service: u16, subtype: u8, total: usize, out: &mut BytesMut) {
    out.put_u8(ITEM_VERSION);
    out.put_u16(service);
    out.put_u8(subtype);
    out.put_u32(size(total));
}

fn understand(service: u16, subtype: u8, body: Bytes) -> Result<Item, Malformed> {
    let unknown = Item::Unknown { service, subtype };
    let known = match (service, subtype) {
        (Service::SERVICE_INFO, service_info::SUBTYPE) => {
            Some(Item::ServiceInfo(ServiceList::decode(Reader::new(body))?))
        }
        (Service::HEARTBEAT, heartbeat::SUBTYPE) => Some(Item::Heartbeat),
        (Service::RTT, _) => Rtt::decode(subtype, Reader::new(body))?.map(Item::Rtt),
        (Service::STATUS, status::SUBTYPE) => {
            Some(Item::Status(Status::decode(Reader::new(body))?))
        }
        (Service::BANDWIDTH, bandwidth::SUBTYPE) => {
            Some(Item::Bandwidth(Bandwidth::decode(Reader::new(body))?))
        }
        (Service::BAN_LIST, _) => Some(Item::BanList(BanList { subtype, body })),
        (Service::DISCOVERY, _) => {
            discovery::decode(subtype, Reader::new(body))?.map(Item::Discovery)
        }
        (Service::CHAT, _) => chat::decode(subtype, Reader::new(body))?.map(Item::Chat),
        (Service::MAIL, mail::SUBTYPE) => Some(Item::Mail(Mail::decode(Reader::new(body))?)),
        (Service::FILE_TRANSFER, _) => {
            file_transfer::decode(subtype, Reader::new(body))?.map(Item::FileTransfer)
        }
        (Service::FILE_LISTS, _) => {
            file_lists::decode(subtype, Reader::new(body))?.map(Item::FileLists)
        }
        _ => None,
    };
    Ok(known.unwrap_or(unknown))
}
