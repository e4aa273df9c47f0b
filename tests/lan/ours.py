"""Our program on a host of the LAN: `tincan`, as people and scripts run it."""

import fcntl
import itertools
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time

from waiting import Lines, TooLate, until

# Set by run.py from `--bin`.
BINARY = None

_serial = itertools.count(1)
# What a terminal draws besides text.
# How the line editor begins a new prompt: pastes are told from typing from here on.
PROMPT_OPENS = "\x1b[?2004h"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


def data_folder(host):
    """A new folder for keys and pictures of one person on this host."""
    folder = os.path.join(host.folder, "data-%d" % next(_serial))
    os.mkdir(folder)
    return folder


def _environment(host):
    # What belongs to the person who runs the tests stays out of them.
    home = os.path.join(host.folder, "home")
    os.makedirs(home, exist_ok=True)
    own = {"HOME": home, "XDG_RUNTIME_DIR": home, "TERM": "xterm", "USER": "person"}
    return own


class _Running:
    """A `tincan` that goes on until it is told to end."""

    def __init__(self, host, command, words, data, **how):
        self.host = host
        self.data = data or data_folder(host)
        self.said = os.path.join(host.folder, "tincan-%d.err" % next(_serial))
        self.words = [BINARY, command, *words, "--data", self.data]
        self.started = time.monotonic()
        self.child = self._spawn(**how)

    def _spawn(self, **how):
        with open(self.said, "wb") as errors:
            child = self.host.spawn(
                self.words, env=_environment(self.host), stderr=errors, **how
            )
        return child

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def errors(self):
        """What it wrote to standard error."""
        with open(self.said, errors="replace") as file:
            return file.read()

    def kill(self, number):
        self.child.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=5):
        """Ends it by a signal; its exit status."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        return self.wait_end(seconds)

    def wait_end(self, seconds=5):
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            said = self.errors() + getattr(self, "shown", getattr(self, "output", ""))
            raise TooLate("tincan does not end within %.1f s\n%r" % (seconds, said[-800:]))


class Node(_Running):
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


class Chat(_Running):
    """`tincan chat lan:` without a terminal: lines in, lines out."""

    def __init__(self, host, name, *words, data=None, target=None, ready=True):
        words = ["lan:" + (target or ""), "--name", name, *words]
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        super().__init__(host, "chat", words, data, **pipes)
        self.wish = self.name = name
        self.output = ""
        self._seen = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        if ready:
            self.await_ready()

    def await_ready(self, seconds=8):
        """Waits until it says what it is called."""
        self.wait(" on the LAN", seconds)
        self.name = re.search(r"^\* (.+) on the LAN", self.output, re.M).group(1)

    def wait_contact(self, name, seconds=5):
        """Waits until it has told of somebody."""
        self.wait(name + " is ", seconds, again=True)

    def _read(self):
        for line in self.child.stdout:
            with self._changed:
                self.output += line.decode("utf-8", "replace")
                self._changed.notify_all()

    def type(self, *lines):
        """Types lines."""
        self.child.stdin.write("".join(line + "\n" for line in lines).encode())
        self.child.stdin.flush()

    def tell(self, name, text):
        self.type("/msg %s %s" % (name, text))

    def wait(self, text, seconds=5, again=False):
        """Waits until this is shown, behind what was waited for before (`again`: anywhere)."""

        def found():
            at = self.output.find(text, 0 if again else self._seen)
            if at >= 0 and not again:
                self._seen = at + len(text)
            return at >= 0

        with self._changed:
            if not self._changed.wait_for(found, seconds):
                raise TooLate(
                    "not within %.1f s: %r in the chat of %s\n%s\n    errors: %s"
                    % (seconds, text, self.wish, self.output[-1500:], self.errors()[-600:])
                )

    def quit(self, seconds=5):
        """Signs off; a script's line may have to wait for its turn."""
        self.type("/quit")
        return self.wait_end(seconds)


class Terminal(_Running):
    """`tincan chat lan:` on a terminal of 100 columns, keys in, screen out."""

    def __init__(self, host, name, *words, data=None, target=None):
        keys, screen = pty.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.keys, self.shown, self._seen, self._ended = keys, "", 0, False
        words = ["lan:" + (target or ""), "--name", name, *words]
        terminal = dict(
            stdin=screen, stdout=screen, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        super().__init__(host, "chat", words, data, **terminal)
        os.close(screen)
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._draw, daemon=True)
        self._reader.start()

    def _draw(self):
        # Always, for a program does not end that cannot write out its last line.
        while True:
            try:
                more = os.read(self.keys, 65536)
            except OSError:  # how a terminal says that nobody is there any more
                more = b""
            with self._changed:
                self.shown += more.decode("utf-8", "replace")
                self._ended = not more
                self._changed.notify_all()
            if not more:
                return

    def press(self, keys):
        os.write(self.keys, keys.encode())

    def wait(self, text, seconds=5):
        """Waits until this is on the screen, behind what was waited for before."""

        def place():
            return CONTROL.sub("", self.shown).find(text, self._seen)

        with self._changed:
            self._changed.wait_for(lambda: place() >= 0 or self._ended, seconds)
            if place() >= 0:
                self._seen = place() + len(text)
            else:
                plain = CONTROL.sub("", self.shown)
                tail = plain[-1500:] + "\n    errors: " + self.errors()[-600:]
                raise TooLate("not within %.1f s: %r on the screen\n%s" % (seconds, text, tail))

    def stop(self, number=signal.SIGTERM, seconds=5):
        status = super().stop(number, seconds)
        self._reader.join(2)
        if self.keys is not None:
            os.close(self.keys)
            self.keys = None
        return status


# ------------------------------------------------------------------ commands that end by themselves


class Done:
    """How a command ended."""

    def __init__(self, words, status, output, errors, seconds):
        self.words, self.status = words, status
        self.output, self.errors, self.seconds = output, errors, seconds

    def __repr__(self):
        return "%s: status %s\n    output: %s\n    errors: %s" % (
            " ".join(self.words), self.status, self.output[-800:], self.errors[-800:],
        )


def run(host, *words, data=None, seconds=30, before=()):
    """Runs a `tincan` command to its end; `before` goes in front of it, such as `unshare`."""
    words = [BINARY, *words]
    if data:
        words += ["--data", data]
    begin = time.monotonic()
    child = host.spawn(
        [*before, *words],
        env=_environment(host),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        output, errors = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        output, errors = child.communicate()
        errors += b"\n(killed: it did not end)"
    texts = (output.decode("utf-8", "replace"), errors.decode("utf-8", "replace"))
    return Done(words[1:], child.returncode, *texts, time.monotonic() - begin)


def send(host, to, text, name, *words, data=None, seconds=30):
    """`tincan send`: says one thing and leaves."""
    data = data or data_folder(host)
    return run(host, "send", "lan:" + to, text, "--name", name, *words, data=data, seconds=seconds)


def offer(host, to, path, name, *words, data=None, seconds=60):
    data = data or data_folder(host)
    return run(host, "offer", "lan:" + to, path, "--name", name, *words, data=data, seconds=seconds)
