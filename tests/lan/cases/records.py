"""What is published and what is asked: every record, every query, by capture and by avahi."""

import signal
import time

import dns
import ours
from avahi import avahi_browse
from scripted import Listener, Service, Wire
from waiting import keeps, let_pass, until

from .base import Case, avahi_host, plain_host


class Records(Case):
    HOSTS = (plain_host("carol"), avahi_host("alice"), plain_host("mona"))

    @classmethod
    def prepare(cls):
        cls.carol_addresses = set(cls.carol.addresses())

    def published(self, name, kind, since):
        """The records of this type that were published for an instance, newest last."""
        owner = dns.PRESENCE if kind == dns.PTR else dns.instance(name)
        found = self.wire.records(kind, owner, self.carol_addresses, since)
        return [r for _, r in found if kind != dns.PTR or r.data == dns.instance(name)]

    def test_all_records_are_announced_and_are_the_real_ones(self):
        # [LAN-1] [LAN-2] [LAN-6] [LAN-9] [LAN-11]
        since = self.wire.mark()
        node = self.node(self.carol, None, "--first", "Carol", "--email", "c@example.org")
        name = node.name

        def announced():
            kinds = (dns.PTR, dns.SRV, dns.TXT)
            return all(self.published(name, kind, since) for kind in kinds)

        until(announced, 5, "PTR, SRV and TXT of " + name, lambda: self.wire.show(since))
        port, target = self.published(name, dns.SRV, since)[-1].data
        own4 = {r.data for _, r in self.wire.records(dns.A, target, since=since)}
        own6 = {r.data for _, r in self.wire.records(dns.AAAA, target, since=since)}
        self.assertEqual(own4, {self.carol.ip4})
        self.assertEqual(own6, {self.carol.ip6})
        texts = self.published(name, dns.TXT, since)
        self.assertEqual(len({tuple(t.data) for t in texts}), 1)
        self.assertTrue(all(t.flush for t in texts), "TXT is announced with the flush bit")
        self.assertEqual(texts[0].data[0], b"txtvers=1")
        keys = dns.texts(texts[0])
        self.assertEqual(keys["1st"], "Carol")
        self.assertEqual(keys["email"], "c@example.org")
        self.assertEqual(keys["status"], "avail")
        self.assertEqual(keys["port.p2pj"], str(port))
        self.assertLessEqual(set(keys["vc"]), set("AVC!"))
        for address in (self.carol.ip4, self.carol.ip6):
            with self.subTest(address), Wire.connect(self.mona, address, port) as wire:
                wire.open()
                wire.wait("<stream:stream")
        asked = self.wire.questions(dns.PTR, dns.PRESENCE, {self.carol.ip4}, since)
        self.assertTrue(asked, "asks who is there")

    def test_avahi_resolves_everything(self):
        # [LAN-1] [LAN-2] [LAN-49]
        node = self.node(self.carol, None, "--nick", "Cäro")

        def resolved():
            mine = [one for one in avahi_browse(self.alice) if one["name"] == node.name]
            return mine if {one["protocol"] for one in mine} == {"IPv4", "IPv6"} else None

        mine = until(resolved, 10, "avahi resolves it on both protocols")
        for version, address in (("-4", self.carol.ip4), ("-6", self.carol.ip6)):
            found = self.alice.run(["avahi-resolve", version, "-n", mine[0]["target"]])
            self.assertEqual(found.split()[1].partition("%")[0], address)
        self.assertEqual({one["port"] for one in mine}, {mine[0]["port"]})
        self.assertIn("txtvers=1", mine[0]["txt"])

    def test_who_is_there_is_asked_once_and_then_rarely(self):
        # [LAN-11]
        since = self.wire.mark()
        self.node(self.carol)
        until(
            lambda: self.wire.questions(dns.PTR, dns.PRESENCE, {self.carol.ip4}, since),
            3, "a first query",
        )
        let_pass(5, "time passes")
        asked = self.wire.questions(dns.PTR, dns.PRESENCE, {self.carol.ip4}, since)
        times = [heard.time for heard, _ in asked]
        self.assertLessEqual(len(times), 4, times)
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        self.assertTrue(all(gap >= 0.9 for gap in gaps), "RFC 6762, 5.2: %s" % gaps)

    def test_no_details_are_asked_before_talking_and_none_twice(self):
        # [LAN-13] [LAN-14] [LAN-10]
        mona = self.scripted(self.mona, beside=())
        listener = self.use(Listener(self.mona))
        name = self.fresh("mona")
        service = Service(name, "monahost.local", listener.port, [self.mona.ip4])
        mona.publish(service, kinds=())
        since = self.wire.mark()
        chat = self.chat(self.carol)
        until(lambda: mona.asked(dns.PTR), 5, "who is there is asked")

        def quiet():
            return not [
                q for kind in (dns.SRV, dns.TXT, dns.NULL)
                for q in self.wire.questions(kind, service.instance, self.carol_addresses, since)
            ]

        keeps(quiet, 4, "no SRV or TXT is asked for", lambda: self.wire.show(since))
        chat.tell(name, "now")
        wire = listener.accept()
        wire.wait("<stream:stream")
        wire.open(name, chat.name)
        wire.wait("now</body>")
        mark = self.wire.settle()
        asked = self.wire.questions(dns.SRV, service.instance, self.carol_addresses, since)
        self.assertTrue(asked, "SRV is asked for before talking")
        answered = max(
            heard.time for heard, _ in self.wire.records(dns.SRV, service.instance, since=since)
        )
        keeps(
            lambda: not self.wire.questions(dns.SRV, service.instance, self.carol_addresses, mark),
            4, "an answered query is not repeated", lambda: self.wire.show(mark),
        )
        # A question goes out on IPv4 and IPv6; M answers the one before the other is written.
        late = [heard.time - answered for heard, _ in asked if heard.time > answered + 0.05]
        self.assertEqual(late, [])

    def test_the_port_is_the_one_of_the_srv_record(self):
        # [LAN-7]
        mona = self.scripted(self.mona)
        right, wrong = self.use(Listener(self.mona)), self.use(Listener(self.mona))
        name = self.fresh("mona")
        strings = ["txtvers=1", "port.p2pj=%d" % wrong.port, "status=avail"]
        mona.publish(Service(name, "monahost.local", right.port, [self.mona.ip4], strings))
        chat = self.chat(self.carol)
        chat.tell(name, "where?")
        wire = right.accept()
        wire.wait("<stream:stream")
        self.assertEqual(wrong.taken, [])

    def test_someone_who_tells_nothing_is_there_and_can_be_written_to(self):
        # [LAN-10]
        mona = self.scripted(self.mona)
        listener = self.use(Listener(self.mona))
        name = self.fresh("mona")
        mona.publish(Service(name, "monahost.local", listener.port, [self.mona.ip4], []))
        node = self.node(self.carol)
        node.wait_contact(name, status="available")
        chat = self.chat(self.carol)
        chat.tell(name, "hello, whoever you are")
        wire = listener.accept()
        wire.wait("<stream:stream")
        wire.open(name, chat.name)
        wire.wait("hello, whoever you are</body>")

    def test_each_status_is_understood(self):
        # [LAN-8] [LAN-6] [LAN-10]
        mona = self.scripted(self.mona)
        expected = [
            ("status=avail", "available"), ("status=away", "away"), ("status=dnd", "busy"),
            ("STATUS=DND", "busy"), ("status=elsewhere", "available"),
        ]
        names = {}
        for number, (key, shown) in enumerate(expected):
            name = self.fresh("mona")
            names[name] = shown
            strings = ["vc=" + ("!CA", "CA!", "", "V", "A")[number], key, "msg=number %d" % number]
            mona.publish(Service(name, "monahost.local", 1000, [self.mona.ip4], strings))
        node = self.node(self.carol)
        for number, (name, shown) in enumerate(names.items()):
            node.wait_contact(name, status=shown, message="number %d" % number)

    def test_each_status_of_ours_is_published(self):
        # [LAN-8]
        for status in ("avail", "away", "dnd"):
            with self.subTest(status):
                since = self.wire.mark()
                words = ["--status", status, "--message", "I am " + status]
                with ours.Node(self.carol, self.fresh("carol"), *words) as node:
                    until(lambda: self.published(node.name, dns.TXT, since), 5, "TXT")
                    keys = dns.texts(self.published(node.name, dns.TXT, since)[-1])
                    self.assertEqual((keys["status"], keys["msg"]), (status, "I am " + status))

    def test_the_roster_shows_instances_and_names_beside_them(self):
        # [LAN-15] [LAN-16] [LAN-37]
        mona = self.scripted(self.mona)
        people = {
            "日本 語@" + self.fresh("x"): (["nick=にほん"], "にほん"),
            "dr. j.doe (2)": (["1st=John", "last=Doe"], "John Doe"),
            "it's \"me\" & <you>@box": ([], None),
            "back\\slash@" + self.fresh("x"): (["nick=Nick", "1st=A", "last=B"], "Nick"),
        }
        for name, (strings, _) in people.items():
            service = Service(name, "monahost.local", 1000, [self.mona.ip4], ["txtvers=1"] + strings)
            mona.publish(service)
        node = self.node(self.carol)
        for name, (_, shown) in people.items():
            with self.subTest(name):
                node.wait_contact(name, shown=shown)
        table = ours.run(self.carol, "lan", "--once")
        self.assertEqual(table.status, 0, table)
        self.assertIn("dr. j.doe (2)", table.output)
        self.assertIn("John Doe", table.output)

    def test_goodbye_by_each_way_out(self):
        # [LAN-24]
        def interrupt_twice(terminal):
            # Once only empties the line, for a person at a terminal.
            prompts = terminal.shown.count(ours.PROMPT_OPENS)
            terminal.press("\x03")
            until(lambda: terminal.shown.count(ours.PROMPT_OPENS) > prompts, 5, "a new prompt")
            terminal.press("\x03")

        ways = {
            "SIGTERM": (ours.Node, lambda node: node.kill(signal.SIGTERM)),
            "SIGINT": (ours.Node, lambda node: node.kill(signal.SIGINT)),
            "SIGTERM at a terminal": (ours.Terminal, lambda chat: chat.kill(signal.SIGTERM)),
            "Ctrl-C twice": (ours.Terminal, interrupt_twice),
            "sign-off": (ours.Terminal, lambda chat: chat.press("/quit\r")),
        }
        for way, (kind, leave) in ways.items():
            with self.subTest(way):
                since = self.wire.mark()
                name = self.fresh("carol")
                one = self.use(kind(self.carol, name))
                until(lambda: self.published(name, dns.PTR, since), 8, "its announcement")
                if kind is ours.Terminal:
                    one.wait("> ")
                begin = time.monotonic()
                leave(one)
                one.wait_end()
                self.assertSoon(1.5, begin, "the way out")
                self.wire.settle()
                gone = [
                    record for _, record in self.wire.records(dns.PTR, dns.PRESENCE, ttl=0, since=since)
                    if record.data == dns.instance(name)
                ]
                self.assertTrue(gone, "a PTR record with TTL 0\n" + self.wire.show(since))

    def test_who_says_goodbye_or_falls_silent_is_gone(self):
        # [LAN-26]
        mona = self.scripted(self.mona)
        leaving = Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4])
        silent = Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4])
        node = self.node(self.carol)
        mona.publish(leaving)
        short = [record._replace(ttl=4) for record in silent.everything()]
        mona.say(dns.response(*short))
        node.wait_contact(leaving.name)
        node.wait_contact(silent.name)
        begin = time.monotonic()
        mona.goodbye(leaving)
        node.wait_gone(leaving.name, 2.0)
        self.assertSoon(1.5, begin, "to believe a goodbye")
        node.wait_gone(silent.name, 8)

    def test_no_query_survives_a_goodbye(self):
        # [LAN-25]
        mona = self.scripted(self.mona, answers={dns.PTR, dns.SRV, dns.TXT, dns.A})
        service = Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4])
        service.with_picture(b"never told")
        node = self.node(self.carol)
        mona.publish(service)
        node.wait_contact(service.name)
        until(lambda: mona.asked(dns.NULL, service.instance), 5, "the picture is asked for")
        mona.goodbye(service)
        node.wait_gone(service.name, 2.5)
        mark = self.wire.settle()
        keeps(
            lambda: not [
                q for _, q in self.wire.questions(None, service.instance, self.carol_addresses, mark)
            ],
            5, "nothing is asked about one who left", lambda: self.wire.show(mark),
        )

    def test_nothing_personal_is_published_against_ones_will(self):
        # [LAN-42]
        personal = {
            "--first": "Firstname", "--last": "Lastname", "--nick": "Nickname",
            "--email": "e@example.org", "--jid": "j@example.org", "--picture": self.file("p.png", 400),
        }
        with open(personal["--picture"], "r+b") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
        words = [word for pair in personal.items() for word in pair]
        since = self.wire.mark()
        node = self.node(self.carol, None, "--private", *words)
        until(lambda: self.published(node.name, dns.TXT, since), 5, "TXT")
        self.scripted(self.mona).say(dns.query((dns.instance(node.name), dns.NULL)))
        let_pass(1.5, "time for an answer")
        self.wire.settle()
        for record in self.published(node.name, dns.TXT, since):
            keys = set(dns.texts(record))
            self.assertEqual(keys & {"1st", "last", "nick", "email", "jid", "phsh"}, set())
        self.assertEqual(self.published(node.name, dns.NULL, since), [])

        config = self.file("hide.toml", 0)
        with open(config, "w") as file:
            file.write('[lan]\nhide = "email last"\n')
        since = self.wire.mark()
        node = self.node(self.carol, None, "--config", config, *words)
        until(lambda: self.published(node.name, dns.TXT, since), 5, "TXT")
        keys = set(dns.texts(self.published(node.name, dns.TXT, since)[-1]))
        told = keys & {"1st", "last", "nick", "email", "jid", "phsh"}
        self.assertEqual(told, {"1st", "nick", "jid", "phsh"})
