"""People with our program: `tincan friends` and all that goes with it, as they would type it."""

import json
import os
import shutil
import subprocess
import threading

import tincan
from screens import OnTerminal, Piped
from tincan import Running, data_folder
from waiting import Lines, TooLate, until

PASSPHRASE = "correct horse"
PORT = 7812
# How long a program may take to unlock its keys and to listen, on a busy machine.
START = 20
# How long until two who can reach each other are connected.
MEET = 20


class Person:
    """Somebody on a host, with a data folder; makes a profile with `init` or `import_key`."""

    def __init__(self, host, name, data=None, passphrase=PASSPHRASE, settings=""):
        self.host, self.name, self.passphrase = host, name, passphrase
        self.data = data or data_folder(host)
        self.node = None
        self._config = self.data + ".toml"
        self.configure(settings)

    def configure(self, settings):
        """The lines of the table `friends` in this person's configuration."""
        with open(self._config, "w") as file:
            file.write("[friends]\n" + settings)

    def copy(self):
        """The same person on a clean data folder of their own."""
        data = data_folder(self.host)
        shutil.copytree(self.data, data, dirs_exist_ok=True)
        return Person(self.host, self.name, data, self.passphrase)

    # ---- commands

    @property
    def environment(self):
        return {
            "TINCAN_PASSPHRASE": self.passphrase,
            "TINCAN_DATA": self.data,
            "TINCAN_CONFIG": self._config,
        }

    def run(self, *words, seconds=30, given=None, env=None):
        """A command to its end, however it ends."""
        env = dict(self.environment, **(env or {}))
        return tincan.run(self.host, *words, seconds=seconds, given=given, env=env)

    def do(self, *words, **how):
        """A command that has to work; what it printed."""
        done = self.run(*words, **how)
        if done.status != 0:
            raise AssertionError("%s: %s" % (self.name, done))
        return done.output

    def ask(self, *words, **how):
        """The JSON objects that a command prints."""
        return [json.loads(line) for line in self.do(*words, "--json", **how).splitlines()]

    # ---- who

    def init(self, *words):
        self.do("friends", "init", "--name", self.name, "--bits", "2048", *words, seconds=60)
        return self

    def import_key(self, file, passphrase):
        self.passphrase = passphrase
        self.do("friends", "import", file, "--bits", "2048", seconds=60)
        return self

    @property
    def address(self):
        return "%s:%d" % (self.host.ip4, PORT)

    def invite(self, *words):
        """What others need to add this person: a short invite unless said otherwise."""
        return self.do("friends", "invite", "--address", self.address, *words).strip()

    def certificate(self):
        return self.invite("--certificate")

    def add(self, text):
        return self.do("friends", "add", text)

    def people(self):
        """Everybody known, by name."""
        return {one["name"]: one for one in self.ask("friends", "list")}

    def person(self, name):
        return self.people().get(name)

    def known(self, other):
        """How this person knows another, whatever they are called: strangers have no name yet."""
        digits = other.me()["pgp_id"]
        return next((one for one in self.people().values() if one["pgp_id"] == digits), None)

    def me(self):
        return self.ask("friends", "status")[0]

    # ---- the node

    def start(self, *words, **how):
        """Starts the node as `tincan listen friend: --json`."""
        self.node = Node(self, *words, **how)
        return self.node

    def stop(self):
        node, self.node = self.node, None
        return node.stop(seconds=10)

    def kill(self):
        """Ends the node as a crash would."""
        node, self.node = self.node, None
        node.child.kill()
        node.wait_end()

    def restart(self, *words):
        self.stop()
        return self.start(*words)

    def faces(self):
        """How many other processes are attached to the node just now."""
        socket = os.path.join(self.data, "friends", "node.sock")
        lines = self.host.run(["cat", "/proc/net/unix"]).splitlines()
        return sum(line.endswith(" " + socket) and line.split()[5] == "03" for line in lines)

    # ---- talk

    def send(self, who, text, *words, seconds=30):
        """`tincan send`; how it ended."""
        return self.run("send", "friend:" + who, text, *words, seconds=seconds)

    def say(self, who, text, *words, seconds=30):
        """`tincan send`, which has to work."""
        return self.do("send", "friend:" + who, text, *words, seconds=seconds)


