"""Our program on a host of the LAN: `tincan`, as people and scripts run it."""

import re
import subprocess

from screens import PROMPT_OPENS, OnTerminal, Piped  # noqa: F401  (cases wait for the prompt)
from tincan import Running, data_folder, run
from waiting import Lines, TooLate, until


class Node(Running):
    """`tincan listen lan: --json` (or `fetch`, which tells the same and takes files).

    `name` is what it came to be called.
    """

    def __init__(self, host, name, *words, data=None, command="listen", ready=True):
        words = ["lan:", "--json", "--name", name, *words]
        super().__init__(host, command, words, data, stdout=subprocess.PIPE)
        self.lines = Lines(self.child.stdout, "tincan of " + name, "type")
        self.name = None
        if ready:
            self.await_named()

    def await_named(self, seconds=8):
        try:
            self.name = self.lines.take("named", seconds)["name"]
        except TooLate as error:
            raise TooLate("%s\n    it said: %s" % (error, self.errors()[-800:]))
        return self.name

    # ---- roster

    def contacts(self):
        """Who is here now, by name, as last told."""
        here = {}
        for item in list(self.lines.all):
            if item["type"] == "contact":
                here[item["name"]] = item
            elif item["type"] == "gone":
                here.pop(item["name"], None)
        return here

    def wait_contact(self, name, seconds=5, **fields):
        """Waits until somebody is here and told with these fields."""

        def here():
            one = self.contacts().get(name)
            return one if one and all(one.get(key) == want for key, want in fields.items()) else None

        return until(here, seconds, "contact %s with %s" % (name, fields), self.lines.tail)

    def wait_gone(self, name, seconds=5):
        until(lambda: name not in self.contacts(), seconds, "%s is gone" % name, self.lines.tail)

    # ---- words

    def wait_told(self, text=None, seconds=5, **fields):
        if text is not None:
            fields["text"] = text
        return self.lines.take("told", seconds, **fields)

    def told(self, sender):
        """All texts from one sender, in order."""
        return [item["text"] for item in self.lines.seen("told", **{"from": sender})]


class Chat(Piped):
    """`tincan chat lan:` without a terminal: lines in, lines out."""

    def __init__(self, host, name, *words, data=None, target=None, ready=True):
        self.wish = self.name = name
        super().__init__(host, "chat", ["lan:" + (target or ""), "--name", name, *words], data)
        if ready:
            self.await_ready()

    def await_ready(self, seconds=8):
        """Waits until it says what it is called."""
        self.wait(" on the LAN", seconds)
        self.name = re.search(r"^\* (.+) on the LAN", self.output, re.M).group(1)

    def wait_contact(self, name, seconds=5):
        """Waits until it has told of somebody."""
        self.wait(name + " is ", seconds, again=True)

    def tell(self, name, text):
        self.type("/msg %s %s" % (name, text))


class Terminal(OnTerminal):
    """`tincan chat lan:` on a terminal."""

    def __init__(self, host, name, *words, data=None, target=None):
        super().__init__(host, "chat", ["lan:" + (target or ""), "--name", name, *words], data)


def send(host, to, text, name, *words, data=None, seconds=30):
    """`tincan send`: says one thing and leaves."""
    data = data or data_folder(host)
    return run(host, "send", "lan:" + to, text, "--name", name, *words, data=data, seconds=seconds)


def offer(host, to, path, name, *words, data=None, seconds=60):
    data = data or data_folder(host)
    return run(host, "offer", "lan:" + to, path, "--name", name, *words, data=data, seconds=seconds)
