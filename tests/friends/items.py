"""What nodes say to each other, as bytes: items, the values in them, certificates and invites as text.

Written from the facts about the network, not from the program's own code, so that both have to agree.
"""

import base64
import hashlib
import struct
import time
from collections import namedtuple

ITEM, SLICE = 0x02, 0x10
PROBE = bytes.fromhex("02aabbcc00000008")
# The largest item that is taken whole, header included.
MAX_ITEM = (1 << 18) - 1

DISCOVERY, CHAT, MAIL, HEARTBEAT, TRANSFER = 0x0011, 0x0012, 0x0013, 0x0016, 0x0017
LISTS, SERVICES, BANDWIDTH, BANS, STATUS, RTT = 0x0019, 0x0020, 0x0021, 0x0101, 0x0102, 0x1011
# What a service is called; real nodes agree on one only under its name.
NAMES = {
    DISCOVERY: "disc", CHAT: "chat", MAIL: "msg", HEARTBEAT: "heartbeat", TRANSFER: "ft",
    LISTS: "file_database", SERVICES: "serviceinfo", STATUS: "status", RTT: "rtt",
}
OFFERED = tuple(NAMES)

FIRST, MIDDLE, LAST = 1, 0, 2
CHUNK = 1 << 20

Item = namedtuple("Item", "service kind body")


# ------------------------------------------------------------------ frames


def item(service, kind, body=b"", size=None):
    """One item; `size` writes another total than the true one."""
    size = 8 + len(body) if size is None else size
    return struct.pack(">BHBI", ITEM, service, kind, size) + body


def slice_of(packet, flags, payload):
    return struct.pack(">BBIH", SLICE, flags, packet, len(payload)) + payload


def sliced(packet, whole, size=1000):
    """A whole item as slices."""
    parts = [whole[at : at + size] for at in range(0, len(whole), size)]
    last = len(parts) - 1
    flags = [FIRST if n == 0 else LAST if n == last else MIDDLE for n in range(len(parts))]
    return b"".join(slice_of(packet, flag, part) for flag, part in zip(flags, parts))


class Reader:
    """Bytes to items, slices joined."""

    def __init__(self):
        self._rest, self._packets = b"", {}

    def feed(self, data):
        self._rest += data
        found = []
        while len(self._rest) >= 8:
            version, service, kind, size = struct.unpack_from(">BHBI", self._rest)
            if version == SLICE:
                _, flags, packet, length = struct.unpack_from(">BBIH", self._rest)
                if len(self._rest) < 8 + length:
                    break
                payload, self._rest = self._rest[8 : 8 + length], self._rest[8 + length :]
                whole = (b"" if flags & FIRST else self._packets.get(packet, b"")) + payload
                self._packets[packet] = whole
                if flags & LAST:
                    del self._packets[packet]
                    found.append(whole)
                continue
            if version != ITEM or size < 8:
                raise ValueError("no item: " + self._rest[:16].hex())
            if len(self._rest) < size:
                break
            found.append(self._rest[:size])
            self._rest = self._rest[size:]
        return [Item(*struct.unpack_from(">xHB", whole), whole[8:]) for whole in found]


# ------------------------------------------------------------------ values


def u8(value):
    return struct.pack(">B", value)


def u16(value):
    return struct.pack(">H", value)


def u32(value):
    return struct.pack(">I", value)


def u64(value):
    return struct.pack(">Q", value)


def now():
    return int(time.time())


def raw(text):
    """A string or block with its own length before it."""
    data = text.encode() if isinstance(text, str) else text
    return u32(len(data)) + data


def tlv(kind, data=b"", length=None):
    """A value with type and length; `length` writes another than the true one."""
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">HI", kind, 6 + len(data) if length is None else length) + data


def read_tlvs(data):
    """(kind, content) of values that stand one behind the other."""
    found, at = [], 0
    while at + 6 <= len(data):
        kind, length = struct.unpack_from(">HI", data, at)
        if length < 6:
            raise ValueError("a value of %d bytes" % length)
        found.append((kind, data[at + 6 : at + length]))
        at += length
    return found


# ------------------------------------------------------------------ services


def services(wanted=OFFERED):
    pairs = b""
    for service in wanted:
        full = 0x02000000 | service << 8
        value = raw(NAMES[service]) + u32(full) + u16(1) + u16(0) + u16(1) + u16(0)
        pairs += tlv(1, tlv(1, u32(full)) + tlv(1, value))
    return item(SERVICES, 1, tlv(1, pairs))


def heartbeat():
    return item(HEARTBEAT, 1)


def ping(number):
    return item(RTT, 1, u32(number) + u64(now() << 32))


def pong(number, sent):
    return item(RTT, 2, u32(number) + u64(sent) + u64(now() << 32))


def status(how):
    return item(STATUS, 1, u32(now()) + u32(how))


def chat(text, flags=1):
    return item(CHAT, 1, u32(flags) + u32(now()) + tlv(0x0057, text))


def chat_status(text, flags=1):
    return item(CHAT, 4, u32(flags) + tlv(0x0057, text))


def chat_text(one):
    """(flags, text) of a chat item."""
    values = read_tlvs(one.body[8:])
    return struct.unpack_from(">I", one.body)[0], values[0][1].decode()


def avatar(image):
    return item(CHAT, 3, raw(image))


def pgp_list(mode, ids):
    return item(DISCOVERY, 1, u32(mode) + tlv(0x1023, b"".join(ids)))


def pgp_key(pgp_id, packets):
    return item(DISCOVERY, 9, pgp_id + raw(packets))


def ipv4(address, port):
    """An address as contacts carry it: both halves the wrong way round."""
    parts = bytes(map(int, address.split(".")))
    return tlv(0x1072, tlv(0x0085, parts[::-1] + struct.pack("<H", port)))


