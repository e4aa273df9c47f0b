"""Three of ours: friends of friends, and files from two at once."""

import ours
from waiting import keeps, until

from .base import Case

TELLS = "tells_friends_of_friends = true\n"
CHUNK = 1 << 20


class Three(Case):
    HOSTS = ("ola", "pim", "rex")

    def trio(self, settings="", before=lambda *others: None):
        """Ola in the middle, who knows the other two; they do something `before` she comes."""
        people = [self.person(host, settings) for host in (self.ola, self.pim, self.rex)]
        for other in people[1:]:
            ours.befriend(people[0], other)
            other.start()
        before(*people[1:])
        people[0].start()
        for other in people[1:]:
            people[0].node.wait_online(other.name)
            other.node.wait_online("ola")
        return people

    def test_friends_of_friends_are_known_and_cannot_talk_until_both_approve(self):
        # [RS-5] [RS-3]
        ola, pim, rex = self.trio(TELLS)
        for one, other in ((pim, rex), (rex, pim)):
            known = until(lambda: one.person(other.name), 30, "%s hears of %s" % (one.name, other.name))
            self.assertEqual(known["standing"], "friend-of-friend", known)
            self.assertEqual(known["through"], ["ola"], known)
            self.assertRefused(one.send(other.name, "hello stranger"))
        pim.do("friends", "approve", "rex")
        keeps(lambda: not rex.node.is_online("pim"), 4, "one half is not enough")
        rex.do("friends", "approve", "pim")
        pim.node.wait_online("rex", 40)
        rex.node.wait_online("pim")
        pim.say("rex", "introduced by ola")
        rex.node.wait_told("introduced by ola", **{"from": "pim"})

    def test_nobody_is_introduced_without_the_setting(self):
        # [RS-5]
        ola, pim, rex = self.trio()
        ola.say("pim", "settled")
        pim.node.wait_told("settled")
        keeps(
            lambda: not pim.person("rex") and not rex.person("pim"), 4,
            "discovery tells nothing about others",
        )

    def test_a_file_comes_from_two_at_once(self):
        # [RS-17]
        path = self.file(self.folder(self.ola, "own"), "film.bin", 40 * CHUNK)

        def share(*people):
            for person in people:
                folder = self.folder(person.host, "shared")
                with open(path, "rb") as file:
                    self.file(folder, "film.bin", data=file.read())
                person.do("files", "share", folder, "--name", "films", "--wait", seconds=60)

        ola, pim, rex = self.trio(before=share)
        link = pim.do("files", "link", self.folder(self.pim, "shared") + "/film.bin").strip()
        found = until(
            lambda: {one["of"] for one in ola.ask("files", "search", "film")} == {"pim", "rex"},
            60, "both lists have come",
        )
        self.assertTrue(found)
        into = self.folder(self.ola, "got")
        ola.do("files", "get", link, "--dir", into, "--no-wait")
        sources = set()

        def is_done():
            [one] = ola.ask("files", "downloads")
            sources.update(one["from"])
            return one["state"] == "done"

        until(is_done, 90, "it is here", lambda: ola.ask("files", "downloads"))
        self.assertSame(path, into + "/film.bin")
        self.assertEqual(sources, {"pim", "rex"})

    def test_one_letter_for_all(self):
        # [RS-13]
        ola, pim, rex = self.trio()
        ola.do("mail", "send", "--to", "pim", "--to", "rex", "--subject", "all of you", "come")
        for person in (pim, rex):
            person.node.lines.take("mail", 20, subject="all of you", **{"from": "ola"})
