"""Programs that somebody types into: through pipes, and on a terminal."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading

from tincan import Running
from waiting import TooLate

# How the line editor begins a new prompt: pastes are told from typing from here on.
PROMPT_OPENS = "\x1b[?2004h"
# What a terminal draws besides text.
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Piped(Running):
    """Lines in, lines out."""

    def __init__(self, host, command, words, data):
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        super().__init__(host, command, words, data, **pipes)
        self.output = ""
        self._seen = 0
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            with self._changed:
                self.output += line.decode("utf-8", "replace")
                self._changed.notify_all()

    def type(self, *lines):
        """Types lines."""
        self.child.stdin.write("".join(line + "\n" for line in lines).encode())
        self.child.stdin.flush()

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
                    "not within %.1f s: %r in %s\n%s\n    errors: %s"
                    % (
                        seconds, text, " ".join(self.words[1:]),
                        self.output[-1500:], self.errors()[-600:],
                    )
                )

    def quit(self, seconds=5):
        """Signs off; a script's line may have to wait for its turn."""
        self.type("/quit")
        return self.wait_end(seconds)


class OnTerminal(Running):
    """A terminal of 100 columns, keys in, screen out."""

    def __init__(self, host, command, words, data):
        keys, screen = pty.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.keys, self.shown, self._seen, self._ended = keys, "", 0, False
        terminal = dict(
            stdin=screen, stdout=screen, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        super().__init__(host, command, words, data, **terminal)
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
