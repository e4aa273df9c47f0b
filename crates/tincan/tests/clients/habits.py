"""What the protocols' authors' own programs do, and careless ones."""

import json

import cp
import cs494
import cs594
import stream
from scenario import expect, main


def cp_without_line_ends(hub):
    """One command a segment, ended with nothing; one PDU a `recv`."""
    ana = cp.Bare(stream.tcp(hub["cp"]))
    expect(ana.sign_in("ana", "wrong"), 565, "a wrong password")
    expect(ana.sign_in("ana", hub["password"]), 230, "the right one")
    expect(ana.ask("RMSG"), 256, "no mail")
    for text in ["one", "two", "three"]:
        expect(ana.ask(f"SMSGana:{text}"), 240, "to herself")
    expect(ana.ask("SMSGnobody:x"), 545, "nobody")
    expect(ana.ask("SMSGana:a:b"), 546, "colons")
    expect(ana.ask("JUMP"), 500, "no such command")
    expect(ana.letters(), [("ana", "one"), ("ana", "two"), ("ana", "three")], "one PDU a read")
    ana.send("TERM")
    ana.stream.close()
    again = cp.Bare(stream.tcp(hub["cp"]))
    expect(again.sign_in("ana", hub["password"]), 230, "again")
    expect(again.ask("RMSG"), 256, "acknowledged letters are gone")


def cp_reject(hub):
    """A hub may refuse such programs."""
    ana = cp.Bare(stream.tcp(hub["cp"]))
    expect(ana.ask("USERana"), 500, "no CRLF")
    expect(ana.stream.take_rest(), b"", "and the connection is closed")


def cp_bytewise(hub):
    """Once a line has ended with CRLF, pauses mean nothing."""
    ana = cp.connect(hub["cp"])
    expect(ana.ask("USERana"), 220, "the first line settles it")
    ana.stream.send_bytewise(b"PASS" + hub["password"].encode() + b"\r\n")
    expect(ana.code(), 230, "byte by byte")
    ana.stream.send_bytewise(b"SMSGana:\xc3\xa9t\xc3\xa9\r\nRMSG\r\n")
    expect(ana.code(), 240, "byte by byte")
    expect(ana.take_letter(), ("ana", "été"), "letters of two bytes each")
    ana.send("250 ok")
    expect(ana.code(), 255, "the end")
    ana.stream.send(b"SMSGana:1\r\nSMSGana:2\nRMSG\r\n250 \r\n250 \r\nTERM\r\nUSERana\r\n")
    answers = [ana.pdu()[:4].strip() for _ in range(6)]
    expect(answers, ["240", "240", "RMSG", "RMSG", "255", "220"], "all in one segment")


def cs594_bare_packets(hub):
    """Packets without line ends, names of rooms as text, one packet a `recv(1024)`."""
    bo = cs594.Bare(stream.tcp(hub["cs594"]), "bo").register()
    cy = cs594.join(hub["cs594"], "cy")
    bo.enter("kitchen", "garden")
    bo.send(cs594.LIST_ROOM)
    rooms = bo.expect(cs594.LIST_ROOM_RESP)["Message"]
    expect(sorted(json.loads(rooms)), ["garden", "kitchen"], "rooms, as text in a string")
    cy.enter("kitchen", "garden")
    expect(sorted(cy.members("kitchen")), ["bo", "cy"], "the same room on both dialects")
    bo.send(cs594.LIST_USERS, {"Room-Name": "kitchen"})
    users = bo.expect(cs594.LIST_USER_RESP)["Message"]
    expect(sorted(json.loads(users)), ["bo", "cy"], "people, as text in a string")
    for n in range(5):
        cy.post("kitchen", f"number {n}")
    shown = [bo.wait_for_show() for _ in range(5)]
    expect(shown, [("kitchen", "cy", f"number {n}") for n in range(5)], "one packet a read")
    request = {"Room-Name": '["kitchen", "garden"]', "User-Name": "bo", "Message": "to both"}
    bo.send(cs594.SEND_GROUP_MSG, request)
    rooms = {bo.wait_for_show()[0], bo.wait_for_show()[0]}
    expect(rooms, {"kitchen", "garden"}, "a message to both rooms")
    bo.send(cs594.LEAVE, {"Room-Name": "garden", "User-Name": "bo"})
    bo.expect(cs594.OK)
    bo.send(99)
    bo.expect(cs594.ILLEGAL_REQUEST)
    bo.send(cs594.QUIT, {"User-Name": "bo"})
    bo.expect(cs594.OK)
    expect(bo.stream.take_rest(), b"", "closed")
    expect(cy.members("kitchen"), ["cy"], "nothing is left of bo")


