"""Bytes that no honest program sends, while two people talk."""

import concurrent.futures
import random
import threading

import cp
import cs494
import cs594
import stream
from scenario import Parallel, expect, expect_true, main

# Garbage connections that are open at once.
AT_ONCE = 16
# Bytes that the hub may have grown by at the end, which is about a password's hash in progress.
MOST_GROWTH = 32 * 1024 * 1024


def flipped(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def cut(rng, data):
    return data[: rng.randrange(len(data))]


def mixed(rng, data):
    """Pieces of a session in any order."""
    pieces = [data[at : at + 13] for at in range(0, len(data), 13)]
    rng.shuffle(pieces)
    return b"".join(pieces)


def cs494_session(rng):
    name = cs494.name_field(f"guest{rng.randrange(1_000_000)}")
    room = cs494.name_field(f"room{rng.randrange(20)}")
    offer = cs494.Offer("ana", "guest", 1, 5000, "x.bin").payload()
    frames = [
        (cs494.NEW_CLIENT, name),
        (cs494.ENTER_ROOM, room),
        (cs494.SEND_MESSAGE, room + cs494.text_field("a word or two")),
        (cs494.BROADCAST_MESSAGE, bytes(64) + cs494.text_field("to all")),
        (cs494.LIST_ROOMS, b""),
        (cs494.QUERY_USER, name + b"\2"),
        (cs494.DIRECT_MESSAGE, name + cs494.text_field("to myself")),
        (cs494.OFFER_FILE, offer),
        (cs494.FILE_TRANSFER, b"\0\1\0data"),
        (cs494.LEAVE_ROOM, room),
        (cs494.CLIENT_DEPARTS, cs494.text_field("bye")),
    ]
    return b"".join(cs494.frame(*frame) for frame in frames)


def cs594_session(rng):
    me = {"User-Name": f"guest{rng.randrange(1_000_000)}"}
    room = {"Room-Name": [f"room{rng.randrange(20)}"], **me}
    offer = {"To-User": "bo", "File-Name": "x", "Size": 3000, **me}
    packets = [
        (cs594.CONNECT, me["User-Name"]),
        (cs594.JOIN, room),
        (cs594.SEND_MSG, {**room, "Message": "a word or two"}),
        (cs594.SEND_PRV_MSG, {**me, "To-User": me["User-Name"], "Message": "to myself"}),
        (cs594.LIST_ROOM, ""),
        (cs594.LIST_USERS, room),
        (cs594.KEEP_ALIVE, ""),
        (cs594.FILE_OFFER, offer),
        (cs594.FILE_SEGMENT, {"Transfer-Id": 1, "Seq": 0, "Data": "AAAA", "Last": True}),
        (cs594.HISTORY, {**room, "Limit": 3}),
        (cs594.LEAVE, room),
        (cs594.QUIT, me),
    ]
    return b"".join(cs594.packet(*packet) + b"\n" for packet in packets)


def cp_session(rng):
    # No password: each would cost a hash, which is what guests may not have for nothing.
    pdus = [f"USERguest{rng.randrange(1000)}", "RMSG", "SMSGana:hello", "250 ok", "201 ok", "TERM"]
    return b"".join(pdu.encode() + b"\r\n" for pdu in pdus)


def cs494_oddities():
    """Each kind with lengths that it cannot have, after a good beginning and without one."""
    hello = cs494.frame(cs494.NEW_CLIENT, cs494.name_field("odd"))
    for kind in [*range(0x00, 0x15), 0x7F, 0xFF]:
        for length in [0, 1, 63, 65, 133, 12_063, 0x7FFF_FFFF, 0xFFFF_FFFF]:
            header = bytes([kind]) + length.to_bytes(4, "big")
            yield header + b"x" * 100
            yield hello + header + b"\0" * min(length, 20_000)


def cs594_oddities():
    """JSON that does not end, is deep, or says what cannot be."""
    head = b'{"Header":{"OP-CODE":4,"Length":0},"Payload":'
    endless = [b"[", b'{"a":', b'{"a":[', b'"x', b"1", b" ", b"\\", b'"\\u12', b"\xff"]
    for piece in endless:
        yield head + piece * (80_000 // len(piece))
        yield piece * (80_000 // len(piece))
    for op in ["-1", "1e999", "9" * 400, "true", '"1"', "[1]", "1.5", "null", "{}", "4294967297"]:
        yield b'{"Header":{"OP-CODE":%s,"Length":0},"Payload":""}\n' % op.encode()
        yield b'{"Header":{"OP-CODE":1,"Length":%s},"Payload":"guest"}\n' % op.encode()
    for name in [b"\\u0000", b"\\ud800", b"", b" ", b"x" * 21, b"\xc3\xa9", b"~x", b"a b"]:
        yield b'{"Header":{"OP-CODE":1,"Length":0},"Payload":"%s"}\n' % name
    yield b"A" * 100_000
    yield b"AAAA\n" * 1000
    yield b"{}" * 2000
    yield b"\n" * 10_000


def cp_oddities():
    yield b"x" * 1_000_000
    yield b"\xff\xfe\r\n" * 500
    yield b"\r\n" * 5000
    yield b"USER" + b"y" * 2000 + b"\r\nUSER\r\nUSER:\r\nUSERa b\r\n"
    yield b"SMSG" + b":" * 1000 + b"\r\nSMSGx\r\n"
    yield b"USERguest\r\nUSERguest\r\nPASS\r\nPASS" + b"p" * 16 + b"\r\n"
    yield b"\0" * 5000
    yield "USERé\r\nÄÖÜ\r\n".encode()
    yield b"250\r\n201\r\nTERM\r\nRMSG\r\n"
    yield b"USERzed\r\nPASSwrong\r\nRMSG\r\nTERM\r\n"


def garbage(wire, seed):
    """What the connections to one wire send, each an element."""
    session, oddities = {
        "cs494": (cs494_session, cs494_oddities),
        "cs594": (cs594_session, cs594_oddities),
        "cp": (cp_session, cp_oddities),
    }[wire]
    rng = random.Random(seed)
    yield from oddities()
    for _ in range(60):
        yield rng.randbytes(rng.choice([1, 4, 5, 64, 1000, 70_000]))
        yield flipped(rng, session(rng))
        yield flipped(rng, session(rng))
        yield cut(rng, session(rng))
        yield mixed(rng, session(rng))


def throw(address, data, way):
    """One connection with garbage; the hub ends it, whatever it says before."""
    connection = stream.tcp(address)
    try:
        if way == 0 and len(data) < 200:
            connection.send_bytewise(data)
        else:
            connection.send(data)
    except stream.Ended:
        pass  # It has heard enough.
    if way != 1:
        connection.finish()
        connection.take_rest()
    connection.close()


class Talk:
    """Two people on two wires say numbers in turn until they are told to stop."""

    def __init__(self, hub):
        self.ana = cs494.join(hub["cs494"], "ana")
        self.bo = cs594.join(hub["cs594"], "bo")
        self.ana.enter("kitchen")
        self.bo.enter("kitchen")
        self.enough = threading.Event()
        self.talking = Parallel(self.run)

    def run(self):
        count = 0
        while not self.enough.is_set():
            count += 1
            if count % 2:
                self.ana.post("kitchen", str(count))
            else:
                self.bo.post("kitchen", str(count))
            sender = "ana" if count % 2 else "bo"
            expect(self.ana.wait_for_post(), ("kitchen", sender, str(count)), "undisturbed")
            expect(self.bo.wait_for_show(), ("kitchen", sender, str(count)), "undisturbed")
        return count

    def end(self):
        self.enough.set()
        return self.talking.join()


def thousand(hub):
    """More than a thousand connections, all wires mixed."""
    thrown = []
    for seed, wire in enumerate(["cs494", "cs594", "cp"]):
        thrown += [(hub[wire], data) for data in garbage(wire, seed)]
    random.Random(7).shuffle(thrown)
    expect_true(len(thrown) > 1000, "a thousand connections")
    talk = Talk(hub)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:

        def throw_all(connections):
            ways = enumerate(connections)
            for done in [pool.submit(throw, *what, n % 4) for n, what in ways]:
                done.result()

        # The first hundred warm it up: what it then has is what it works with.
        throw_all(thrown[:100])
        before = hub.memory()
        throw_all(thrown[100:])
        grown = hub.memory() - before
    expect_true(talk.end() > 10, "they have talked all the while")
    expect_true(grown < MOST_GROWTH, f"the hub has grown by {grown} bytes")
    # Whoever held on to nothing has left nothing.
    watch = cs494.join(hub["cs494"], "watch")
    expect(watch.ask_about("ana"), cs494.ONLINE, "ana is still there")
    box = cp.join(hub["cp"], "dee", hub["password"])
    expect(box.letters(), [], "dee has no mail from nobody")


if __name__ == "__main__":
    main([thousand])
