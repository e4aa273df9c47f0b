"""Multicast DNS messages as bytes: just enough to write any by hand and to read what others write.

A name is a tuple of labels in bytes, since an instance name may hold dots; `dns("a.b")` makes one of
a host's or service's name, `instance("user@machine")` one of a chat peer.
"""

import ipaddress
import struct
from collections import namedtuple

A, NULL, PTR, TXT, AAAA, SRV, NSEC, ANY = 1, 10, 12, 16, 28, 33, 47, 255
TYPE_NAMES = {A: "A", NULL: "NULL", PTR: "PTR", TXT: "TXT", AAAA: "AAAA", SRV: "SRV", ANY: "ANY"}
TYPE_NAMES.update({NSEC: "NSEC", 41: "OPT", 6: "SOA", 5: "CNAME", 13: "HINFO"})
RESPONSE = 0x8400
CLASS_IN, TOP_BIT = 1, 0x8000

Question = namedtuple("Question", "name type unicast")
# `section` is where it stood: answer, authority or additional; `data` is read by type (see `_data`).
Record = namedtuple("Record", "name type ttl flush data section", defaults=("answer",))
Message = namedtuple("Message", "number response questions records")


def dns(text):
    return tuple(part.encode() for part in text.rstrip(".").split("."))


PRESENCE = dns("_presence._tcp.local")
SERVICES = dns("_services._dns-sd._udp.local")


def instance(name):
    return (name.encode(),) + PRESENCE


def show(record):
    """One line for people."""
    name = ".".join(label.decode("utf-8", "backslashreplace") for label in record.name)
    kind = TYPE_NAMES.get(record.type, record.type)
    if isinstance(record, Question):
        return "? %s %s%s" % (name, kind, " unicast" if record.unicast else "")
    data = record.data
    if isinstance(data, bytes) and len(data) > 40:
        data = "%d octets" % len(data)
    flush = " flush" if record.flush else ""
    return "%s %s ttl=%d%s %s (%s)" % (name, kind, record.ttl, flush, data, record.section)


# ---- records to send


def ptr(name, target, ttl=4500):
    return Record(name, PTR, ttl, False, target)


def srv(name, host, port, ttl=120):
    return Record(name, SRV, ttl, True, (port, host))


def txt(name, strings, ttl=4500):
    """`strings` are texts such as "status=dnd", or bytes; none of them makes the one zero octet."""
    as_bytes = [text if isinstance(text, bytes) else text.encode() for text in strings]
    return Record(name, TXT, ttl, True, as_bytes)


def address(host, text, ttl=120):
    parsed = ipaddress.ip_address(text)
    return Record(host, A if parsed.version == 4 else AAAA, ttl, True, str(parsed))


def null(name, data, ttl=120):
    return Record(name, NULL, ttl, False, data)


# ---- writing


def _name(name):
    return b"".join(bytes([len(label)]) + label for label in name) + b"\0"


def _data_bytes(record):
    if isinstance(record.data, bytes):
        return record.data
    if record.type == PTR:
        return _name(record.data)
    if record.type == SRV:
        port, host = record.data
        return struct.pack(">HHH", 0, 0, port) + _name(host)
    if record.type == TXT:
        return b"".join(bytes([len(text)]) + text for text in record.data) or b"\0"
    if record.type in (A, AAAA):
        return ipaddress.ip_address(record.data).packed
    raise ValueError("no way to write %r" % (record,))


def _record_bytes(record):
    data = _data_bytes(record)
    kind = CLASS_IN | (TOP_BIT if record.flush else 0)
    return _name(record.name) + struct.pack(">HHIH", record.type, kind, record.ttl, len(data)) + data


def query(*questions, known=(), number=0):
    """A query for (name, type) or (name, type, unicast)."""
    body = b"".join(
        _name(name) + struct.pack(">HH", kind, CLASS_IN | (TOP_BIT if unicast and unicast[0] else 0))
        for name, kind, *unicast in questions
    )
    head = struct.pack(">6H", number, 0, len(questions), len(known), 0, 0)
    return head + body + b"".join(map(_record_bytes, known))


def response(*records, extra=(), number=0):
    head = struct.pack(">6H", number, RESPONSE, 0, len(records), 0, len(extra))
    return head + b"".join(map(_record_bytes, records + tuple(extra)))


# ---- reading


def _read_name(data, at):
    labels, end, jumps = [], None, 0
    while True:
        length = data[at]
        if length >= 0xC0:
            end = at + 2 if end is None else end
            at = struct.unpack_from(">H", data, at)[0] & 0x3FFF
            jumps += 1
            if jumps > 64:
                raise ValueError("a name that goes in circles")
            continue
        at += 1
        if length == 0:
            return tuple(labels), (at if end is None else end)
        labels.append(data[at : at + length])
        at += length


def _data(data, kind, at, length):
    if kind in (A, AAAA):
        return str(ipaddress.ip_address(data[at : at + length]))
    if kind == PTR:
        return _read_name(data, at)[0]
    if kind == SRV:
        return (struct.unpack_from(">H", data, at + 4)[0], _read_name(data, at + 6)[0])
    if kind == TXT:
        strings, end = [], at + length
        while at < end:
            strings.append(data[at + 1 : at + 1 + data[at]])
            at += 1 + data[at]
        return [text for text in strings if text]
    return data[at : at + length]


def read(data):
    """The message in a datagram; ValueError if it is none."""
    try:
        number, flags, *counts = struct.unpack_from(">6H", data)
        at, questions, records = 12, [], []
        for _ in range(counts[0]):
            name, at = _read_name(data, at)
            kind, group = struct.unpack_from(">HH", data, at)
            at += 4
            questions.append(Question(name, kind, bool(group & TOP_BIT)))
        for section, count in zip(("answer", "authority", "additional"), counts[1:]):
            for _ in range(count):
                name, at = _read_name(data, at)
                kind, group, ttl, length = struct.unpack_from(">HHIH", data, at)
                at += 10
                value = _data(data, kind, at, length)
                flush = bool(group & TOP_BIT) and kind != 41
                records.append(Record(name, kind, ttl, flush, value, section))
                at += length
        return Message(number, bool(flags & 0x8000), questions, records)
    except (struct.error, IndexError) as error:
        raise ValueError("no DNS message: %s" % error)


def texts(record):
    """A TXT record's keys (lower case) and values."""
    pairs = [text.decode("utf-8", "replace").partition("=") for text in record.data]
    return {key.lower(): value for key, _, value in pairs}
