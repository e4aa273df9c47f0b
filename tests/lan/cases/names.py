"""Taken names, names of machines, and never meeting oneself."""

import dns
import ours
import tincan
from scripted import Service
from purple import Purple
from waiting import keeps, let_pass, until

from .base import Case, avahi_host, plain_host


class Names(Case):
    HOSTS = (plain_host("carol"), avahi_host("twin", machine="carolbox"), plain_host("mona"))

    def claimed(self, since):
        """Every instance that carol has published, in any section but a probe's."""
        own = self.carol.addresses()
        names = set()
        for heard, record in self.wire.records(source=own, since=since):
            if record.type == dns.PTR and record.name == dns.PRESENCE:
                names.add(record.data[0].decode())
            elif record.name[1:] == dns.PRESENCE:
                names.add(record.name[0].decode())
        return names

    def test_a_taken_name_gets_a_digit_and_is_never_announced(self):
        # [LAN-4] [LAN-5] [LAN-12]
        mona = self.scripted(self.mona)
        base = self.fresh("carol")
        user, machine = base.split("@")
        for taken in (base, "%s1@%s" % (user, machine)):
            mona.publish(Service(taken, "monahost.local", 1000, [self.mona.ip4]), kinds=())
        since = self.wire.mark()
        node = self.node(self.carol, base)
        expected = "%s2@%s" % (user, machine)
        self.assertEqual(node.name, expected)
        until(lambda: expected in self.claimed(since), 3, "it is announced")
        node.wait_contact(base)
        keeps(lambda: expected not in node.contacts(), 3, "it does not meet itself")
        self.wire.settle()
        self.assertEqual(self.claimed(since), {expected}, self.wire.show(since))

    def test_a_name_that_libpurple_has_is_taken(self):
        # [LAN-4] [LAN-5] [LAN-12] [LAN-49]
        user = self.fresh("carol").split("@")[0]
        purple = self.use(Purple(self.twin, user=user))
        until(
            lambda: self.wire.records(dns.SRV, dns.instance(purple.name)), 10, "avahi announces it"
        )
        since = self.wire.mark()
        node = self.node(self.carol, purple.name)
        self.assertEqual(node.name, "%s1@carolbox" % user)
        purple.wait_buddy(node.name)
        node.wait_contact(purple.name)
        self.wire.settle()
        self.assertEqual(self.claimed(since), {node.name}, self.wire.show(since))

    def test_two_of_ours_who_start_at_once_end_up_with_two_names(self):
        # [LAN-4] [LAN-12]
        name = self.fresh("carol")
        nodes = [self.node(host, name, ready=False) for host in (self.carol, self.mona)]
        names = {node.await_named() for node in nodes}
        let_pass(1.5, "time for a late conflict")
        names = {node.lines.seen("named")[-1]["name"] for node in nodes}
        self.assertEqual(names, {name, name.replace("@", "1@")})
        for node in nodes:
            own = node.lines.seen("named")[-1]["name"]
            node.wait_contact((names - {own}).pop())
            self.assertNotIn(own, node.contacts())

    def test_the_machines_name_is_made_ascii(self):
        # [LAN-36] [LAN-37]
        since = self.wire.mark()
        script = 'printf %s "$1" > /proc/sys/kernel/hostname && shift && exec "$@"'
        before = ["unshare", "--uts", "sh", "-c", script, "sh", "Müllers-Rechner"]
        user = "jürgen-" + self.fresh("x").split("@")[0]
        words = ["listen", "lan:", "--json", "--name", user, "--data", ours.data_folder(self.carol)]
        child = self.carol.spawn(
            before + [tincan.BINARY] + words, env=tincan.environment(self.carol), stdout=-1
        )
        self.addCleanup(child.terminate)
        name = ours.Lines(child.stdout, user, "type").take("named", 8)["name"]
        self.assertTrue(name.startswith(user + "@"), name)
        machine = name.partition("@")[2]
        self.assertTrue(machine.isascii() and "rechner" in machine.lower(), name)
        until(lambda: self.wire.records(dns.SRV, dns.instance(name), since=since), 5, "SRV")
        target = self.wire.records(dns.SRV, dns.instance(name), since=since)[0][1].data[1]
        self.assertTrue(all(label.isascii() for label in target), target)
        owners = {r.name for _, r in self.wire.records(dns.A, source=self.carol.addresses(), since=since)}
        self.assertEqual(owners, {target})
