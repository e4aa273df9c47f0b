"""Our program on a host: `tincan`, as people and scripts run it."""

import itertools
import os
import signal
import subprocess
import time

from waiting import TooLate

# Set by the runner from `--bin`.
BINARY = None

_serial = itertools.count(1)


def data_folder(host):
    """A new folder for keys and pictures of one person on this host."""
    folder = os.path.join(host.folder, "data-%d" % next(_serial))
    os.mkdir(folder)
    return folder


def environment(host):
    # What belongs to the person who runs the tests stays out of them.
    home = os.path.join(host.folder, "home")
    os.makedirs(home, exist_ok=True)
    own = {"HOME": home, "XDG_RUNTIME_DIR": home, "TERM": "xterm", "USER": "person"}
    return own


class Running:
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
                self.words, env=environment(self.host), stderr=errors, **how
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


def run(host, *words, data=None, seconds=30, before=(), given=None, env=None):
    """Runs a `tincan` command to its end; `before` goes in front of it, such as `unshare`; `given` is
    its standard input, `env` what is added to its environment."""
    words = [BINARY, *words]
    if data:
        words += ["--data", data]
    begin = time.monotonic()
    child = host.spawn(
        [*before, *words],
        env=dict(environment(host), **(env or {})),
        stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        output, errors = child.communicate(given and given.encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        output, errors = child.communicate()
        errors += b"\n(killed: it did not end)"
    texts = (output.decode("utf-8", "replace"), errors.decode("utf-8", "replace"))
    return Done(words[1:], child.returncode, *texts, time.monotonic() - begin)
