"""Peers that mean harm, or are broken: the node goes on."""

import os
import struct

import dns
import ours
from scripted import STREAM_OPEN, Service, Wire
from waiting import let_pass, until

from .base import Case, plain_host


class Hostile(Case):
    HOSTS = (plain_host("carol"), plain_host("mona"), plain_host("flo"))

    def setUp(self):
        self.m = self.scripted(self.mona)
        self.service = Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4])
        self.m.publish(self.service)
        self.node_here = self.node(self.carol)
        self.node_here.wait_contact(self.service.name)

    def port(self):
        instance = dns.instance(self.node_here.name)
        until(lambda: self.m.told(dns.SRV, instance), 5, "our port")
        return self.m.told(dns.SRV, instance)[-1][1].data[0]

    def call(self, host=None):
        return self.use(Wire.connect(host or self.mona, self.carol.ip4, self.port()))

    def assertAlive(self, seconds=5):
        """It still takes a stream and shows what is said, and still finds people."""
        text = "still there? " + self.fresh("q")
        wire = self.call()
        wire.open(self.service.name, self.node_here.name)
        wire.wait("<stream:stream", seconds)
        wire.message(text, self.service.name, self.node_here.name)
        self.node_here.wait_told(text, seconds)
        wire.close()
        newcomer = Service(self.fresh("new"), "newhost.local", 1000, [self.mona.ip4])
        self.m.publish(newcomer)
        self.node_here.wait_contact(newcomer.name, seconds)
        self.m.goodbye(newcomer)
        self.assertIsNone(self.node_here.child.poll())

    def test_what_is_not_xml_ends_that_stream_only(self):
        # [LAN-48]
        bad = [
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]><stream:stream>",
            os.urandom(5000).replace(b"\5", b"\0"),
            b"\xff\xfe<\0s\0",
            (STREAM_OPEN % "").encode() + b"<message><body>&unknown;</body></message>",
            (STREAM_OPEN % "").encode() + b"<a>" * 5000,
            (STREAM_OPEN % "").encode() + b"<message><body></message>",
            b"\5\xff" + b"\0" * 300,
            b"\5\1\0" + b"\5\1\0\3\x28" + b"f" * 40 + b"\0\0",
        ]
        for data in bad:
            with self.subTest(data[:40]):
                wire = self.call()
                try:
                    wire.send(data)
                except OSError:
                    pass  # closed already, which is right
                wire.wait_end(15)
        self.assertAlive()

    def test_an_endless_stanza_is_cut_off(self):
        # [LAN-48]
        wire = self.call()
        wire.open(self.service.name, self.node_here.name)
        wire.wait("<stream:stream")
        try:
            wire.send("<message to='%s' from='%s'><body>" % (self.node_here.name, self.service.name))
            for _ in range(64):
                wire.send(b"x" * 65536)
        except OSError:
            pass
        wire.wait_end(10)
        self.assertAlive()

    def test_broken_and_giant_records_are_ignored(self):
        # [LAN-48]
        instance = dns.instance(self.fresh("giant"))
        strings = [b"msg=" + b"\xff" * 200, b"nick=\x1b[2J\x07" + b"n" * 200, b"=", b"x"]
        strings += [b"k%d=" % n + b"v" * 240 for n in range(150)]
        giant = [dns.ptr(dns.PRESENCE, instance), dns.txt(instance, strings)]
        self.m.say(dns.response(*giant))
        loop = struct.pack(">6H", 0, 0x8400, 0, 1, 0, 0) + b"\xc0\x0c" + b"\0" * 10
        self.m.say(loop)
        self.m.say(struct.pack(">6H", 0, 0x8400, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF))
        self.m.say(os.urandom(1400))
        self.m.say(b"")
        whole = dns.response(*self.service.everything())
        for cut in range(0, len(whole), 7):
            self.m.say(whole[:cut])
        self.assertAlive()
        for line in self.node_here.lines.noise:
            self.fail("not JSON on standard output: %r" % line)

    def test_controls_of_others_never_reach_a_terminal(self):
        # [LAN-48]
        name = "\x1b]0;evil\x07\x1b[31m@" + self.fresh("x")
        self.m.publish(Service(name, "evil.local", 1000, [self.mona.ip4], ["msg=\x1b[2J", "nick=a\rb"]))
        self.node_here.wait_contact(name)
        table = ours.run(self.carol, "lan", "--once")
        self.assertIn("evil", table.output)
        self.assertNotIn("\x1b]0", table.output)
        self.assertNotIn("\x1b[2J", table.output)
        self.assertNotIn("\x07", table.output)
        self.assertNotIn("\r", table.output)

    def test_a_flood_of_services(self):
        # [LAN-48]
        for block in range(60):
            records = []
            for number in range(50):
                instance = dns.instance("flood-%d-%d@x" % (block, number))
                records.append(dns.ptr(dns.PRESENCE, instance))
                records.append(dns.txt(instance, ["txtvers=1", "phsh=" + "%040x" % number]))
            self.m.say(dns.response(*records))
        let_pass(1, "the flood is taken in")
        flooded = [name for name in self.node_here.contacts() if name.startswith("flood-")]
        self.assertLessEqual(len(flooded), 1000)
        text = "in spite of the flood"
        wire = self.call()
        wire.open(self.service.name, self.node_here.name)
        wire.wait("<stream:stream", 5)
        wire.message(text, self.service.name, self.node_here.name)
        self.node_here.wait_told(text, 5)
        self.assertLess(self.memory(), 200_000, "kB of memory")

    def test_a_flood_of_connections(self):
        # [LAN-48]
        port = self.port()
        silent = []
        for number in range(200):
            try:
                silent.append(self.use(Wire.connect(self.flo, self.carol.ip4, port)))
            except OSError:
                break
        self.assertTrue(silent)
        self.assertAlive()
        # Those that never say who they are do not stay.
        until(lambda: all(wire.end for wire in silent), 15, "the silent ones are closed")
        self.assertLess(self.memory(), 200_000, "kB of memory")

    def memory(self):
        with open("/proc/%d/status" % self.node_here.child.pid) as file:
            return int(file.read().split("VmRSS:")[1].split()[0])
