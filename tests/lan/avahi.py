"""What only the LAN's tests need of this machine: avahi and libpurple."""

import ctypes
import re

import network


def avahi_browse(host):
    """What avahi on a host knows of `_presence._tcp`: lists of instance, host name, address, port,
    TXT, and the protocol, one for every protocol and interface."""
    text = host.run(["avahi-browse", "-rpt", "_presence._tcp"])
    found = []
    for line in text.splitlines():
        parts = line.split(";", 9)
        if parts[0] == "=":
            name = re.sub(rb"\\(\d{3})", lambda m: bytes([int(m.group(1))]), parts[3].encode())
            name = re.sub(rb"\\(.)", rb"\1", name).decode()
            txt = re.findall(r'"((?:[^"\\]|\\.)*)"', parts[9])
            found.append(
                dict(link=parts[1], protocol=parts[2], name=name, target=parts[6],
                     address=parts[7], port=int(parts[8]), txt=txt)
            )
    return found


def check_permission():
    """CannotBuild, with a sentence for people, unless everything needed is here."""
    packages = "libpurple0 avahi-daemon avahi-utils dbus tcpdump procps"
    network.check_permission(("avahi-daemon", "avahi-browse", "dbus-daemon", "tcpdump"), packages)
    try:
        ctypes.CDLL("libpurple.so.0")
    except OSError:
        raise network.CannotBuild("this needs libpurple.so.0; the Debian package is libpurple0.")
