"""The XML streams, byte by byte, against a peer that says exactly what a test says."""

import signal
import time

import dns
import ours
from scripted import STREAM_END, Listener, Scripted, Service, Wire
from waiting import keeps, let_pass, until

from .base import Case, plain_host


class Streams(Case):
    HOSTS = (plain_host("carol"), plain_host("mona"))

    @classmethod
    def prepare(cls):
        cls.m = cls.for_class(Scripted(cls.mona))

    def setUp(self):
        self.listener = self.use(Listener(self.mona))
        self.service = Service(
            self.fresh("mona"), "monahost.local", self.listener.port, [self.mona.ip4]
        )
        self.m.publish(self.service)
        self.addCleanup(self.m.goodbye, self.service)
        self.peer = self.service.name

    def port_of(self, name):
        """Where ours listens, as it publishes."""
        def told():
            found = self.m.told(dns.SRV, dns.instance(name))
            return found and found[-1][1].data[0]

        return until(told, 5, "SRV of " + name)

    def call(self, name, source=None):
        """R connects to ours."""
        return self.use(Wire.connect(self.mona, self.carol.ip4, self.port_of(name), source))

    def test_nothing_but_a_header_before_the_others_header(self):
        # [LAN-18] [LAN-21]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        chat.tell(self.peer, "first words")
        wire = self.listener.accept()
        wire.wait("<stream:stream")
        keeps(lambda: b"<message" not in wire.received, 1.5, "no stanza before the answer")
        header = wire.received.decode().replace('"', "'")
        self.assertIn("from='%s'" % chat.name, header)
        self.assertIn("to='%s'" % self.peer, header)
        wire.open(self.peer, chat.name)
        wire.wait("first words</body>")
        stanza = wire.received.decode().partition("<message")[2].replace('"', "'")
        self.assertIn("from='%s'" % chat.name, stanza)
        self.assertIn("to='%s'" % self.peer, stanza)

    def test_nothing_goes_on_to_any_other_network(self):
        # [LAN-41]
        service = Service(
            self.fresh("mona"), "monahost.local", self.listener.port, [self.mona.ip4],
            ("txtvers=1", "jid=mona@xmpp.example"),
        )
        self.m.publish(service)
        self.addCleanup(self.m.goodbye, service)
        since = self.wire.mark()
        chat = self.chat(self.carol, None, "--jid", "carol@xmpp.example")
        chat.wait_contact(service.name)
        chat.tell(service.name, "between us")
        wire = self.listener.accept()
        wire.open(service.name, chat.name)
        wire.wait("between us</body>")
        wire.message("no further", service.name, chat.name)
        chat.wait("no further")
        let_pass(1, "whatever would follow")
        self.wire.settle()
        ours_are = self.addresses(self.carol)
        opened = [s for s in self.wire.streams(since) if s.opener[0] in ours_are]
        self.assertEqual([s.target for s in opened], [(self.mona.ip4, self.listener.port)])
        others = {
            port
            for packet in self.wire.packets()
            if packet.time >= since and packet.source in ours_are and packet.protocol == 17
            for port in [int.from_bytes(packet.payload[2:4], "big")]
        }
        self.assertLessEqual(others, {5353})

    def test_the_seeds_header_without_from_and_to(self):
        # [LAN-19]
        node = self.node(self.carol)
        node.wait_contact(self.peer)
        wire = self.call(node.name)
        wire.open()
        wire.wait("<stream:stream")
        wire.message("who am I?", self.peer, node.name)
        node.wait_told("who am I?", **{"from": self.peer})

    def test_one_connection_serves_both_ways_whoever_opened_it(self):
        # [LAN-20]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        wire = self.call(chat.name)
        wire.open(self.peer, chat.name)
        wire.wait("<stream:stream")
        wire.message("you answer here", self.peer, chat.name)
        chat.wait("you answer here")
        chat.tell(self.peer, "so I do")
        wire.wait("so I do</body>")
        self.assertEqual(self.listener.taken, [])
        wire.send("<iq type='get' id='q1' from='%s' to='%s'><query xmlns='urn:x:unknown'/></iq>" % (self.peer, chat.name))
        wire.wait("service-unavailable")

    def test_the_other_way_round(self):
        # [LAN-20] [LAN-44]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        chat.tell(self.peer, "I open")
        wire = self.listener.accept()
        wire.wait("<stream:stream")
        wire.open(self.peer, chat.name)
        wire.wait("I open</body>")
        wire.message("I answer", self.peer, chat.name)
        chat.wait("I answer")
        self.assertEqual(len(self.listener.taken), 1)

    def test_an_end_is_answered_and_closed(self):
        # [LAN-22] [LAN-23]
        node = self.node(self.carol)
        node.wait_contact(self.peer)
        wire = self.call(node.name)
        wire.open(self.peer, node.name)
        wire.wait("<stream:stream")
        wire.message("and out", self.peer, node.name)
        wire.send(STREAM_END)
        wire.wait(STREAM_END)
        self.assertEqual(wire.wait_end(3), "FIN")
        node.wait_told("and out")

    def test_our_end_waits_for_theirs_but_not_for_long(self):
        # [LAN-22] [LAN-23] [LAN-24]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        wire = self.call(chat.name)
        wire.open(self.peer, chat.name)
        wire.wait("<stream:stream")
        chat.tell(self.peer, "last words")
        wire.wait("last words</body>")
        begin = time.monotonic()
        chat.kill(signal.SIGTERM)
        wire.wait(STREAM_END)
        # R never answers; ours closes all the same.
        wire.wait_end(4)
        self.assertSoon(3, begin, "to close without an answer")
        chat.wait_end()

    def test_what_is_said_without_a_stream_that_stands_is_shown_once_it_stands(self):
        # [LAN-18] [LAN-43]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        chat.tell(self.peer, "one")
        chat.tell(self.peer, "two")
        wire = self.listener.accept()
        wire.wait("<stream:stream")
        chat.tell(self.peer, "three")
        wire.open(self.peer, chat.name)
        wire.wait("three</body>")
        said = wire.received.decode()
        places = [said.index(word + "</body>") for word in ("one", "two", "three")]
        self.assertEqual(places, sorted(places))
        self.assertEqual(len(self.listener.taken), 1)

    def test_a_broken_connection_makes_what_was_said_doubtful(self):
        # [LAN-43]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        chat.tell(self.peer, "into the void")
        wire = self.listener.accept()
        wire.wait("<stream:stream")
        wire.open(self.peer, chat.name)
        wire.wait("into the void</body>")
        wire.reset()
        chat.wait("not have reached")
        self.assertEqual(chat.output.count("not have reached"), 1)

    def test_text_is_not_lost_in_silence_where_no_stream_comes_to_stand(self):
        # [LAN-43] [LAN-18]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        self.listener.on_accept = lambda wire: wire.close()
        chat.tell(self.peer, "knock knock")
        said = ("not delivered", "not have reached", "cannot be reached")
        until(
            lambda: any(words in chat.output for words in said), 15,
            "it is told that the text did not arrive", lambda: (chat.output, len(self.listener.taken)),
        )

    def test_the_warning_is_shown_before_the_first_word_either_way(self):
        # [LAN-39]
        chat = self.chat(self.carol)
        chat.wait_contact(self.peer)
        wire = self.call(chat.name)
        wire.open(self.peer, chat.name)
        wire.wait("<stream:stream")
        wire.message("psst", self.peer, chat.name)
        chat.wait("encrypted")
        chat.wait("psst")

    def test_who_talks_in_clear_is_refused_where_that_is_the_policy(self):
        # [LAN-40]
        node = self.node(self.carol, None, "--require-tls")
        node.wait_contact(self.peer)
        wire = self.call(node.name)
        wire.open(self.peer, node.name)
        wire.message("in clear", self.peer, node.name)
        wire.wait(STREAM_END)
        wire.wait_end(5)
        keeps(lambda: not node.told(self.peer), 1, "nothing is shown")

    def test_typing_is_told_and_never_taken_for_words(self):
        # [LAN-44]
        node = self.node(self.carol)
        node.wait_contact(self.peer)
        wire = self.call(node.name)
        wire.open(self.peer, node.name)
        wire.wait("<stream:stream")
        start = "<message to='%s' from='%s' type='chat'>" % (node.name, self.peer)
        old = "<x xmlns='jabber:x:event'>%s<id>7</id></x></message>"
        wire.send(start + "<body>half a sen</body>" + old % "<composing/>")
        node.lines.take("typing", 5, **{"from": self.peer, "is_typing": True})
        wire.send(start + old % "")
        node.lines.take("typing", 5, **{"from": self.peer, "is_typing": False})
        state = "<%s xmlns='http://jabber.org/protocol/chatstates'/></message>"
        wire.send(start + state % "composing")
        node.lines.take("typing", 5, **{"from": self.peer, "is_typing": True})
        wire.send(start + "<body>half a sentence</body>" + state % "active")
        node.wait_told("half a sentence")
        self.assertEqual(node.told(self.peer), ["half a sentence"])

    def test_our_typing_is_told_to_who_knows_it(self):
        # [LAN-44]
        name = self.fresh("carol")
        terminal = self.use(ours.Terminal(self.carol, name, target=self.peer))
        terminal.wait(self.peer, 8)
        wire = self.call(name)
        wire.open(self.peer, name)
        wire.wait("<stream:stream")
        start = "<message to='%s' from='%s' type='chat'><body>hi</body>" % (name, self.peer)
        wire.send(start + "<active xmlns='http://jabber.org/protocol/chatstates'/></message>")
        terminal.wait("hi")
        terminal.press("I am wri")
        wire.wait("<composing xmlns")
        terminal.press("ting\r")
        wire.wait("I am writing</body>")

    def test_a_caller_from_an_address_that_is_not_published_is_not_believed(self):
        # [LAN-48]
        stranger = "10.77.0.66"
        self.mona.ip("addr", "add", stranger + "/24", "dev", "lan0")
        self.addCleanup(self.mona.ip, "addr", "del", stranger + "/24", "dev", "lan0")
        node = self.node(self.carol)
        node.wait_contact(self.peer)
        wire = self.call(node.name, stranger)
        wire.open(self.peer, node.name)
        wire.message("trust me", self.peer, node.name)
        wire.wait_end(15)
        self.assertEqual(node.told(self.peer), [])
        let_pass(0.2, "nothing more is printed")
        self.assertEqual(node.told(self.peer), [])
