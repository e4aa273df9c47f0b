"""Packets as the cs594 specification encrypts them, made by `openssl enc`."""

import base64
import os
import subprocess

import cs594
import stream
from scenario import expect, main


def encrypt(key, data, *options):
    """Base64 of a random IV and AES-128-CBC of the data."""
    iv = os.urandom(16)
    command = ["openssl", "enc", "-aes-128-cbc", "-K", key, "-iv", iv.hex(), *options]
    sealed = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
    return base64.b64encode(iv + sealed)


class Sealing(cs594.Client):
    """Writes lines of encrypted packets."""

    key = None

    def send(self, op, payload=""):
        self.stream.send(encrypt(self.key, cs594.packet(op, payload)) + b"\n")


class BareSealing(cs594.Bare):
    """The same without line ends, as the author's program."""

    key = None

    def send(self, op, payload=""):
        self.stream.send(encrypt(self.key, cs594.packet(op, payload)))


def talk(hub):
    """Sealed and plain sessions, and sealed packets that are not right."""
    bo = Sealing(stream.tcp(hub["cs594"]), "bo")
    cy = BareSealing(stream.tcp(hub["cs594"]), "cy")
    bo.key = cy.key = hub["key"]
    bo.register()
    cy.register()
    for person in [bo, cy]:
        person.enter("kitchen")
    bo.post("kitchen", "behind closed doors")
    for person in [bo, cy]:
        expect(person.wait_for_show(), ("kitchen", "bo", "behind closed doors"), person.name)
    cy.post("kitchen", "x" * 700)
    expect(bo.wait_for_show(), ("kitchen", "cy", "x" * 700), "longer than a few blocks")

    # Whatever is wrong with a sealed packet, the answer is the same.
    packet = cs594.packet(cs594.LIST_ROOM)
    block = packet[: len(packet) // 16 * 16]
    wrong = {
        "another key": encrypt("ff" * 16, packet),
        "no padding": encrypt(hub["key"], block, "-nopad"),
        "no packet inside": encrypt(hub["key"], b"nonsense"),
        "nothing inside": base64.b64encode(os.urandom(16)),
        "half a block": base64.b64encode(os.urandom(40)),
        "shorter than an IV": base64.b64encode(os.urandom(7)),
    }
    answers = set()
    for what, sealed in wrong.items():
        bo.stream.send(sealed + b"\n")
        line = bo.stream.take_line()
        expect(cs594.read_packet(line)[0], cs594.MALFORMED_REQUEST, what)
        answers.add(line)
    expect(len(answers), 1, "the answers are the same")
    expect(sorted(bo.members("kitchen")), ["bo", "cy"], "the session has gone on")
    plain = cs594.connect(hub["cs594"], "dee")
    plain.send(cs594.CONNECT, "dee")
    plain.expect(cs594.OK if not hub["required"] else cs594.ILLEGAL_REQUEST)


def no_key(hub):
    """A hub without a key reads none."""
    bo = Sealing(stream.tcp(hub["cs594"]), "bo")
    bo.key = hub["key"]
    bo.send(cs594.CONNECT, "bo")
    expect(bo.packet()[0], cs594.MALFORMED_REQUEST, "a sealed packet")
    cs594.Client.send(bo, cs594.CONNECT, "bo")
    bo.expect(cs594.OK)


if __name__ == "__main__":
    main([talk, no_key])
