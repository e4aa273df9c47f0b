"""Files between friends: sharing, looking, searching, fetching."""

import json
import os
import signal
import subprocess

import ours
from waiting import keeps, let_pass, until

from .base import Case

MEGA = 1 << 20


class Fetch(ours.Of):
    """`tincan fetch friend: --json`, which takes what is offered."""

    def __init__(self, person, into, *words):
        words = ["friend:", "--json", "--dir", into, *words]
        super().__init__(person, "fetch", words, stdout=subprocess.PIPE)
        self.lines = ours.Lines(self.child.stdout, "fetch of " + person.name, "type")


class FilesCase(Case):
    """What the classes below share."""

    def share(self, person, folder, *words):
        person.do("files", "share", folder, "--wait", *words, seconds=60)

    def shared(self, person, **files):
        """A folder of files (names with `_` for the dot), shared with everybody."""
        folder = self.folder(person.host, "shared")
        for name, data in files.items():
            self.file(folder, name.replace("_", "."), data=data)
        self.share(person, folder)
        return folder

    def wait_list(self, person, who, name, seconds=40):
        """Waits until a friend's list has this file; the file."""

        def there():
            found = person.ask("files", "search", name)
            return [one for one in found if one["of"] == who and one["name"] == name]

        return until(there, seconds, "%s sees %s of %s" % (person.name, name, who))[0]

    def wait_browse(self, person, who, name, is_there=True, seconds=10):
        """Waits until whoever looks into a friend's folders sees this one at the top, or no longer."""

        def top():
            found = person.ask("files", "browse", who)
            return [one["name"] for one in found if one["type"] == "folder"]

        what = "%s sees that %s %s" % (person.name, name, "is there" if is_there else "is gone")
        until(lambda: (name in top()) == is_there, seconds, what)

    @staticmethod
    def download(person, hash=None):
        """The one download, or that of a hash; None: there is none."""
        found = [one for one in person.ask("files", "downloads") if hash in (None, one["hash"])]
        return found[0] if found else None

    def wait_download(self, person, state, seconds=60, hash=None):
        def there():
            one = self.download(person, hash)
            return one if one and one["state"] == state else None

        return until(
            there, seconds, "the download is " + state, lambda: self.download(person, hash)
        )


