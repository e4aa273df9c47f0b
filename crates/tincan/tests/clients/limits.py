"""More than there may be."""

import cp
import cs494
import cs594
import stream
from scenario import expect, expect_true, main, wait_until


def refused(hub):
    """Each wire says in its own words that there is no room."""
    connection = cs494.connect(hub["cs494"], "late")
    expect(connection.expect_error(), cs494.TOO_MANY_USERS, "cs494")
    connection = cs594.connect(hub["cs594"], "late")
    connection.expect(cs594.USER_LIMIT_REACHED)
    expect(connection.stream.take_rest(), b"", "cs594 is closed")
    connection = cp.connect(hub["cp"])
    expect(connection.code(), 500, "cp")
    expect(connection.stream.take_rest(), b"", "cp is closed")


def flood(hub):
    """One address has its share and no more; those who are there are unharmed."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    cy = cp.join(hub["cp"], "cy", hub["password"])
    ana.enter("kitchen")
    bo.enter("kitchen")
    idle = [stream.tcp(hub["cp"]) for _ in range(hub["share"] - 3)]
    # Answered, so the hub has taken it.
    idle[-1].send(b"USERx\r\n")
    expect(idle[-1].take(3), b"220", "the last of the share")
    for _ in range(3):
        refused(hub)
    # More than anybody asks for at once.
    for connection in [stream.tcp(hub["cs494"]) for _ in range(100)]:
        rest = connection.take_rest()
        expect(rest, cs494.frame(cs494.ERR, bytes([cs494.TOO_MANY_USERS])), "a flood")
    bo.post("kitchen", "still here?")
    expect(ana.wait_for_post(), ("kitchen", "bo", "still here?"), "ana is")
    expect(cy.ask("SMSGana:me too"), 240, "cy is")
    expect(ana.wait_for_direct(), ("cy", "me too"), "ana hears cy")
    expect_true(hub.metrics()["connections_refused_total"] >= 109, "they are counted")
    idle.pop().close()

    def is_taken():
        try:
            return cs494.join(hub["cs494"], "new").ask_about("ana") == cs494.ONLINE
        except (AssertionError, stream.Ended):
            return False

    wait_until(is_taken, "there is room again")


def users(hub):
    """A full hub says so; a place that becomes free is taken."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    late = cs494.connect(hub["cs494"], "late")
    late.send(cs494.NEW_CLIENT, cs494.name_field("late"))
    expect(late.expect_error(), cs494.TOO_MANY_USERS, "cs494")
    later = cs594.connect(hub["cs594"], "later")
    later.send(cs594.CONNECT, "later")
    later.expect(cs594.USER_LIMIT_REACHED)
    ana.send(cs494.ENTER_ROOM, cs494.name_field("one"))
    expect(ana.wait_for_members("one"), ["ana"], "the first room")
    bo.send(cs594.JOIN, {"Room-Name": "two", "User-Name": "bo"})
    bo.expect(cs594.ROOM_LIMIT_REACHED)
    bo.send(cs594.QUIT, {"User-Name": "bo"})
    bo.expect(cs594.OK)
    third = cs594.connect(hub["cs594"], "third")
    third.send(cs594.CONNECT, "third")
    third.expect(cs594.OK)


def descriptors(hub):
    """A hub that can open nothing more keeps who is there, and serves others when it can."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    cy = cp.join(hub["cp"], "cy", hub["password"])
    ana.enter("kitchen")
    bo.enter("kitchen")
    crowd = [cs494.connect(hub["cs494"], f"guest{n}") for n in range(hub["descriptors"])]
    for guest in crowd:
        guest.send(cs494.NEW_CLIENT, cs494.name_field(guest.name))
        guest.send(cs494.QUERY_USER, cs494.name_field(guest.name) + b"\2")
    # There are more connections than descriptors, so some of them wait.
    for n in range(50):
        ana.post("kitchen", f"number {n}")
        expect(bo.wait_for_show(), ("kitchen", "ana", f"number {n}"), "bo hears ana")
    expect(cy.ask("SMSGdee:stored all the same"), 240, "cy sends mail")
    expect(crowd[0].wait_for_status("guest0"), cs494.ONLINE, "the first guest is served")
    half = len(crowd) // 2
    for guest in crowd[:half]:
        guest.stream.close()
    for guest in crowd[half:]:
        expect(guest.wait_for_status(guest.name), cs494.ONLINE, "and the others, in time")
    expect(ana.ask_about("bo"), cs494.ONLINE, "as before")
    expect(hub.page("/healthz"), (200, "ok\n"), "healthy again")
    expect_true(hub.metrics()["accept_failures_total"] > 0, "it is counted")


if __name__ == "__main__":
    main([flood, users, descriptors])
