"""Waiting for things to become true, and for lines of JSON from other processes.

Every wait looks at a condition until a deadline, and says what it waited for when that passes. Time
passes unconditionally only where the protocol's own intervals are what is tested (`let_pass`).
"""

import json
import threading
import time

# How often a condition that tells nobody of its change is looked at.
GLANCE = 0.02


class TooLate(AssertionError):
    """What was waited for did not happen in time."""


def until(condition, seconds, what, hint=None):
    """The first true value of `condition()`; TooLate after `seconds`, with `hint()` as explanation."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            more = "\n" + str(hint()) if hint else ""
            raise TooLate("not within %.1f s: %s%s" % (seconds, what, more))
        time.sleep(GLANCE)


def keeps(condition, seconds, what, hint=None):
    """Fails as soon as `condition()` is false; returns when it has been true for `seconds`.

    For what must *not* happen for as long as a timer of the other side's may run.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            more = "\n" + str(hint()) if hint else ""
            raise AssertionError("did not hold for %.1f s: %s%s" % (seconds, what, more))
        time.sleep(GLANCE)


def let_pass(seconds, why):
    """Lets time pass that belongs to what is tested: an interval of the protocol's, a timer of the
    other side's. Never for waiting until something has happened."""
    assert why
    time.sleep(seconds)


class Lines:
    """The JSON objects that a process writes, a line each, as they come.

    `take` hands every object out at most once; `all` is the whole history, with `at`, the
    monotonic time of arrival, added to each.
    """

    def __init__(self, stream, title, kind_key):
        self.title = title
        self.kind_key = kind_key
        self.all = []
        self.noise = []
        self.ended = False
        self._taken = set()
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream):
        for line in stream:
            now = time.monotonic()
            try:
                item = json.loads(line)
                item["at"] = now
            except (ValueError, TypeError):
                item = None
            with self._changed:
                if item is None:
                    self.noise.append(line)
                else:
                    self.all.append(item)
                self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def take(self, kind, seconds=5.0, where=None, **fields):
        """The earliest object of this kind that nobody took, with these fields and `where(it)`."""
        wanted = "%s from %s with %s" % (kind, self.title, fields)
        end = time.monotonic() + seconds
        with self._changed:
            while True:
                for index, item in enumerate(self.all):
                    if index in self._taken or item.get(self.kind_key) != kind:
                        continue
                    if any(item.get(key) != value for key, value in fields.items()):
                        continue
                    if where and not where(item):
                        continue
                    self._taken.add(index)
                    return item
                left = end - time.monotonic()
                if left <= 0 or self.ended:
                    why = "the stream has ended" if self.ended else "not within %.1f s" % seconds
                    raise TooLate("%s: %s\n%s" % (why, wanted, self.tail()))
                self._changed.wait(left)

    def seen(self, kind, **fields):
        """All objects of this kind with these fields, taken or not."""
        with self._changed:
            return [
                item
                for item in self.all
                if item.get(self.kind_key) == kind
                and all(item.get(key) == value for key, value in fields.items())
            ]

    def skip(self, kind):
        """Counts everything of this kind that has come so far as taken."""
        with self._changed:
            for index, item in enumerate(self.all):
                if item.get(self.kind_key) == kind:
                    self._taken.add(index)

    def tail(self, count=12):
        """The last objects, for a message about what is missing."""
        last = self.all[-count:] + [{"not json": line.rstrip()} for line in self.noise[-4:]]
        return "\n".join("    " + json.dumps(item, ensure_ascii=False)[:300] for item in last)
