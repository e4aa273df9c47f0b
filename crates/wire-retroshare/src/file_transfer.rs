//! Pieces of files: which chunks somebody has, what is in them, and the hashes to check them by.
//!
//! A file is known by its SHA-1 and size. It is divided into chunks of [`CHUNK`] bytes, which have a
//! SHA-1 each. A downloader asks for a map with `is_client` false, and is answered with true ("for you,
//! the client").

use bytes::{BufMut, Bytes, BytesMut};

use crate::frame::HEADER;
use crate::ids::FileHash;
use crate::item::{Malformed, put_header};
use crate::service_info::Service;
use crate::tlv::{Reader, TLV_HEADER, kind};
use crate::tlv::{put_tlv, put_tlv_bytes, put_tlv_ids, put_tlv_u32, size};

const DATA_REQUEST: u8 = 0x01;
const DATA: u8 = 0x02;
const MAP_REQUEST: u8 = 0x04;
const MAP: u8 = 0x05;
const CHUNK_HASH_REQUEST: u8 = 0x08;
const CHUNK_HASH: u8 = 0x09;

/// How many bytes a chunk has; the last one of a file may have fewer.
pub const CHUNK: u64 = 1 << 20;

/// How many bytes of a file real nodes put into one item.
pub const DATA_MAX: usize = 240 * 1024;

/// An item of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileTransfer {
    /// Asks for a part of a file.
    DataRequest {
        /// Where the part begins.
        offset: u64,
        /// How many bytes it has; answered in several items if need be.
        length: u32,
        /// Of which file.
        file: FileItem,
    },
    /// A part of a file.
    Data {
        /// Of which file.
        file: FileItem,
        /// Where the part begins.
        offset: u64,
        /// Its bytes.
        data: Bytes,
    },
    /// Asks which chunks somebody has.
    MapRequest {
        /// Whether the asked one is the downloader.
        is_client: bool,
        /// Of which file.
        hash: FileHash,
    },
    /// Which chunks the sender has.
    Map {
        /// Whether the receiver is the downloader.
        is_client: bool,
        /// Of which file.
        hash: FileHash,
        /// Chunk `i` is bit `i % 32` of word `i / 32`: see [`ChunkMap`].
        words: Vec<u32>,
    },
    /// Asks for the hash of a chunk.
    ChunkHashRequest {
        /// Of which file.
        hash: FileHash,
        /// Which chunk, from 0.
        chunk: u32,
    },
    /// The hash of a chunk.
    ChunkHash {
        /// Of which file.
        hash: FileHash,
        /// Which chunk, from 0.
        chunk: u32,
        /// The chunk's SHA-1.
        sha1: [u8; 20],
    },
}

/// A file, as one is named in transfers and mail. Empty and zero fields are not sent, but for the
/// first two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileItem {
    /// How many bytes it has.
    pub size: u64,
    /// Its SHA-1.
    pub hash: FileHash,
    /// Its name.
    pub name: String,
    /// The folder that it is in.
    pub path: String,
    /// How many have it.
    pub popularity: u32,
    /// How old it is.
    pub age: u32,
    /// How large the pieces are that `pieces` are of.
    pub piece_size: u32,
    /// The SHA-1s of pieces; nothing of today sends any.
    pub pieces: Vec<FileHash>,
}

/// Which chunks of a file somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkMap {
    chunks: u64,
    words: Vec<u32>,
}

impl FileTransfer {
    pub(crate) fn subtype(&self) -> u8 {
        match self {
            Self::DataRequest { .. } => DATA_REQUEST,
            Self::Data { .. } => DATA,
            Self::MapRequest { .. } => MAP_REQUEST,
            Self::Map { .. } => MAP,
            Self::ChunkHashRequest { .. } => CHUNK_HASH_REQUEST,
            Self::ChunkHash { .. } => CHUNK_HASH,
        }
    }

