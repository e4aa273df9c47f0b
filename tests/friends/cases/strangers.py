"""Those who are not let in, or say nothing once they are: they hear nothing, and nobody notices."""

import os
import ssl
import subprocess
import time

import items
import ours
from keys import Identity
from peer import PORT, Listener, Wire
from waiting import until

from .harm import HANDSHAKE, HostileCase, drained


class Callers(HostileCase):
    """Before they are let in."""

    def test_what_is_not_tls(self):
        # [RS-22] [RS-4]
        bad = [
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            items.PROBE + items.services() + items.chat("in clear"),
            os.urandom(3000),
            b"\x16\x03\x01\xff\xff" + b"\0" * 70_000,
            b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff",
            b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + b"\0" * 30,
            b"\x15\x03\x03\x00\x02\x02\x28",
            b"",
        ]
        socks = []
        for data in bad:
            sock = self.tcp()
            try:
                sock.sendall(data)
                if not data:
                    sock.shutdown(1)
            except OSError:
                pass  # closed already, which is right
            socks.append((data, sock))
        for data, sock in socks:
            with self.subTest(data[:30]):
                self.assertTrue(drained(sock, HANDSHAKE))
        self.assertEqual(self.o.node.told("in clear"), [])

    def test_no_certificate_and_an_old_tls(self):
        # [RS-4] [RS-22]
        self.assertShutOut(self.friend_id, shows=False)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            wire = self.call(self.friend_id, highest=ssl.TLSVersion.TLSv1_2)
            wire.wait_end(HANDSHAKE)
            raise ConnectionError("TLS 1.2 was taken: %r" % wire.items if wire.items else "closed")

    def test_certificates_that_are_not_what_they_say(self):
        # [RS-3] [RS-22]
        ana, cyd = self.friend_id, self.stranger_id
        ordinary = self.ordinary_certificate()
        for title, bent in (
            ("a broken signature of an approved profile", ana.with_broken_signature()),
            ("a stranger's location under an approved profile's name", cyd.issued_as(ana)),
            ("the right certificate with another's key", ana.with_wrong_key(cyd)),
            ("an ordinary certificate of the web's", ordinary),
        ):
            with self.subTest(title):
                self.assertShutOut(bent)
        # The true one is let in all the same.
        self.friend().wait(items.HEARTBEAT, 1, 15)

    def ordinary_certificate(self):
        key, made = os.path.join(self.o.data, "web.key"), os.path.join(self.o.data, "web.der")
        words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj"]
        words += ["/CN=" + self.friend_id.pgp_id.hex().upper(), "-keyout", key]
        subprocess.run(words + ["-outform", "DER", "-out", made], check=True, capture_output=True)
        words = ["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", key, "-outform", "DER"]
        secret = subprocess.run(words, check=True, capture_output=True).stdout
        with open(made, "rb") as file:
            return Identity("ana", file.read(), secret)

    def test_a_stranger_becomes_one_who_asks_and_no_more(self):
        # [RS-3]
        self.assertShutOut(self.stranger_id)
        digits = self.stranger_id.pgp_id.hex().upper()

        def asking():
            return [one for one in self.o.people().values() if one["pgp_id"] == digits]

        [asks] = until(asking, 10, "the stranger is among those who ask")
        self.assertEqual(asks["standing"], "asks")
        for _ in range(5):
            self.assertShutOut(self.stranger_id)
        self.assertEqual(len(asking()), 1)

    def test_many_strangers_from_many_addresses(self):
        # [RS-3] [RS-22]
        sources = [self.source() for _ in range(20)]
        before = self.o.node.memory
        for number in range(120):
            made_up, source = self.stranger_id.made_up(number), sources[number % 20]
            try:
                wire = Wire.call(self.mona, self.ola.ip4, made_up, source=source)
                wire.wait_end(HANDSHAKE)
                wire.close()
            except OSError:
                pass  # shut out by now, which is right
        asking = [one for one in self.o.people().values() if one["standing"] == "asks"]
        self.note("%d ask" % len(asking))
        self.assertGreater(len(asking), 5)
        self.assertLessEqual(len(asking), 100, "more ask than anybody can answer")
        told = self.o.node.lines.seen("approval")
        self.assertLessEqual(len(told), 60, "the person is not called for each of them")
        self.assertLess(self.o.node.memory - before, 30_000, "kB for strangers")

    def test_stalls_before_anything_is_said(self):
        # [RS-22]: at TCP, in the handshake, and a flood of both from many addresses.
        silent = []
        hello = self.client_hello()
        sources = [self.source() for _ in range(10)]
        for number in range(150):
            try:
                sock = self.tcp(sources[number % 10])
                if number % 2:
                    sock.sendall(hello[: 5 + number % (len(hello) - 6)])
                silent.append(sock)
            except OSError:
                break  # no more are taken, which is right
        self.assertTrue(silent)
        self.assertUndisturbed()
        deadline = time.monotonic() + 2 * HANDSHAKE
        for sock in silent:
            self.assertTrue(drained(sock, max(deadline - time.monotonic(), 0.1)), "it stays")
        self.friend().wait(items.HEARTBEAT, 1, 15)

    def client_hello(self):
        """The first bytes that a caller says."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.friend_id.context().wrap_bio(incoming, outgoing)
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read()


class Called(HostileCase):
    """Those whom our node calls, believing them a friend."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.bea = Identity("bea")
        cls.o.add(cls.bea.text((cls.mona.ip4, PORT)))

    def dial(self):
        self.o.run("friends", "call", "bea")

    def assertNotTaken(self, **how):
        identity = how.pop("identity")
        with Listener(self.mona, identity, **how) as listener:
            self.dial()
            until(lambda: listener.failed or listener.wires, ours.MEET, "ola calls")
            for wire in listener.wires:
                wire.wait_end(HANDSHAKE)
                self.assertEqual(wire.items, [], "what was told to whom nobody meant")
            self.assertFalse(self.o.node.is_online("bea"))

    def test_somebody_else_answers(self):
        # [RS-3] [RS-4]
        for title, how in (
            ("a stranger", dict(identity=self.stranger_id)),
            ("another friend", dict(identity=self.friend_id)),
            (
                "her certificate with another key",
                dict(identity=self.bea.with_wrong_key(self.stranger_id)),
            ),
            ("a stranger's key in her name", dict(identity=self.stranger_id.issued_as(self.bea))),
            ("an old TLS", dict(identity=self.bea, highest=ssl.TLSVersion.TLSv1_2)),
        ):
            with self.subTest(title):
                self.assertNotTaken(**how)
        with Listener(self.mona, self.bea) as listener:
            self.dial()
            listener.take(ours.MEET).befriended(self.bea)
            self.o.node.wait_online("bea")
        self.o.node.wait_offline("bea")

    def test_what_answers_is_not_tls_or_nothing(self):
        # [RS-22]
        for said in (b"220 mail.example.org ESMTP\r\n", os.urandom(2000), b""):
            listener = self.mona.socket(2, 1)
            self.addCleanup(listener.close)
            listener.setsockopt(1, 2, 1)
            listener.bind(("", PORT))
            listener.listen()
            listener.settimeout(ours.MEET)
            self.dial()
            sock, _ = listener.accept()
            listener.close()
            sock.sendall(said)
            if said:
                self.assertTrue(drained(sock, HANDSHAKE))
            sock.close()


class Silence(HostileCase):
    """Friends who are let in and then say nothing, or half of something."""

    def test_who_says_nothing_is_let_go(self):
        # [RS-22]
        bea = Identity("bea")
        self.o.add(bea.text())
        silent = self.call(self.friend_id)
        # Not even the services after the probe.
        half = self.call(bea)
        half.send(items.PROBE + items.services()[:100])
        self.assertUndisturbed()
        for wire in (silent, half):
            wire.wait_end(45)
        self.assertFalse(self.o.node.is_online("ana") or self.o.node.is_online("bea"))
