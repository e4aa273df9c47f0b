"""People on three wires talk."""

import cp
import cs494
import cs594
import stream
from scenario import expect, expect_true, main


def three_wires(hub):
    """Two in a room, one in a mailbox, one away."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    cy = cp.join(hub["cp"], "cy", hub["password"])

    # Rooms are the same on both wires that have them.
    expect(ana.enter("kitchen"), ["ana"], "the room is new")
    bo.send(cs594.LIST_ROOM)
    expect(bo.wait_for(cs594.LIST_ROOM_RESP), {"Message": ["kitchen"]}, "rooms as bo sees them")
    bo.enter("kitchen")
    expect(sorted(ana.wait_for_members("kitchen")), ["ana", "bo"], "ana is told of bo")
    expect(sorted(bo.members("kitchen")), ["ana", "bo"], "bo asks")

    # What is said in a room reaches all who are in it, the speaker too.
    ana.post("kitchen", "Grüße, 日本\ttab")
    expect(ana.wait_for_post(), ("kitchen", "ana", "Grüße, 日本\ttab"), "ana's own")
    expect(bo.wait_for_show(), ("kitchen", "ana", "Grüße, 日本\ttab"), "ana's, at bo")
    bo.post("kitchen", "two\nlines")
    expect(bo.wait_for_show(), ("kitchen", "bo", "two\nlines"), "bo's own")
    expect(ana.wait_for_post(), ("kitchen", "bo", "two"), "bo's first line, at ana")
    expect(ana.wait_for_post(), ("kitchen", "bo", "lines"), "bo's second line, at ana")
    bo.post("kitchen", "bell\a and \u202eturned")
    expect(bo.wait_for_show()[2], "bell\ufffd and \ufffdturned", "control characters are adapted")
    expect(ana.wait_for_post()[2], "bell\ufffd and \ufffdturned", "and at ana the same")

    # From one person to another, on whichever wire.
    ana.tell("bo", "just you")
    expect(bo.wait_for_show(), ("PRV MSG", "ana", "just you"), "ana to bo")
    bo.tell("ana", "and you")
    bo.expect(cs594.OK)
    expect(ana.wait_for_direct(), ("bo", "and you"), "bo to ana")
    expect(cy.ask("SMSGana:from afar"), 240, "cy to ana")
    expect(ana.wait_for_direct(), ("cy", "from afar"), "cy to ana")
    ana.tell("cy", "one\ttab")
    expect(ana.wait_for_status("cy"), cs494.OFFLINE, "a mailbox is no presence")
    bo.tell("cy", "two\nlines")
    bo.expect(cs594.OK)
    expect(cy.letters(), [("ana", "one tab"), ("bo", "two lines")], "cy's mail")
    expect(cy.letters(), [], "acknowledged letters are gone")

    # Nobody by that name.
    ana.tell("nobody", "hello?")
    expect(ana.wait_for_status("nobody"), cs494.OFFLINE, "ana is told")
    bo.tell("nobody", "hello?")
    expect(bo.expect(cs594.USER_NOT_FOUND)["To-User"], "nobody", "bo is told")
    expect(cy.ask("SMSGnobody:hello?"), 545, "cy is told")

    # Mail waits for who is away.
    ana.tell("dee", "from ana")
    expect(ana.wait_for_status("dee"), cs494.OFFLINE, "dee is away")
    bo.tell("dee", "from bo")
    bo.expect(cs594.OK)
    expect(cy.ask("SMSGdee:from cy"), 240, "cy's is stored")
    dee = cp.join(hub["cp"], "dee", hub["password"])
    letters = [("ana", "from ana"), ("bo", "from bo"), ("cy", "from cy")]
    expect(dee.letters(), letters, "dee's mail, oldest first")

    # One name is one person on all wires; who leaves is gone on all.
    for name in ["bo", "BO", "cy"]:
        taken = cs494.connect(hub["cs494"], name)
        taken.send(cs494.NEW_CLIENT, cs494.name_field(name))
        expect(taken.expect_error(), cs494.NAME_IN_USE, f"{name} on cs494")
    second = cs594.connect(hub["cs594"], "ana")
    second.send(cs594.CONNECT, "ana")
    second.expect(cs594.NAME_ALREADY_EXISTS)
    second.send(cs594.CONNECT, "eve")
    second.expect(cs594.OK)
    ana.send(cs494.CLIENT_DEPARTS, cs494.text_field("bye"))
    expect(ana.stream.take_rest()[-5:], b"", "ana's connection is closed")
    expect(bo.wait_for_show(), ("kitchen", "ana", "bye"), "ana's farewell")
    expect(bo.members("kitchen"), ["bo"], "bo is alone")
    bo.send(cs594.QUIT, {"User-Name": "bo"})
    bo.expect(cs594.OK)
    expect(bo.stream.take_rest(), b"", "bo's connection is closed")
    cy.send("TERM")
    expect(cy.sign_in("dee", hub["password"]), 230, "the connection serves another account")


def long_words(hub):
    """The longest that each wire carries, and what becomes of it on the others."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    ana.enter("kitchen")
    bo.enter("kitchen")
    longest = "ä" * 5_999
    ana.post("kitchen", longest)
    expect(ana.wait_for_post()[2], longest, "ana's own")
    expect(bo.wait_for_show()[2], longest, "at bo")
    bo.post("kitchen", longest + "x")
    bo.expect(cs594.MALFORMED_REQUEST)
    ana.tell("dee", longest)
    expect(ana.wait_for_status("dee"), cs494.OFFLINE, "dee is away")
    dee = cp.join(hub["cp"], "dee", hub["password"])
    parts = [text for sender, text in dee.letters() if sender == "ana"]
    expect_true(len(parts) > 11, "eleven PDUs cannot hold it")
    whole = ""
    for number, part in enumerate(parts, start=1):
        head = f"({number}/{len(parts)}) "
        expect(part[: len(head)], head, "each part is numbered")
        whole += part[len(head) :]
    expect(whole, longest, "the parts, put together")
    too_long = cs494.frame(cs494.SEND_MESSAGE, cs494.name_field("kitchen") + b"x" * 12_000)
    ana.stream.send(too_long)
    expect(ana.expect_error(), 0x03, "a text of 12,000 bytes")


