"""What the commands do for whoever types them: what counts as seen, offers that are taken back, readers
who leave."""

import os
import subprocess

import ours
from waiting import keeps, until

from .files import MEGA, Fetch, FilesCase


class Faces(FilesCase):
    HOSTS = ("ola", "pim")

    def meet_service(self):
        """Ola, and Pim whose node shows nothing."""
        ola, pim = self.person(self.ola), self.person(self.pim)
        ours.befriend(ola, pim)
        ola.start()
        self.use(ours.Service(pim)).await_ready()
        ola.node.wait_online("pim")
        return ola, pim

    def sent(self, ola):
        until(lambda: ola.ask("friends", "outbox") == [], 20, "all has arrived")

    def test_who_takes_files_has_not_seen_what_was_said(self):
        # [RS-11] [RS-13] [RS-20]
        ola, pim = self.meet_service()
        ola.say("pim", "before it")
        ola.do("mail", "send", "--to", "pim", "--subject", "a letter", "text")
        path = self.file(self.folder(self.ola, "own"), "first.bin", 1000)
        self.assertDone(ola.run("offer", "friend:pim", path))
        self.sent(ola)
        into = self.folder(self.pim, "got")
        taker = self.use(Fetch(pim, into, "--once"))
        self.assertEqual(taker.wait_end(60), 0)
        self.assertSame(path, os.path.join(into, "first.bin"))
        self.assertNotIn("seen", taker.errors())
        # What is said while it looks out for files is not seen either.
        taker = self.use(Fetch(pim, into))
        until(lambda: pim.faces() == 1, ours.START, "it looks out for offers")
        ola.say("pim", "meanwhile")
        self.sent(ola)
        self.assertEqual(taker.stop(), 0)
        for words in (("users", "friend:"), ("whois", "friend:", "ola"), ("history", "friend:ola"),
                      ("mail", "list"), ("files", "offers"), ("friends", "list")):
            pim.ask(*words)
        listener = self.use(ours.Node(pim))
        told = [listener.lines.take("told", 10)["text"] for _ in range(3)]
        self.assertEqual((told[0], told[2]), ("before it", "meanwhile"))
        self.assertFalse(pim.ask("mail", "list")[0]["read"])
        # Now all of it was shown; taken was the file before.
        self.assertEqual(pim.ask("files", "offers"), [])

    def test_what_was_shown_can_be_taken_later(self):
        # [RS-20]
        ola, pim = self.pair(self.ola, self.pim)
        path = self.file(self.folder(self.ola, "own"), "later.bin", 1000)
        self.assertDone(ola.run("offer", "friend:pim", path))
        pim.node.lines.take("offered", 20, name="later.bin")
        pim.restart()
        [offered] = pim.ask("files", "offers")
        self.assertEqual((offered["type"], offered["from"]), ("offered", "ola"))
        into = self.folder(self.pim, "got")
        pim.do("fetch", "friend:ola", "--once", "--dir", into, seconds=60)
        self.assertSame(path, os.path.join(into, "later.bin"))

    def test_readers_who_leave_end_it_quietly(self):
        # [RS-9]
        ola, pim = self.meet_service()
        for words in (
            ["friends", "--json"], ["listen", "friend:", "--json"], ["friends", "list", "--json"],
            ["friends", "list"], ["files", "downloads", "--watch"],
        ):
            child = self.pim.spawn(
                [ours.tincan.BINARY, *words],
                env=dict(ours.tincan.environment(self.pim), **pim.environment),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            if "downloads" not in words:
                self.assertTrue(child.stdout.readline(), words)
            child.stdout.close()
            self.assertEqual(child.wait(10), 0, words)
            self.assertEqual(child.stderr.read(), b"", words)
            child.stderr.close()
        ola.say("pim", "the node goes on")


    def test_misspelt_names_and_ids(self):
        # [RS-1] [RS-11]
        ola, pim = self.meet_service()
        for words in (
            ("send", "friend:pimm", "hi"), ("whois", "friend:pimm"), ("users", "friend:pimm"),
            ("history", "friend:pimm"), ("chat", "friend:pimm"), ("offer", "friend:pimm", __file__),
            ("mail", "send", "--to", "pimm", "--subject", "x", "x"), ("friends", "call", "pimm"),
            ("friends", "trust", "pimm", "full"), ("friends", "remove", "pimm", "--yes"),
            ("files", "browse", "pimm"), ("files", "share", "/", "--with", "pimm"),
        ):
            self.assertRefused(ola.run(*words), "nobody called pimm is known; did you mean pim?")
        # A chat is with a friend, by whatever id they are named.
        number = ola.known(pim)["pgp_id"].lower()
        done = ola.run("chat", "friend:" + number, given="by your number\n")
        self.assertDone(done)
        self.assertIn("sent to pim", done.output)
        until(
            lambda: [one["text"] for one in pim.ask("history", "friend:ola")] == ["by your number"],
            10, "it has arrived",
        )


class TakenBack(FilesCase):
    HOSTS = ("ola", "pim")

    @classmethod
    def prepare(cls):
        # Slow enough for an offer to be taken back in the midst of its fetch.
        slow = ["qdisc", "add", "dev", "lan0", "root", "tbf"]
        slow += ["rate", "40mbit", "burst", "64kb", "latency", "100ms"]
        cls.ola.run(["tc", *slow])

    def setUp(self):
        self.o, self.p = self.pair(self.ola, self.pim)
        self.into = self.folder(self.pim, "got")
        self.path = self.file(self.folder(self.ola, "own"), "film ☀.bin", 40 * MEGA)

    def offered(self):
        self.assertDone(self.o.run("offer", "friend:pim", self.path, seconds=60))
        return self.p.node.lines.take("offered", 20)["link"]

    def assertSaysTakenBack(self, done):
        self.assertRefused(done, "ola has taken it back")

    def test_a_fetch_that_runs_ends_with_the_reason(self):
        # [RS-16] [RS-17]
        link = self.offered()
        [offer] = self.o.ask("files", "offers")
        self.assertEqual((offer["type"], offer["to"]), ("offer", ["pim"]))
        fetch = self.use(ours.Of(
            self.p, "fetch", ["friend:ola", link, "--dir", self.into], stdout=subprocess.DEVNULL
        ))
        until(lambda: (self.download(self.p) or {"done": 0})["done"] > MEGA, 30, "it runs")
        [taken] = self.o.ask("files", "unoffer", "film ☀.bin", "friend:pim")
        self.assertEqual((taken["type"], taken["from"], taken["still"]), ("unoffered", ["pim"], []))
        self.assertEqual(fetch.wait_end(10), 1)
        self.assertIn("ola has taken it back", fetch.errors())
        self.assertEqual(os.listdir(self.into), [])
        self.assertEqual(self.o.ask("files", "offers"), [])
        self.assertRefused(self.o.run("files", "unoffer", "film ☀.bin"), "not offered")
        # Nor after both have started anew.
        self.o.restart()
        self.p.restart()
        self.p.node.wait_online("ola")
        again = self.p.run("fetch", "friend:ola", link, "--dir", self.into, seconds=30)
        self.assertSaysTakenBack(again)
        # Offered once more it goes on.
        self.offered()
        self.p.do("fetch", "friend:ola", link, "--dir", self.into, seconds=60)
        self.assertSame(self.path, os.path.join(self.into, "film ☀.bin"))

    def test_an_attachment_is_taken_back_too(self):
        # [RS-13] [RS-16]
        small = self.file(self.folder(self.ola, "own"), "plan.pdf", 1000)
        self.o.do("mail", "send", "--to", "pim", "--subject", "plan", "--attach", small, "here")
        until(lambda: self.p.ask("mail", "list"), 20, "the letter is there")
        [offer] = self.o.ask("files", "offers")
        self.assertEqual((offer["path"], offer["to"]), (small, ["pim"]))
        self.o.do("files", "unoffer", offer["hash"])
        self.p.do("files", "get", offer["link"], "--from", "ola", "--dir", self.into, "--no-wait")
        until(
            lambda: "nothing of it to give" in self.download(self.p).get("reason", ""),
            10, "it is said that there is nothing", lambda: self.download(self.p),
        )
        keeps(lambda: os.listdir(self.into) == [], 2, "nothing arrives")

    def test_an_offer_that_waits_is_not_even_said(self):
        # [RS-11] [RS-16]
        self.p.stop()
        self.o.node.wait_offline("pim")
        self.assertDone(self.o.run("offer", "friend:pim", self.path, seconds=60))
        self.assertEqual(len(self.o.ask("friends", "outbox")), 1)
        self.o.do("files", "unoffer", self.path)
        self.assertEqual(self.o.ask("friends", "outbox"), [])
        self.p.start()
        self.o.node.wait_online("pim")
        self.o.say("pim", "nothing to see")
        self.p.node.wait_told("nothing to see")
        self.assertEqual(self.p.ask("files", "offers"), [])
