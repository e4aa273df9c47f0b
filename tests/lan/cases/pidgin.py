"""With libpurple, the engine of Pidgin: seeing each other, talking, leaving."""

import signal
import time

import dns
import ours
from purple import Purple
from waiting import keeps, let_pass, until

from .base import Case, avahi_host, plain_host

HARD_WORDS = [
    "plain",
    "1 < 2 && 3 > 2 & \"quoted\" 'too' &amp; &lt;b&gt;",
    "<b>not bold</b><br/><script>alert(1)</script>",
    "日本語 здравствуйте 🙂 café",
    "]]> <!-- --> <![CDATA[ ]]>",
    "x" * 8000,
]


class Pidgin(Case):
    HOSTS = (avahi_host("alice"), plain_host("carol"), avahi_host("dave"))

    @classmethod
    def prepare(cls):
        cls.friend = cls.for_class(
            Purple(cls.alice, user="alice", first="Alice", last="Liddell", email="a@example.org")
        )

    def test_both_see_each_other_within_two_seconds_of_the_name(self):
        # [LAN-1] [LAN-15] [LAN-16] [LAN-49]
        node = self.node(self.carol, None, "--nick", "Caro")
        begin = time.monotonic()
        shown = self.friend.wait_buddy(node.name)
        self.assertSoon(2, begin, "to be seen by libpurple")
        self.assertEqual(shown["alias"], "Caro")
        node.wait_contact(self.friend.name, shown="Alice Liddell", email="a@example.org")

    def test_status_and_text_follow_both_ways(self):
        # [LAN-8] [LAN-17] [LAN-37]
        chat = self.chat(self.carol)
        node = self.node(self.carol)
        self.friend.wait_buddy(chat.name)
        node.wait_contact(self.friend.name)
        for published, shown, text in (
            ("dnd", "busy", "in a meeting"), ("away", "away", "zum Café"), ("avail", "available", "back"),
        ):
            with self.subTest("theirs: " + published):
                # An avahi-daemon that hears its own last announcement late takes it for somebody
                # else's once it has a new one, and gives up the name.
                let_pass(4.5, "the three announcements of the former state are over")
                begin = time.monotonic()
                self.friend.status(published, text)
                node.wait_contact(self.friend.name, status=shown, message=text)
                self.assertSoon(2.2, begin, "to follow libpurple's status")
        for word, shown, text in (("dnd", "away", "beschäftigt"), ("avail", "available", "wieder da")):
            with self.subTest("ours: " + word):
                # avahi keeps what it heard last for a second beside what is new.
                let_pass(3.5, "the announcements of the former state are over")
                begin = time.monotonic()
                chat.type("/status %s %s" % (word, text))
                self.friend.wait_buddy(chat.name, status=shown, text=text)
                self.assertSoon(2.2, begin, "libpurple to follow our status")

    def test_ten_changes_in_a_second_are_at_most_one_announcement_a_second(self):
        # [LAN-17]
        chat = self.chat(self.carol)
        instance = dns.instance(chat.name)
        self.friend.wait_buddy(chat.name)
        let_pass(3.5, "the announcements of the start are over")
        since = self.wire.mark()
        for number in range(10):
            chat.type("/status away change %d" % number)
            let_pass(0.1, "a tenth of a second passes")
        self.friend.wait_buddy(chat.name, text="change 9")
        let_pass(3, "repetitions")
        self.wire.settle()
        own = {self.carol.ip4}
        times = [heard.time for heard, _ in self.wire.records(dns.TXT, instance, own, since)]
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        self.assertTrue(times)
        self.assertTrue(all(gap >= 0.95 for gap in gaps), "gaps between announcements: %s" % gaps)

    def test_they_talk_in_any_characters_on_either_ones_stream(self):
        # [LAN-18] [LAN-20] [LAN-21] [LAN-37]
        for opener in ("ours", "theirs"):
            with self.subTest(opener=opener):
                since = self.wire.mark()
                chat = self.chat(self.carol)
                name = chat.name
                self.friend.wait_buddy(name)
                chat.wait_contact(self.friend.name)
                rounds = [("ours", text) for text in HARD_WORDS] + [("theirs", text) for text in HARD_WORDS]
                if opener == "theirs":
                    rounds.reverse()
                for who, text in rounds:
                    if who == "ours":
                        chat.tell(self.friend.name, text)
                        self.friend.wait_message(text, sender=name)
                    else:
                        self.friend.send(name, text)
                        chat.wait(text)
                self.wire.settle()
                own = self.addresses(self.carol) | self.addresses(self.alice)
                streams = [s for s in self.wire.streams(since) if s.opener[0] in own]
                self.assertEqual(len(streams), 1, "one connection serves both")
                stream = streams[0]
                ours_said = stream.said[stream.opener if opener == "ours" else stream.target].decode()
                self.assertIn("from='%s'" % name, ours_said.replace('"', "'"))
                self.assertIn("to='%s'" % self.friend.name, ours_said.replace('"', "'"))
                chat.quit()
                self.friend.wait_gone(name)
                self.friend.close(name)

    def test_line_breaks_survive(self):
        # [LAN-20]
        node = self.node(self.carol)
        self.friend.wait_buddy(node.name)
        self.friend.send(node.name, "one\ntwo\n\nfour")
        node.wait_told("one\ntwo\n\nfour", **{"from": self.friend.name})
        done = ours.send(self.carol, self.friend.name, "eins\nzwei", self.fresh("carol"))
        self.assertEqual(done.status, 0, done)
        self.friend.wait_message("eins\nzwei")

    def test_the_warning_comes_before_the_first_word(self):
        # [LAN-39]
        node = self.node(self.carol)
        self.friend.wait_buddy(node.name)
        self.friend.send(node.name, "hello")
        told = node.wait_told("hello")
        channel = node.lines.take("channel", 1, **{"with": self.friend.name})
        self.assertEqual(channel["channel"], "plain")
        order = [item for item in node.lines.all if item["type"] in ("channel", "told")]
        self.assertLess(order.index(channel), order.index(told))

        done = ours.send(self.carol, self.friend.name, "hi", self.fresh("carol"))
        self.assertEqual(done.status, 0, done)
        self.assertIn("encrypted", done.errors)
        self.friend.wait_message("hi")

        chat = self.chat(self.carol)
        chat.wait_contact(self.friend.name)
        chat.tell(self.friend.name, "now from a chat")
        chat.wait("encrypted")
        self.friend.wait_message("now from a chat")

    def test_unencrypted_talk_can_be_refused(self):
        # [LAN-40]
        node = self.node(self.carol, None, "--require-tls")
        self.friend.wait_buddy(node.name)
        self.friend.send(node.name, "in clear")
        node.lines.take("channel", 5, **{"with": self.friend.name, "channel": "refused"})
        keeps(lambda: not node.told(self.friend.name), 2, "nothing is shown")
        # It dies of an end tag that comes together with the header.
        self.assertIsNone(self.friend.child.poll(), "libpurple has survived it")
        self.friend.close(node.name)
        since = self.wire.mark()
        done = ours.send(
            self.carol, self.friend.name, "secret words", self.fresh("carol"), "--require-tls"
        )
        self.assertNotEqual(done.status, 0, done)
        self.wire.settle()
        said = b"".join(text for s in self.wire.streams(since) for text in s.said.values())
        self.assertNotIn(b"secret words", said)
        self.assertNotIn("secret words", self.friend.messages())

    def test_libpurple_drops_us_at_each_way_out(self):
        # [LAN-24]
        ways = {
            "SIGTERM": lambda node: node.kill(signal.SIGTERM),
            "SIGINT": lambda node: node.kill(signal.SIGINT),
        }
        for way, leave in ways.items():
            with self.subTest(way):
                node = self.node(self.carol)
                self.friend.wait_buddy(node.name)
                begin = time.monotonic()
                leave(node)
                self.friend.wait_gone(node.name, 3)
                self.assertSoon(2, begin, "libpurple to drop us")
                node.wait_end()
        name = self.fresh("carol")
        chat = self.use(ours.Terminal(self.carol, name))
        self.friend.wait_buddy(name)
        begin = time.monotonic()
        chat.press("/quit\r")
        self.friend.wait_gone(name, 3)
        self.assertSoon(2, begin, "libpurple to drop us")

    def test_libpurple_going_offline_is_gone_and_comes_back(self):
        # [LAN-26]
        other = self.purple(self.dave, user="dave")
        node = self.node(self.carol)
        node.wait_contact(other.name)
        begin = time.monotonic()
        other.offline()
        node.wait_gone(other.name, 3)
        self.assertSoon(2, begin, "to show libpurple gone")
        # avahi sees no change if a name comes back at once.
        let_pass(2, "avahi forgets the name")
        other.online()
        node.wait_contact(other.name, 10)

    def test_beside_an_avahi_daemon_on_the_same_host(self):
        # [LAN-49] [LAN-24]
        node = self.node(self.dave)
        self.friend.wait_buddy(node.name)
        node.wait_contact(self.friend.name)
        self.friend.send(node.name, "beside avahi?")
        node.wait_told("beside avahi?")
        done = ours.send(self.dave, self.friend.name, "beside avahi!", self.fresh("dave"))
        self.assertEqual(done.status, 0, done)
        self.friend.wait_message("beside avahi!")
        node.kill(signal.SIGTERM)
        self.friend.wait_gone(node.name, 3)
        # Our goodbye leaves the machine's own name alone.
        self.alice.run(["avahi-resolve", "-n", "davebox.local"])

    def test_crossing_opens_lose_nothing_of_ours_in_silence(self):
        # [LAN-43]
        chat = self.chat(self.carol)
        name = chat.name
        self.friend.wait_buddy(name)
        chat.wait_contact(self.friend.name)
        texts, doubt = [], "may not have reached %s: " % self.friend.name
        for number in range(12):
            texts.append("crossing %d of ours." % number)
            self.friend.send_all(name, ["crossing %d of theirs." % number])
            chat.tell(self.friend.name, texts[-1])
            until(
                lambda: texts[-1] in self.friend.messages(name) or doubt + texts[-1] in chat.output,
                8, "%r has arrived or is reported" % texts[-1], lambda: chat.output[-800:],
            )
            self.friend.close(name)
            until(self.no_stream, 5, "the stream is closed")
        arrived = self.friend.messages(name)
        for text in texts:
            self.assertLessEqual(arrived.count(text), 1, "nothing is sent twice")

    def no_stream(self):
        """Whether carol has no connection at all."""
        text = self.carol.run(["ss", "-Htn", "state", "established", "state", "close-wait"])
        return not text.strip()