    pub(crate) fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::DataRequest {
                offset,
                length,
                file,
            } => {
                out.put_u64(*offset);
                out.put_u32(*length);
                file.encode(out);
            }
            Self::Data { file, offset, data } => put_tlv(kind::FILE_PART, out, |out| {
                file.encode(out);
                put_tlv_bytes(kind::OFFSET, &offset.to_be_bytes(), out);
                put_tlv_bytes(kind::FILE_DATA, data, out);
            }),
            Self::MapRequest { is_client, hash } => {
                out.put_u8(u8::from(*is_client));
                out.extend_from_slice(hash.as_bytes());
            }
            Self::Map {
                is_client,
                hash,
                words,
            } => {
                out.put_u8(u8::from(*is_client));
                out.extend_from_slice(hash.as_bytes());
                out.put_u32(size(words.len()));
                words.iter().for_each(|word| out.put_u32(*word));
            }
            Self::ChunkHashRequest { hash, chunk } => {
                out.extend_from_slice(hash.as_bytes());
                out.put_u32(*chunk);
            }
            Self::ChunkHash { hash, chunk, sha1 } => {
                out.extend_from_slice(hash.as_bytes());
                out.put_u32(*chunk);
                out.extend_from_slice(sha1);
            }
        }
    }
}

pub(crate) fn decode(subtype: u8, mut from: Reader) -> Result<Option<FileTransfer>, Malformed> {
    Ok(match subtype {
        DATA_REQUEST => Some(FileTransfer::DataRequest {
            offset: from.u64()?,
            length: from.u32()?,
            file: FileItem::decode(from.tlv(kind::FILE_ITEM)?)?,
        }),
        DATA => Some(data(from.tlv(kind::FILE_PART)?)?),
        MAP_REQUEST => Some(FileTransfer::MapRequest {
            is_client: from.u8()? != 0,
            hash: FileHash::from_bytes(from.array()?),
        }),
        MAP => Some(map(from)?),
        CHUNK_HASH_REQUEST => Some(FileTransfer::ChunkHashRequest {
            hash: FileHash::from_bytes(from.array()?),
            chunk: from.u32()?,
        }),
        CHUNK_HASH => Some(FileTransfer::ChunkHash {
            hash: FileHash::from_bytes(from.array()?),
            chunk: from.u32()?,
            sha1: from.array()?,
        }),
        _ => None,
    })
}

/// Everything of a data item but the file's bytes, of which `data_len` must follow: so they need not
/// be copied.
pub fn encode_data_head(
    size_of_file: u64,
    hash: FileHash,
    offset: u64,
    data_len: usize,
    out: &mut BytesMut,
) {
    put_header(Service::FILE_TRANSFER, DATA, DATA_HEAD + data_len, out);
    out.put_u16(kind::FILE_PART);
    out.put_u32(size(DATA_HEAD - HEADER + data_len));
    FileItem::bare(size_of_file, hash).encode(out);
    put_tlv_bytes(kind::OFFSET, &offset.to_be_bytes(), out);
    out.put_u16(kind::FILE_DATA);
    out.put_u32(size(TLV_HEADER + data_len));
}

/// How many bytes [`encode_data_head`] writes: the item's header, four TLV headers, the file's size and
/// hash, the offset.
pub const DATA_HEAD: usize = HEADER + 4 * TLV_HEADER + 8 + FileHash::SIZE + 8;

fn data(mut from: Reader) -> Result<FileTransfer, Malformed> {
    Ok(FileTransfer::Data {
        file: FileItem::decode(from.tlv(kind::FILE_ITEM)?)?,
        offset: from.tlv(kind::OFFSET)?.u64()?,
        data: from.tlv(kind::FILE_DATA)?.rest(),
    })
}

fn map(mut from: Reader) -> Result<FileTransfer, Malformed> {
    let is_client = from.u8()? != 0;
    let hash = FileHash::from_bytes(from.array()?);
    let count = from.count(size_of::<u32>())?;
    let mut words = Vec::with_capacity(count);
    for _ in 0..count {
        words.push(from.u32()?);
    }
    Ok(FileTransfer::Map {
        is_client,
        hash,
        words,
    })
}

impl FileItem {
    /// A file by nothing but its size and hash, as transfers name it.
    pub fn bare(size: u64, hash: FileHash) -> Self {
        Self {
            size,
            hash,
            name: String::new(),
            path: String::new(),
            popularity: 0,
            age: 0,
            piece_size: 0,
            pieces: Vec::new(),
        }
    }

