#!/usr/bin/env python3
"""Tincan's friends mode between network namespaces: two and three of ours, and peers that mean harm.

    tests/friends/run.py [--bin target/debug/tincan] [--jobs N] [--list] [NAME...]

A NAME is part of a test's name, as `--list` shows them. Needs root, to make namespaces, and Debian's
iproute2 and openssl. Every class of tests has a network of its own. LAN_KEEP=1 leaves their folders in
/tmp.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "rig")]

import network  # noqa: E402  (found by the line above)
import runner  # noqa: E402

# Longest first.
MODULES = ("files", "together", "faces", "strangers", "mail", "hostile", "three")


def check():
    network.check_permission(("openssl",), "openssl")


if __name__ == "__main__":
    sys.exit(runner.main(__doc__, MODULES, check))
