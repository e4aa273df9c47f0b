"""What a hub has acknowledged outlives it."""

import json
import pathlib
import threading

import cp
import cs494
import cs594
import stream
from scenario import Parallel, expect, expect_true, main, tell

# Messages on their way at once: acknowledgements and the end of the hub may cross anywhere.
WINDOW = 8
SENDERS = ["ana", "bo", "cy"]


class Sender:
    """Sends numbered messages to dee, who is away, until the hub is gone."""

    def __init__(self, wire, hub, start, lock):
        self.wire = wire
        self.sent = self.acknowledged = start
        self.lock = lock
        if wire == "cp":
            self.client = cp.join(hub["cp"], "ana", hub["password"])
        elif wire == "cs494":
            self.client = cs494.join(hub["cs494"], "bo")
        else:
            self.client = cs594.join(hub["cs594"], "cy")

    def run(self):
        try:
            while True:
                while self.sent < self.acknowledged + WINDOW:
                    self.sent += 1
                    self.send(f"number {self.sent}")
                self.wait()
                self.acknowledged += 1
                with self.lock:
                    tell("acknowledged")
        except stream.Ended:
            pass

    def send(self, text):
        if self.wire == "cp":
            self.client.send(f"SMSGdee:{text}")
        else:
            self.client.tell("dee", text)

    def wait(self):
        if self.wire == "cp":
            expect(self.client.code(), 240, "sent on cp")
        elif self.wire == "cs494":
            expect(self.client.wait_for_status("dee"), cs494.OFFLINE, "sent on cs494")
        else:
            self.client.expect(cs594.OK)


def load(hub):
    path = pathlib.Path(hub["notes"])
    if path.exists():
        return json.loads(path.read_text(encoding="ascii"))
    return {"sent": [0, 0, 0], "acknowledged": [[], [], []], "read": []}


def save(hub, notes):
    pathlib.Path(hub["notes"]).write_text(json.dumps(notes), encoding="ascii")


def send(hub):
    """Three wires at once; ends with the hub."""
    notes, lock = load(hub), threading.Lock()
    wires = ["cp", "cs494", "cs594"]
    senders = [Sender(wire, hub, notes["sent"][n], lock) for n, wire in enumerate(wires)]
    for thread in [Parallel(sender.run) for sender in senders]:
        thread.join()
    for n, sender in enumerate(senders):
        first = notes["sent"][n] + 1
        notes["acknowledged"][n] += range(first, sender.acknowledged + 1)
        notes["sent"][n] = sender.sent
    expect_true(any(notes["acknowledged"]), "something was acknowledged")
    save(hub, notes)


def read(hub):
    """Takes the mail; the hub may end meanwhile."""
    notes = load(hub)
    dee = cp.join(hub["cp"], "dee", hub["password"])
    try:
        dee.send("RMSG")
        while not isinstance(letter := dee.take_letter(), int):
            notes["read"].append(letter)
            tell("letter")
            dee.send("250 received")
    except stream.Ended:
        pass
    expect_true(notes["read"], "there was mail")
    save(hub, notes)


def compare(hub):
    """Nothing that was acknowledged is missing, nothing came that was not sent."""
    notes = load(hub)
    twice = 0
    for n, name in enumerate(SENDERS):
        letters = [text for sender, text in notes["read"] if sender == name]
        numbers = [int(text.removeprefix("number ")) for text in letters]
        lost = set(notes["acknowledged"][n]) - set(numbers)
        expect(sorted(lost), [], f"acknowledged to {name} and lost")
        expect_true(set(numbers) <= set(range(1, notes["sent"][n] + 1)), "only what was sent")
        expect(numbers, sorted(numbers), f"the order of {name}'s")
        twice += len(numbers) - len(set(numbers))
    # At each of its ends the hub was delivering one letter at most.
    expect_true(twice <= hub["ends"], f"{twice} letters came twice")


if __name__ == "__main__":
    main([send, read, compare])
