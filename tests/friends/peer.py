"""Peers that say exactly what a test tells them, over TLS as the network has it.

    mona = Identity("ana")                     # throw-away keys of the crate `identity`
    wire = Wire.call(host, address, mona)      # as the TLS client
    wire.hello(); wire.wait(items.SERVICES, 1)
"""

import hashlib
import select
import socket
import ssl
import struct
import threading
import time

import items
from waiting import TooLate, until

PORT = 7812


class Wire:
    """One connection: what is said goes out as it is, what comes is read as items."""

    def __init__(self, secured):
        self._tls, self._lock = secured, threading.Lock()
        self._changed = threading.Condition()
        self.items, self.end, self.bad = [], None, None
        self._taken = set()
        self.peer = secured.getpeername()
        # What the other side shows for a certificate, where it was asked for one.
        self.their_certificate = secured.getpeercert(binary_form=True)
        self._beating = None
        secured.setblocking(False)
        threading.Thread(target=self._read, daemon=True).start()

    @classmethod
    def call(cls, host, address, identity, port=PORT, source=None, seconds=5, **how):
        """Calls a node and does the handshake as its client."""
        sock = connect(host, address, port, source, seconds)
        try:
            return cls(identity.context(**how).wrap_socket(sock, suppress_ragged_eofs=False))
        except BaseException:
            sock.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- saying

    def send(self, data, seconds=10):
        """Sends bytes; OSError when the other side does not take them, or has gone."""
        deadline, view = time.monotonic() + seconds, memoryview(data)
        while view:
            try:
                with self._lock:
                    sent = self._tls.send(view[:16384])
                view = view[sent:]
            except ssl.SSLWantWriteError:
                if time.monotonic() > deadline:
                    raise OSError("nothing is taken any more")
                select.select([], [self._tls], [], 0.1)
            except ssl.SSLWantReadError:
                select.select([self._tls], [], [], 0.1)
            except ssl.SSLError as error:
                raise OSError(str(error))

    def try_send(self, data, seconds=10):
        """Sends as much as is taken; whether all of it was."""
        try:
            self.send(data, seconds)
            return True
        except OSError:
            return False

    def hello(self, offered=items.OFFERED):
        """What every node begins with: the probe, and the services."""
        self.send(items.PROBE + items.services(offered))

    def befriended(self, identity, seconds=10):
        """The beginning as a friend has it, until the other side has done the same; then heartbeats
        on its own."""
        self.hello()
        self.wait(items.SERVICES, 1, seconds)
        self.send(identity.contact() + items.status(3) + items.heartbeat())
        self._beating = threading.Thread(target=self._beat, daemon=True)
        self._beating.start()
        return self

    def _beat(self):
        while self.end is None:
            if not self.try_send(items.heartbeat(), 1):
                return
            with self._changed:
                self._changed.wait_for(lambda: self.end is not None, 5)

    # ---- hearing

    def _read(self):
        reader, end = items.Reader(), "closed"
        while True:
            try:
                with self._lock:
                    data = self._tls.recv(65536)
                if not data:
                    break
                found = reader.feed(data)
            except ssl.SSLWantReadError:
                try:
                    select.select([self._tls], [], [], 0.2)
                except (OSError, ValueError):
                    break
                continue
            except ssl.SSLWantWriteError:
                continue
            except ssl.SSLEOFError:
                end = "closed by TCP alone"
                break
            except (OSError, ValueError) as error:
                end = str(error)
                break
            with self._changed:
                self.items.extend(found)
                self._changed.notify_all()
        with self._changed:
            self.end = end
            self._changed.notify_all()

    def wait(self, service, kind, seconds=5, where=None):
        """The earliest item of this kind that nobody took."""

        def place():
            for index, one in enumerate(self.items):
                fits = (one.service, one.kind) == (service, kind) and index not in self._taken
                if fits and (not where or where(one)):
                    return index
            return None

        with self._changed:
            self._changed.wait_for(lambda: place() is not None or self.end is not None, seconds)
            index = place()
            if index is None:
                heard = ", ".join("%04x/%02x" % (one.service, one.kind) for one in self.items[-20:])
                raise TooLate(
                    "no item %04x/%02x within %.1f s; end: %s; heard: %s"
                    % (service, kind, seconds, self.end, heard)
                )
            self._taken.add(index)
            return self.items[index]

    def heard(self, service, kind=None):
        with self._changed:
            return [
                one for one in self.items
                if one.service == service and (kind is None or one.kind == kind)
            ]

    def wait_end(self, seconds=5):
        """Waits until the other side has closed; why, as far as TLS told."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.end is not None, seconds):
                raise TooLate("the connection is still open after %.1f s" % seconds)
            return self.end

    def close(self):
        try:
            self._tls.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        with self._changed:
            self._changed.wait_for(lambda: self.end is not None, 2)
        self._tls.close()


class Listener:
    """A port that a scripted peer takes calls on; each becomes a `Wire` with the handshake done."""

    def __init__(self, host, identity, port=PORT, **how):
        self.socket = host.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("", port))
        self.socket.listen(64)
        self._context = identity.context(server=True, **how)
        self._changed = threading.Condition()
        self.wires, self.failed, self._taken, self._open = [], [], 0, True
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._open = False
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        for wire in self.wires:
            wire.close()

    def _accept(self):
        while self._open:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            try:
                sock.settimeout(10)
                wire = Wire(self._context.wrap_socket(sock, server_side=True))
            except OSError as error:
                with self._changed:
                    self.failed.append(str(error))
                    self._changed.notify_all()
                sock.close()
                continue
            with self._changed:
                self.wires.append(wire)
                self._changed.notify_all()

    def take(self, seconds=10):
        """The next call that got through."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.wires) > self._taken, seconds):
                raise TooLate("nobody called within %.1f s; failed: %s" % (seconds, self.failed[-3:]))
            self._taken += 1
            return self.wires[self._taken - 1]

    def wait_failed(self, seconds=10):
        until(lambda: self.failed, seconds, "a handshake fails")
        return self.failed[-1]


