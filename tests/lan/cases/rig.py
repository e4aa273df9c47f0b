"""The rig itself: real programs among themselves, before ours is measured with it."""

import dns
from avahi import avahi_browse
from purple import Purple
from scripted import Listener, Service
from waiting import until

from .base import Case, avahi_host, plain_host


class Rig(Case):
    HOSTS = (avahi_host("alice"), avahi_host("bob"), plain_host("mona"))

    @classmethod
    def prepare(cls):
        cls.a = cls.for_class(Purple(cls.alice, user="alice", first="Alice"))
        cls.b = cls.for_class(Purple(cls.bob, user="böb"))
        cls.a.wait_buddy(cls.b.name)
        cls.b.wait_buddy(cls.a.name)

    def test_two_libpurples_talk_and_pass_a_file(self):
        since = self.wire.mark()
        text = "1 < 2 & <b>\"x\"</b>\nline 日本"
        self.a.send(self.b.name, text)
        self.assertIn("<b>", self.b.wait_message(text, sender=self.a.name)["text"])
        path = self.file("rig.bin", 200_000)
        self.b.send_file(self.a.name, path)
        self.a.lines.take("file-recv-request", 10)
        self.a.accept(path + ".copy")

        def same():
            with open(path, "rb") as one, open(path + ".copy", "rb") as other:
                return one.read() == other.read()

        self.a.lines.take("file-recv-complete", 10)
        until(same, 5, "the file has arrived")
        self.wire.settle()
        streams = self.wire.streams(since)
        self.assertIn(b"line ", streams[0].from_opener)
        longest = max(len(text) for s in streams for text in s.said.values())
        self.assertGreaterEqual(longest, 200_000, "the capture has all of the file")

    def test_a_scripted_peer_is_a_peer(self):
        mona = self.scripted(self.mona)
        listener = self.use(Listener(self.mona))
        name = self.fresh("mona")
        service = Service(name, "monahost.local", listener.port, [self.mona.ip4])
        service.with_picture(b"any octets " * 1500)
        mona.publish(service)
        self.a.wait_buddy(name)
        self.a.send(name, "hello <M>")
        wire = listener.accept()
        wire.wait("<stream:stream")
        wire.open(name, self.a.name)
        wire.wait("hello &lt;M&gt;</body>")
        wire.message("&amp; back", name, self.a.name)
        self.a.wait_message(sender=name)
        until(lambda: self.a.buddy_picture(name) == service.picture, 10, "the picture is fetched")
        self.wire.settle()
        told = self.wire.records(dns.NULL, service.instance)
        self.assertEqual(told[-1][1].data, service.picture)
        self.assertIn(name, [one["name"] for one in avahi_browse(self.bob)])
        mona.goodbye(service)
        self.a.wait_gone(name)

    def test_a_wait_for_what_does_not_happen_fails(self):
        with self.assertRaises(AssertionError):
            self.a.wait_buddy("nobody@nowhere", 0.2)
        with self.assertRaises(AssertionError):
            self.a.wait_message("never said", 0.2)
