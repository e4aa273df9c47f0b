"""Pictures, in NULL records: with libpurple, and by hand."""

import glob
import hashlib
import os

import dns
import ours
from scripted import Service
from waiting import keeps, let_pass, until

from .base import Case, avahi_host, plain_host

PNG = b"\x89PNG\r\n\x1a\n"


def picture(size):
    """Bytes that begin as a picture does."""
    return PNG + os.urandom(size - len(PNG))


def digest(data):
    return hashlib.sha1(data).hexdigest()


class Pictures(Case):
    HOSTS = (avahi_host("alice"), plain_host("carol"), plain_host("mona"))

    def write(self, data):
        path = os.path.join(self.lan.folder, "picture-%s.png" % digest(data)[:8])
        with open(path, "wb") as file:
            file.write(data)
        return path

    def kept(self, node, data):
        """Whether these bytes are in the store of a node."""
        for path in glob.glob(node.data + "/**", recursive=True):
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    if file.read() == data:
                        return True
        return False

    def asked(self, instance, since):
        return self.wire.questions(dns.NULL, instance, self.addresses(self.carol), since)

    def test_both_ways_with_libpurple(self):
        # [LAN-29] [LAN-31] [LAN-47]
        theirs, ours_data = picture(27_000), picture(9_000)
        friend = self.purple(self.alice, user="alice", picture=self.write(theirs))
        node = self.node(self.carol, None, "--picture", self.write(ours_data))
        node.wait_contact(friend.name, 10, picture_sha1=digest(theirs))
        self.assertTrue(self.kept(node, theirs))
        until(lambda: friend.buddy_picture(node.name) == ours_data, 10, "libpurple has our picture")
        changed = picture(15_000)
        friend.picture(self.write(changed))
        node.wait_contact(friend.name, 10, picture_sha1=digest(changed))
        self.assertTrue(self.kept(node, changed))

    def test_a_picture_too_big_is_refused_and_the_biggest_is_served(self):
        # [LAN-29]
        done = ours.run(
            self.carol, "listen", "lan:", "--json", "--name", self.fresh("carol"),
            "--picture", self.write(picture(65_536)), data=ours.data_folder(self.carol), seconds=8,
        )
        self.assertNotIn(done.status, (0, -9), done)
        self.assertIn("65,535", done.errors.replace("65535", "65,535"))
        big = picture(60_000)
        node = self.node(self.carol, None, "--picture", self.write(big))
        mona = self.scripted(self.mona)
        mona.say(dns.query((dns.instance(node.name), dns.NULL)))
        until(lambda: mona.told(dns.NULL, dns.instance(node.name)), 5, "60,000 octets are served")
        self.assertEqual(mona.told(dns.NULL)[-1][1].data, big)

    def test_a_picture_is_asked_for_once_with_the_unicast_bit(self):
        # [LAN-32] [LAN-33] [LAN-31]
        mona = self.scripted(self.mona)
        node = self.node(self.carol)
        for by_unicast in (False, True):
            with self.subTest(by_unicast=by_unicast):
                mona.null_by_unicast = by_unicast
                data = picture(3_000)
                service = Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4])
                since = self.wire.mark()
                mona.publish(service.with_picture(data))
                node.wait_contact(service.name, 5, picture_sha1=digest(data))
                self.assertTrue(self.kept(node, data))
                let_pass(4.5, "the time for repeating a query")
                self.wire.settle()
                asked = self.asked(service.instance, since)
                self.assertEqual(len({heard.time for heard, _ in asked}), len(asked))
                self.assertTrue(all(question.unicast for _, question in asked))
                answered = min(
                    heard.time for heard, _ in self.wire.records(dns.NULL, service.instance, since=since)
                )
                late = [heard.time - answered for heard, _ in asked if heard.time > answered + 0.05]
                self.assertEqual(late, [], "no question after the answer")

    def test_what_is_in_the_store_is_not_asked_for_after_a_restart(self):
        # [LAN-30]
        mona = self.scripted(self.mona)
        data = picture(2_000)
        service = Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4])
        mona.publish(service.with_picture(data))
        node = self.node(self.carol)
        node.wait_contact(service.name, 5, picture_sha1=digest(data))
        node.stop()
        since = self.wire.mark()
        again = self.node(self.carol, data=node.data)
        again.wait_contact(service.name, 5, picture_sha1=digest(data))
        let_pass(2, "the time for asking")
        self.wire.settle()
        self.assertEqual(self.asked(service.instance, since), [])

    def test_what_is_not_what_was_promised_is_not_kept(self):
        # [LAN-31]
        mona = self.scripted(self.mona)
        false = picture(2_000)
        service = Service(self.fresh("mona"), "monahost.local", 1000, [self.mona.ip4])
        service.with_picture(false)
        service.strings[-1] = "phsh=" + digest(b"another picture")
        node = self.node(self.carol)
        mona.publish(service)
        node.wait_contact(service.name)
        until(lambda: mona.asked(dns.NULL, service.instance), 5, "it is asked for")
        keeps(
            lambda: not self.kept(node, false) and node.contacts()[service.name].get("picture_sha1") is None,
            4, "the wrong picture is neither kept nor shown",
        )

    def test_our_record_is_served_before_its_hash_is_announced(self):
        # [LAN-34]
        mona = self.scripted(self.mona)
        name = self.fresh("carol")
        instance = dns.instance(name)
        for data in (picture(4_000), picture(5_000)):
            node = ours.Node(self.carol, name, "--picture", self.write(data), ready=False)
            self.addCleanup(node.stop)
            begin = node.started

            def announced():
                return [
                    heard for heard, record in mona.told(dns.TXT, instance, begin)
                    if dns.texts(record).get("phsh") == digest(data) and record.ttl
                ]

            until(announced, 6, "the hash is announced")
            mona.say(dns.query((instance, dns.NULL)))
            until(
                lambda: [r for _, r in mona.told(dns.NULL, instance, begin) if r.data == data],
                2, "the new picture is there with its hash",
            )
            old = [r for _, r in mona.told(dns.NULL, instance, begin) if r.ttl and r.data != data]
            self.assertEqual(old, [])
            node.stop()
            let_pass(2, "the goodbye is believed")