def cs594_pieces(hub):
    """Objects one after another, however they are split."""
    bo = cs594.connect(hub["cs594"], "bo")
    room = {"Room-Name": "kitchen", "User-Name": "bo"}
    bo.stream.send_bytewise(cs594.packet(cs594.CONNECT, "bo") + b"\n")
    bo.expect(cs594.OK)
    bo.stream.send_bytewise(cs594.packet(cs594.JOIN, room) + b"\r\n")
    bo.expect(cs594.OK)
    words = [cs594.packet(cs594.SEND_MSG, {**room, "Message": f"é{n}}}{{"}) for n in range(6)]
    bo.stream.send(words[0] + words[1] + b"  " + words[2] + b"\n\n" + words[3] + words[4][:7])
    bo.stream.send(words[4][7:] + words[5] + b"\n")
    shown = [bo.wait_for_show()[2] for _ in range(6)]
    expect(shown, [f"é{n}}}{{" for n in range(6)], "all, in order")
    # What is no packet is told so, and the next line is read again.
    for broken in [b"{]}", b"nonsense", b'{"Header":{"OP-CODE":6}}', b'{"Payload":""}', b"\xff{}"]:
        bo.stream.send(broken + b"\n")
        expect(bo.expect(cs594.MALFORMED_REQUEST)["Error"], 205, f"{broken}")
    expect(bo.members("kitchen"), ["bo"], "the session has gone on")
    bo.send(cs594.SEND_PRV_MSG, {"User-Name": "eve", "To-User": "bo", "Message": "I am eve"})
    bo.expect(cs594.ILLEGAL_REQUEST)


def half_a_packet(hub):
    """A packet that does not go on is no sign of life."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    bo.send(cs594.KEEP_ALIVE)
    ana.stream.send(cs494.frame(cs494.SEND_MESSAGE, bytes(100))[:-50])
    bo.stream.send(cs594.packet(cs594.LIST_ROOM)[:-5])
    # The hub gives signs of life, of which there are few before it has had enough: 10 s, 20 s.
    heard = bo.stream.take_rest(10 * 100)
    expect(heard.count(b'"OP-CODE":15') in (1, 2), True, "keep-alives")
    heard = ana.stream.take_rest(10 * 5)
    expect(heard.count(cs494.frame(cs494.HEARTBEAT)) in (3, 4, 5), True, f"heartbeats: {heard}")


def cs494_pieces(hub):
    """Frames split at every byte, and many in a segment."""
    ana = cs494.connect(hub["cs494"], "ana")
    entering = cs494.frame(cs494.ENTER_ROOM, cs494.name_field("kitchen"))
    ana.stream.send_bytewise(cs494.frame(cs494.NEW_CLIENT, cs494.name_field("ana")) + entering)
    expect(ana.wait_for_members("kitchen"), ["ana"], "byte by byte")
    bodies = [cs494.name_field("kitchen") + cs494.text_field(f"n{n}") for n in range(50)]
    frames = b"".join(cs494.frame(cs494.SEND_MESSAGE, body) for body in bodies)
    ana.stream.send(frames)
    posts = [ana.wait_for_post()[2] for _ in range(50)]
    expect(posts, [f"n{n}" for n in range(50)], "fifty in one segment")
    # What stands behind a name's NUL is nobody's business.
    ana.send(cs494.LEAVE_ROOM, b"kitchen\0" + b"\xff" * 56)
    ana.send(cs494.LIST_ROOMS)
    while (listing := cs494.read_listing(ana.wait_for(cs494.ROOM_LISTING)))[1]:
        pass
    expect(listing, ("", []), "the room is closed")


def cs494_broadcast(hub):
    """The author's program sends a broadcast without the field that nobody uses."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs494.join(hub["cs494"], "bo")
    for room in ["kitchen", "garden"]:
        ana.enter(room)
    bo.enter("kitchen")
    longer = "a text that is longer than the sixty-four bytes that the field would take, by far"
    for text in ["hello all", longer]:
        ana.send(cs494.BROADCAST_MESSAGE, cs494.text_field(text))
        expect(bo.wait_for_post(), ("kitchen", "ana", text), "without the field")
        rooms = {ana.wait_for_post()[0], ana.wait_for_post()[0]}
        expect(rooms, {"kitchen", "garden"}, "once a room")
        ana.send(cs494.BROADCAST_MESSAGE, bytes(64) + cs494.text_field(text))
        expect(bo.wait_for_post(), ("kitchen", "ana", text), "with the field")
        rooms = {ana.wait_for_post()[0], ana.wait_for_post()[0]}
        expect(rooms, {"kitchen", "garden"}, "once a room")


if __name__ == "__main__":
    main(
        [
            cp_without_line_ends,
            cp_reject,
            cp_bytewise,
            cs594_bare_packets,
            cs594_pieces,
            half_a_packet,
            cs494_pieces,
            cs494_broadcast,
        ]
    )
