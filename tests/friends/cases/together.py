"""Two of ours: becoming friends, talking, losing each other and meeting again."""

import os
import re
import socket
import stat

import ours
from ours import PORT
from waiting import keeps, let_pass, until

from .base import Case

# Longer than the pause between two calls of somebody who was just refused or not reached.
A_FEW_CALLS = 4


class FirstSteps(Case):
    HOSTS = ("ola", "pim")

    def test_from_nothing_to_a_friend_in_four_commands_each(self):
        # [RS-1] [RS-2] [RS-3]
        ola = ours.Person(self.ola, "ola")
        pim = ours.Person(self.pim, "pim")
        for person in (ola, pim):
            self.addCleanup(self._end, person)
            person.do("friends", "init", "--bits", "2048", "--name", person.name, seconds=60)
        texts = [p.do("friends", "invite", "--address", p.address) for p in (ola, pim)]
        ola.do("friends", "add", "-", given=texts[1])
        pim.do("friends", "add", "-", given=texts[0])
        ola.start()
        pim.start()
        ola.node.wait_online("pim")
        pim.node.wait_online("ola")
        ola.say("pim", "here we are")
        pim.node.wait_told("here we are", **{"from": "ola"})

    def test_secrets_are_for_the_owner_only(self):
        # [RS-1]
        ola = self.person(self.ola)
        folder = os.path.join(ola.data, "friends")
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        seen = 0
        for root, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(root, name)
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode) & 0o077, 0, path)
                with open(path, "rb") as file:
                    self.assertNotIn(ours.PASSPHRASE.encode(), file.read(), path)
                seen += 1
        self.assertGreaterEqual(seen, 3)

    def befriended(self, by, caller):
        """Both know each other, but only one of them knows where the other is."""
        ola, pim = self.person(self.ola), self.person(self.pim)
        caller, called = (ola, pim) if caller == "ola" else (pim, ola)
        caller.add(called.invite(by))
        called.start()
        # Nobody has told the called one an address of the caller.
        called.add(caller.do("friends", "invite", by).strip())
        caller.start()
        caller.node.wait_online(called.name)
        called.node.wait_online(caller.name)
        caller.say(called.name, "said by who called")
        called.node.wait_told("said by who called", **{"from": caller.name})
        called.say(caller.name, "said by who was called")
        caller.node.wait_told("said by who was called", **{"from": called.name})
        for one, other in ((ola, pim), (pim, ola)):
            known = one.person(other.name)
            self.assertEqual(known["standing"], "friend", known)
            self.assertEqual(known["fingerprint"], other.me()["fingerprint"])

    def test_by_certificate_either_calls(self):
        # [RS-2] [RS-3] [RS-6]
        self.befriended("--certificate", "ola")

    def test_by_certificate_the_other_calls(self):
        # [RS-2] [RS-3] [RS-6]
        self.befriended("--certificate", "pim")

    def test_by_short_invite_either_calls(self):
        # [RS-2] [RS-3]: neither has the other's key before they meet.
        self.befriended("--short", "ola")

    def test_by_short_invite_the_other_calls(self):
        # [RS-2] [RS-3]
        self.befriended("--short", "pim")

    def test_by_invite_here_and_certificate_there(self):
        # [RS-2]
        ola, pim = self.person(self.ola), self.person(self.pim)
        ola.add(pim.invite("--short"))
        pim.add(ola.invite("--certificate"))
        ola.start()
        pim.start()
        ola.node.wait_online("pim")
        pim.node.wait_online("ola")
        self.assertEqual(ola.person("pim")["fingerprint"], pim.me()["fingerprint"])

    def test_only_one_has_added_the_other_until_the_other_approves(self):
        # [RS-3]
        ola, pim = self.person(self.ola), self.person(self.pim)
        ola.add(pim.certificate())
        pim.start()
        ola.start()
        asks = until(lambda: pim.known(ola), ours.MEET, "pim hears of ola", pim.people)
        self.assertEqual(asks["standing"], "asks", asks)
        hint = until(
            lambda: ola.person("pim").get("hint"), ours.MEET, "ola is told which half is missing"
        )
        self.assertIn("pim", hint)
        # Nobody has told pim a name that could be believed.
        self.assertIn(asks["pgp_id"], pim.do("friends", "list"))
        self.assertRefused(pim.send(asks["pgp_id"], "too early"))
        keeps(
            lambda: not ola.node.is_online("pim") and not pim.node.is_online("ola"),
            A_FEW_CALLS, "there is no link without approval",
        )
        self.assertEqual(ola.node.told("pim") + pim.node.told("ola"), [])
        pim.do("friends", "approve", asks["pgp_id"])
        pim.node.wait_online("ola")
        ola.node.wait_online("pim")
        ola.say("pim", "thank you")
        pim.node.wait_told("thank you")

    def test_denied_is_not_connected_and_may_ask_again(self):
        # [RS-3]
        ola, pim = self.person(self.ola), self.person(self.pim)
        ola.add(pim.certificate())
        pim.start()
        ola.start()
        asks = until(lambda: pim.known(ola), ours.MEET, "ola asks")
        pim.do("friends", "deny", asks["pgp_id"])
        self.assertEqual(pim.known(ola)["standing"], "denied")
        ola.do("friends", "call", "pim")
        keeps(
            lambda: not pim.node.is_online("ola"), A_FEW_CALLS, "whom we denied does not get in"
        )
        pim.add(ola.certificate())
        pim.node.wait_online("ola")

    def test_removed_and_blocked_are_gone_at_once(self):
        # [RS-3]
        ola, pim = self.pair(self.ola, self.pim)
        ola.do("friends", "remove", "--yes", "pim")
        pim.node.wait_offline("ola")
        ola.node.wait_offline("pim")
        self.assertRefused(ola.send("pim", "still?"))
        pim.do("friends", "call", "ola")
        keeps(lambda: not ola.node.is_online("pim"), A_FEW_CALLS, "the removed one stays out")

        ola.add(pim.certificate())
        ola.node.wait_online("pim")
        ola.do("friends", "block", "pim")
        pim.node.wait_offline("ola")
        pim.do("friends", "call", "ola")
        let_pass(A_FEW_CALLS, "the blocked one calls in vain")
        self.assertFalse(ola.node.is_online("pim"))
        self.assertEqual(ola.person("pim")["standing"], "blocked")
        ola.do("friends", "unblock", "pim")
        ola.add(pim.certificate())
        ola.node.wait_online("pim")

    def test_wrong_passphrase(self):
        # [RS-1]
        ola = self.person(self.ola)
        for command in (["listen", "friend:"], ["friends", "run"]):
            done = ola.run(*command, env={"TINCAN_PASSPHRASE": "wrong"})
            self.assertRefused(done, "passphrase")
        done = ola.run("friends", "run", env={"TINCAN_PASSPHRASE": ""}, given="")
        self.assertNotEqual(done.status, 0, done)

    def test_a_port_that_is_taken(self):
        # [RS-6]
        ola = self.person(self.ola)
        taken = self.ola.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.addCleanup(taken.close)
        taken.bind(("", PORT))
        taken.listen()
        done = ola.run("friends", "run", "--listen", "0.0.0.0:%d" % PORT)
        self.assertRefused(done, str(PORT), "listen")
        # Nobody asked for the usual port: another one does, and that is said.
        run = self.use(ours.Service(ola)).await_ready()
        self.assertIn(str(PORT), run.errors())
        pim = self.person(self.pim)
        pim.start()
        self.assertNotIn(":%d\n" % PORT, run.output)
        pim.add(ola.do("friends", "invite"))
        ola.add(pim.do("friends", "invite", "--address", "10.77.0.250:1"))
        pim.node.wait_online("ola")

    def test_another_port(self):
        # [RS-6]
        ola = self.person(self.ola, 'listen = "0.0.0.0:17900"\n')
        pim = self.person(self.pim)
        run = self.use(ours.Service(pim, "--listen", "%s:17901" % self.pim.ip4)).await_ready()
        self.assertIn("listening friends %s:17901" % self.pim.ip4, run.output)
        ola.start()
        ola.add(pim.do("friends", "invite", "--address", self.pim.ip4 + ":17901"))
        pim.add(ola.do("friends", "invite", "--address", self.ola.ip4 + ":17900"))
        ola.node.wait_online("pim")
        self.assertEqual(run.stop(seconds=10), 0)
        ola.node.wait_offline("pim")

    def test_what_is_no_certificate_is_refused_in_words(self):
        # [RS-2]
        ola, pim = self.person(self.ola), self.person(self.pim)
        for by in ("--certificate", "--short"):
            good = "".join(pim.invite(by).split())
            middle = len(good) // 2
            swapped = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
            for bad in (good[: middle - middle % 4], swapped, good[:-8]):
                self.assertRefused(ola.run("friends", "add", bad))
        for bad in ("hello", "AAAA", "!!!!", "x" * 20_000):
            self.assertRefused(ola.run("friends", "add", "-", given=bad))
        self.assertRefused(ola.run("friends", "add", ola.certificate()))
        self.assertEqual(ola.people(), {})

    def test_texts_survive_the_ways_people_send_them(self):
        # [RS-2]
        ola, pim = self.person(self.ola), self.person(self.pim)
        plain = "".join(pim.certificate().split())
        forms = [
            plain,
            "\n".join(re.findall(".{1,40}", plain)) + "\n",
            "\r\n".join("> " + line for line in re.findall(".{1,64}", plain)),
            "Regards,\n" + pim.do("friends", "invite", "--certificate", "--footer"),
            pim.do("friends", "invite", "--footer"),
            "https://me.retroshare.cc/?rsInvite=" + pim.invite("--short").split("=", 1)[-1]
            if "rsInvite" in pim.invite("--short") else pim.invite("--short"),
        ]
        path = os.path.join(ola.data, "pim.txt")
        for form in forms:
            with self.subTest(form[:60]):
                ola.do("friends", "add", "-", given=form)
                self.assertEqual(ola.person("pim")["standing"], "friend")
                with open(path, "w") as file:
                    file.write(form)
                ola.do("friends", "add", path)
                ola.do("friends", "remove", "--yes", "pim")

    def test_one_profile_on_two_machines(self):
        # [RS-1]
        ola = self.person(self.ola)
        secret = os.path.join(ola.data, "ola.asc")
        ola.do("friends", "export", "--secret", secret)
        self.assertEqual(stat.S_IMODE(os.stat(secret).st_mode) & 0o077, 0)
        second = ours.Person(self.pim, "ola")
        self.addCleanup(self._end, second)
        second.import_key(secret, ours.PASSPHRASE)
        one, other = ola.me(), second.me()
        self.assertEqual(one["fingerprint"], other["fingerprint"])
        self.assertNotEqual(one["location_id"], other["location_id"])


