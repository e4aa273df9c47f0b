"""Bytes to and from a hub. Every wait has an end."""

import socket
import subprocess

# Seconds that anything may take, on however slow a machine: only a failing test waits for it.
PATIENCE = 30.0


def system_keeps():
    """Bytes that this system keeps, at most, of what one end has sent and the other has not read,
    where that end's own buffer is small."""
    with open("/proc/sys/net/ipv4/tcp_wmem", encoding="ascii") as sizes:
        return int(sizes.read().split()[2])


class Ended(Exception):
    """The hub has closed the connection."""


class Stream:
    """A connection, read in whatever pieces are wanted."""

    def __init__(self, sock, process=None):
        self.sock = sock
        self.process = process
        self.rest = bytearray()
        sock.settimeout(PATIENCE)

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Ended from error

    def send_bytewise(self, data):
        """Each byte is a TCP segment of its own."""
        for byte in data:
            self.send(bytes([byte]))

    def read(self, most=65536):
        """What one `recv` gives, as the programs do that take it for one packet."""
        try:
            data = self.sock.recv(most)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise Ended from error
        except socket.timeout as error:
            raise TimeoutError(f"the hub said no more than {bytes(self.rest)!r}") from error
        if not data:
            raise Ended
        return data

    def take(self, count):
        """The next `count` bytes."""
        while len(self.rest) < count:
            self.rest += self.read()
        taken = bytes(self.rest[:count])
        del self.rest[:count]
        return taken

    def take_line(self, end=b"\n"):
        """The bytes before the next `end`."""
        searched = 0
        while (at := self.rest.find(end, searched)) < 0:
            searched = max(0, len(self.rest) - len(end) + 1)
            self.rest += self.read()
        line = bytes(self.rest[:at])
        del self.rest[: at + len(end)]
        return line

    def take_rest(self, most=1 << 30):
        """All bytes until the hub closes the connection; not many more than `most`."""
        try:
            while True:
                self.rest += self.read()
                if len(self.rest) > most:
                    raise AssertionError(f"{len(self.rest)} bytes and no end")
        except Ended:
            rest = bytes(self.rest)
            self.rest.clear()
            return rest

    def finish(self):
        """Says that no more bytes will be sent."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The hub has closed already.

    def close(self):
        self.sock.close()
        if self.process:
            self.process.terminate()
            self.process.wait()


def tcp(address, receive_buffer=None, send_buffer=None):
    """A plain connection to `host:port`; each `send` is a TCP segment of its own."""
    host, port = address.rsplit(":", 1)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(PATIENCE)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if send_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    sock.connect((host, int(port)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Stream(sock)


def through(*command):
    """A connection whose other end is a program's standard input and output."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs)
    theirs.close()
    return Stream(ours, process)


def netcat(address):
    host, port = address.rsplit(":", 1)
    return through("nc", host, port)


def openssl(address, authority, certificate=None, key=None):
    """TLS as `openssl s_client` does it; the hub's certificate has to be `authority`'s."""
    # At the end of its input it takes leave of the hub.
    command = ["openssl", "s_client", "-quiet", "-no_ign_eof", "-connect", address]
    command += ["-CAfile", authority]
    command += ["-verify_return_error", "-verify_ip", address.rsplit(":", 1)[0]]
    if certificate:
        command += ["-cert", certificate, "-key", key]
    return through(*command)