def contact(pgp_id, location, name, version="a script", address=None, addresses=()):
    nowhere = tlv(0x1072)
    local = ipv4(*address) if address else nowhere
    told = tlv(0x1071, b"".join(tlv(0x1070, ipv4(*one) + u64(now()) + u32(0)) for one in addresses))
    body = pgp_id + location + tlv(0x005C, name) + tlv(0x005F, version)
    body += u32(2) + u16(2) + u16(0) + u32(now())
    body += local + nowhere * 4 + tlv(0x0083) + told + tlv(0x1071)
    return item(DISCOVERY, 5, body)


def mail(subject, body, to=(), cc=(), files=(), flags=0):
    ids = tlv(0x1021, b"".join(to)) + tlv(0x1021, b"".join(cc)) + tlv(0x1021)
    listed = tlv(0x1001, b"".join(file_item(*one) for one in files))
    text = tlv(0x0058, subject) + tlv(0x0057, body)
    times = u32(flags) + u32(now()) + u32(0)
    return item(MAIL, 1, times + text + ids + tlv(0x1025) * 3 + listed)


def file_item(size, digest, name=None):
    return tlv(0x1000, u64(size) + digest + (tlv(0x0051, name) if name else b""))


def data_request(size, digest, offset, length):
    return item(TRANSFER, 1, u64(offset) + u32(length) + file_item(size, digest))


def read_data_request(one):
    """(offset, length, digest) that somebody wants."""
    offset, length = struct.unpack_from(">QI", one.body)
    return offset, length, one.body[26:46]


def data(size, digest, offset, piece):
    inner = file_item(size, digest) + tlv(0x0041, u64(offset)) + tlv(0x0140, piece)
    return item(TRANSFER, 2, tlv(0x1002, inner))


def map_request(digest, is_client=0):
    return item(TRANSFER, 4, u8(is_client) + digest)


def chunk_map(digest, words, is_client=1, count=None):
    count = len(words) if count is None else count
    body = u8(is_client) + digest + u32(count) + b"".join(map(u32, words))
    return item(TRANSFER, 5, body)


def full_map(digest, size):
    return chunk_map(digest, [0xFFFFFFFF] * (-(-size // CHUNK // 32) or 1))


def chunk_hash_request(digest, chunk):
    return item(TRANSFER, 8, digest + u32(chunk))


def chunk_hash(digest, chunk, value):
    return item(TRANSFER, 9, digest + u32(chunk) + value)


# ------------------------------------------------------------------ file lists

ROOT = bytes(20)


def short_length(number):
    """A length as OpenPGP's new packets write it."""
    if number < 192:
        return bytes([number])
    if number < 8384:
        number -= 192
        return bytes([(number >> 8) + 192, number & 0xFF])
    return b"\xff" + u32(number)


def section(tag, value):
    return bytes([tag]) + short_length(len(value)) + value


def folder(name, subfolders=(), files=(), counts=None):
    """What a folder of a list holds; files are (name, size, digest), `counts` writes other numbers."""
    many = counts or (len(subfolders), len(files))
    made = section(0x51, raw(name)) + section(0x31, u32(now())) + section(0x30, u32(now()))
    made += section(0x62, u32(many[0])) + section(0x62, u32(many[1]))
    made += b"".join(section(0x40, digest) for digest in subfolders)
    for name, size, digest in files:
        inner = section(0x21, raw(name)) + section(0x22, u64(size)) + section(0x20, digest)
        made += section(0x13, inner + section(0x30, u32(now())))
    return made


def sync_request(digest, number, flags=1, known=0):
    return item(LISTS, 1, digest + u32(flags) + u32(known) + u64(number))


def read_sync_request(one):
    """(folder, number) that somebody asks for."""
    return one.body[:20], struct.unpack_from(">Q", one.body, 28)[0]


def sync_response(digest, number, payload, flags=0x2 | 0x4, sha1=None):
    sha1 = hashlib.sha1(payload).digest() if sha1 is None else sha1
    return item(LISTS, 2, digest + sha1 + u32(flags) + u32(now()) + u64(number) + tlv(0, payload))


# ------------------------------------------------------------------ texts


def crc24(data):
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


def as_text(parts, checksum_tag):
    made = b"".join(section(tag, value) for tag, value in parts)
    made += section(checksum_tag, crc24(made).to_bytes(3, "little"))
    return base64.b64encode(made).decode()


def certificate_text(packets, location, name, address=None):
    """The long text: with the key, and an address as (ip, port)."""
    parts = [(0x09, b"\x06"), (0x01, packets)]
    if address:
        parts.append((0x03, bytes(map(int, address[0].split("."))) + u16(address[1])))
    return as_text(parts + [(0x06, name.encode()), (0x05, location)], 0x07)


def invite_text(fingerprint, location, name, address=None):
    """The short text: its addresses have their bytes the wrong way round."""
    parts = [(0x00, location), (0x01, name.encode()), (0x03, fingerprint)]
    if address:
        parts.append((0x93, bytes(map(int, address[0].split(".")))[::-1] + u16(address[1])))
    return as_text(parts, 0x04)


def read_text(text):
    """The parts of a certificate or an invite, (tag, value) each."""
    whole = base64.b64decode("".join(text.split()))
    found, at = [], 0
    while at < len(whole):
        tag, first = whole[at], whole[at + 1]
        if first < 192:
            length, at = first, at + 2
        elif first < 255:
            length, at = ((first - 192) << 8) + whole[at + 2] + 192, at + 3
        else:
            length, at = struct.unpack_from(">I", whole, at + 2)[0], at + 6
        found.append((tag, whole[at : at + length]))
        at += length
    return found
