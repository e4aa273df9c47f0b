"""W: everything that crosses a segment of the LAN, read back without any library.

tcpdump listens on the bridge, so nothing on the LAN knows of it.
"""

import ipaddress
import itertools
import os
import socket
import struct
from collections import namedtuple

import dns
from network import MARKER_PROTOCOL
from waiting import until

UDP, TCP = 17, 6
MDNS_PORT = 5353
FIN, SYN, RST, ACK = 1, 2, 4, 16

Packet = namedtuple("Packet", "time source target protocol payload")
Heard = namedtuple("Heard", "time source target unicast message size")

_serial = itertools.count(1)


class Capture:
    """All packets of a segment from the start of the block on; `mark` begins a new look."""

    def __init__(self, lan, segment=0):
        self.lan = lan
        self.bridge = "br%d" % segment
        name = "capture-%d" % next(_serial)
        self.path = os.path.join(lan.folder, name + ".pcap")
        self.begin = 0.0

    def __enter__(self):
        said = self.path + ".log"
        words = ["tcpdump", "-i", self.bridge, "-U", "--immediate-mode", "-s", "0", "-B", "16384"]
        words += ["-Z", "root", "-w", self.path]
        with open(said, "w") as log:
            self.child = self.lan.switch.spawn(words, stdout=log, stderr=log)

        def listening():
            with open(said) as log:
                return "listening on" in log.read()

        until(listening, 10, "tcpdump listens")
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()

    def settle(self):
        """Returns when everything sent before this call is in the capture; the time of that."""
        mark = b"mark-%d-%d" % (os.getpid(), next(_serial))

        def send():
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
                raw.bind((self.bridge, 0))
                raw.send(b"\xff" * 6 + b"\2" + b"\0" * 5 + struct.pack(">H", MARKER_PROTOCOL) + mark)

        self.lan.switch.inside(send)

        def found():
            for time, frame in self._frames():
                if frame[12:14] == struct.pack(">H", MARKER_PROTOCOL) and frame[14:].startswith(mark):
                    return time
            return None

        return until(found, 10, "the capture has caught up")

    def mark(self):
        """Forgets what has been captured so far; the time from which on it looks."""
        self.begin = self.settle()
        return self.begin

    # ---- what was heard

    def mdns(self, since=None):
        """All multicast DNS messages, in order."""
        since = self.begin if since is None else since
        found = []
        for packet in self.packets():
            if packet.time < since or packet.protocol != UDP or len(packet.payload) < 20:
                continue
            ports = struct.unpack_from(">HH", packet.payload)
            if MDNS_PORT not in ports:
                continue
            try:
                message = dns.read(packet.payload[8:])
            except ValueError:
                continue
            unicast = not ipaddress.ip_address(packet.target).is_multicast
            size = len(packet.payload) - 8
            found.append(
                Heard(packet.time, packet.source, packet.target, unicast, message, size)
            )
        return found

    def records(self, type=None, name=None, source=None, since=None, ttl=None):
        """(Heard, Record) of every record in a response that fits."""
        return [
            (heard, record)
            for heard in self.mdns(since)
            if heard.message.response and (source is None or heard.source in source)
            for record in heard.message.records
            if (type is None or record.type == type)
            and (name is None or record.name == name)
            and (ttl is None or record.ttl == ttl)
        ]

    def questions(self, type=None, name=None, source=None, since=None):
        """(Heard, Question) of every question that fits; ANY counts as no other type."""
        return [
            (heard, question)
            for heard in self.mdns(since)
            if not heard.message.response and (source is None or heard.source in source)
            for question in heard.message.questions
            if (type is None or question.type == type)
            and (name is None or question.name == name)
        ]

    def streams(self, since=None):
        """All TCP connections that were opened, in order."""
        since = self.begin if since is None else since
        open_now, found = {}, []
        for packet in self.packets():
            if packet.time < since or packet.protocol != TCP or len(packet.payload) < 20:
                continue
            head = struct.unpack_from(">HHIIBB", packet.payload)
            source, target = (packet.source, head[0]), (packet.target, head[1])
            flags, body = head[5], packet.payload[(head[4] >> 4) * 4 :]
            key = tuple(sorted((source, target)))
            if flags & SYN and not flags & ACK:
                known = open_now.get(key)
                if known is None or known.next:
                    open_now[key] = known = Stream(packet.time, source, target)
                    found.append(known)
                known.syns.append(packet.time)
            elif key in open_now:
                open_now[key].add(packet.time, source, head[2], flags, body)
        return found

    def show(self, since=None):
        """The multicast DNS traffic as text."""
        lines = []
        for heard in self.mdns(since):
            lines.append("%.3f %s -> %s" % (heard.time, heard.source, heard.target))
            items = heard.message.questions + heard.message.records
            lines.extend("        " + dns.show(item) for item in items)
        return "\n".join(lines)

    # ---- reading the file

    def _frames(self):
        with open(self.path, "rb") as file:
            raw = file.read()
        if len(raw) < 24:
            return
        order = "<" if raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        fraction = 1e9 if b"\x3c" in raw[:4] else 1e6
        at = 24
        while at + 16 <= len(raw):
            seconds, part, length, _ = struct.unpack_from(order + "4I", raw, at)
            if at + 16 + length > len(raw):
                return
            yield seconds + part / fraction, raw[at + 16 : at + 16 + length]
            at += 16 + length

    def packets(self):
        """Every IP packet, fragments put together."""
        waiting = {}
        for time, frame in self._frames():
            parsed = _network_layer(frame)
            if not parsed:
                continue
            source, target, protocol, payload, fragment = parsed
            if fragment is None:
                yield Packet(time, source, target, protocol, payload)
                continue
            number, offset, more = fragment
            parts = waiting.setdefault((source, target, protocol, number), {})
            parts[offset] = (payload, more)
            whole, ended = b"", False
            while len(whole) in parts and not ended:
                piece, more = parts[len(whole)]
                whole, ended = whole + piece, not more
            if ended:
                del waiting[(source, target, protocol, number)]
                yield Packet(time, source, target, protocol, whole)


