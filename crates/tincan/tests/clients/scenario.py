"""What every script of scenarios has: the hub that it is told of, expectations, an end."""

import json
import sys
import threading
import time
import urllib.request

import stream

_checks = 0


def expect(got, wanted, what=""):
    """`got` must be `wanted`."""
    global _checks
    _checks += 1
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def expect_true(condition, what):
    """`condition` must hold; `what` says what it means that it does not."""
    expect(bool(condition), True, what)


def wait_until(condition, what):
    """Asks again until the answer is yes; each question waits for the hub."""
    until = time.monotonic() + stream.PATIENCE
    while not condition():
        expect_true(time.monotonic() < until, f"never: {what}")


class Hub:
    """The hub as the test that has started it describes it."""

    def __init__(self, facts):
        self.facts = facts

    def __getitem__(self, name):
        return self.facts[name]

    def memory(self):
        """Bytes of it that are in memory."""
        with open(f"/proc/{self['pid']}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("the hub's process is gone")

    def page(self, path):
        """A page of its operation port: status and text."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://{self['ops']}{path}", timeout=stream.PATIENCE) as answer:
            return answer.status, answer.read().decode()

    def metrics(self):
        """Its metrics by name, without the prefix that all have."""
        _, text = self.page("/metrics")
        lines = text.splitlines()
        expect(lines[-1], "# EOF", "OpenMetrics text ends so")
        values = {}
        for line in lines[:-1]:
            if not line.startswith("#"):
                name, value = line.split(" ")
                values[name.removeprefix("tincan_")] = float(value)
        return values


class Parallel:
    """A function on a thread of its own, whose failure is the scenario's."""

    def __init__(self, function, *arguments):
        self.result = None
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(function, arguments), daemon=True)
        self.thread.start()

    def _run(self, function, arguments):
        try:
            self.result = function(*arguments)
        except BaseException as error:  # Told to whoever joins.
            self.error = error

    def join(self):
        self.thread.join(4 * stream.PATIENCE)
        if self.error:
            raise self.error
        expect_true(not self.thread.is_alive(), "this thread has not come to its end")
        return self.result


def tell(line):
    """Tells the test something."""
    print(line, flush=True)


def ask(line):
    """Tells the test something and waits until it has acted on it; gives its answer."""
    tell(line)
    answer = sys.stdin.readline()
    expect_true(answer, "the test has gone away")
    return answer.rstrip("\n")


def main(scenarios):
    """Runs the scenario that the first argument names with the hub that the second describes."""
    name, facts = sys.argv[1:]
    functions = {function.__name__: function for function in scenarios}
    functions[name](Hub(json.loads(facts)))
    if not _checks:
        raise AssertionError("nothing was expected")
    tell("passed")