class Talk(Case):
    HOSTS = ("ola", "pim")

    def setUp(self):
        self.o, self.p = self.pair(self.ola, self.pim)

    def both_ways(self, text):
        for one, other in ((self.o, self.p), (self.p, self.o)):
            self.assertDone(one.run("send", "friend:" + other.name, given=text))
            told = other.node.wait_told(where=lambda item: len(item["text"]) == len(text), seconds=20)
            self.assertEqual(told["text"], text)
            self.assertEqual((told["from"], told["to"]), (one.name, other.name))

    def test_short_long_and_in_all_scripts(self):
        # [RS-11]
        self.both_ways("hello")
        self.both_ways("grüß dich, 世界 🙂 \u0430\u0301\nsecond line\ttab")
        self.both_ways("<b>not</b> bold & \"quoted\" 'too' &amp;")
        hundred = "".join("%05d ä 漢字\n" % number for number in range(6500))
        self.assertGreater(len(hundred.encode()), 100_000)
        self.both_ways(hundred[:-1])

    def test_a_thousand_messages_arrive_in_order(self):
        # [RS-11]
        chat = self.use(ours.Chat(self.o, "pim"))
        texts = ["message %d" % number for number in range(1000)]
        chat.type(*texts)
        until(
            lambda: len(self.p.node.told("ola")) >= 1000, 30, "a thousand messages",
            lambda: len(self.p.node.told("ola")),
        )
        self.assertEqual(self.p.node.told("ola"), texts)

    def test_how_one_is_and_typing(self):
        # [RS-9] [RS-11]
        self.o.do("friends", "status", "away", "back at two")
        self.p.node.wait_friend("ola", status="away", message="back at two")
        self.o.do("friends", "status", "busy")
        self.p.node.wait_friend("ola", status="busy")
        self.o.do("friends", "status", "online")
        self.p.node.wait_online("ola")
        self.assertEqual(self.p.person("ola")["status"], "online")
        chat = self.use(ours.Terminal(self.o, "pim"))
        chat.wait("pim is here")
        chat.press("hal")
        self.p.node.lines.take("typing", 10, is_typing=True, **{"from": "ola"})
        chat.press("lo\r")
        self.p.node.wait_told("hallo")

    def test_a_picture(self):
        # [RS-11]
        png = b"\x89PNG\r\n\x1a\n" + os.urandom(20_000)
        path = self.file(self.folder(self.ola, "own"), "me.png", data=png)
        self.o.do("friends", "picture", path)
        self.p.node.wait_friend("ola", avatar_sha1=self.sha1(path))
        large = self.file(self.folder(self.ola, "own"), "large.png", data=png * 2)
        self.assertRefused(self.o.run("friends", "picture", large))

    def test_signing_and_trusting(self):
        # [RS-5]
        self.assertFalse(self.o.person("pim")["signed"])
        self.o.do("friends", "sign", "--yes", "pim")
        self.o.do("friends", "trust", "pim", "full")
        self.o.restart()
        known = self.o.person("pim")
        self.assertEqual((known["signed"], known["trust"]), (True, "full"))
        done = self.o.run("friends", "sign", "--yes", "pim", env={"TINCAN_PASSPHRASE": "wrong"})
        self.assertRefused(done, "passphrase")

    def test_offline_is_noticed_when_they_leave_and_when_they_crash(self):
        # [RS-9]
        self.p.stop()
        self.o.node.wait_offline("pim", 10)
        self.p.start()
        self.o.node.wait_online("pim")
        self.p.kill()
        self.o.node.wait_offline("pim", 10)
        self.assertEqual(self.o.person("pim")["status"], "offline")

    def test_what_waits_arrives_after_restarts_and_crashes_of_both(self):
        # [RS-11] [RS-10]
        self.p.stop()
        self.o.node.wait_offline("pim")
        self.o.say("pim", "one")
        waiting = self.o.ask("friends", "outbox")
        self.assertEqual([one["text"] for one in waiting], ["one"])
        self.o.restart()
        self.o.say("pim", "two")
        self.o.kill()
        # Without a node of ours, on the records alone.
        self.o.say("pim", "three")
        self.o.start()
        self.o.say("pim", "four")
        self.o.kill()
        self.p.start()
        self.o.start()
        self.p.node.wait_told("four", ours.MEET)
        self.assertEqual(self.p.node.told("ola"), ["one", "two", "three", "four"])
        until(lambda: self.o.ask("friends", "outbox") == [], 5, "nothing waits any more")
        # The receiver crashes with things unread: they are kept, and told when somebody looks.
        history = self.p.ask("history", "friend:ola")
        self.assertEqual([one["text"] for one in history], ["one", "two", "three", "four"])
        self.p.kill()
        self.p.start()
        again = self.p.ask("history", "friend:ola")
        self.assertEqual([one["text"] for one in again], ["one", "two", "three", "four"])

    def test_a_message_is_taken_back(self):
        # [RS-11]
        self.p.stop()
        self.o.node.wait_offline("pim")
        self.o.say("pim", "never mind")
        self.o.say("pim", "this one stays")
        waiting = self.o.ask("friends", "outbox")
        self.o.do("friends", "outbox", "--withdraw", str(waiting[0]["id"]))
        self.p.start()
        self.p.node.wait_told("this one stays", ours.MEET)
        self.assertEqual(self.p.node.told("ola"), ["this one stays"])

    def test_a_second_process_attaches(self):
        # [RS-11]
        beside = self.use(ours.Node(self.o))
        self.p.say("ola", "seen by both")
        self.o.node.wait_told("seen by both")
        beside.wait_told("seen by both")
        # No passphrase is needed beside a node that runs.
        done = self.o.run("send", "friend:pim", "from the side", env={"TINCAN_PASSPHRASE": ""})
        self.assertDone(done)
        self.p.node.wait_told("from the side")
        self.assertEqual(beside.stop(seconds=10), 0)
        self.p.say("ola", "one of them left")
        self.o.node.wait_told("one of them left")

    def test_nothing_said_can_be_read_on_the_wire(self):
        # [RS-4]
        tap = self.tap()
        before = tap.bytes()
        secret = "nobody may read this"
        self.o.say("pim", secret)
        self.p.node.wait_told(secret)
        self.p.restart()
        self.o.node.wait_online("pim")
        self.p.say("ola", secret + " either")
        self.o.node.wait_told(secret + " either")
        # What does go by in clear is seen, so the tap works.
        plain = self.ola.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(plain.close)
        plain.sendto(b"a letter in clear", (self.pim.ip4, 9))
        until(lambda: tap.heard("a letter in clear"), 5, "the tap hears")
        self.assertGreater(tap.bytes() - before, 1000)
        for text in (secret, "ola", "pimbox", self.o.me()["pgp_id"]):
            self.assertFalse(tap.heard(text), text)


