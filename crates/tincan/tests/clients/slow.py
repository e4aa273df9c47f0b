"""Somebody who does not read."""

import cs494
import cs594
import stream
from scenario import Parallel, expect, expect_true, main

TEXT = "x" * 8000
# Bytes that the hub may grow by, beyond what may wait for the slow one.
MOST_GROWTH = 16 * 1024 * 1024


def number(text):
    expect(text[5:], TEXT, "a whole text")
    return int(text[:5])


def busy_room(hub):
    """In a busy room the others miss nothing, and the slow one is closed."""
    slow = cs494.join(hub["cs494"], "slow", receive_buffer=4096)
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    cy = cs494.join(hub["cs494"], "cy")
    for person in [slow, ana, bo, cy]:
        person.enter("kitchen")
    before = hub.memory()

    def listen_on_cs494():
        numbers, members = [], ["slow"]
        while "slow" in members or numbers[-1:] != [0]:
            kind, payload = cy.packet()
            if kind == cs494.POST_MESSAGE:
                numbers.append(number(cs494.read_post(payload)[2]))
            elif kind == cs494.USER_LISTING:
                members = cs494.read_listing(payload)[1]
        return numbers[:-1]

    def listen_on_cs594():
        numbers = []
        while numbers[-1:] != [0]:
            numbers.append(number(bo.wait_for_show()[2]))
        return numbers[:-1]

    listening = [Parallel(listen_on_cs494), Parallel(listen_on_cs594)]
    posts, members, most = 0, ["slow"], 0
    # What the system keeps and what the hub keeps, and a few buffers on the way.
    most_posts = (stream.system_keeps() + hub["send_queue"] + MOST_GROWTH) // len(TEXT)
    while "slow" in members:
        posts += 1
        expect_true(posts < most_posts, "the slow one is closed at some time")
        ana.post("kitchen", f"{posts:05}{TEXT}")
        kind, payload = ana.packet()
        while kind != cs494.POST_MESSAGE:
            if kind == cs494.USER_LISTING:
                members = cs494.read_listing(payload)[1]
            kind, payload = ana.packet()
        expect(number(cs494.read_post(payload)[2]), posts, "ana's own, at once")
        if posts % 50 == 0:
            most = max(most, hub.memory() - before)
    ana.post("kitchen", f"{0:05}{TEXT}")
    for thread in listening:
        expect(thread.join(), list(range(1, posts + 1)), "all, in order")
    limit = hub["send_queue"] + MOST_GROWTH
    expect_true(most < limit, f"the hub had grown by {most} bytes")
    expect(hub.metrics()["sessions_too_slow_total"], 1, "it is counted")
    expect_true(len(slow.stream.take_rest()) < posts * len(TEXT), "the slow one's connection ends")
    # It may come back.
    slow = cs494.join(hub["cs494"], "slow")
    expect(sorted(slow.enter("kitchen")), ["ana", "bo", "cy", "slow"], "back again")


if __name__ == "__main__":
    main([busy_room])
