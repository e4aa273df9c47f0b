"""M and R: peers that do exactly what a test says.

`Scripted` is M, a multicast DNS peer made of a raw UDP socket: it publishes what it is told to,
answers what it is told to, and remembers everything it hears. `Listener` and `Wire` are R, the two
ends of a TCP connection whose bytes a test writes by hand.
"""

import hashlib
import select
import socket
import struct
import threading
import time
from collections import namedtuple

import dns
from waiting import TooLate, until

GROUP4, GROUP6, PORT = "224.0.0.251", "ff02::fb", 5353
# Linux; Python 3.9's socket module lacks the first.
IP_MULTICAST_ALL = 49

Heard = namedtuple("Heard", "time source message")

STREAM_OPEN = (
    "<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'%s>"
)
STREAM_END = b"</stream:stream>"


class Service:
    """What a chat peer publishes, as records that a test may change one by one."""

    def __init__(self, name, host, port, addresses, strings=("txtvers=1", "status=avail")):
        self.name = name
        self.instance = dns.instance(name)
        self.host = dns.dns(host)
        self.port = port
        self.addresses = list(addresses)
        self.strings = list(strings)
        self.picture = None

    def with_picture(self, data):
        """Publishes these bytes as picture, their hash with it."""
        self.picture = data
        self.strings = [text for text in self.strings if not text.startswith("phsh=")]
        self.strings.append("phsh=" + hashlib.sha1(data).hexdigest())
        return self

    def of_type(self, kind):
        if kind == dns.PTR:
            return [dns.ptr(dns.PRESENCE, self.instance)]
        if kind == dns.SRV:
            return [dns.srv(self.instance, self.host, self.port)]
        if kind == dns.TXT:
            return [dns.txt(self.instance, self.strings)]
        if kind == dns.NULL:
            return [dns.null(self.instance, self.picture)] if self.picture is not None else []
        made = [dns.address(self.host, text) for text in self.addresses]
        return [record for record in made if record.type == kind]

    def everything(self, kinds=(dns.PTR, dns.SRV, dns.TXT, dns.A, dns.AAAA)):
        return [record for kind in kinds for record in self.of_type(kind)]


class Scripted:
    """M, on one interface of a host, over IPv4 or IPv6.

    `answers` are the record types it answers with when asked; `beside` those that it adds to the
    answer for a PTR, as avahi does. Change either, or a service, whenever the test wants.
    """

    EVERY = (dns.PTR, dns.SRV, dns.TXT, dns.A, dns.AAAA, dns.NULL)
    DETAILS = (dns.SRV, dns.TXT, dns.A, dns.AAAA)

    def __init__(self, host, link="lan0", family=4, answers=EVERY, beside=DETAILS):
        self.host, self.link, self.family = host, link, family
        self.answers, self.beside = set(answers), tuple(beside)
        self.null_by_unicast = False
        self.services = []
        self.heard = []
        self._lock = threading.Lock()
        self._open = True
        self.socket = host.inside(self._make_socket)
        self.socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _make_socket(self):
        index = socket.if_nametoindex(self.link)
        family = socket.AF_INET if self.family == 4 else socket.AF_INET6
        made = socket.socket(family, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        # Two peers of one host, on a cable each, share the port: the kernel sometimes looks for packets
        # of one cable among the other's socket, and drops them.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.link.encode())
        if self.family == 4:
            own = socket.inet_aton(self.host.address4(self.link))
            join = socket.inet_aton(GROUP4) + own + struct.pack("i", index)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
            made.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, join)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
            made.bind(("", PORT))
            self.group = (GROUP4, PORT)
        else:
            join = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("I", index)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, join)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            made.bind(("::", PORT))
            self.group = (GROUP6, PORT, 0, index)
        return made

    def _listen(self):
        while self._open:
            try:
                data, source = self.socket.recvfrom(65536)
            except socket.timeout:
                continue
            except OSError:
                return
            try:
                message = dns.read(data)
            except ValueError:
                continue
            with self._lock:
                self.heard.append(Heard(time.monotonic(), source, message))
                services = list(self.services)
            if not message.response:
                try:
                    self._answer(message, source, services)
                except OSError:
                    pass  # a link that the test has taken away

    def _answer(self, message, source, services):
        found, extra, unicast = [], [], False
        for question in message.questions:
            for service in services:
                for kind in self.answers:
                    if question.type not in (kind, dns.ANY):
                        continue
                    matching = [r for r in service.of_type(kind) if r.name == question.name]
                    found.extend(r for r in matching if not self._known(message, r))
                    if kind == dns.NULL and matching and self.null_by_unicast:
                        unicast = question.unicast
                    if kind == dns.PTR and matching:
                        extra.extend(service.everything(self.beside))
        if found:
            legacy = source[1] != PORT
            reply = dns.response(*found, extra=extra, number=message.number if legacy else 0)
            self.socket.sendto(reply, source if unicast or legacy else self.group)

    @staticmethod
    def _known(message, record):
        return any(
            known.name == record.name and known.type == record.type and known.data == record.data
            and known.ttl * 2 >= record.ttl
            for known in message.records
        )

    # ---- what a test does with it

    def publish(self, service, kinds=(dns.PTR, dns.SRV, dns.TXT, dns.A, dns.AAAA)):
        """Serves it from now on, and announces it at once (without asking whether it is free)."""
        with self._lock:
            self.services.append(service)
        if kinds:
            self.announce(service, kinds)
        return service

    def announce(self, service, kinds=(dns.PTR, dns.SRV, dns.TXT, dns.A, dns.AAAA), again=True):
        """Says how it is now, and once more after a second, as responders do.

        Without the second time a change is lost on whoever heard the former state less than a
        second ago: the flush bit spares records that young (RFC 6762, 10.2).
        """
        self.say(dns.response(*service.everything(kinds)))
        if again:
            timer = threading.Timer(1.1, self._announce_again, (service, kinds))
            timer.daemon = True
            timer.start()

    def _announce_again(self, service, kinds):
        with self._lock:
            served = self._open and service in self.services
        if served:
            try:
                self.say(dns.response(*service.everything(kinds)))
            except OSError:
                pass  # closed, or its link gone, meanwhile

    def goodbye(self, service, kinds=(dns.PTR,)):
        """Takes it back: TTL 0 for these types; it is served no more."""
        with self._lock:
            self.services = [one for one in self.services if one is not service]
        self.say(dns.response(*[r._replace(ttl=0) for r in service.everything(kinds)]))

    def say(self, data):
        self.socket.sendto(data, self.group)

    def asked(self, type, name=None, since=0.0, source=None):
        """(Heard, Question) of each question heard that fits."""
        with self._lock:
            heard = list(self.heard)
        return [
            (one, question)
            for one in heard
            if one.time >= since and not one.message.response
            and (source is None or one.source[0].split("%")[0] in source)
            for question in one.message.questions
            if question.type == type and (name is None or question.name == name)
        ]

    def told(self, type, name=None, since=0.0):
        """(Heard, Record) of each record heard in a response that fits."""
        with self._lock:
            heard = list(self.heard)
        return [
            (one, record)
            for one in heard
            if one.time >= since and one.message.response
            for record in one.message.records
            if record.type == type and (name is None or record.name == name)
        ]

    def close(self):
        self._open = False
        self.socket.close()
        self._thread.join()


