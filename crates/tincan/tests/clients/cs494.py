"""A client of cs494, the binary relay protocol, written from its specification."""

import struct

import stream

ERR, NEW_CLIENT, HEARTBEAT, ENTER_ROOM, LEAVE_ROOM, LIST_ROOMS, ROOM_LISTING = range(0x01, 0x08)
USER_LISTING, QUERY_USER, SEND_MESSAGE, BROADCAST_MESSAGE, POST_MESSAGE = range(0x08, 0x0D)
DIRECT_MESSAGE, OFFER_FILE, ACCEPT_FILE, REJECT_FILE, FILE_TRANSFER = range(0x0D, 0x12)
CLIENT_DEPARTS, SERVER_DEPARTS = 0x12, 0x13

NAME_IN_USE, TOO_MANY_USERS = 0x04, 0x08
OFFLINE, ONLINE, ASKING = 0, 1, 2
MOST_FILE_BYTES = 4096


def frame(kind, payload=b""):
    return struct.pack(">BI", kind, len(payload)) + payload


def name_field(name):
    return name.encode().ljust(64, b"\0")


def text_field(text):
    return text.encode() + b"\0"


def read_name(field):
    name, _, padding = field.partition(b"\0")
    if padding.strip(b"\0"):
        raise ValueError(f"not all zero behind the name: {field!r}")
    return name.decode()


def read_text(field):
    if field[-1:] != b"\0" or b"\0" in field[:-1]:
        raise ValueError(f"not a text with one NUL, at its end: {field!r}")
    return field[:-1].decode()


def read_listing(payload):
    """Identifier and names."""
    names = [read_name(payload[at : at + 64]) for at in range(0, len(payload), 64)]
    return names[0], names[1:]


def read_post(payload):
    """Room, sender, text."""
    return read_name(payload[:64]), read_name(payload[64:128]), read_text(payload[128:])


def read_direct(payload):
    """The other person, text."""
    return read_name(payload[:64]), read_text(payload[64:])


class Offer:
    """The payload of OFFER_FILE, ACCEPT_FILE and REJECT_FILE."""

    def __init__(self, target, source, number, size, file_name):
        self.target = target
        self.source = source
        self.number = number
        self.size = size
        self.file_name = file_name

    @staticmethod
    def read(payload):
        number, size = struct.unpack(">HI", payload[128:134])
        names = read_name(payload[:64]), read_name(payload[64:128])
        return Offer(*names, number, size, payload[134:].decode())

    def payload(self):
        names = name_field(self.target) + name_field(self.source)
        return names + struct.pack(">HI", self.number, self.size) + self.file_name.encode()


class Client:
    """A person on this wire."""

    def __init__(self, connection, name):
        self.stream = connection
        self.name = name

    def send(self, kind, payload=b""):
        self.stream.send(frame(kind, payload))

    def packet(self):
        """The next packet that is no heartbeat: kind and payload."""
        while True:
            kind, length = struct.unpack(">BI", self.stream.take(5))
            payload = self.stream.take(length)
            if kind != HEARTBEAT:
                return kind, payload
            self.send(HEARTBEAT)

    def wait_for(self, wanted):
        """The payload of the next packet of that kind."""
        while True:
            kind, payload = self.packet()
            if kind == wanted:
                return payload
            if kind == ERR:
                raise AssertionError(f"{self.name} got error {payload[0]:#04x}")

    def register(self):
        """Takes the name. Silence is success, so a question about it tells."""
        self.send(NEW_CLIENT, name_field(self.name))
        if self.ask_about(self.name) != ONLINE:
            raise AssertionError(f"{self.name} is not online")
        return self

    def ask_about(self, name):
        """Whether somebody is online."""
        self.send(QUERY_USER, name_field(name) + bytes([ASKING]))
        return self.wait_for_status(name)

    def wait_for_status(self, name):
        answer = self.wait_for(QUERY_USER)
        if read_name(answer[:64]) != name:
            raise AssertionError(f"asked about {name}, told about {answer!r}")
        return answer[64]

    def enter(self, room):
        """Enters a room; gives who is in it."""
        self.send(ENTER_ROOM, name_field(room))
        return self.wait_for_members(room)

    def wait_for_members(self, room):
        while True:
            listed, names = read_listing(self.wait_for(USER_LISTING))
            if listed == room:
                return names

    def post(self, room, text):
        self.send(SEND_MESSAGE, name_field(room) + text_field(text))

    def wait_for_post(self):
        """Room, sender, text."""
        return read_post(self.wait_for(POST_MESSAGE))

    def tell(self, name, text):
        self.send(DIRECT_MESSAGE, name_field(name) + text_field(text))

    def wait_for_direct(self):
        """Sender, text."""
        return read_direct(self.wait_for(DIRECT_MESSAGE))

    def offer(self, target, size, file_name):
        offer = Offer(target, self.name, 0, size, file_name)
        self.send(OFFER_FILE, offer.payload())

    def wait_for_offer(self):
        return Offer.read(self.wait_for(OFFER_FILE))

    def accept(self, offer):
        self.send(ACCEPT_FILE, offer.payload())

    def send_piece(self, number, data, last):
        self.send(FILE_TRANSFER, struct.pack(">HB", number, last) + data)

    def send_file(self, number, data, sizes):
        """Sends a file in pieces of these sizes, which come round again."""
        at = turn = 0
        while at < len(data):
            piece = data[at : at + sizes[turn % len(sizes)]]
            at += len(piece)
            turn += 1
            self.send_piece(number, piece, at == len(data))

    def receive_files(self, count):
        """The contents of that many accepted files, by number."""
        files, open_ones = {}, count
        while open_ones:
            payload = self.wait_for(FILE_TRANSFER)
            number, last = struct.unpack(">HB", payload[:3])
            files.setdefault(number, bytearray()).extend(payload[3:])
            open_ones -= last
        return files

    def expect_error(self):
        """The error that the hub closes the connection with."""
        kind, payload = self.packet()
        while kind != ERR:
            kind, payload = self.packet()
        if rest := self.stream.take_rest():
            raise AssertionError(f"{rest!r} came after an error")
        return payload[0]


def connect(address, name, **options):
    """Somebody who is not registered yet."""
    return Client(stream.tcp(address, **options), name)


def join(address, name, **options):
    """Somebody who is online."""
    return connect(address, name, **options).register()