class Links(Case):
    HOSTS = ("ola", "pim")

    def links(self):
        """The established connections of a host with a node's port at either end."""
        found = []
        for table in ("tcp", "tcp6"):
            for line in self.ola.run(["cat", "/proc/net/" + table]).splitlines()[1:]:
                local, remote, state = line.split()[1:4]
                ports = [int(end.split(":")[1], 16) for end in (local, remote)]
                if PORT in ports and state == "01":
                    found.append((local, remote))
        return found

    def test_both_call_at_once_and_one_link_remains(self):
        # [RS-6] [RS-10]
        ola, pim = self.person(self.ola), self.person(self.pim)
        ours.befriend(ola, pim)
        ola.start(ready=False)
        pim.start(ready=False)
        ola.node.await_ready()
        pim.node.await_ready()
        for _ in range(3):
            ola.node.wait_online("pim")
            pim.node.wait_online("ola")
            until(lambda: len(self.links()) == 1, 5, "exactly one link", self.links)
            keeps(lambda: len(self.links()) == 1, 2, "exactly one link stays", self.links)
            ola.say("pim", "over the one link")
            pim.node.wait_told("over the one link")
            ola.node.lines.skip("told")
            self.cut()
            ola.do("friends", "call", "pim")
            pim.do("friends", "call", "ola")

    def cut(self):
        """Ends all connections of a host with an abort, as a router does that has lost its memory."""
        self.ola.run(["ss", "-K", "sport = :%d or dport = :%d" % (PORT, PORT)], check=False)

    def test_a_pulled_cable_is_noticed_and_mended(self):
        # [RS-10]
        ola, pim = self.pair(self.ola, self.pim)
        self.pim.ip("link", "set", "lan0", "down")
        let_pass(3, "the cable is out for a while")
        self.pim.ip("link", "set", "lan0", "up")
        ola.say("pim", "said after the cable was back")
        pim.node.wait_told("said after the cable was back", 30)

    def test_another_address_needs_no_restart(self):
        # [RS-10]
        ola, pim = self.pair(self.ola, self.pim)
        let_pass(11, "a link so young would count as one that crossed the next")
        old, new = self.pim.ip4, "10.77.0.99"

        def move(before, after):
            self.pim.ip("addr", "del", before + "/24", "dev", "lan0")
            self.pim.ip("addr", "add", after + "/24", "brd", "+", "dev", "lan0")

        move(old, new)
        self.addCleanup(move, new, old)
        pim.say("ola", "from my new address")
        # The system itself would notice after half a minute.
        ola.node.wait_told("from my new address", 20)

    def test_it_goes_on_when_either_restarts(self):
        # [RS-10]
        ola, pim = self.pair(self.ola, self.pim)
        for person, other in ((ola, pim), (pim, ola)):
            person.restart()
            person.node.wait_online(other.name)
            other.node.wait_online(person.name)
            person.say(other.name, "back again")
            other.node.wait_told("back again")
