"""What the cases of hostile peers share: one node with an honest friend, and scripted peers beside.

After everything that a hostile peer did, `assertUndisturbed`: the node answers commands promptly, an
honest friend is heard, memory is bounded, standard output is still JSON.
"""

import ssl
import time

import items
import ours
from keys import Identity
from peer import Wire, connect

from .base import Case

# Seconds. A debug build under a whole suite; a node that waits for a hostile peer would take far longer.
PROMPT = 6
# Kilobytes. A node at rest has a tenth of it.
MEMORY = 200_000
# How long we let somebody take for TLS, and somewhat more.
HANDSHAKE = 20


class HostileCase(Case):
    """One node for a whole class, with an honest friend, and scripted peers beside."""

    HOSTS = ("ola", "finn", "mona")

    @classmethod
    def prepare(cls):
        cls.o, cls.f = cls.copy_of(cls.ola), cls.copy_of(cls.finn)
        # Approved by ola; never approved.
        cls.friend_id, cls.stranger_id = Identity("ana"), Identity("cyd")
        cls.o.add(cls.friend_id.text())
        cls.addClassCleanup(cls._end, cls.o)
        cls.addClassCleanup(cls._end, cls.f)
        ours.meet(cls.o, cls.f)
        # Room for many addresses of the hostile ones.
        cls.ola.ip("route", "add", "10.78.0.0/16", "dev", "lan0")
        cls._sources = iter(range(1, 1 << 14))
        cls._texts = iter(range(10**6))

    def tearDown(self):
        self.assertUndisturbed()

    def assertUndisturbed(self, seconds=PROMPT):
        self.assertIsNone(self.o.node.child.poll(), self.o.node.errors())
        begun = time.monotonic()
        self.assertTrue(self.o.me()["running"])
        self.assertIn("finn", self.o.people())
        self.assertLess(time.monotonic() - begun, seconds, "seconds for two commands")
        for one, other in ((self.f, self.o), (self.o, self.f)):
            text = "undisturbed %d" % next(self._texts)
            one.say(other.name, text)
            other.node.wait_told(text, seconds, **{"from": one.name})
        self.assertLess(self.o.node.memory, MEMORY, "kB of memory")
        self.assertEqual(self.o.node.lines.noise, [])
        self.assertNotIn("panicked", self.o.node.errors())

    def source(self):
        """An address that nothing bad has come from yet."""
        number = next(self._sources)
        address = "10.78.%d.%d" % (number // 250, number % 250 + 1)
        self.mona.ip("addr", "add", address + "/32", "dev", "lan0")
        return address

    def tcp(self, source=None):
        sock = connect(self.mona, self.ola.ip4, source=source or self.source())
        self.addCleanup(sock.close)
        return sock

    def call(self, identity, source=None, **how):
        """A call to ola's node with the handshake done."""
        source = source or self.source()
        return self.use(Wire.call(self.mona, self.ola.ip4, identity, source=source, **how))

    def friend(self, source=None):
        """A link as an approved friend has it."""
        return self.call(self.friend_id, source).befriended(self.friend_id)

    def name_of(self, identity):
        """What ola calls them."""
        digits = identity.pgp_id.hex().upper()
        return next(one["name"] for one in self.o.people().values() if one["pgp_id"] == digits)

    def assertShutOut(self, identity, **how):
        """That this caller gets no further than TLS, and hears nothing."""
        try:
            wire = self.call(identity, **how)
            wire.try_send(items.PROBE + items.services() + items.chat("let me in"))
            wire.wait_end(HANDSHAKE)
            self.assertEqual(wire.items, [], "what a stranger was told")
        except (ssl.SSLError, ConnectionError):
            pass  # not even that far
        self.assertNotIn("let me in", str(self.o.node.lines.seen("told")))


def drained(sock, seconds):
    """Whether the other side ends a plain connection; reads what it says before."""
    sock.settimeout(seconds)
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            if not sock.recv(65536):
                return True
    except TimeoutError:
        return False
    except OSError:
        return True
    return False
