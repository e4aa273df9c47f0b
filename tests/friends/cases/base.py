"""What all cases share: a network for each class, people with profiles, programs that end with their
test."""

import hashlib
import os
import sys
import unittest

import ours
from network import Host, Lan
from ours import Person
from tap import Tap


class Case(unittest.TestCase):
    """Tests on one network, built before the first and taken down after the last.

    Profiles are made once for each host, for that is slow; every test works on copies (`self.person`),
    in which nobody is a friend yet.
    """

    HOSTS = ()

    @classmethod
    def setUpClass(cls):
        hosts = [Host(name) for name in cls.HOSTS]
        cls.lan = Lan(hosts)
        cls.lan.__enter__()
        cls.addClassCleanup(cls.lan.close)
        cls._originals = {}
        for host in hosts:
            setattr(cls, host.name, host)
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

    # ---- people

    @classmethod
    def original(cls, host):
        if host not in cls._originals:
            cls._originals[host] = Person(host, host.name).init("--location", host.machine)
        return cls._originals[host]

    @classmethod
    def copy_of(cls, host, settings=""):
        person = cls.original(host).copy()
        person.configure(settings)
        return person

    def person(self, host, settings=""):
        """Somebody on this host, called as it is, without friends; their node ends with the test."""
        person = self.copy_of(host, settings)
        self.addCleanup(self._end, person)
        return person

    @staticmethod
    def _end(person):
        if person.node:
            person.stop()

    def pair(self, one, other, by="--certificate"):
        """Two people who are connected."""
        people = self.person(one), self.person(other)
        ours.meet(*people, by=by)
        return people

    # ---- files

    def folder(self, host, name):
        path = os.path.join(host.folder, "%s-%s" % (self._testMethodName[:40], name))
        os.makedirs(path, exist_ok=True)
        return path

    def file(self, folder, name, size=None, data=None):
        """A file, of random bytes unless they are given; its path."""
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(os.urandom(size) if data is None else data)
        return path

    @staticmethod
    def sha1(path):
        with open(path, "rb") as file:
            return hashlib.sha1(file.read()).hexdigest()

    def assertSame(self, one, other):
        self.assertEqual(os.path.getsize(one), os.path.getsize(other))
        self.assertEqual(self.sha1(one), self.sha1(other))

    # ---- looking

    def tap(self):
        return self.use(Tap(self.lan))

    def assertDone(self, done):
        self.assertEqual(done.status, 0, done)

    def assertRefused(self, done, *words):
        """That a command failed with one sentence that has these words in it."""
        self.assertEqual(done.status, 1, done)
        for word in words:
            self.assertIn(word.lower(), done.errors.lower(), done)
        self.assertLessEqual(len(done.errors.splitlines()), 3, done)
        self.assertNotIn("panicked", done.errors)

    @staticmethod
    def note(text):
        """Prints a measurement beside the test's name."""
        print("(%s) " % text, end="", file=sys.stderr, flush=True)
