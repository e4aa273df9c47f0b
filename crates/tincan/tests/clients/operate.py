"""A hub in operation: its end, its pages, its accounts."""

import cp
import cs494
import cs594
import stream
from scenario import ask, expect, expect_true, main, tell, wait_until


def goodbye(hub):
    """Each wire has its own; then the connections end."""
    ana = cs494.join(hub["cs494"], "ana")
    nobody = cs494.connect(hub["cs494"], "nobody")
    bo = cs594.join(hub["cs594"], "bo")
    bare = cs594.Bare(stream.tcp(hub["cs594"]), "bare").register()
    cy = cp.join(hub["cp"], "cy", hub["password"])
    ana.tell("dee", "the last letter")
    ana.wait_for_status("dee")
    tell("here we are")
    farewell = cs494.read_text(ana.wait_for(cs494.SERVER_DEPARTS))
    expect_true(farewell is not None, "cs494 is told")
    expect(ana.stream.take_rest(), b"", "and closed")
    expect(bo.expect(cs594.SERVER_SHUTDOWN), {"User-Name": "bo"}, "cs594 is told")
    expect(bo.stream.take_rest(), b"", "and closed")
    expect(bare.expect(cs594.SERVER_SHUTDOWN), {"User-Name": "bare"}, "without line ends")
    expect(bare.stream.take_rest(), b"", "and closed")
    expect(cy.stream.take_rest(), b"", "cp is closed without a word")
    nobody.stream.take_rest()


def after(hub):
    """What was there before is there again."""
    dee = cp.join(hub["cp"], "dee", hub["password"])
    expect(dee.letters(), [("ana", "the last letter")], "mail")