class Wire:
    """R: one end of a TCP connection."""

    def __init__(self, sock):
        self.socket = sock
        self.received = b""
        self.end = None  # "FIN" or "RST" once the other side has ended it
        self.end_at = None
        self._stop = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @classmethod
    def connect(cls, host, target, port, source=None, link="lan0", seconds=5):
        """Connects from a host to an address and port."""
        family = socket.AF_INET6 if ":" in target else socket.AF_INET
        scope = host.interface_index(link) if family == socket.AF_INET6 else 0
        sock = host.socket(family, socket.SOCK_STREAM)
        sock.settimeout(seconds)
        try:
            if source:
                sock.bind((source, 0) if family == socket.AF_INET else (source, 0, 0, scope))
            sock.connect((target, port) if family == socket.AF_INET else (target, port, 0, scope))
        except BaseException:
            sock.close()
            raise
        sock.settimeout(None)
        return cls(sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _read(self):
        end = "FIN"
        while not self._stop:
            try:
                # A call that waits in the kernel would keep the socket open behind our close.
                if not select.select([self.socket], [], [], 0.05)[0]:
                    continue
                more = self.socket.recv(65536)
            except (OSError, ValueError):
                more, end = b"", "RST"
            with self._changed:
                self.received += more
                if not more:
                    self.end, self.end_at = end, time.monotonic()
                self._changed.notify_all()
            if not more:
                return

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def open(self, sender=None, to=None, version=None):
        """Sends a stream header with these attributes; the specification's own has none."""
        given = (("from", sender), ("to", to), ("version", version))
        self.send(STREAM_OPEN % "".join(" %s='%s'" % pair for pair in given if pair[1] is not None))

    def message(self, text, sender, to):
        """Sends a message; `text` has to be escaped already."""
        self.send("<message to='%s' from='%s' type='chat'><body>%s</body></message>" % (to, sender, text))

    def wait(self, wanted, seconds=5):
        """Everything received, once `wanted` is among it."""
        wanted = wanted if isinstance(wanted, bytes) else wanted.encode()
        return self._wait(lambda: wanted in self.received, seconds, "received %r" % wanted)

    def wait_end(self, seconds=5):
        """How the other side ended the connection."""
        self._wait(lambda: self.end, seconds, "the other side ends the connection")
        return self.end

    def _wait(self, condition, seconds, what):
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise TooLate("not within %.1f s: %s; received %r" % (seconds, what, self.received[-600:]))
            return self.received

    def finish(self):
        """Sends our FIN and goes on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Breaks the connection, as a machine does that is switched off and on."""
        self._stop = True
        self._thread.join()
        linger = struct.pack("ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.socket.close()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._stop = True
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self.socket.close()


class Listener:
    """R, waiting to be called on a host's port; one free port for IPv4 and IPv6 alike."""

    def __init__(self, host, port=0, address=None):
        self.host = host
        self._sockets = []
        self.taken = []
        self.on_accept = None
        self._lock = threading.Lock()
        families = [socket.AF_INET] if host.lan.ipv4 else []
        families += [socket.AF_INET6] if host.lan.ipv6 and address is None else []
        for family in families:
            sock = host.socket(family, socket.SOCK_STREAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((address or ("" if family == socket.AF_INET else "::"), port))
            sock.listen(64)
            port = sock.getsockname()[1]
            self._sockets.append(sock)
            threading.Thread(target=self._accept, args=(sock,), daemon=True).start()
        self.port = port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self, sock):
        while True:
            try:
                connection, source = sock.accept()
            except OSError:
                return
            wire = Wire(connection)
            with self._lock:
                self.taken.append((wire, source))
            if self.on_accept:
                self.on_accept(wire)

    def accept(self, seconds=5, number=0):
        """The wire of the first connection (or a later one, by number)."""
        until(lambda: len(self.taken) > number, seconds, "a connection to port %d" % self.port)
        return self.taken[number][0]

    def close(self):
        for sock in self._sockets:
            try:  # wakes the thread that waits in accept
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()
        for wire, _ in self.taken:
            wire.close()