    /// A file by size, hash and name, as mail names it.
    pub fn named(size: u64, hash: FileHash, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::bare(size, hash)
        }
    }

    /// From the value of its TLV.
    pub(crate) fn decode(mut from: Reader) -> Result<Self, Malformed> {
        let mut file = Self::bare(from.u64()?, FileHash::from_bytes(from.array()?));
        while !from.is_empty() {
            let here = from.clone();
            let (found, mut value) = from.any()?;
            match found {
                kind::NAME => file.name = crate::tlv::text(&value.rest()),
                kind::PATH => file.path = crate::tlv::text(&value.rest()),
                kind::POPULARITY => file.popularity = value.u32()?,
                kind::AGE => file.age = value.u32()?,
                kind::PIECE_SIZE => file.piece_size = value.u32()?,
                kind::HASH_SET => {
                    let mut here = here;
                    file.pieces = here
                        .tlv_ids(kind::HASH_SET, FileHash::from_bytes)?
                        .collect();
                }
                _ => {}
            }
        }
        Ok(file)
    }

    /// With the header of its TLV.
    pub(crate) fn encode(&self, out: &mut BytesMut) {
        put_tlv(kind::FILE_ITEM, out, |out| {
            out.put_u64(self.size);
            out.extend_from_slice(self.hash.as_bytes());
            for (kind, text) in [(kind::NAME, &self.name), (kind::PATH, &self.path)] {
                if !text.is_empty() {
                    put_tlv_bytes(kind, text.as_bytes(), out);
                }
            }
            for (kind, number) in [
                (kind::POPULARITY, self.popularity),
                (kind::AGE, self.age),
                (kind::PIECE_SIZE, self.piece_size),
            ] {
                if number != 0 {
                    put_tlv_u32(kind, number, out);
                }
            }
            if !self.pieces.is_empty() {
                put_tlv_ids(
                    kind::HASH_SET,
                    self.pieces.iter().map(FileHash::as_bytes),
                    out,
                );
            }
        });
    }
}

impl ChunkMap {
    /// The chunks of the largest file that a map is made for, some 2 TiB: a larger map fits no item.
    pub const MAX_CHUNKS: u64 = 32 * 65_000;

    /// A map of a file of this size in which nothing is there yet.
    pub fn empty(size: u64) -> Self {
        Self::filled(size, 0)
    }

    /// A map of a whole file. Every bit of its words is set, also past the last chunk, as real nodes do.
    pub fn full(size: u64) -> Self {
        Self::filled(size, u32::MAX)
    }

    /// What somebody says they have of a file of this size. Words that are missing count as nothing,
    /// words too many are cut off.
    pub fn from_words(size: u64, words: &[u32]) -> Self {
        let mut map = Self::empty(size);
        map.words
            .iter_mut()
            .zip(words)
            .for_each(|(own, word)| *own = *word);
        map
    }

    /// How many chunks the file has.
    pub fn chunks(&self) -> u64 {
        self.chunks
    }

    /// Whether a chunk is there; never past the last.
    pub fn has(&self, chunk: u32) -> bool {
        let (word, bit) = Self::place(chunk);
        let known = u64::from(chunk) < self.chunks;
        known && self.words.get(word).is_some_and(|w| w & bit != 0)
    }

    /// Notes that a chunk is there. Past the last it does nothing.
    pub fn set(&mut self, chunk: u32) {
        let (word, bit) = Self::place(chunk);
        if u64::from(chunk) < self.chunks
            && let Some(word) = self.words.get_mut(word)
        {
            *word |= bit;
        }
    }

    /// Notes that a chunk is not there.
    pub fn clear(&mut self, chunk: u32) {
        let (word, bit) = Self::place(chunk);
        if let Some(word) = self.words.get_mut(word) {
            *word &= !bit;
        }
    }

    /// How many chunks are there.
    pub fn count(&self) -> u64 {
        let all: u64 = self.words.iter().map(|w| u64::from(w.count_ones())).sum();
        let last = self.words.last().copied().unwrap_or_default();
        let used = self.chunks % 32;
        // Bits of the last word that stand for no chunk.
        let beyond = if used == 0 { 0 } else { last >> used };
        all - u64::from(beyond.count_ones())
    }

    /// Whether every chunk is there.
    pub fn is_full(&self) -> bool {
        self.count() == self.chunks
    }

    /// As the wire has it.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    fn filled(size: u64, word: u32) -> Self {
        let chunks = size.div_ceil(CHUNK).min(Self::MAX_CHUNKS);
        let words = usize::try_from(chunks.div_ceil(32)).unwrap_or_default();
        Self {
            chunks,
            words: vec![word; words],
        }
    }

    fn place(chunk: u32) -> (usize, u32) {
        ((chunk / 32) as usize, 1 << (chunk % 32))
    }
}