class Throughput(Case):
    HOSTS = (avahi_host("alice"), plain_host("carol"))

    def test_a_thousand_messages_each_way_arrive_in_order(self):
        # [LAN-20] [LAN-43]
        friend = self.purple(self.alice, user="alice")
        node = self.node(self.carol)
        chat = self.chat(self.carol)
        for name in (node.name, chat.name):
            friend.wait_buddy(name)
        chat.wait_contact(friend.name)
        texts = ["message %d <&> of many" % number for number in range(1000)]
        begin = time.monotonic()
        friend.send_all(node.name, texts)
        until(lambda: len(node.told(friend.name)) >= len(texts), 30, "all of theirs",
              lambda: len(node.told(friend.name)))
        self.assertEqual(node.told(friend.name), texts)
        self.note("1000 from libpurple: %.2f s" % (time.monotonic() - begin))
        begin = time.monotonic()
        chat.type(*["/msg %s %s" % (friend.name, text) for text in texts])
        own = chat.name
        until(lambda: len(friend.messages(own)) >= len(texts), 30, "all of ours",
              lambda: (len(friend.messages(own)), chat.output[-500:]))
        self.assertEqual(friend.messages(own), texts)
        self.note("1000 to libpurple: %.2f s" % (time.monotonic() - begin))
