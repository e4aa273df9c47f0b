"""A client of cs594, the JSON relay protocol, written from its specification."""

import base64
import json
import re

import stream

CONNECT, OK, JOIN, SEND_MSG, SHOW_MSG, LIST_ROOM, LIST_ROOM_RESP, LEAVE = range(1, 9)
LIST_USERS, LIST_USER_RESP, QUIT, SEND_GROUP_MSG, SEND_PRV_MSG, SERVER_SHUTDOWN = range(9, 15)
KEEP_ALIVE, FILE_OFFER, FILE_ACCEPT, FILE_REJECT, FILE_SEGMENT = range(15, 20)
HISTORY, HISTORY_RESP = 20, 21

ILLEGAL_NAME, NAME_ALREADY_EXISTS, USER_LIMIT_REACHED, ROOM_LIMIT_REACHED = range(201, 205)
MALFORMED_REQUEST, ILLEGAL_REQUEST, ROOM_NOT_FOUND, USER_NOT_FOUND = range(205, 209)

SEGMENT = 1024
PACKET = re.compile(rb'\{"Header":\{"OP-CODE":(\d+),"Length":(\d+)\},"Payload":(.*)\}', re.DOTALL)


def packet(op, payload=""):
    """A packet's bytes, without a line end."""
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    length = 0 if payload == "" else len(text)
    return b'{"Header":{"OP-CODE":%d,"Length":%d},"Payload":%s}' % (op, length, text)


def read_packet(data):
    """OP-CODE and payload of a packet of the hub's, which has to be in the form that hubs send."""
    match = PACKET.fullmatch(data)
    if not match:
        raise ValueError(f"no packet: {data!r}")
    op, length, payload = int(match[1]), int(match[2]), match[3]
    if length != (0 if payload == b'""' else len(payload)):
        raise ValueError(f"wrong length: {data!r}")
    return op, json.loads(payload)


class Client:
    """A person on this wire, who writes one packet a line."""

    def __init__(self, connection, name):
        self.stream = connection
        self.name = name

    def send(self, op, payload=""):
        self.stream.send(packet(op, payload) + b"\n")

    def packet(self):
        """The next packet: OP-CODE and payload."""
        return read_packet(self.stream.take_line())

    def wait_for(self, *wanted):
        """The payload of the next packet with one of these OP-CODEs."""
        while True:
            op, payload = self.packet()
            if op in wanted:
                return payload
            if op > 200:
                raise AssertionError(f"{self.name} got error {payload}")

    def expect(self, wanted):
        """The payload of the next packet, which must have that OP-CODE."""
        op, payload = self.packet()
        if op != wanted:
            raise AssertionError(f"{self.name} got {op} {payload}, wanted {wanted}")
        return payload

    def register(self):
        self.send(CONNECT, self.name)
        self.expect(OK)
        return self

    def enter(self, *rooms):
        names = rooms[0] if len(rooms) == 1 else list(rooms)
        self.send(JOIN, {"Room-Name": names, "User-Name": self.name})
        self.wait_for(OK)

    def members(self, room):
        self.send(LIST_USERS, {"Room-Name": room})
        return self.wait_for(LIST_USER_RESP)["Message"]

    def post(self, room, text):
        request = {"Room-Name": room, "User-Name": self.name, "Message": text}
        self.send(SEND_MSG, request)

    def wait_for_show(self):
        """Room (or PRV MSG), sender, text of the next message."""
        shown = self.wait_for(SHOW_MSG)
        if shown["User-Name"] != self.name or shown["From-Name"] != shown["From-User"]:
            raise AssertionError(f"{self.name} was shown {shown}")
        return shown["To-Room"], shown["From-Name"], shown["Message"]

    def tell(self, name, text):
        self.send(SEND_PRV_MSG, {"User-Name": self.name, "To-User": name, "Message": text})

    def offer(self, name, file_name, size):
        """Offers a file; gives its number."""
        request = {"User-Name": self.name, "To-User": name, "File-Name": file_name, "Size": size}
        self.send(FILE_OFFER, request)
        return self.wait_for(OK)["Transfer-Id"]

    def wait_for_offer(self):
        return self.wait_for(FILE_OFFER)

    def accept(self, offer):
        answer = {"To-User": offer["User-Name"], "Transfer-Id": offer["Transfer-Id"]}
        self.send(FILE_ACCEPT, {"User-Name": self.name, **answer})

    def send_segment(self, number, seq, data, last):
        text = base64.b64encode(data).decode()
        segment = {"Transfer-Id": number, "Seq": seq, "Data": text, "Last": last}
        self.send(FILE_SEGMENT, segment)

    def send_file(self, number, data):
        for seq, at in enumerate(range(0, len(data), SEGMENT)):
            last = at + SEGMENT >= len(data)
            self.send_segment(number, seq, data[at : at + SEGMENT], last)

    def receive_files(self, count):
        """The contents of that many accepted files, by number."""
        files, segments, open_ones = {}, {}, count
        while open_ones:
            segment = self.wait_for(FILE_SEGMENT)
            number, data = segment["Transfer-Id"], base64.b64decode(segment["Data"], validate=True)
            expected = segments.get(number, 0)
            if segment["Seq"] != expected:
                raise AssertionError(f"segment {segment['Seq']} came, {expected} was to come")
            if len(data) > SEGMENT or (len(data) < SEGMENT and not segment["Last"]):
                raise AssertionError(f"a segment of {len(data)} bytes")
            segments[number] = expected + 1
            files.setdefault(number, bytearray()).extend(data)
            open_ones -= segment["Last"]
        return files


class Bare(Client):
    """As the author's program: packets end with nothing, and what one `recv` gives is one packet.

    Names of several rooms are a JSON array as text in a string. `Length` is whatever the author's
    language takes for an object's size.
    """

    def send(self, op, payload=""):
        request = {"Header": {"OP-CODE": op, "Length": 232}, "Payload": payload}
        self.stream.send(json.dumps(request).encode())

    def packet(self):
        return read_packet(self.stream.read(1024))

    def enter(self, *rooms):
        self.send(JOIN, {"Room-Name": json.dumps(rooms), "User-Name": self.name})
        self.wait_for(OK)


def connect(address, name):
    """Somebody who is not registered yet."""
    return Client(stream.tcp(address), name)


def join(address, name):
    """Somebody who is online."""
    return connect(address, name).register()
