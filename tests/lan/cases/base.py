"""What all cases share: a network for each class, programs that end with their test."""

import itertools
import os
import sys
import time
import unittest

import ours
from capture import Capture
from network import Host, Lan
from purple import Purple
from scripted import Scripted

_letters = itertools.count()


class Case(unittest.TestCase):
    """Tests on one LAN, built before the first and taken down after the last.

    Every test takes names of its own (`self.fresh`), so that what one leaves behind in caches does
    not reach another.
    """

    HOSTS = ()
    SEGMENTS = 1
    IPV4 = True
    IPV6 = True

    @classmethod
    def setUpClass(cls):
        hosts = [host() for host in cls.HOSTS]
        cls.lan = Lan(hosts, ipv4=cls.IPV4, ipv6=cls.IPV6, segments=cls.SEGMENTS)
        cls.lan.__enter__()
        cls.addClassCleanup(cls.lan.close)
        for host in hosts:
            setattr(cls, host.name, host)
        cls.wires = []
        for segment in range(cls.SEGMENTS):
            wire = Capture(cls.lan, segment).__enter__()
            cls.addClassCleanup(wire.__exit__)
            cls.wires.append(wire)
        cls.wire = cls.wires[0]
        cls.prepare()

    @classmethod
    def prepare(cls):
        """What a class sets up besides."""

    @classmethod
    def for_class(cls, entered):
        """Something that ends with the class."""
        cls.addClassCleanup(entered.__exit__, None, None, None)
        return entered.__enter__()

    def use(self, entered):
        """Something that ends with the test."""
        self.addCleanup(entered.__exit__, None, None, None)
        return entered.__enter__()

    # ---- names

    @staticmethod
    def fresh(user, machine=None):
        """A name that nobody has had: `user-c` at the machine."""
        number, letters = next(_letters), ""
        while True:
            letters = chr(ord("a") + number % 26) + letters
            number = number // 26 - 1
            if number < 0:
                break
        return "%s-%s@%s" % (user, letters, machine or user + "box")

    # ---- people

    def node(self, host, name=None, *words, **how):
        return self.use(ours.Node(host, name or self.fresh(host.name), *words, **how))

    def chat(self, host, name=None, *words, **how):
        return self.use(ours.Chat(host, name or self.fresh(host.name), *words, **how))

    def purple(self, host, **how):
        return self.use(Purple(host, **how))

    def scripted(self, host, **how):
        return self.use(Scripted(host, **how))

    def file(self, name, size):
        """A file of random bytes; its path."""
        path = os.path.join(self.lan.folder, name)
        with open(path, "wb") as file:
            file.write(os.urandom(size))
        return path

    # ---- looking

    @staticmethod
    def note(text):
        """Prints a measurement beside the test's name."""
        print("(%s) " % text, end="", file=sys.stderr, flush=True)

    def addresses(self, host):
        """All addresses of a host, as sources in a capture."""
        return set(host.addresses())

    def assertSoon(self, seconds, since, what):
        """That no more than `seconds` have passed since a monotonic time."""
        passed = time.monotonic() - since
        self.assertLessEqual(passed, seconds, "%s took %.2f s" % (what, passed))


def plain_host(name, **how):
    return lambda: Host(name, **how)


def avahi_host(name, **how):
    return lambda: Host(name, avahi=True, **how)
