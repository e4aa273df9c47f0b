#!/usr/bin/env python3
"""Tincan against real programs on a LAN of network namespaces.

    tests/lan/run.py [--bin target/debug/tincan] [--jobs N] [--list] [NAME...]

A NAME is part of a test's name, as `--list` shows them: `goodbye`, `Records`, `files.`.
Needs root, to make namespaces, and Debian's libpurple0, avahi-daemon, avahi-utils, dbus, iproute2,
tcpdump. Every class of tests has a network of its own; several run at once. LAN_KEEP=1 leaves their
folders in /tmp, with captures and logs.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "rig")]

import avahi  # noqa: E402  (found by the line above)
import runner  # noqa: E402

# Longest first.
MODULES = ("rig", "pidgin", "records", "pictures", "streams", "files", "together", "interfaces", "names", "hostile")

if __name__ == "__main__":
    sys.exit(runner.main(__doc__, MODULES, avahi.check_permission))
