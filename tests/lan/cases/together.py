"""Two of ours: found, encrypted, pinned; and the commands."""

import json
import os
import shutil
import threading
import time

import dns
import ours
from scripted import Listener, Service, Wire
from waiting import let_pass, until

from .base import Case, plain_host


class Together(Case):
    HOSTS = (plain_host("anna"), plain_host("bert"), plain_host("mona"))

    def streams_said(self, since):
        self.wire.settle()
        return b"".join(text for s in self.wire.streams(since) for text in s.said.values())

    def key_of(self, host, data):
        done = ours.run(host, "lan", "key", "--json", data=data)
        self.assertEqual(done.status, 0, done)
        return [json.loads(line) for line in done.output.splitlines()]

    def test_two_chats_find_each_other_within_two_seconds_and_talk(self):
        # [LAN-50] [LAN-13] [LAN-46]
        one, two = self.fresh("anna"), self.fresh("bert")
        anna = self.use(ours.Terminal(self.anna, one))
        anna.wait(one)
        let_pass(1.5, "the first is there already")
        bert = self.use(ours.Terminal(self.bert, two))
        anna.wait(two)
        bert.wait(one)
        passed = time.monotonic() - bert.started
        self.note("found after %.2f s" % passed)
        self.assertLessEqual(passed, 2.0)
        bert.press("/to %s\r" % one)
        bert.press("hello anna, schön\r")
        anna.wait("hello anna, schön")
        anna.press("/to %s\r" % two)
        anna.press("hello bert\r")
        bert.wait("hello bert")
        bert.press("/quit\r")
        self.assertEqual(bert.wait_end(), 0)
        anna.wait(two)

    def test_nothing_said_is_readable_and_keys_are_shown_and_kept(self):
        # [LAN-38] [LAN-46]
        node = self.node(self.anna)
        data = ours.data_folder(self.bert)
        name = self.fresh("bert")
        since = self.wire.mark()
        done = ours.send(self.bert, node.name, "nobody may read this", name, data=data)
        self.assertEqual(done.status, 0, done)
        node.wait_told("nobody may read this", **{"from": name})
        channel = node.lines.take("channel", 5, **{"with": name})
        self.assertEqual((channel["channel"], channel["known"]), ("encrypted", False))
        said = self.streams_said(since)
        self.assertIn(b"<stream:stream", said)
        self.assertNotIn(b"nobody may read this", said)
        keys = json.dumps(self.key_of(self.bert, data)).lower().replace(":", "")
        self.assertIn(channel["fingerprint"].lower().replace(":", ""), keys)
        known = json.dumps(self.key_of(self.anna, node.data)).lower().replace(":", "")
        self.assertIn(channel["fingerprint"].lower().replace(":", ""), known)

        node.stop()
        again = self.node(self.anna, node.name, data=node.data)
        let_pass(1.5, "the goodbyes are believed")
        done = ours.send(self.bert, again.name, "the same again", name, data=data)
        self.assertEqual(done.status, 0, done)
        again.wait_told("the same again")
        again = again.lines.take("channel", 5, **{"with": name, "channel": "encrypted"})
        self.assertEqual((again["fingerprint"], again["known"]), (channel["fingerprint"], True))

    def test_a_changed_key_is_refused_until_it_is_forgotten(self):
        # [LAN-46]
        node = self.node(self.anna)
        name = self.fresh("bert")
        done = ours.send(self.bert, node.name, "first", name)
        self.assertEqual(done.status, 0, done)
        node.wait_told("first")
        let_pass(1.5, "the goodbye is believed")
        done = ours.send(self.bert, node.name, "I am another", name)
        self.assertNotEqual(done.status, 0, done)
        node.lines.take("channel", 5, **{"with": name, "channel": "refused"})
        self.assertEqual(node.told(name), ["first"])
        # Refused from the other end as well: a node that knows another key says nothing.
        node.stop()
        done = ours.run(self.anna, "lan", "forget", name, data=node.data)
        self.assertEqual(done.status, 0, done)
        again = self.node(self.anna, node.name, data=node.data)
        let_pass(1.5, "the goodbye is believed")
        done = ours.send(self.bert, again.name, "known anew", name)
        self.assertEqual(done.status, 0, done)
        again.wait_told("known anew")

    def test_we_do_not_talk_to_a_changed_key(self):
        # [LAN-46]
        node = self.node(self.anna)
        data, name = ours.data_folder(self.bert), self.fresh("bert")
        self.assertEqual(ours.send(self.bert, node.name, "first", name, data=data).status, 0)
        node.stop()
        shutil.rmtree(os.path.join(node.data, "lan"))
        changed = self.node(self.anna, node.name, data=node.data)
        let_pass(1.5, "the goodbye is believed")
        done = ours.send(self.bert, changed.name, "to whom?", self.fresh("bert"), data=data)
        self.assertEqual(done.status, 1, done)
        self.assertIn("forget", done.errors)
        self.assertEqual(changed.lines.seen("told"), [])

    def test_a_known_peer_who_comes_in_clear_is_refused(self):
        # [LAN-46] [LAN-40]
        node = self.node(self.anna)
        name = self.fresh("bert")
        self.assertEqual(ours.send(self.bert, node.name, "it is me", name).status, 0)
        node.wait_told("it is me")
        node.wait_gone(name)
        mona, listener = self.scripted(self.mona), self.use(Listener(self.mona))
        mona.publish(Service(name, "monahost.local", listener.port, [self.mona.ip4]))
        node.wait_contact(name)
        until(lambda: mona.told(dns.SRV, dns.instance(node.name)), 5, "where to call")
        port = mona.told(dns.SRV, dns.instance(node.name))[-1][1].data[0]
        wire = self.use(Wire.connect(self.mona, self.anna.ip4, port))
        wire.open(name, node.name)
        wire.wait("<stream:stream")
        wire.message("it is me, really", name, node.name)
        wire.wait_end(5)
        refused = node.lines.take("channel", 5, **{"with": name, "channel": "refused"})
        self.assertTrue(refused["reason"])
        self.assertEqual(node.told(name), ["it is me"])

    def test_crossing_opens_lose_nothing_between_ours(self):
        # [LAN-43]
        for turn in range(3):
            with self.subTest(turn=turn):
                anna, bert = self.chat(self.anna), self.chat(self.bert)
                anna.wait_contact(bert.name)
                bert.wait_contact(anna.name)
                sides = ((anna, bert, "from anna"), (bert, anna, "from bert"))
                start = threading.Barrier(2)

                def speak(own, other, words):
                    start.wait()
                    own.type(*["/msg %s %s %d." % (other.name, words, n) for n in range(10)])

                threads = [threading.Thread(target=speak, args=side) for side in sides]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                for _, other, words in sides:
                    other.wait("%s 9." % words, 8)
                    places = [other.output.find("%s %d." % (words, n)) for n in range(10)]
                    self.assertNotIn(-1, places)
                    self.assertEqual(places, sorted(places))
                self.assertNotIn("not have reached", anna.output + bert.output)
                anna.quit()
                bert.quit()

    def test_typing_is_told_between_ours(self):
        # [LAN-44]
        node = self.node(self.anna)
        name = self.fresh("bert")
        bert = self.use(ours.Terminal(self.bert, name, target=node.name))
        bert.wait(node.name, 8)
        bert.press("hello\r")
        node.wait_told("hello", **{"from": name})
        bert.press("wait, I am wri")
        node.lines.take("typing", 5, **{"from": name, "is_typing": True})
        bert.press("ting\r")
        node.wait_told("wait, I am writing")

    def test_the_commands_for_people_and_scripts(self):
        # [LAN-50]
        node = self.node(self.anna, None, "--status", "dnd", "--message", "busy here", "--nick", "Ännchen")
        table = ours.run(self.bert, "lan", "--once")
        self.assertEqual(table.status, 0, table)
        self.assertIn(node.name, table.output)
        self.assertIn("busy here", table.output)
        looking = self.use(Look(self.bert))
        found = looking.lines.take("contact", 5, name=node.name)
        self.assertEqual((found["status"], found["message"], found["shown"]), ("busy", "busy here", "Ännchen"))
        node.stop()
        looking.lines.take("gone", 5, name=node.name)
        doctor = ours.run(self.bert, "lan", "doctor")
        self.assertIn("lan0", doctor.output)
        self.assertEqual(doctor.status, 0, doctor)
        nobody = ours.send(self.bert, self.fresh("nobody"), "is there anybody?", self.fresh("bert"))
        self.assertEqual(nobody.status, 1, nobody)

    def test_who_only_looks_is_not_seen(self):
        # [LAN-50]
        node = self.node(self.anna)
        since = self.wire.mark()
        table = ours.run(self.bert, "lan", "--once")
        self.assertIn(node.name, table.output)
        self.wire.settle()
        own = self.addresses(self.bert)
        self.assertEqual(self.wire.records(source=own, since=since), [])
        self.assertEqual(node.contacts(), {})


class Look(ours.Running):
    """`tincan lan --json`."""

    def __init__(self, host):
        super().__init__(host, "lan", ["--json"], None, stdout=-1)
        self.lines = ours.Lines(self.child.stdout, "tincan lan", "type")