def piped(hub):
    """What comes with the end of its connection behind it is answered to the end."""
    bare = cs594.packet(cs594.CONNECT, "bo") + cs594.packet(cs594.LIST_ROOM)
    for _ in range(30):
        connection = stream.tcp(hub["cp"])
        password = hub["password"].encode()
        connection.send(b"USERana\r\nPASS" + password + b"\r\nRMSG\r\nTERM\r\n")
        connection.finish()
        codes = [line[:3] for line in connection.take_rest().splitlines()]
        expect(codes, [b"220", b"230", b"256"], "cp")
        for packets, end in [(bare, b""), (bare.replace(b"}{", b"}\n{") + b"\n", b"\n")]:
            connection = stream.tcp(hub["cs594"])
            connection.send(packets)
            connection.finish()
            answers = connection.take_rest()
            expect(answers.count(b'"OP-CODE"'), 2, "cs594")
            expect(answers[-1:] == b"\n", end == b"\n", "in its own dialect")
        connection = stream.tcp(hub["cs494"])
        name = cs494.name_field("eve")
        hello = cs494.frame(cs494.NEW_CLIENT, name)
        question = cs494.frame(cs494.QUERY_USER, name + b"\2")
        connection.send(hello + question)
        connection.finish()
        answer = cs494.frame(cs494.QUERY_USER, name + b"\1")
        expect(answer in connection.take_rest(), True, "cs494")


def netcat(hub):
    """What a person types into `nc` works, on the two wires that one can type."""
    ana = cp.Client(stream.netcat(hub["cp"]))
    ana.stream.send(b"user ana\npass " + hub["password"].encode() + b"\n")
    expect([ana.code(), ana.code()], [220, 230], "bare line feeds, small letters, spaces")
    bo = cs594.Client(stream.netcat(hub["cs594"]), "bo")
    bo.stream.send(b'{"Header": {"OP-CODE": 1, "Length": 0}, "Payload": "bo"}\n')
    bo.expect(cs594.OK)
    expect(ana.ask("SMSGbo:hello"), 240, "ana to bo")
    expect(bo.wait_for_show(), ("PRV MSG", "ana", "hello"), "at bo")
    bo.stream.send(
        b'{"Header": {"OP-CODE": 13, "Length": 0}, "Payload": '
        b'{"User-Name": "bo", "To-User": "ana", "Message": "hi"}}\n'
        b'{"Header": {"OP-CODE": 11, "Length": 0}, "Payload": {"User-Name": "bo"}}\n'
    )
    bo.expect(cs594.OK)
    bo.expect(cs594.OK)
    bo.stream.finish()
    expect(bo.stream.take_rest(), b"", "bo has quit, so nc ends with its input")
    expect(ana.letters(), [("bo", "hi")], "ana's mail")
    eve = cs494.Client(stream.netcat(hub["cs494"]), "eve").register()
    expect(eve.enter("kitchen"), ["eve"], "nc carries bytes, too")
    for person in [ana, bo, eve]:
        person.stream.close()


if __name__ == "__main__":
    main([three_wires, long_words, piped, netcat])
