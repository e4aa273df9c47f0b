"""A client of cp, the Chat Protocol, written from its specification."""

import stream


class Client:
    """A session, which ends its PDUs with CRLF."""

    def __init__(self, connection):
        self.stream = connection

    def send(self, pdu):
        self.stream.send(pdu.encode() + b"\r\n")

    def pdu(self):
        """The next PDU."""
        pdu = self.stream.take_line(b"\r\n")
        if len(pdu) > 1024:
            raise AssertionError(f"a PDU of {len(pdu)} bytes")
        return pdu.decode()

    def code(self):
        """The code that comes next."""
        pdu = self.pdu()
        if not (pdu[:3].isdigit() and pdu[3:4] in ("", " ")):
            raise AssertionError(f"{pdu!r} is no code")
        return int(pdu[:3])

    def ask(self, pdu):
        """The code that answers this PDU."""
        self.send(pdu)
        return self.code()

    def sign_in(self, name, password):
        """The code that the hub ends it with."""
        code = self.ask(f"USER{name}")
        return self.ask(f"PASS{password}") if code == 220 else code

    def take_letter(self):
        """The next letter, sender and text, or the code that comes instead."""
        pdu = self.pdu()
        if pdu[:4] != "RMSG":
            return int(pdu[:3])
        sender, _, text = pdu[4:].partition(":")
        return sender, text

    def letters(self):
        """All letters, each acknowledged; empty where there are none."""
        letters = []
        self.send("RMSG")
        while not isinstance(letter := self.take_letter(), int):
            letters.append(letter)
            self.send("250 received")
        if letter != (255 if letters else 256):
            raise AssertionError(f"{letter} came after {len(letters)} letters")
        return letters


class Bare(Client):
    """As the author's program: one PDU a TCP segment, ended with nothing, and one a `recv`."""

    def send(self, pdu):
        self.stream.send(pdu.encode())

    def pdu(self):
        data = self.stream.read(1024 + 2)
        if data[-2:] != b"\r\n" or b"\r\n" in data[:-2]:
            raise AssertionError(f"{data!r} is not one PDU")
        return data[:-2].decode()


def connect(address):
    return Client(stream.tcp(address))


def join(address, name, password):
    """A session of somebody who has proved the account."""
    client = connect(address)
    code = client.sign_in(name, password)
    if code != 230:
        raise AssertionError(f"{name} got {code}")
    return client
