"""Approved friends who turn out to be broken, or worse: they get an error and a closed link, and
nobody else notices."""

import hashlib
import os
import random
import ssl
import threading
import time

import items
import ours
from items import item, tlv, u32, u64
from keys import Identity
from peer import PORT, Sharer
from waiting import let_pass, until

from .harm import HostileCase


class Friends(HostileCase):
    """Approved ones who turn out to be broken, or worse."""

    def test_lies_about_others(self):
        # [RS-22] [RS-5] [RS-3]
        before = self.o.person("finn")
        finn, place = bytes.fromhex(before["pgp_id"]), bytes.fromhex(before["locations"][0]["id"])
        own, strange = self.friend_id, self.stranger_id
        wire = self.friend()
        lies = [
            # Our friend's key is another one; our friend is at our place; we are our friend.
            items.pgp_key(finn, strange.packets),
            items.contact(finn, place, "finn", address=(self.mona.ip4, PORT)),
            items.contact(finn, own.location, "finn"),
            items.contact(own.pgp_id, place, "finn"),
            items.contact(strange.pgp_id, place, "finn"),
            items.pgp_list(1, [finn, strange.pgp_id]),
            items.pgp_key(strange.pgp_id, own.packets),
            items.pgp_key(own.pgp_id, strange.packets),
        ]
        wire.send(b"".join(lies) + items.chat("all lies are told"))
        self.o.node.wait_told("all lies are told")
        after = self.o.person("finn")
        for key in ("pgp_id", "fingerprint", "standing", "status"):
            self.assertEqual(before[key], after[key])
        self.assertEqual(len(after["locations"]), 1, after)
        self.assertEqual(after["locations"][0]["id"], before["locations"][0]["id"])
        self.assertTrue(after["locations"][0]["online"])
        stranger = [one for one in self.o.people().values() if one["name"] == "cyd"]
        self.assertTrue(all(one["standing"] == "friend-of-friend" for one in stranger), stranger)
        self.assertShutOut(self.stranger_id)

    def test_items_before_the_services_are_agreed(self):
        # [RS-22] [RS-3]
        wire = self.call(self.friend_id)
        early = [items.chat("too early"), items.mail("too early", "x"), items.status(2), items.heartbeat()]
        wire.send(items.PROBE + b"".join(early))
        wire.hello()
        wire.wait(items.SERVICES, 1)
        wire.send(items.chat("in time"))
        self.o.node.wait_told("in time")
        self.assertNotIn("too early", str(self.o.node.lines.seen("told")))
        self.assertEqual(self.o.node.lines.seen("mail", subject="too early"), [])

    def test_sizes_that_cannot_be(self):
        # [RS-22]
        for size in (0, 7, items.MAX_ITEM + 1, 0x7FFFFFFF, 0xFFFFFFFF):
            with self.subTest(size):
                wire = self.friend()
                wire.try_send(item(items.CHAT, 1, b"x" * 100, size=size) + b"x" * 70_000)
                wire.wait_end(10)
        for bad in (b"\x03" + bytes(7), b"\x01\x00\x12\x01\x00\x00\x00\x08", os.urandom(64) * 20):
            with self.subTest(bad[:8]):
                wire = self.friend()
                wire.try_send(bad)
                wire.wait_end(10)
        # The largest that may be is taken.
        wire = self.friend()
        wire.send(item(0x7777, 1, bytes(items.MAX_ITEM - 8)) + items.chat("after the largest"))
        self.o.node.wait_told("after the largest")

    def test_who_is_hung_up_on_gets_no_goodbye_of_tls(self):
        # [RS-22] [RS-9] A real node that reads one holds the dead link, and shows us online, for 15 s more.
        wire = self.friend()
        wire.send(b"\x03" + bytes(7))
        self.assertEqual(wire.wait_end(10), "closed by TCP alone")

    def test_slices_that_never_end_or_do_not_fit(self):
        # [RS-22]
        before = self.o.node.memory
        part = os.urandom(60_000)
        endless = [
            # One packet that goes on and on; many that only begin; the end of none.
            items.slice_of(1, items.FIRST, items.chat("x")[:8] + part)
            + b"".join(items.slice_of(1, items.MIDDLE, part) for _ in range(400)),
            b"".join(
                items.slice_of(n, items.FIRST, items.item(items.CHAT, 1, part, 200_000))
                for n in range(400)
            ),
            b"".join(items.slice_of(n, items.LAST, part) for n in range(100)),
            items.slice_of(1, 0x44, part),
            items.slice_of(2, items.FIRST, items.item(items.CHAT, 1, b"", 0xFFFFFFFF))
            + items.slice_of(2, items.LAST, part),
            b"".join(items.slice_of(9, items.FIRST, b"") for _ in range(50_000)),
        ]
        for data in endless:
            with self.subTest(data[:8]):
                wire = self.friend()
                wire.try_send(data, 20)
                # Dropped or closed, both are right.
                self.assertLess(self.o.node.memory - before, 40_000, "kB for slices")
        wire = self.friend()
        wire.send(items.sliced(5, items.chat("in slices " + "ä" * 3000), 700))
        wire.send(items.sliced(5, items.chat("and again"), 9))
        self.o.node.wait_told("and again")

    def test_malformed_items_of_every_service(self):
        # [RS-22]
        dice = random.Random(4711)
        huge = u32(0xFFFFFFFF)
        bodies = [
            b"", b"\0", b"\xff" * 7, bytes(64), huge, huge * 8, u32(0) + huge * 4,
            tlv(1, b"", 0xFFFFFFFF), tlv(1, b"", 5), tlv(0x1070, b"", 0), u32(3) + tlv(0x57, b"", 7),
            u64(1) + u64(1) + tlv(0x57, b"\xff\xfe\x80"), bytes(20) + huge, b"\1" + bytes(20) + huge,
            u32(1) + u32(1) + tlv(0x0057, b"a\0b\x1b[2J"), bytes(48) + huge * 3,
            b"".join(tlv(0x1002, b"") for _ in range(3000)), self.nested(2000),
        ]
        kinds = {
            items.DISCOVERY: (1, 5, 6, 9), items.CHAT: (1, 3, 4, 0x0D, 0x17, 0x19, 0x1B, 0x1E),
            items.MAIL: (1,), items.HEARTBEAT: (1,), items.TRANSFER: (1, 2, 4, 5, 8, 9),
            items.LISTS: (1, 2, 4), items.STATUS: (1,), items.RTT: (1, 2), items.BANDWIDTH: (1,),
            items.BANS: (3,), 0x0014: (1, 3, 8), 0x0211: (1, 4), 0x7FFF: (1,), items.SERVICES: (1,),
        }
        closed = []
        for service, known in kinds.items():
            for kind in (*known, 0xEE):
                wire = self.friend()
                made = bodies + [dice.randbytes(dice.randrange(200)) for _ in range(4)]
                marker = "after %04x/%02x" % (service, kind)
                wire.try_send(b"".join(item(service, kind, body) for body in made))
                # Some lists of services are right ones, and switch chat off.
                wire.try_send(items.services() + items.chat(marker))
                heard = lambda: marker in self.told_last(marker)  # noqa: E731
                until(lambda: heard() or wire.end, 15, "the end of " + marker)
                if not heard():
                    closed.append(marker)
                wire.close()
        self.note("%d links closed" % len(closed))
        wire = self.friend()
        wire.send(items.chat("well-formed"))
        self.o.node.wait_told("well-formed")

    def told_last(self, text):
        """What was told lately that has this text."""
        return [one["text"] for one in self.o.node.lines.all[-40:] if text in one.get("text", "")]

    @staticmethod
    def nested(depth):
        made = b""
        for _ in range(depth):
            made = tlv(0x1070, made)
        return made

    def test_a_flood_of_talk(self):
        # [RS-22] [RS-11]
        before = self.o.node.memory
        wire = self.friend()
        flood = [items.chat("flood %d" % n) + items.chat_status("is typing") for n in range(4000)]
        flood += [items.avatar(b"\x89PNG" + os.urandom(20_000)) for _ in range(200)]
        flood += [items.chat("part " + "x" * 15_000, 0x101) for _ in range(300)]
        flood += [items.mail("flood", "x" * 10_000) for _ in range(300)]
        flood += [items.status(n % 5) for n in range(3000)]
        flood += [items.ping(n) for n in range(3000)]
        sender = threading.Thread(target=lambda: [wire.try_send(part, 30) for part in flood], daemon=True)
        sender.start()
        begun = time.monotonic()
        self.assertUndisturbed(15)
        self.note("%.1f s beside a flood" % (time.monotonic() - begun))
        sender.join(60)
        self.assertLess(self.o.node.memory - before, 100_000, "kB for a flood")

    def test_asking_without_listening(self):
        # [RS-22] [RS-17]
        folder = self.folder(self.ola, "shared")
        path = self.file(folder, "wanted.bin", 8 << 20)
        self.o.do("files", "share", folder, "--wait", seconds=60)
        before = self.o.node.memory
        digest, size = bytes.fromhex(self.sha1(path)), 8 << 20
        wire = self.friend()
        # Nothing is read any more from here on.
        wire._lock.acquire()
        asks = items.data_request(size, digest, 0, items.CHUNK) + items.map_request(digest)
        asks += items.chunk_hash_request(digest, 1) + items.sync_request(items.ROOT, 1)
        asks += items.ping(1) + items.pgp_list(2, [self.friend_id.pgp_id] * 50)
        taken, deadline = 0, time.monotonic() + 10
        while taken < 3000 and time.monotonic() < deadline:
            try:
                wire._tls.send(asks)
                taken += 1
            except ssl.SSLWantWriteError:
                time.sleep(0.01)
            except OSError:
                break
        self.note("%d taken" % taken)
        self.assertUndisturbed()
        self.assertLess(self.o.node.memory - before, 60_000, "kB for what nobody reads")
        wire._lock.release()

    def test_half_an_item_and_then_nothing(self):
        # [RS-22]
        wire = self.friend()
        whole = items.chat("the end of this comes late")
        wire.send(whole[:20])
        wire._lock.acquire()  # no heartbeat in between
        let_pass(3, "the rest is late")
        wire._lock.release()
        self.assertUndisturbed()
        wire.close()
        # Nobody waits for the rest.
        again = self.friend()
        again.send(items.chat("whole"))
        self.o.node.wait_told("whole")

    def test_the_same_friend_again_and_again(self):
        # [RS-22] [RS-10]: the newest link counts, and no old one is left over.
        source = self.source()
        wires = []
        for _ in range(12):
            try:
                wires.append(self.call(self.friend_id, source))
                wires[-1].hello()
            except OSError:
                break
        wires[-1].befriended(self.friend_id)
        for wire in wires[:-1]:
            wire.wait_end(15)
        wires[-1].send(items.chat("the last of many"))
        self.o.node.wait_told("the last of many")

    def test_nothing_of_theirs_reaches_a_terminal_raw(self):
        # [RS-22] [RS-11]
        evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
        name = self.name_of(self.friend_id)
        chat = self.use(ours.Terminal(self.o, name))
        look = self.use(ours.Look(self.o))
        chat.wait(name)
        look.wait(name)
        wire = self.call(self.friend_id)
        wire.hello()
        wire.wait(items.SERVICES, 1)
        own = self.friend_id
        wire.send(items.contact(own.pgp_id, own.location, "place" + evil, "version" + evil))
        wire.send(items.status(3) + items.chat_status("mood" + evil, 0x10) + items.chat_status(evil))
        wire.send(items.mail("subject" + evil, "body" + evil, files=[(5, bytes(20), "name" + evil)]))
        wire.send(items.chat("words" + evil + " end"))
        wire.send(items.chat("retroshare://file?name=%1b%5d0;x%07&size=1&hash=" + "0" * 40))
        chat.wait("words")
        chat.wait("end")
        self.o.node.lines.take("mail", 10)
        letter = self.o.ask("mail", "list", "inbox")[0]
        printed = [
            self.o.do("friends", "list"), self.o.do("mail"), self.o.do("mail", "read", str(letter["id"])),
            self.o.do("history", "friend:" + name), self.o.do("users", "friend:"),
            chat.shown, look.shown,
        ]
        self.assertIn("words", printed[3])
        for text in printed:
            for harmful in ("\x1b]0;", "\x1b[2J\x9b", "\x9b", "\u202e", "owned\x07"):
                self.assertNotIn(harmful, text)


