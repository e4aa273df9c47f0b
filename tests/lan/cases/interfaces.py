"""Several interfaces, one protocol only, addresses that come, change and go."""

import dns
import ours
from scripted import Listener, Scripted, Service
from waiting import let_pass, until

from .base import Case, avahi_host, plain_host


class Interfaces(Case):
    HOSTS = (plain_host("carol", cables=2), plain_host("mona", cables=2), plain_host("wanda"))
    SEGMENTS = 2

    def test_who_is_seen_on_two_interfaces_is_one(self):
        # [LAN-27] [LAN-49]
        name = self.fresh("mona")
        listener = self.use(Listener(self.mona))
        for link in ("lan0", "lan1"):
            m = self.scripted(self.mona, link=link)
            m.publish(Service(name, "monahost.local", listener.port, [self.mona.address4(link)]))
        chat = self.chat(self.carol)
        chat.wait_contact(name)
        table = ours.run(self.carol, "lan", "--once")
        lines = [line for line in table.output.splitlines() if name in line]
        self.assertEqual(len(lines), 1, table)
        chat.tell(name, "once")
        wire = listener.accept()
        wire.wait("<stream:stream")
        wire.open(name, chat.name)
        wire.wait("once</body>")
        let_pass(1, "a second connection would come")
        self.assertEqual(len(listener.taken), 1)

    def test_gone_from_one_interface_is_not_gone(self):
        # [LAN-27] [LAN-26]
        name = self.fresh("mona")
        sides = []
        for link in ("lan0", "lan1"):
            m = self.scripted(self.mona, link=link)
            service = Service(name, "monahost.local", 1000, [self.mona.address4(link)])
            sides.append((m, m.publish(service)))
        node = self.node(self.carol)
        node.wait_contact(name)
        sides[0][0].goodbye(sides[0][1])
        let_pass(2.5, "a goodbye is believed after one second")
        self.assertEqual(node.lines.seen("gone", name=name), [])
        sides[1][0].goodbye(sides[1][1])
        node.wait_gone(name, 2)

    def test_the_address_is_asked_for_right_before_the_connection(self):
        # [LAN-28]
        listener = self.use(Listener(self.mona))
        mona = self.scripted(self.mona)
        service = Service(self.fresh("mona"), "monahost%s.local" % listener.port, listener.port, [self.mona.ip4])
        mona.publish(service)
        chat = self.chat(self.carol)
        chat.wait_contact(service.name)
        let_pass(1.3, "the announcement is repeated, and what was heard settles")
        moved = "10.77.0.99"
        self.mona.ip("addr", "add", moved + "/24", "dev", "lan0")
        self.addCleanup(self.mona.ip, "addr", "del", moved + "/24", "dev", "lan0")
        service.addresses = [moved]  # and not a word about it
        since = self.wire.mark()
        chat.tell(service.name, "have you moved?")
        wire = listener.accept()
        wire.wait("<stream:stream")
        self.wire.settle()
        streams = [s for s in self.wire.streams(since) if s.target[1] == listener.port]
        self.assertEqual([s.target[0] for s in streams], [moved])
        asked = self.wire.questions(dns.A, service.host, {self.carol.ip4}, since)
        before = [streams[0].time - heard.time for heard, _ in asked if heard.time < streams[0].time]
        self.assertTrue(before, "A is asked for before the SYN")
        self.assertLess(min(before), 1.5)

    def test_a_new_address_is_announced(self):
        # [LAN-3] [LAN-49]
        since = self.wire.mark()
        node = self.node(self.carol)
        until(lambda: self.wire.records(dns.SRV, dns.instance(node.name), since=since), 5, "SRV")
        host = self.wire.records(dns.SRV, dns.instance(node.name), since=since)[0][1].data[1]
        new = "10.77.0.88"
        self.carol.ip("addr", "add", new + "/24", "dev", "lan0")
        self.addCleanup(self.carol.ip, "addr", "del", new + "/24", "dev", "lan0")
        until(
            lambda: [r for _, r in self.wire.records(dns.A, host, since=since) if r.data == new],
            8, "the new address is announced", lambda: self.wire.show(since)[-2000:],
        )

    def test_each_interface_is_told_its_own_addresses(self):
        # [LAN-2] [LAN-3]
        begins = [wire.mark() for wire in self.wires]
        node = self.node(self.carol)
        for number, (wire, since) in enumerate(zip(self.wires, begins)):
            until(lambda: wire.records(dns.SRV, dns.instance(node.name), since=since), 5, "SRV")
            host = wire.records(dns.SRV, dns.instance(node.name), since=since)[0][1].data[1]
            wire.settle()
            told = {r.data for _, r in wire.records(dns.A, host, since=since)}
            self.assertEqual(told, {self.carol.address4("lan%d" % number)})

    def test_an_interface_comes_and_goes_while_it_runs(self):
        # [LAN-3] [LAN-49]
        node = self.node(self.wanda)
        here = self.use(Scripted(self.mona, link="lan0"))
        there = self.use(Scripted(self.mona, link="lan1"))
        near = here.publish(Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4]))
        listener = self.use(Listener(self.mona))
        far = Service(
            self.fresh("mona"), "monahost.local", listener.port, [self.mona.address4("lan1")]
        )
        there.publish(far, kinds=())
        node.wait_contact(near.name)
        since = self.wires[1].mark()
        self.wanda.plug("lan1", 1)
        node.wait_contact(far.name, 8)
        until(
            lambda: self.wires[1].records(dns.SRV, dns.instance(node.name), since=since),
            5, "it is announced on the new interface",
        )
        self.wanda.unplug("lan1")
        node.wait_gone(far.name, 8)
        self.assertIn(near.name, node.contacts())

    def test_only_the_interfaces_that_were_named(self):
        # [LAN-49] [LAN-50]
        since = self.wires[1].mark()
        node = self.node(self.carol, None, "--interface", "lan0")
        until(lambda: self.wire.records(dns.SRV, dns.instance(node.name)), 5, "SRV on lan0")
        self.wires[1].settle()
        own = self.addresses(self.carol)
        self.assertEqual([h for h in self.wires[1].mdns(since) if h.source in own], [])


class _OneProtocol:
    HOSTS = (avahi_host("alice"), plain_host("carol"), plain_host("bert"))

    def check(self, version):
        friend = self.purple(self.alice, user="alice")
        since = self.wire.mark()
        chat = self.chat(self.carol)
        friend.wait_buddy(chat.name)
        chat.wait_contact(friend.name)
        chat.tell(friend.name, "over IPv%d" % version)
        friend.wait_message("over IPv%d" % version)
        friend.send(chat.name, "back over IPv%d" % version)
        chat.wait("back over IPv%d" % version)
        node = self.node(self.bert)
        done = ours.send(self.carol, node.name, "among ours", self.fresh("carol"))
        self.assertEqual(done.status, 0, done)
        node.wait_told("among ours")
        self.wire.settle()
        streams = self.wire.streams(since)
        self.assertGreaterEqual(len(streams), 2)
        for stream in streams:
            self.assertEqual(":" in stream.target[0], version == 6)
        chat.quit()
        friend.wait_gone(chat.name, 2)


class OnlyIPv4(_OneProtocol, Case):
    IPV6 = False

    def test_everything_over_ipv4_alone(self):
        # [LAN-49] [LAN-24]
        self.check(4)


class OnlyIPv6(_OneProtocol, Case):
    IPV4 = False

    def test_everything_over_ipv6_alone(self):
        # [LAN-49] [LAN-24]
        self.check(6)
