//! Shared folders: asking for one, and what is in it.
//!
//! A folder's listing is a payload of *sections* (tag, length as in [`crate::packets`], value). A payload
//! above [`PART_MAX`] is cut into several responses, all with [`flags::PARTIAL`], the last one also with
//! [`flags::PARTIAL_END`]; each carries the SHA-1 of the whole payload.

use bytes::{BufMut, Bytes, BytesMut};
use sha1::{Digest, Sha1};

use crate::ids::{DirHash, FileHash};
use crate::item::Malformed;
use crate::packets::{put_packet, take_packet};
use crate::tlv::{Reader, kind, put_block, put_tlv_bytes, size};

const SYNC_REQUEST: u8 = 0x01;
const SYNC_RESPONSE: u8 = 0x02;
const BANNED_HASHES: u8 = 0x04;

/// Where real nodes cut a payload, in bytes.
pub const PART_MAX: usize = 20_000;

/// How many bytes of a payload are worth putting together: some 30,000 files in one folder.
pub const PAYLOAD_MAX: usize = 4 << 20;

/// What the flags of requests and responses mean.
pub mod flags {
    /// It is a request.
    pub const REQUEST: u32 = 0x01;
    /// It is a response.
    pub const RESPONSE: u32 = 0x02;
    /// There is a listing in it.
    pub const CONTENT: u32 = 0x04;
    /// Nothing has changed since.
    pub const UP_TO_DATE: u32 = 0x08;
    /// There is no such folder any more.
    pub const REMOVED: u32 = 0x10;
    /// A part of a listing.
    pub const PARTIAL: u32 = 0x20;
    /// The last part of a listing.
    pub const PARTIAL_END: u32 = 0x40;
}

/// An item of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileLists {
    /// Asks for a folder.
    SyncRequest(SyncRequest),
    /// Answers a request.
    SyncResponse(SyncResponse),
    /// Hashes of hashes of files that the sender does not want.
    BannedHashes {
        /// Changes with the list.
        session: u32,
        /// The hashes.
        hashes: Vec<FileHash>,
    },
}

/// Asks for a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncRequest {
    /// Which folder.
    pub dir: DirHash,
    /// [`flags::REQUEST`].
    pub flags: u32,
    /// The newest time of anything beneath it that the asker knows of; 0 for nothing.
    pub known_time: u32,
    /// Comes back in the response.
    pub request: u64,
}

/// Answers a request, or is a part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncResponse {
    /// Which folder.
    pub dir: DirHash,
    /// The SHA-1 of the whole payload.
    pub payload_hash: [u8; 20],
    /// See [`flags`].
    pub flags: u32,
    /// The newest time of anything beneath the folder.
    pub time: u32,
    /// The request's number.
    pub request: u64,
    /// A listing, or a part of one: see [`DirEntry::decode`].
    pub payload: Bytes,
}

/// What is in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirEntry {
    /// The folder's name; empty for the one above everything.
    pub name: String,
    /// The newest time of anything beneath it, in seconds since 1970.
    pub recursive_time: u32,
    /// When it was changed itself, in seconds since 1970.
    pub time: u32,
    /// The folders in it.
    pub subdirs: Vec<DirHash>,
    /// The files in it.
    pub files: Vec<FileEntry>,
}

/// A file in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-1.
    pub hash: FileHash,
    /// When it was changed, in seconds since 1970.
    pub time: u32,
}

/// The SHA-1 of a whole payload: what [`SyncResponse::payload_hash`] must be.
pub fn payload_hash(payload: &[u8]) -> [u8; 20] {
    Sha1::digest(payload).into()
}