def holdout(hub):
    """Somebody who does not read keeps the end waiting; nobody new is let in meanwhile."""
    slow = cs494.join(hub["cs494"], "slow", receive_buffer=4096)
    ana = cs494.join(hub["cs494"], "ana")
    slow.enter("kitchen")
    ana.enter("kitchen")
    text = "x" * 11_000
    for _ in range((stream.system_keeps() + 8 * 1024 * 1024) // len(text)):
        ana.post("kitchen", text)
        ana.wait_for_post()
    tell("the queue is full")
    ana.wait_for(cs494.SERVER_DEPARTS)
    ana.stream.take_rest()

    def is_refused():
        try:
            stream.tcp(hub["cs494"]).close()
        except ConnectionRefusedError:
            return True
        return False

    expect_true(is_refused(), "it has stopped accepting")
    ask("ana is gone")
    slow.stream.close()


def pages(hub):
    """Metrics that parse and count, and a health page."""
    expect(hub.page("/healthz"), (200, "ok\n"), "healthy")
    before = hub.metrics()
    expect(before["people_present"], 0, "nobody yet")
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    ana.enter("kitchen")
    bo.enter("kitchen")
    for n in range(10):
        ana.post("kitchen", hub["secret"])
        bo.wait_for_show()
    bo.tell("ana", hub["secret"])
    bo.expect(cs594.OK)
    bo.tell("dee", hub["secret"])
    bo.expect(cs594.OK)
    cy = cp.connect(hub["cp"])
    expect(cy.sign_in("dee", hub["wrong"]), 565, "a wrong password")
    expect(cy.sign_in("dee", hub["password"]), 230, "the right one")
    expect(cy.letters(), [("bo", hub["secret"])], "mail")
    expect(cy.ask(f"SMSGnobody:{hub['secret']}"), 545, "nobody")
    cy.send(hub["secret"])
    expect(cy.code(), 500, "no command")
    bad = cs494.join(hub["cs494"], "bad")
    bad.send(cs494.SEND_MESSAGE, cs494.name_field("kitchen") + hub["secret"].encode() + b"\0\0")
    expect(bad.expect_error(), 0x06, "a text with two NULs")
    bo.stream.send(b'{"Header":{"OP-CODE":4},"Payload":"%s"}\n' % hub["secret"].encode())
    bo.expect(cs594.MALFORMED_REQUEST)
    wait_until(lambda: hub.metrics()["people_present"] == 2, "ana and bo")
    after = hub.metrics()
    grown = {
        "messages_said_total": 10,
        "messages_told_total": 1,
        "letters_kept_total": 1,
        "wrong_passwords_total": 1,
        "connections_accepted_total": 4,
        "sessions_misbehaved_total": 1,
        "connections_open": 3,
        "rooms_open": 1,
        "transfers_live": 0,
    }
    for name, count in grown.items():
        expect(after[name] - before[name], count, name)
    for name in ["received_bytes_total", "sent_bytes_total", "store_commits_total"]:
        expect_true(after[name] > before[name], name)
    status = None
    try:
        hub.page("/nothing")
    except OSError as error:
        status = error.code
    expect(status, 404, "there is no more than that")


def accounts(hub):
    """Accounts made and removed beside a running hub count at once."""
    ana = cs594.join(hub["cs594"], "ana")

    def arrive(name):
        """How the hub takes somebody who comes with this name and no proof."""
        somebody = cs494.connect(hub["cs494"], name)
        somebody.send(cs494.NEW_CLIENT, cs494.name_field(name))
        somebody.send(cs494.QUERY_USER, cs494.name_field(name) + b"\2")
        kind, payload = somebody.packet()
        while kind not in (cs494.ERR, cs494.QUERY_USER):
            kind, payload = somebody.packet()
        somebody.send(cs494.CLIENT_DEPARTS, b"\0")
        somebody.stream.take_rest()
        return (kind, payload[0]) if kind == cs494.ERR else (kind, payload[64])

    welcome, taken = (cs494.QUERY_USER, cs494.ONLINE), (cs494.ERR, cs494.NAME_IN_USE)
    box = cp.connect(hub["cp"])
    expect(box.sign_in("dee", hub["password"]), 565, "no account yet")
    expect(arrive("dee"), welcome, "anybody may be dee")
    ana.tell("dee", "lost")
    ana.expect(cs594.USER_NOT_FOUND)

    ask("add dee")
    expect(box.sign_in("dee", hub["password"]), 230, "at once")
    expect(arrive("dee"), taken, "dee is somebody now")
    expect(arrive("DEE"), taken, "and nobody else looks like her")
    ana.tell("dee", "kept")
    ana.expect(cs594.OK)
    expect(box.letters(), [("ana", "kept")], "mail")
    expect(box.ask("SMSGdee:removed with the account"), 240, "a letter")

    ask("remove dee")
    expect(cp.connect(hub["cp"]).sign_in("dee", hub["password"]), 565, "no account any more")
    ana.tell("dee", "lost")
    ana.expect(cs594.USER_NOT_FOUND)
    expect(arrive("dee"), welcome, "anybody may be dee again")

    ask("add dee")
    box = cp.join(hub["cp"], "dee", hub["password"])
    expect(box.letters(), [], "the new account has none of the old one's letters")


def open_names(hub):
    """A hub may lend names of accounts; their mail it does not."""
    ana = cs594.join(hub["cs594"], "ana")
    ana.tell("dee", "for dee only")
    ana.expect(cs594.OK)
    guest = cs494.join(hub["cs494"], "dee")
    guest.enter("kitchen")
    ana.enter("kitchen")
    ana.post("kitchen", "who are you?")
    kind, payload = guest.packet()
    while kind != cs494.POST_MESSAGE:
        expect_true(kind != cs494.DIRECT_MESSAGE, "the guest gets dee's mail")
        kind, payload = guest.packet()
    expect(cs494.read_post(payload), ("kitchen", "ana", "who are you?"), "and nothing before it")
    box = cp.join(hub["cp"], "dee", hub["password"])
    expect(box.letters(), [("ana", "for dee only")], "dee gets it")


if __name__ == "__main__":
    main([goodbye, after, holdout, pages, accounts, open_names])