class Sharer:
    """Answers on a wire as a node that shares files: names to bytes, all in one folder.

    `lists`, `serves` and `hashes` may be replaced by a test, to bend what is said.
    """

    PIECE = 240 * 1024

    def __init__(self, wire, files, name="shared"):
        self.wire, self.name, self.files = wire, name, dict(files)
        self.by_hash = {hashlib.sha1(data).digest(): data for data in self.files.values()}
        self.inner = hashlib.sha1(name.encode()).digest()
        self.lists, self.serves, self.hashes = self._lists, self._serves, self._hashes
        self.asked = []
        self._next = 0
        self._answers = {
            (items.LISTS, 1): self._answer_list,
            (items.TRANSFER, 1): self._answer_data,
            (items.TRANSFER, 4): self._answer_map,
            (items.TRANSFER, 8): self._answer_hash,
            (items.RTT, 1): self._answer_ping,
        }
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            with self.wire._changed:
                self.wire._changed.wait_for(
                    lambda: len(self.wire.items) > self._next or self.wire.end is not None
                )
                if len(self.wire.items) == self._next:
                    return
                one = self.wire.items[self._next]
                self._next += 1
            answer = self._answers.get((one.service, one.kind))
            if answer and not self.wire.try_send(answer(one)):
                return

    def _lists(self, digest):
        """What a folder holds, as its payload."""
        if digest == items.ROOT:
            return items.folder("", [self.inner])
        files = [(name, len(data), hashlib.sha1(data).digest()) for name, data in self.files.items()]
        return items.folder(self.name, (), files)

    def _serves(self, digest, offset, length):
        """The bytes of a file."""
        return self.by_hash.get(digest, b"")[offset : offset + length]

    def _hashes(self, digest, chunk):
        return hashlib.sha1(self.serves(digest, chunk * items.CHUNK, items.CHUNK)).digest()

    def _answer_list(self, one):
        digest, number = items.read_sync_request(one)
        self.asked.append(("list", digest))
        return items.sync_response(digest, number, self.lists(digest))

    def _answer_data(self, one):
        offset, length, digest = items.read_data_request(one)
        self.asked.append(("data", offset))
        size = len(self.by_hash.get(digest, b""))
        piece = self.serves(digest, offset, length)
        cuts = range(0, len(piece), self.PIECE)
        return b"".join(
            items.data(size, digest, offset + at, piece[at : at + self.PIECE]) for at in cuts
        )

    def _answer_map(self, one):
        digest = one.body[1:21]
        if one.body[0] or digest not in self.by_hash:
            return b""
        return items.full_map(digest, len(self.by_hash[digest]))

    def _answer_hash(self, one):
        digest, chunk = one.body[:20], struct.unpack_from(">I", one.body, 20)[0]
        self.asked.append(("hash", chunk))
        return items.chunk_hash(digest, chunk, self.hashes(digest, chunk))

    @staticmethod
    def _answer_ping(one):
        number, sent = struct.unpack_from(">IQ", one.body)
        return items.pong(number, sent)


def connect(host, address, port=PORT, source=None, seconds=5):
    """A TCP connection, from one of the host's addresses."""
    sock = host.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(seconds)
    try:
        if source:
            sock.bind((source, 0))
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock
