"""Letters between friends."""

import os

import ours
from waiting import until

from .base import Case

TEXT = "Bring the tent.\n\nGrüße,\nola <not a tag> & so on"


class Mail(Case):
    HOSTS = ("ola", "pim", "rex")

    def setUp(self):
        self.o, self.p, self.r = (self.person(host) for host in (self.ola, self.pim, self.rex))
        for other in (self.p, self.r):
            ours.befriend(self.o, other)

    def start(self, *people):
        for person in people or (self.o, self.p, self.r):
            person.start()

    @staticmethod
    def letters(person, *folder):
        return person.ask("mail", "list", *folder)

    def wait_letter(self, person, subject, seconds=ours.MEET, folder="inbox"):
        """The letter with this subject, once it is there, read whole."""

        def there():
            return [one for one in self.letters(person, folder) if one["subject"] == subject]

        [found] = until(there, seconds, "%s has %r" % (person.name, subject))
        [whole] = person.ask("mail", "read", str(found["id"]))
        return whole

    def send(self, *words, text=TEXT):
        self.o.do("mail", "send", *words, text)

    def test_to_two_with_copies_and_hidden_receivers(self):
        # [RS-13]
        self.start()
        self.o.node.wait_online("pim")
        self.o.node.wait_online("rex")
        self.send("--to", "pim", "--to", "rex", "--subject", "Säturday")
        for person in (self.p, self.r):
            letter = self.wait_letter(person, "Säturday")
            self.assertEqual((letter["from"], letter["text"]), ("ola", TEXT))
            self.assertEqual(len(letter["to"]), 2, letter)
            self.assertIn(person.name, letter["to"])
        self.send("--to", "pim", "--cc", "rex", "--subject", "copied")
        for person in (self.p, self.r):
            letter = self.wait_letter(person, "copied")
            self.assertEqual((len(letter["to"]), len(letter["cc"])), (1, 1), letter)
        self.assertEqual(self.wait_letter(self.r, "copied")["cc"], ["rex"])
        self.send("--to", "pim", "--bcc", "rex", "--subject", "hidden")
        seen = self.wait_letter(self.p, "hidden")
        self.assertNotIn("rex", str(seen))
        self.assertNotIn(self.r.me()["location_id"], str(seen))
        self.assertEqual((seen["cc"], seen["bcc"]), ([], []))
        self.assertEqual(self.wait_letter(self.r, "hidden")["text"], TEXT)
        sent = until(
            lambda: [one for one in self.letters(self.o, "sent") if one["subject"] == "hidden"],
            10, "it lies with what was sent",
        )
        self.assertEqual(sent[0]["bcc"], ["rex"])

    def test_it_is_told_when_it_comes(self):
        # [RS-13]
        self.start(self.o, self.p)
        self.o.node.wait_online("pim")
        self.send("--to", "pim", "--subject", "listen")
        told = self.p.node.lines.take("mail", 10, subject="listen")
        self.assertEqual((told["from"], told["read"]), ("ola", False))

    def test_who_is_offline_gets_it_later(self):
        # [RS-13]
        self.start(self.o, self.p)
        self.o.node.wait_online("pim")
        self.send("--to", "pim", "--to", "rex", "--subject", "later")
        self.wait_letter(self.p, "later")
        [waiting] = self.letters(self.o, "outbox")
        self.assertEqual(waiting["waiting_for"], ["rex"])
        self.o.kill()
        self.start(self.o, self.r)
        self.wait_letter(self.r, "later")
        until(lambda: self.letters(self.o, "outbox") == [], 10, "nothing waits any more")
        self.assertEqual([one["subject"] for one in self.letters(self.o, "sent")], ["later"])
        # Nobody gets it twice.
        self.assertEqual(len(self.letters(self.p, "inbox")), 1)

    def test_written_without_a_node_it_goes_out_with_the_next(self):
        # [RS-13]
        self.send("--to", "pim", "--subject", "offline")
        self.assertEqual(len(self.letters(self.o, "outbox")), 1)
        self.start(self.o, self.p)
        self.assertEqual(self.wait_letter(self.p, "offline")["text"], TEXT)

    def test_an_attachment_is_fetched_from_its_sender(self):
        # [RS-13] [RS-17] [RS-20]
        self.start(self.o, self.p)
        self.o.node.wait_online("pim")
        path = self.file(self.folder(self.ola, "own"), "plän 1.pdf", 3_000_000)
        self.send("--to", "pim", "--subject", "attached", "--attach", path)
        letter = self.wait_letter(self.p, "attached")
        [file] = letter["files"]
        self.assertEqual((file["name"], file["size"]), ("plän 1.pdf", 3_000_000))
        self.assertEqual(file["hash"], self.sha1(path))
        into = self.folder(self.pim, "got")
        self.p.do("files", "get", file["link"], "--from", "ola", "--dir", into, seconds=60)
        self.assertSame(path, os.path.join(into, "plän 1.pdf"))

    def test_folders(self):
        # [RS-13]
        self.start(self.o, self.p)
        self.o.node.wait_online("pim")
        self.send("--to", "pim", "--subject", "first")
        self.wait_letter(self.p, "first")
        [one] = self.letters(self.p, "inbox")
        self.assertTrue(one["read"])
        number = str(one["id"])
        self.p.do("mail", "mark", number, "--unread")
        self.assertFalse(self.letters(self.p, "inbox")[0]["read"])
        self.p.do("mail", "move", number, "trash")
        self.assertEqual(self.letters(self.p), [])
        self.assertEqual([m["subject"] for m in self.letters(self.p, "trash")], ["first"])
        self.p.restart()
        self.p.do("mail", "move", number, "inbox")
        self.assertEqual([m["subject"] for m in self.letters(self.p)], ["first"])
        self.p.do("mail", "delete", "--yes", number)
        self.assertEqual(self.letters(self.p), [])
        self.assertRefused(self.p.run("mail", "read", number))
        self.o.do("mail", "send", "--draft", "--to", "pim", "--subject", "not yet", "later")
        [draft] = self.letters(self.o, "drafts")
        self.assertEqual(draft["subject"], "not yet")
        self.assertEqual(self.letters(self.o, "outbox"), [])

    def test_nobody_of_that_name(self):
        # [RS-13]
        done = self.o.run("mail", "send", "--to", "nobody", "--subject", "x", "x")
        self.assertRefused(done, "nobody")
        self.assertEqual(self.letters(self.o), [])

    def test_a_long_letter(self):
        # [RS-13]
        self.start(self.o, self.p)
        self.o.node.wait_online("pim")
        text = "".join("line %05d ä\n" % number for number in range(5000)) + "end"
        self.o.do("mail", "send", "--to", "pim", "--subject", "long", given=text)
        self.assertEqual(self.wait_letter(self.p, "long")["text"], text)
