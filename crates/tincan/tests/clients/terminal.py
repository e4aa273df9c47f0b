"""A person at a terminal, who uses `tincan chat`."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import cs494
import stream
from scenario import expect, expect_true, main

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Controls, and the way back to where the cursor was.
CONTROL = re.compile(r"\r\x1b\[[0-9]+C|\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class Terminal:
    """A terminal of 100 columns with `tincan chat` on it."""

    def __init__(self, hub, name, **environment):
        self.keys, self.screen = pty.openpty()
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(self.screen)
        self.shown = ""
        self.seen = 0
        environment = {"HOME": hub["home"], "TERM": "xterm", **environment}
        command = [hub["tincan"], "chat", f"cs494://{name}@{hub['cs494']}", "--room", "tea"]

        def take_over():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command,
            stdin=self.screen,
            stdout=self.screen,
            stderr=self.screen,
            env=environment,
            start_new_session=True,
            preexec_fn=take_over,
        )

    def press(self, keys):
        os.write(self.keys, keys.encode())

    def read(self, until):
        """Takes in what is shown; whether there was anything."""
        ready, _, _ = select.select([self.keys], [], [], max(0.0, until - time.monotonic()))
        if ready:
            self.shown += os.read(self.keys, 65536).decode(errors="replace")
        return bool(ready)

    def wait_for(self, text):
        """Waits until this is shown, behind what was waited for before; colours do not count."""
        until = time.monotonic() + stream.PATIENCE
        while True:
            plain = CONTROL.sub("", self.shown)
            at = plain.find(text, self.seen)
            if at >= 0:
                self.seen = at + len(text)
                return
            expect_true(self.read(until), f"{text!r} is never shown: {plain[self.seen :]!r}")

    def end(self):
        """Waits for its end; gives its exit status."""
        until = time.monotonic() + 2 * stream.PATIENCE
        while self.process.poll() is None:
            self.read(min(until, time.monotonic() + 0.05))
            expect_true(time.monotonic() < until, f"it does not end: {self.shown[-200:]!r}")
        while self.read(time.monotonic()):
            pass
        return self.process.returncode

    def expect_restored(self):
        """The terminal is as it was, and marks no pastes."""
        expect(termios.tcgetattr(self.screen), self.before, "the terminal's modes")
        on, off = self.shown.rfind("\x1b[?2004h"), self.shown.rfind("\x1b[?2004l")
        expect_true(off >= on, "pastes are not marked any more")


def start(hub, **environment):
    """Ana at a terminal in `tea`, and bo there too."""
    bo = cs494.join(hub["cs494"], "bo")
    bo.enter("tea")
    terminal = Terminal(hub, "ana", **environment)
    terminal.wait_for("/help lists the commands")
    terminal.wait_for("* in #tea: ")
    return terminal, bo


def talk(terminal, bo):
    """Words in both directions, with everything that keys can do."""
    terminal.wait_for("#tea> ")
    terminal.press("hello bo\r")
    expect(bo.wait_for_post(), ("tea", "ana", "hello bo"), "what ana said")
    terminal.wait_for("#tea> ")
    # Something comes while she is typing: it stands above her line, which stays whole.
    terminal.press("half a ")
    terminal.wait_for("half a ")
    bo.post("tea", "may I interrupt?")
    terminal.wait_for("bo: may I interrupt?")
    terminal.wait_for("#tea> half a ")
    terminal.press("sentence\r")
    expect(bo.wait_for_post(), ("tea", "bo", "may I interrupt?"), "his own")
    expect(bo.wait_for_post(), ("tea", "ana", "half a sentence"), "her line")
    # Tab completes people, rooms and commands; a key of the cursor brings back the last line.
    terminal.wait_for("#tea> ")
    terminal.press("/ms\t")
    terminal.wait_for("/msg ")
    terminal.press("b\thi\r")
    expect(bo.wait_for_direct(), ("ana", "hi"), "with completed words")
    terminal.wait_for("* delivered to bo")
    terminal.wait_for("#tea> ")
    terminal.press("\x1b[A")
    terminal.wait_for("/msg bo hi")
    terminal.press(" again\r")
    expect(bo.wait_for_direct(), ("ana", "hi again"), "a line from before")
    terminal.wait_for("* delivered to bo")
    # Another room is quiet until she goes there.
    bo.enter("den")
    terminal.wait_for("#tea> ")
    terminal.press("/join den\r")
    terminal.wait_for("#den> ")
    bo.post("tea", "over here")
    terminal.wait_for("* new in #tea; /join tea shows it")
    terminal.press("/join t\t\r")
    terminal.wait_for("bo: over here")
    terminal.wait_for("#tea> ")


def at_a_terminal(hub):
    """In colour, until Ctrl-D."""
    terminal, bo = start(hub)
    talk(terminal, bo)
    expect_true(COLOUR.search(terminal.shown), "there are colours")
    # A word to her rings the bell.
    expect(terminal.shown.count("\x07"), 0, "no bell so far")
    bo.tell("ana", "a word")
    terminal.wait_for("bo → ana: a word")
    expect_true("\x07" in terminal.shown, "the bell")
    terminal.wait_for("#tea> ")
    terminal.press("\x04")
    expect(terminal.end(), 0, "Ctrl-D is a good end")
    terminal.expect_restored()
    expect(bo.ask_about("ana"), cs494.OFFLINE, "she has left")
    bo.stream.close()


def without_colours(hub):
    """Where somebody asks for none, there are none; /quit leaves too."""
    terminal, bo = start(hub, NO_COLOR="1")
    talk(terminal, bo)
    terminal.press("/quit good night\r")
    expect(terminal.end(), 0, "a good end")
    terminal.expect_restored()
    expect(COLOUR.findall(terminal.shown), [], "colours")
    bo.stream.close()


def interrupted(hub):
    """Ended from outside while she types, the terminal is as it was all the same."""
    terminal, bo = start(hub)
    terminal.wait_for("#tea> ")
    terminal.press("half a sent")
    terminal.wait_for("half a sent")
    terminal.process.terminate()
    expect(terminal.end(), 130, "as shells have it")
    terminal.expect_restored()
    expect(bo.ask_about("ana"), cs494.OFFLINE, "she has left")
    bo.stream.close()


if __name__ == "__main__":
    main([at_a_terminal, without_colours, interrupted])