class Stream:
    """One TCP connection: who opened it to where, and what each side said."""

    def __init__(self, time, opener, target):
        self.time, self.opener, self.target = time, opener, target
        self.syns, self.next, self.ends = [], {}, []
        self.said = {opener: b"", target: b""}

    @property
    def from_opener(self):
        return self.said[self.opener]

    @property
    def from_target(self):
        return self.said[self.target]

    def add(self, time, source, sequence, flags, body):
        if body:
            expected = self.next.get(source, sequence)
            overlap = (expected - sequence) & 0xFFFFFFFF
            if overlap < 0x80000000:  # what was sent again is counted once
                self.said[source] += body[overlap:]
                self.next[source] = (sequence + max(len(body), overlap)) & 0xFFFFFFFF
        else:
            self.next.setdefault(source, (sequence + bool(flags & SYN)) & 0xFFFFFFFF)
        if flags & FIN:
            self.ends.append((time, source, "FIN"))
        if flags & RST:
            self.ends.append((time, source, "RST"))


def _network_layer(frame):
    kind = struct.unpack_from(">H", frame, 12)[0]
    packet = frame[14:]
    if kind == 0x0800:
        head, total = (packet[0] & 15) * 4, struct.unpack_from(">H", packet, 2)[0]
        place = struct.unpack_from(">H", packet, 6)[0]
        offset, more = (place & 0x1FFF) * 8, bool(place & 0x2000)
        fragment = (packet[4:6], offset, more) if offset or more else None
        source, target = packet[12:16], packet[16:20]
        protocol, payload = packet[9], packet[head:total]
    elif kind == 0x86DD:
        protocol, source, target = packet[6], packet[8:24], packet[24:40]
        payload, fragment = packet[40 : 40 + struct.unpack_from(">H", packet, 4)[0]], None
        while protocol in (0, 43, 44, 60):
            if protocol == 44:
                place = struct.unpack_from(">H", payload, 2)[0]
                fragment = (payload[4:8], place & 0xFFF8, bool(place & 1))
                protocol, payload = payload[0], payload[8:]
            else:
                protocol, payload = payload[0], payload[(payload[1] + 1) * 8 :]
    else:
        return None
    texts = (str(ipaddress.ip_address(part)) for part in (source, target))
    return (*texts, protocol, payload, fragment)