class Files(FilesCase):
    HOSTS = ("ola", "pim", "rex")

    def test_shared_with_one_and_not_with_the_other(self):
        # [RS-16] [RS-18]
        ola, pim = self.person(self.ola), self.person(self.pim)
        rex = self.person(self.rex)
        ours.befriend(ola, pim)
        ours.befriend(ola, rex)
        ola.start()
        folder = self.folder(self.ola, "plans")
        self.file(folder, "for-pim.txt", data=b"only pim")
        self.share(ola, folder, "--with", "pim", "--name", "plans")
        everybody = self.folder(self.ola, "music")
        path = self.file(everybody, "for-all.txt", data=b"everybody")
        self.share(ola, everybody)
        pim.start()
        rex.start()
        self.wait_list(pim, "ola", "for-pim.txt")
        self.wait_list(rex, "ola", "for-all.txt")
        self.assertEqual(rex.ask("files", "search", "for-pim"), [])
        self.assertNotIn("plans", rex.do("files", "browse", "ola"))
        self.assertIn("plans", pim.do("files", "browse", "ola"))
        # Not even with its link.
        link = ola.do("files", "link", os.path.join(folder, "for-pim.txt")).strip()
        into = self.folder(self.rex, "got")
        rex.run("files", "get", link, "--from", "ola", "--dir", into, "--no-wait")
        keeps(lambda: os.listdir(into) == [], 3, "nothing arrives")
        self.assertNotIn(b"only pim", b"".join(self.everything_in(rex.data)))
        # For all from now on; and then for nobody.
        self.share(ola, folder, "--name", "plans")
        self.wait_browse(rex, "ola", "plans")
        self.wait_list(rex, "ola", "for-pim.txt", 10)
        ola.do("files", "unshare", folder)
        self.wait_browse(rex, "ola", "plans", is_there=False)
        self.assertEqual(rex.ask("files", "search", "for-pim"), [])
        self.assertTrue(os.path.exists(path))

    @staticmethod
    def everything_in(folder):
        for root, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(root, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        yield file.read()

    def test_hashes_follow_changes(self):
        # [RS-16]
        ola, pim = self.person(self.ola), self.person(self.pim)
        folder = self.folder(self.ola, "shared")
        for number in range(100):
            self.file(folder, "deep/er/file %03d.txt" % number, data=b"%d" % number)
        ola.start()
        self.share(ola, folder)
        ours.meet(ola, pim)
        *shares, hashing = ola.ask("files", "shares")
        self.assertEqual([one["files"] for one in shares], [100])
        self.assertEqual((hashing["type"], hashing["files_left"]), ("hashing", 0))
        path = os.path.join(folder, "deep/er/file 007.txt")
        self.wait_list(pim, "ola", "file 007.txt")
        self.file(folder, "deep/er/file 007.txt", data=b"something else")
        ola.do("files", "rescan", "--wait")
        until(
            lambda: self.wait_list(pim, "ola", "file 007.txt")["hash"] == self.sha1(path),
            10, "the new hash is listed",
        )
        os.unlink(path)
        ola.do("files", "rescan", "--wait")
        until(lambda: pim.ask("files", "search", "file 007.txt") == [], 10, "it is gone")
        # Kept over a restart, without being read again.
        ola.restart()
        *shares, hashing = ola.ask("files", "shares")
        self.assertEqual([one["files"] for one in shares], [99])

    def test_browse_and_search(self):
        # [RS-18]
        ola, pim = self.person(self.ola), self.person(self.pim)
        folder = self.folder(self.ola, "music")
        self.file(folder, "live/1999/Ännchen 漢字.ogg", data=b"a song")
        self.file(folder, "live/1999/other.ogg", data=b"another")
        self.file(folder, "readme.txt", data=b"text")
        ola.start()
        self.share(ola, folder, "--name", "music")
        ours.meet(ola, pim)
        self.wait_list(pim, "ola", "Ännchen 漢字.ogg")
        top = pim.ask("files", "browse", "ola")
        self.assertEqual([one["name"] for one in top if one["type"] == "folder"], ["music"])
        music = pim.ask("files", "browse", "ola", "music")
        self.assertEqual([one["name"] for one in music if one["type"] == "folder"], ["live"])
        self.assertEqual([one["name"] for one in music if one["type"] == "file"], ["readme.txt"])
        deep = pim.ask("files", "browse", "ola", "music/live/1999")
        names = sorted(one["name"] for one in deep if one["type"] == "file")
        self.assertEqual(names, ["other.ogg", "Ännchen 漢字.ogg"])
        found = pim.ask("files", "search", "ännchen", "OGG")
        self.assertEqual([one["name"] for one in found], ["Ännchen 漢字.ogg"])
        self.assertEqual(pim.ask("files", "search", "ännchen", "txt"), [])
        self.assertRefused(pim.run("files", "browse", "ola", "music/nothing"))
        # What was listed can be looked at while its owner is away.
        ola.stop()
        pim.node.wait_offline("ola")
        self.assertEqual(len(pim.ask("files", "search", "other")), 1)

    def test_both_ways_at_once(self):
        # [RS-17]
        ola, pim = self.person(self.ola), self.person(self.pim)
        sizes = {"empty_bin": 0, "one_bin": 1, "chunk_bin": MEGA, "more_bin": 3 * MEGA + 17}
        folders = {}
        for person in (ola, pim):
            files = {name: os.urandom(size) for name, size in sizes.items()}
            person.start()
            folders[person.name] = self.shared(person, **files)
        ours.meet(ola, pim)
        for person, other in ((ola, pim), (pim, ola)):
            self.wait_list(person, other.name, "more.bin")
            into = self.folder(person.host, "got")
            folder = os.path.basename(folders[other.name])
            what = "%s:%s" % (other.name, folder)
            person.do("files", "get", what, "--dir", into, seconds=60)
            arrived = {}
            for root, _, names in os.walk(into):
                arrived.update({name: os.path.join(root, name) for name in names})
            # Nothing is not worth a share: an empty file may be left out.
            wanted = {name.replace("_", ".") for name, size in sizes.items() if size}
            self.assertLessEqual(wanted, set(arrived))
            for name in wanted:
                self.assertSame(os.path.join(folders[other.name], name), arrived[name])

    def test_a_link_as_text_and_no_overwriting(self):
        # [RS-20] [RS-17]
        ola, pim = self.pair(self.ola, self.pim)
        folder = self.shared(ola, notes_txt=b"the true notes")
        link = ola.do("files", "link", os.path.join(folder, "notes.txt")).strip()
        self.assertTrue(link.startswith("retroshare://file?"), link)
        into = self.folder(self.pim, "got")
        mine = self.file(into, "notes.txt", data=b"mine, not to be lost")
        ola.say("pim", "look at " + link)
        pim.node.wait_told("look at " + link)
        path = pim.do("files", "get", link, "--from", "ola", "--dir", into).strip()
        self.assertSame(os.path.join(folder, "notes.txt"), path)
        self.assertNotEqual(path, mine)
        self.assertEqual(os.path.dirname(path), into)
        with open(mine, "rb") as file:
            self.assertEqual(file.read(), b"mine, not to be lost")
        for bad in ("retroshare://file?name=x", link[:-5], "http://example.org/", "ola:no/such"):
            self.assertNotEqual(pim.run("files", "get", bad, "--dir", into, "--no-wait").status, 0, bad)

    def test_offered_and_taken(self):
        # [RS-20] [RS-11]
        ola, pim = self.pair(self.ola, self.pim)
        path = self.file(self.folder(self.ola, "own"), "holiday ☀.jpg", 2 * MEGA)
        into = self.folder(self.pim, "got")
        taker = self.use(Fetch(pim, into, "--once"))
        until(lambda: pim.faces() == 1, ours.START, "it looks out for offers")
        self.assertDone(ola.run("offer", "friend:pim", path, seconds=60))
        self.assertEqual(taker.wait_end(60), 0)
        self.assertSame(path, os.path.join(into, "holiday ☀.jpg"))

    def test_offered_before_anybody_looks(self):
        # [RS-20] [RS-11]
        ola, pim = self.person(self.ola), self.person(self.pim)
        ours.befriend(ola, pim)
        ola.start()
        # A node alone: nobody watches.
        self.use(ours.Service(pim)).await_ready()
        ola.node.wait_online("pim")
        path = self.file(self.folder(self.ola, "own"), "early.jpg", MEGA)
        self.assertDone(ola.run("offer", "friend:pim", path, "--timeout", "5", seconds=60))
        until(lambda: ola.ask("friends", "outbox") == [], 10, "the offer has arrived")
        into = self.folder(self.pim, "got")
        taker = self.use(Fetch(pim, into, "--once"))
        self.assertEqual(taker.wait_end(60), 0)
        self.assertSame(path, os.path.join(into, "early.jpg"))

    def test_offered_to_one_is_not_for_the_other(self):
        # [RS-16]
        ola, pim = self.person(self.ola), self.person(self.pim)
        rex = self.person(self.rex)
        ours.meet(ola, pim)
        ours.meet(ola, rex)
        path = self.file(self.folder(self.ola, "own"), "private.bin", 1000)
        self.assertDone(ola.run("offer", "friend:pim", path, "--timeout", "5", seconds=60))
        told = pim.node.lines.take("offered", 20, name="private.bin")
        self.assertEqual((told["from"], told["hash"]), ("ola", self.sha1(path)))
        into = self.folder(self.rex, "got")
        rex.run("files", "get", told["link"], "--from", "ola", "--dir", into, "--no-wait")
        keeps(lambda: os.listdir(into) == [], 3, "it was not offered to them")
        got = self.folder(self.pim, "got")
        pim.do("fetch", "friend:ola", told["link"], "--dir", got, seconds=60)
        self.assertSame(path, os.path.join(got, "private.bin"))


class Changes(FilesCase):
    HOSTS = ("ola", "pim")

    def test_what_changes_in_a_shared_folder_is_seen_without_asking_for_it(self):
        # [RS-16] Nobody waits for the look that comes every ten minutes.
        ola, pim = self.pair(self.ola, self.pim)
        folder = self.shared(ola, first_txt=b"first")
        first = self.wait_list(pim, "ola", "first.txt")["hash"]
        path = self.file(folder, "later/deep/second.txt", data=b"second")
        self.file(folder, "first.txt", data=b"first, and more")
        self.wait_list(pim, "ola", "second.txt", 60)
        self.assertNotEqual(self.wait_list(pim, "ola", "first.txt")["hash"], first)
        # In a folder that was not there at first.
        self.file(folder, "later/deep/third.txt", data=b"third")
        os.remove(path)
        self.wait_list(pim, "ola", "third.txt", 60)
        self.assertEqual(pim.ask("files", "search", "second"), [])


class Slow(FilesCase):
    HOSTS = ("ola", "pim")

    # Bytes on the line between a word's being said and its arrival, for three words: what is under way
    # before each is some fifty thousand. What a busy machine adds, at 32 kB a second, is seconds.
    AHEAD = 3 * 128 * 1024

    def test_a_word_does_not_wait_behind_a_file_on_a_slow_line(self):
        # [RS-11] [RS-17]
        ola, pim = self.pair(self.ola, self.pim)
        path = self.file(self.folder(self.ola, "shared"), "film.bin", 8 * MEGA)
        self.share(ola, os.path.dirname(path))
        link = ola.do("files", "link", path).strip()
        slow = ["rate", "256kbit", "burst", "4kb", "latency", "50ms"]
        self.ola.run(["tc", "qdisc", "add", "dev", "lan0", "root", "tbf", *slow])
        into = self.folder(self.pim, "got")
        pim.do("files", "get", link, "--from", "ola", "--dir", into, "--no-wait")
        until(lambda: self.download(pim)["done"] >= 100_000, 60, "the file is under way")
        passed = []
        for number in range(3):
            before = self.received()
            ola.say("pim", "word %d" % number)
            pim.node.wait_told("word %d" % number, 60)
            passed.append(self.received() - before)
        self.note("after %s kB" % ", ".join(str(count // 1000) for count in passed))
        self.assertLess(sum(passed), self.AHEAD)
        self.assertEqual(self.download(pim)["state"], "loading", "all that was beside the file")

    def received(self):
        """Bytes that have come to a host so far."""
        link = json.loads(self.pim.ip("-s", "-j", "link", "show", "dev", "lan0"))[0]
        return link["stats64"]["rx"]["bytes"]


class Large(FilesCase):
    HOSTS = ("ola", "pim")

    SIZE = 50 * MEGA + 12345

    @classmethod
    def prepare(cls):
        # Slow enough for things to happen in the midst of it, on any machine.
        slow = ["qdisc", "add", "dev", "lan0", "root", "tbf"]
        slow += ["rate", "80mbit", "burst", "64kb", "latency", "100ms"]
        cls.ola.run(["tc", *slow])

    def setUp(self):
        self.o, self.p = self.pair(self.ola, self.pim)
        self.path = self.file(self.folder(self.ola, "shared"), "film.bin", self.SIZE)
        self.share(self.o, os.path.dirname(self.path))
        self.link = self.o.do("files", "link", self.path).strip()
        self.into = self.folder(self.pim, "got")

    def begin(self):
        self.p.do("files", "get", self.link, "--from", "ola", "--dir", self.into, "--no-wait")

    def wait_done(self, bytes, seconds=60):
        """Waits until so much is there, and not all."""
        until(
            lambda: any(
                bytes <= one["done"] < self.SIZE
                for one in list(self.p.node.lines.all) if one["type"] == "download"
            ),
            seconds, "%d bytes" % bytes, self.p.node.lines.tail,
        )

    def test_fifty_megabytes_over_crashes_of_both(self):
        # [RS-17]
        self.begin()
        self.wait_done(5 * MEGA)
        # Its sender stops in the midst; what has come is noted every five seconds.
        self.o.node.kill(signal.SIGSTOP)
        let_pass(6, "the progress is recorded")
        self.p.kill()
        self.p.start()
        had = until(lambda: self.download(self.p)["done"], 5, "what had come is known")
        self.o.node.kill(signal.SIGCONT)
        self.assertGreaterEqual(had, 3 * MEGA, "what was there is not fetched again")
        self.wait_done(had + 5 * MEGA)
        self.o.kill()
        self.assertEqual(os.listdir(self.into), [])
        self.o.start()
        self.wait_download(self.p, "done", 90)
        self.assertSame(self.path, os.path.join(self.into, "film.bin"))
        self.o.say("pim", "still talking")
        self.p.node.wait_told("still talking")

    def test_paused_and_given_up(self):
        # [RS-17]
        self.begin()
        self.wait_done(2 * MEGA)
        hash = self.download(self.p)["hash"]
        self.p.do("files", "pause", hash)
        resting = self.wait_download(self.p, "paused")
        keeps(lambda: self.download(self.p)["done"] <= resting["done"] + 8 * MEGA, 2, "it rests")
        # Talking goes on at once beside a transfer.
        self.p.do("files", "resume", hash)
        self.o.say("pim", "beside it")
        self.p.node.wait_told("beside it", 5)
        if self.download(self.p)["state"] != "done":
            self.p.do("files", "cancel", hash)
            until(
                lambda: (self.download(self.p) or {"state": "cancelled"})["state"] == "cancelled",
                10, "it is given up",
            )
            self.assertEqual(os.listdir(self.into), [])
            until(lambda: self.left_behind() == [], 10, "its part is removed", self.left_behind)

    def left_behind(self):
        """Large files in the data folder that are not the records."""
        found = []
        for root, _, names in os.walk(self.p.data):
            found += [os.path.join(root, name) for name in names]
        return [
            path for path in found
            if os.path.exists(path) and os.path.getsize(path) >= MEGA and "sqlite" not in path
        ]
