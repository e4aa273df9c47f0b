"""A LAN made of network namespaces: bridges, cables, hosts, and a system bus and avahi where wanted.

    with Lan([Host("alice", avahi=True), Host("carol")]) as lan:
        lan["carol"].run(["ping", "-c1", lan["alice"].ip4])

Every segment is a bridge in one namespace of its own; every host is a namespace with one cable
(`lan0`) into the first segment, and with `cables=2` another (`lan1`) into the second. Nothing
touches the machine's own interfaces. All names begin with the number of this process, so several
LANs can be up at once. Leaving the block ends what lives in the namespaces, process by process,
and deletes them.
"""

import atexit
import ctypes
import itertools
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from waiting import until

CLONE_NEWNET = 0x40000000
MARKER_PROTOCOL = 0x88B5  # IEEE 802: for local experiments

_libc = ctypes.CDLL(None, use_errno=True)
_serial = itertools.count(1)
_open = []


@atexit.register
def close_all():
    """Takes down every LAN of this process, whatever way it ends."""
    while _open:
        _open.pop().close()


class CannotBuild(Exception):
    """This machine does not let us make a network; a sentence that says why."""


class Host:
    """One machine of the LAN. Describes it before the LAN is up, drives it afterwards."""

    def __init__(self, name, avahi=False, machine=None, cables=1):
        self.name = name
        self.machine = machine or name + "box"
        self.avahi = avahi
        self.cables = cables
        self.lan = None
        self.number = 0
        self.ns = ""
        self.folder = ""
        self.links = {}
        self._children = []

    # ---- addresses

    @property
    def ip4(self):
        return self.address4("lan0")

    @property
    def ip6(self):
        return self.address6("lan0")

    def address4(self, link):
        """The IPv4 address of an interface as the LAN gave it; None in a LAN without IPv4."""
        return "10.77.%d.%d" % (self.links[link], self.number) if self.lan.ipv4 else None

    def address6(self, link):
        """The link-local IPv6 address of an interface, without scope; None if it has none."""
        text = self.ip("-6", "-o", "addr", "show", "dev", link, "scope", "link")
        found = re.search(r"inet6 (fe80:[0-9a-f:]+)/", text)
        return found.group(1) if found else None

    def addresses(self):
        """Every address of every interface, as text without scope."""
        text = self.ip("-o", "addr", "show")
        return re.findall(r"inet6? ([0-9a-f.:]+)/", text)

    # ---- processes

    @property
    def environment(self):
        # Settings of whoever runs the tests stay out of them.
        strange = ("TINCAN_", "XDG_", "DBUS_")
        env = {key: text for key, text in os.environ.items() if not key.startswith(strange)}
        env.update(LC_ALL="C.UTF-8", DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
        env["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=%s/bus" % self.folder
        return env

    def command(self, words):
        return ["ip", "netns", "exec", self.ns] + [str(word) for word in words]

    def spawn(self, words, env=None, **how):
        """Starts a program on this host; it ends with the LAN at the latest."""
        how.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(
            self.command(words), env=dict(self.environment, **(env or {})), **how
        )
        self._children.append(child)
        return child

    def run(self, words, seconds=20, env=None, check=True, **how):
        """Runs a program on this host to its end; its standard output as text."""
        done = subprocess.run(
            self.command(words),
            env=dict(self.environment, **(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=seconds,
            **how,
        )
        if check and done.returncode != 0:
            raise AssertionError(
                "%s on %s: status %d\n%s"
                % (" ".join(map(str, words)), self.name, done.returncode, done.stderr.decode())
            )
        return done.stdout.decode("utf-8", "replace")

    def ip(self, *words):
        """The `ip` command about this host's network."""
        return _call(["ip", "-n", self.ns] + list(words))

    # ---- sockets and settings

    def inside(self, work):
        """The result of `work()`, done by a thread that stands in this host's namespace."""
        box = {}

        def body():
            try:
                with open("/run/netns/" + self.ns) as handle:
                    if _libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                box["value"] = work()
            except BaseException as error:  # handed to the caller, whatever it is
                box["error"] = error

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if "error" in box:
            raise box["error"]
        return box["value"]

    def socket(self, family, kind, protocol=0):
        """A socket that belongs to this host, whoever uses it."""
        return self.inside(lambda: socket.socket(family, kind, protocol))

    def interface_index(self, link):
        return self.inside(lambda: socket.if_nametoindex(link))

    def set_kernel(self, key, value):
        """Writes a `net.` setting of this host's own, such as `ipv6/conf/all/disable_ipv6`."""

        def write():
            with open("/proc/sys/net/" + key, "w") as handle:
                handle.write(str(value))

        try:
            self.inside(write)
        except OSError as error:
            raise CannotBuild("cannot set net.%s: %s." % (key.replace("/", "."), error))

    # ---- cables

    def plug(self, link, segment):
        """A new interface into a segment: up, with its addresses, ready for use."""
        self.links[link] = segment
        self.lan.lay_cable(self, link, segment)
        self.lan.await_addresses(self, link)

    def unplug(self, link):
        """Takes an interface away, as pulling out a USB adapter does."""
        self.ip("link", "del", link)
        del self.links[link]


class Lan:
    """The network and everything on it, from `with` to its end."""

    def __init__(self, hosts, ipv4=True, ipv6=True, segments=1):
        self.hosts = {host.name: host for host in hosts}
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.segments = segments
        self.prefix = "t%x-%d" % (os.getpid(), next(_serial))
        self.folder = None
        self.switch = Host("switch")

    def __getitem__(self, name):
        return self.hosts[name]

    def __enter__(self):
        _open.append(self)
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _build(self):
        self.folder = tempfile.mkdtemp(prefix="lan-%s-" % self.prefix)
        self._settle(self.switch, 250)
        self.switch.set_kernel("ipv6/conf/default/disable_ipv6", 1)
        for segment in range(self.segments):
            bridge = "br%d" % segment
            self.switch.ip("link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
            self.switch.ip("link", "set", bridge, "up")
        for number, host in enumerate(self.hosts.values(), 11):
            self._settle(host, number)
            if self.ipv6:
                # Duplicate address detection only costs a second here.
                host.set_kernel("ipv6/conf/default/accept_dad", 0)
            else:
                host.set_kernel("ipv6/conf/all/disable_ipv6", 1)
                host.set_kernel("ipv6/conf/default/disable_ipv6", 1)
            for cable in range(host.cables):
                link = "lan%d" % cable
                host.links[link] = cable
                self.lay_cable(host, link, cable)
        for host in self.hosts.values():
            for link in host.links:
                self.await_addresses(host, link)
        daemons = [AvahiHost(host) for host in self.hosts.values() if host.avahi]
        for daemon in daemons:
            daemon.await_ready()

    def _settle(self, host, number):
        host.lan, host.number = self, number
        host.ns = "%s-%s" % (self.prefix, host.name)
        host.folder = os.path.join(self.folder, host.name)
        os.mkdir(host.folder)
        _call(["ip", "netns", "add", host.ns])
        host.ip("link", "set", "lo", "up")

    def lay_cable(self, host, link, segment):
        far = "p%d-%s" % (host.number, link)
        bridge = "br%d" % segment
        self.switch.ip("link", "add", far, "type", "veth", "peer", "name", link, "netns", host.ns)
        self.switch.ip("link", "set", far, "master", bridge, "up")
        if self.ipv4:
            host.ip("addr", "add", host.address4(link) + "/24", "brd", "+", "dev", link)
        host.ip("link", "set", link, "up")

    def await_addresses(self, host, link):
        def ready():
            text = host.ip("-o", "addr", "show", "dev", link)
            if "LOWER_UP" not in host.ip("-o", "link", "show", "dev", link):
                return False
            four = not self.ipv4 or "inet " in text
            six = not self.ipv6 or ("inet6 fe80" in text and "tentative" not in text)
            return four and six

        until(ready, 10, "%s of %s has its addresses" % (link, host.name))

    def close(self):
        """Ends every process that lives in the LAN, by its number, and deletes the LAN."""
        if self in _open:
            _open.remove(self)
        everyone = [host for host in [*self.hosts.values(), self.switch] if host.ns]
        children = [child for host in everyone for child in host._children]
        strangers = set()
        for host in everyone:
            listed = subprocess.run(
                ["ip", "netns", "pids", host.ns], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            ).stdout.split()
            strangers.update(int(pid) for pid in listed)
        # A daemon goes before the bus that it is on, without a word about it.
        for pid in strangers | {child.pid for child in children if child.poll() is None}:
            if pid != os.getpid():
                _signal(pid, signal.SIGTERM)
        for child in children:
            try:
                child.wait(3)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream and not isinstance(stream, int):
                    try:
                        stream.close()
                    except OSError:
                        pass
        for host in everyone:
            listed = subprocess.run(
                ["ip", "netns", "pids", host.ns], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            ).stdout.split()
            for pid in map(int, listed):
                if pid != os.getpid():
                    _signal(pid, signal.SIGKILL)
            subprocess.run(["ip", "netns", "del", host.ns], stderr=subprocess.DEVNULL)
        if self.folder and not os.environ.get("LAN_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class AvahiHost:
    """A system bus and an avahi-daemon on one host, which believes itself alone on its machine."""

    BUS = """<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/> <allow own="*"/> <allow eavesdrop="false" send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""
    DAEMON = """[server]
host-name={machine}
use-ipv4={four}
use-ipv6={six}
disallow-other-stacks=no
ratelimit-interval-usec=1000000
ratelimit-burst=1000
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
"""
    # The namespace of `ip netns exec` has its own mounts: an own /run keeps the daemons apart.
    OWN_RUN = 'mount -t tmpfs run /run && mkdir /run/avahi-daemon && exec "$@"'

    def __init__(self, host):
        self.host = host
        self.log = os.path.join(host.folder, "avahi.log")
        yes = {True: "yes", False: "no"}
        bus, daemon = host.folder + "/bus.conf", host.folder + "/avahi.conf"
        with open(bus, "w") as file:
            file.write(self.BUS.format(folder=host.folder))
        with open(daemon, "w") as file:
            text = self.DAEMON.format(
                machine=host.machine, four=yes[host.lan.ipv4], six=yes[host.lan.ipv6]
            )
            file.write(text)
        words = ["dbus-daemon", "--config-file=" + bus, "--nofork", "--nopidfile", "--nosyslog"]
        with open(host.folder + "/bus.log", "w") as log:
            child = host.spawn(words + ["--print-address=1"], stdout=subprocess.PIPE, stderr=log)
        _first_line(child.stdout, 10, "the system bus of %s" % host.name, host.folder + "/bus.log")
        words = ["avahi-daemon", "-f", daemon, "--no-drop-root", "--no-chroot", "--no-rlimits"]
        words = ["sh", "-c", self.OWN_RUN, "sh"] + words + ["--no-proc-title", "--debug"]
        with open(self.log, "w") as log:
            self.child = host.spawn(words, stdout=log, stderr=log)

    def await_ready(self):
        def ready():
            if self.child.poll() is not None:
                raise CannotBuild("avahi-daemon ended at once: " + self._said()[-300:])
            return "Server startup complete" in self._said()

        until(ready, 20, "avahi-daemon of %s is up" % self.host.name, self._said)

    def _said(self):
        with open(self.log, errors="replace") as file:
            return file.read()


def check_permission(tools, packages):
    """CannotBuild, with a sentence for people, unless namespaces can be made here and these programs
    are there; `packages` are Debian's names of what they come from."""
    if os.geteuid() != 0:
        raise CannotBuild("this builds network namespaces and so has to run as root.")
    for tool in ("ip", *tools):
        if not shutil.which(tool):
            raise CannotBuild(
                "this needs `%s`; the Debian packages are iproute2 %s." % (tool, packages)
            )
    with Lan([Host("probe")]) as lan:
        try:
            lan["probe"].run(["sh", "-c", AvahiHost.OWN_RUN, "sh", "true"])
        except AssertionError as error:
            raise CannotBuild("a host cannot have mounts of its own here: %s" % error)


def _call(words):
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise CannotBuild("cannot run `%s`: %s." % (words[0], error))
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise CannotBuild("cannot build a network: `%s`: %s" % (" ".join(words), said))
    return done.stdout.decode(errors="replace")


def _first_line(stream, seconds, what, log):
    with selectors.DefaultSelector() as ready:
        ready.register(stream, selectors.EVENT_READ)
        line = stream.readline() if ready.select(seconds) else b""
    if not line:
        with open(log, errors="replace") as file:
            raise CannotBuild("%s did not start: %s" % (what, file.read().strip()[-300:]))
    return line


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    sys.exit("network.py is a part of the run.py of each folder of tests")