impl FileLists {
    pub(crate) fn subtype(&self) -> u8 {
        match self {
            Self::SyncRequest(_) => SYNC_REQUEST,
            Self::SyncResponse(_) => SYNC_RESPONSE,
            Self::BannedHashes { .. } => BANNED_HASHES,
        }
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::SyncRequest(request) => {
                out.extend_from_slice(request.dir.as_bytes());
                out.put_u32(request.flags);
                out.put_u32(request.known_time);
                out.put_u64(request.request);
            }
            Self::SyncResponse(response) => {
                out.extend_from_slice(response.dir.as_bytes());
                out.extend_from_slice(&response.payload_hash);
                out.put_u32(response.flags);
                out.put_u32(response.time);
                out.put_u64(response.request);
                put_tlv_bytes(kind::LISTING, &response.payload, out);
            }
            Self::BannedHashes { session, hashes } => {
                out.put_u32(*session);
                out.put_u32(size(hashes.len()));
                hashes
                    .iter()
                    .for_each(|hash| out.extend_from_slice(hash.as_bytes()));
            }
        }
    }
}

pub(crate) fn decode(subtype: u8, mut from: Reader) -> Result<Option<FileLists>, Malformed> {
    Ok(match subtype {
        SYNC_REQUEST => Some(FileLists::SyncRequest(SyncRequest {
            dir: DirHash::from_bytes(from.array()?),
            flags: from.u32()?,
            known_time: from.u32()?,
            request: from.u64()?,
        })),
        SYNC_RESPONSE => Some(FileLists::SyncResponse(SyncResponse {
            dir: DirHash::from_bytes(from.array()?),
            payload_hash: from.array()?,
            flags: from.u32()?,
            time: from.u32()?,
            request: from.u64()?,
            payload: from.any()?.1.rest(),
        })),
        BANNED_HASHES => Some(banned(from)?),
        _ => None,
    })
}

fn banned(mut from: Reader) -> Result<FileLists, Malformed> {
    let session = from.u32()?;
    let count = from.count(FileHash::SIZE)?;
    let mut hashes = Vec::with_capacity(count);
    for _ in 0..count {
        hashes.push(FileHash::from_bytes(from.array()?));
    }
    Ok(FileLists::BannedHashes { session, hashes })
}

impl SyncResponse {
    /// Whether the listing is in one piece.
    pub fn is_whole(&self) -> bool {
        self.flags & flags::PARTIAL == 0
    }

    /// Whether no more parts of the listing follow.
    pub fn is_last(&self) -> bool {
        self.is_whole() || self.flags & flags::PARTIAL_END != 0
    }

    /// An answer without a listing: [`flags::UP_TO_DATE`] or [`flags::REMOVED`].
    pub fn bare(request: &SyncRequest, flags: u32, time: u32) -> Self {
        Self {
            dir: request.dir,
            payload_hash: payload_hash(&[]),
            flags: flags | flags::RESPONSE,
            time,
            request: request.request,
            payload: Bytes::new(),
        }
    }
}

impl DirEntry {
    /// The payload of the folder.
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        put_text(tag::DIR_NAME, &self.name, &mut out);
        put_u32(tag::RECURSIVE_TIME, self.recursive_time, &mut out);
        put_u32(tag::TIME, self.time, &mut out);
        put_u32(tag::NUMBER, size(self.subdirs.len()), &mut out);
        put_u32(tag::NUMBER, size(self.files.len()), &mut out);
        for dir in &self.subdirs {
            put_packet(tag::SUBDIR, dir.as_bytes(), &mut out);
        }
        let mut section = BytesMut::new();
        for file in &self.files {
            section.clear();
            put_text(tag::FILE_NAME, &file.name, &mut section);
            put_packet(tag::FILE_SIZE, &file.size.to_be_bytes(), &mut section);
            put_packet(tag::FILE_HASH, file.hash.as_bytes(), &mut section);
            put_u32(tag::TIME, file.time, &mut section);
            put_packet(tag::FILE, &section, &mut out);
        }
        out.freeze()
    }

    /// The responses that carry the folder: one, or as many as it needs.
    pub fn responses(&self, dir: DirHash, request: u64) -> Vec<SyncResponse> {
        let payload = self.encode();
        let payload_hash = payload_hash(&payload);
        payload_parts(&payload)
            .into_iter()
            .map(|(payload, part)| SyncResponse {
                dir,
                payload_hash,
                flags: flags::RESPONSE | flags::CONTENT | part,
                time: self.recursive_time,
                request,
                payload,
            })
            .collect()
    }

    /// Reads a whole payload.
    pub fn decode(payload: &[u8]) -> Result<Self, Malformed> {
        let mut left = payload;
        let mut entry = Self {
            name: text(&mut left, tag::DIR_NAME)?,
            recursive_time: u32_of(&mut left, tag::RECURSIVE_TIME)?,
            time: u32_of(&mut left, tag::TIME)?,
            ..Self::default()
        };
        let subdirs = u32_of(&mut left, tag::NUMBER)? as usize;
        let files = u32_of(&mut left, tag::NUMBER)? as usize;
        // Nothing is reserved for what was not sent.
        if subdirs > left.len() / (2 + DirHash::SIZE) || files > left.len() / FILE_MIN {
            return Err(Malformed::Count);
        }
        for _ in 0..subdirs {
            let bytes = section(&mut left, tag::SUBDIR)?;
            entry
                .subdirs
                .push(DirHash::from_slice(bytes).ok_or(Malformed::Truncated)?);
        }
        for _ in 0..files {
            entry
                .files
                .push(FileEntry::decode(section(&mut left, tag::FILE)?)?);
        }
        Ok(entry)
    }
}