class Of(Running):
    """Something of a person's that goes on until it is told to end."""

    def __init__(self, person, command, words, **how):
        self.person = person
        super().__init__(person.host, command, words, person.data, **how)

    def _spawn(self, **how):
        env = dict(tincan.environment(self.host), **self.person.environment)
        with open(self.said, "wb") as errors:
            return self.host.spawn(self.words, env=env, stderr=errors, **how)

    def __exit__(self, *_):
        # A test may have ended it long ago.
        if self.child.poll() is None:
            self.stop(seconds=10)

    @property
    def memory(self):
        """Kilobytes in use."""
        with open("/proc/%d/status" % self.child.pid) as file:
            return int(file.read().split("VmRSS:")[1].split()[0])


class Node(Of):
    """`tincan listen friend: --json`: the node, or attached to it, and all that happens as lines."""

    def __init__(self, person, *words, ready=True):
        super().__init__(person, "listen", ["friend:", "--json", *words], stdout=subprocess.PIPE)
        self.lines = Lines(self.child.stdout, "tincan of " + person.name, "type")
        if ready:
            self.await_ready()

    def await_ready(self, seconds=START):
        """Waits until it has said who it is: commands find the node by then."""
        try:
            me = self.lines.take("me", seconds)
        except TooLate as error:
            raise AssertionError("%s\n%s" % (error, self.errors()[-800:])) from error
        assert me["running"], me

    # ---- friends

    def friends(self):
        """Everybody, by name, as last told."""
        found = {}
        for one in list(self.lines.all):
            if one["type"] == "friend":
                found[one["name"]] = one
            elif one["type"] == "removed":
                found.pop(one["name"], None)
        return found

    def wait_friend(self, name, seconds=MEET, **fields):
        """Waits until somebody has been told of with these fields."""

        def found():
            one = self.friends().get(name)
            return one if one and all(one.get(key) == want for key, want in fields.items()) else None

        return until(found, seconds, "%s with %s" % (name, fields), self._hint)

    def wait_online(self, name, seconds=MEET):
        until(lambda: self.is_online(name), seconds, "%s is online" % name, self._hint)

    def wait_offline(self, name, seconds=MEET):
        until(lambda: not self.is_online(name), seconds, "%s is offline" % name, self._hint)

    def is_online(self, name):
        one = self.friends().get(name)
        return bool(one) and one["standing"] == "friend" and one["status"] != "offline"

    def _hint(self):
        return self.lines.tail() + "\n    errors: " + self.errors()[-600:]

    # ---- words

    def wait_told(self, text=None, seconds=10, where=None, **fields):
        """Waits until somebody else has said this."""
        if text is not None:
            fields["text"] = text

        def fits(one):
            return one["from"] != self.person.name and (not where or where(one))

        return self.lines.take("told", seconds, where=fits, **fields)

    def told(self, sender):
        """All texts from one friend, in order."""
        return [one["text"] for one in self.lines.seen("told", **{"from": sender})]


class Chat(Of, Piped):
    """`tincan chat friend:WHO` without a terminal."""

    def __init__(self, person, who):
        super().__init__(person, "chat", ["friend:" + who])


class Terminal(Of, OnTerminal):
    """`tincan chat friend:WHO` on a terminal."""

    def __init__(self, person, who):
        super().__init__(person, "chat", ["friend:" + who])


class Look(Of, OnTerminal):
    """`tincan friends` on a terminal: the table that follows what happens."""

    def __init__(self, person):
        super().__init__(person, "friends", [])


class Service(Of):
    """`tincan friends run`."""

    def __init__(self, person, *words):
        super().__init__(person, "friends", ["run", *words], stdout=subprocess.PIPE)
        self.output = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.output += line.decode("utf-8", "replace")

    def await_ready(self, seconds=START):
        until(lambda: "ready\n" in self.output, seconds, "the node is ready", self.errors)
        return self


def meet(one, other, by="--certificate"):
    """Both add each other, and both nodes start and connect."""
    befriend(one, other, by)
    for person in (one, other):
        if not person.node:
            person.start()
    one.node.wait_online(other.name)
    other.node.wait_online(one.name)


def befriend(one, other, by="--certificate"):
    one.add(other.invite(by))
    other.add(one.invite(by))