class Bytes(HostileCase):
    """Lies about files."""

    def sharer(self, files, identity=None, **how):
        identity = identity or self.friend_id
        self.wire = self.call(identity).befriended(identity)
        self.share = Sharer(self.wire, files, **how)
        return self.share

    def wait_listed(self, name, seconds=40):
        who = self.name_of(self.friend_id)

        def there():
            return [one for one in self.o.ask("files", "search", name) if one["of"] == who]

        hint = lambda: (self.share.asked[-5:], self.wire.end)  # noqa: E731
        return until(there, seconds, "a list with %r" % name, hint)[0]

    def link(self, name, data):
        digest = hashlib.sha1(data).hexdigest()
        return "retroshare://file?name=%s&size=%d&hash=%s" % (name, len(data), digest)

    def get(self, what, into, *words, seconds=60):
        who = self.name_of(self.friend_id)
        return self.o.run("files", "get", what, "--from", who, "--dir", into, *words, seconds=seconds)

    def test_names_that_lead_out_of_the_folder(self):
        # [RS-22] [RS-16]
        bad = ["../out.txt", "/etc/out.txt", "..", ".", "a/../../out.txt", "..\\out.txt", "x\0y", "\x1b[2J"]
        files = {name: b"evil %d" % number for number, name in enumerate(bad)}
        files["good.txt"] = b"good"
        share = self.sharer(files, name="../../shared")
        self.wait_listed("good.txt")
        into = self.folder(self.ola, "got/deep/inside")
        outside = os.path.dirname(os.path.dirname(into))
        who = self.name_of(self.friend_id)
        listed = self.o.ask("files", "browse", who)
        for folder in [one["name"] for one in listed if one["type"] == "folder"]:
            self.o.run("files", "get", "%s:%s" % (who, folder), "--dir", into, seconds=60)
        for name, data in files.items():
            quoted = "".join("%%%02x" % byte for byte in name.encode())
            self.get(self.link(quoted, data), into, "--no-wait")
        until(lambda: len(self.everything_below(into)) >= 1, 40, "something arrives")
        self.assertTrue(share.asked)
        strays = [path for path in self.everything_below(outside) if not path.startswith(into + "/")]
        self.assertEqual(strays, [])
        self.assertFalse(os.path.exists("/etc/out.txt"))
        for hash in [one["hash"] for one in self.o.ask("files", "downloads")]:
            self.o.run("files", "cancel", hash)

    @staticmethod
    def everything_below(folder):
        return [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names]

    def test_wrong_bytes_never_become_a_file(self):
        # [RS-17] [RS-22]
        true = os.urandom(3 * items.CHUNK + 5)
        share = self.sharer({"true.bin": true})
        share.serves = lambda digest, offset, length: os.urandom(min(length, len(true) - offset))
        into = self.folder(self.ola, "got")
        self.get(self.link("true.bin", true), into, "--no-wait")
        until(lambda: ("data", 0) in share.asked, 20, "it is asked for")
        let_pass(3, "wrong bytes come, again and again")
        self.assertEqual(os.listdir(into), [])
        # Somebody honest has it too: it becomes whole, from them.
        folder = self.folder(self.finn, "shared")
        self.file(folder, "true.bin", data=true)
        self.f.do("files", "share", folder, "--wait", seconds=60)
        done = self.o.run("files", "get", self.link("true.bin", true), "--from", "finn", "--dir", into)
        until(
            lambda: os.listdir(into) == ["true.bin"], 60, "it arrives",
            lambda: (done, self.o.ask("files", "downloads")),
        )
        with open(os.path.join(into, "true.bin"), "rb") as file:
            self.assertEqual(file.read(), true)

    def test_wrong_hashes_of_chunks(self):
        # [RS-17] [RS-22]
        true = os.urandom(2 * items.CHUNK + 5)
        share = self.sharer({"chunks.bin": true})
        share.hashes = lambda digest, chunk: os.urandom(20)
        into = self.folder(self.ola, "got")
        self.get(self.link("chunks.bin", true), into, "--no-wait")
        until(lambda: ("data", 0) in share.asked, 20, "it is asked for")
        # The hash of the whole is what counts: right bytes may arrive, wrong ones may not.
        let_pass(4, "whatever comes of it")
        for path in self.everything_below(into):
            self.assertEqual(self.sha1(path), hashlib.sha1(true).hexdigest())
        self.o.run("files", "cancel", hashlib.sha1(true).hexdigest())

    def test_what_nobody_asked_for(self):
        # [RS-17] [RS-22]
        before = self.o.node.memory
        wire = self.friend()
        digest = os.urandom(20)
        piece = os.urandom(200_000)
        for number in range(100):
            wire.send(items.data(1 << 40, digest, number * 200_000, piece))
        wire.send(items.full_map(digest, 1 << 30) + items.chunk_hash(digest, 0, bytes(20)))
        wire.send(items.sync_response(os.urandom(20), 7, items.folder("x", [os.urandom(20)] * 500)))
        wire.send(items.chat("all that was sent"))
        self.o.node.wait_told("all that was sent", 20)
        self.assertLess(self.o.node.memory - before, 30_000, "kB")
        self.assertEqual(self.o.ask("files", "downloads"), [])

    def test_counts_that_cannot_be(self):
        # [RS-22]
        digest = os.urandom(20)
        before = self.o.node.memory
        for data in (
            items.chunk_map(digest, [1], count=0xFFFFFFFF),
            items.chunk_hash_request(digest, 0xFFFFFFFF),
            items.data_request((1 << 64) - 1, digest, (1 << 64) - 1, 0xFFFFFFFF),
            items.data((1 << 64) - 1, digest, (1 << 64) - 1, b"x"),
            items.sync_response(items.ROOT, 1, items.folder("", counts=(0xFFFFFFFF, 0xFFFFFFFF))),
            items.pgp_list(1, [os.urandom(8) for _ in range(20_000)]),
            items.item(items.DISCOVERY, 6, u32(0xFFFFFFFF)),
            items.item(items.CHAT, 0x19, u32(0xFFFFFFFF)),
            items.item(items.LISTS, 4, u32(1) + u32(0xFFFFFFFF)),
            items.item(items.TRANSFER, 1, u64(0) + u32(0xFFFFFFFF) + items.file_item(1, digest)),
        ):
            with self.subTest(data[:12].hex()):
                wire = self.friend()
                wire.try_send(data * 20)
                wire.try_send(items.chat("counted"))
                self.assertLess(self.o.node.memory - before, 30_000, "kB")
                wire.close()

    def test_a_list_without_end(self):
        # [RS-18] [RS-22]: every folder has more folders in it.
        bea = Identity("bea")
        self.o.add(bea.text())
        before = self.o.node.memory
        share = self.sharer({}, bea)
        dice = random.Random(1)

        def deeper(digest):
            many = [("file %d" % n, n, dice.randbytes(20)) for n in range(50)]
            return items.folder("deeper", [dice.randbytes(20) for _ in range(100)], many)

        share.lists = deeper
        until(lambda: len(share.asked) > 20 or self.wire.end, 40, "it is asked for")
        let_pass(5, "the list goes on")
        self.note("%d asked" % len(share.asked))
        self.assertLess(self.o.node.memory - before, 60_000, "kB for an endless list")
        # They share something else now, which does not wait behind what is no more.
        calm = dice.randbytes(20)
        lists = {
            items.ROOT: items.folder("", [calm]),
            calm: items.folder("calm", (), [("calm.txt", 4, dice.randbytes(20))]),
        }
        share.lists = lambda digest: lists.get(digest) or deeper(digest)
        self.friend_id = bea
        self.wait_listed("calm.txt", 10)