impl FileEntry {
    fn decode(mut from: &[u8]) -> Result<Self, Malformed> {
        Ok(Self {
            name: text(&mut from, tag::FILE_NAME)?,
            size: u64::from_be_bytes(array(section(&mut from, tag::FILE_SIZE)?)?),
            hash: FileHash::from_bytes(array(section(&mut from, tag::FILE_HASH)?)?),
            time: u32_of(&mut from, tag::TIME)?,
        })
    }
}

/// A payload in the parts that it travels in, each with the flags that say so.
pub fn payload_parts(payload: &Bytes) -> Vec<(Bytes, u32)> {
    if payload.len() <= PART_MAX {
        return vec![(payload.clone(), 0)];
    }
    let mut left = payload.clone();
    let mut parts = Vec::new();
    while left.len() > PART_MAX {
        parts.push((left.split_to(PART_MAX), flags::PARTIAL));
    }
    parts.push((left, flags::PARTIAL | flags::PARTIAL_END));
    parts
}

fn put_u32(tag: u8, value: u32, out: &mut BytesMut) {
    put_packet(tag, &value.to_be_bytes(), out);
}

fn put_text(tag: u8, text: &str, out: &mut BytesMut) {
    let mut raw = BytesMut::new();
    put_block(text.as_bytes(), &mut raw);
    put_packet(tag, &raw, out);
}

fn section<'a>(from: &mut &'a [u8], expected: u8) -> Result<&'a [u8], Malformed> {
    let (found, value) = take_packet(from).ok_or(Malformed::Truncated)?;
    if found == expected {
        Ok(value)
    } else {
        Err(Malformed::Kind {
            expected: u16::from(expected),
            found: u16::from(found),
        })
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.try_into().map_err(|_| Malformed::Truncated)
}

fn u32_of(from: &mut &[u8], tag: u8) -> Result<u32, Malformed> {
    Ok(u32::from_be_bytes(array(section(from, tag)?)?))
}

fn text(from: &mut &[u8], tag: u8) -> Result<String, Malformed> {
    let (length, bytes) = section(from, tag)?
        .split_first_chunk()
        .ok_or(Malformed::Truncated)?;
    let length = u32::from_be_bytes(*length) as usize;
    let bytes = bytes.get(..length).ok_or(Malformed::Truncated)?;
    Ok(crate::tlv::text(bytes))
}

/// Tags of sections.
mod tag {
    pub(super) const FILE: u8 = 0x13;
    pub(super) const FILE_HASH: u8 = 0x20;
    pub(super) const FILE_NAME: u8 = 0x21;
    pub(super) const FILE_SIZE: u8 = 0x22;
    pub(super) const TIME: u8 = 0x30;
    pub(super) const RECURSIVE_TIME: u8 = 0x31;
    pub(super) const SUBDIR: u8 = 0x40;
    pub(super) const DIR_NAME: u8 = 0x51;
    pub(super) const NUMBER: u8 = 0x62;
}

/// The smallest section of a file: headers, an empty name, size, hash, time.
const FILE_MIN: usize = 2 + (2 + 4) + (2 + 8) + (2 + 20) + (2 + 4);
