"""Files whose names would lead `tincan fetch` out of its folder, if it let them."""

import json
import os
import socket
import struct
import subprocess
import threading

import cs494
import cs594
import stream
from scenario import expect, expect_true, main

# What no hub of ours lets pass, and what it does: a fetch has to stand either.
STOPPED = ["../x", "..", ".", "/etc/x", "a/b", "C:\\x", "x:stream", "a\0b", "a\nb", "\u202etxt.exe", ""]
PASSED = ["..\\x", "..\\..\\x", "CON", "nul.txt", "x.", "...", "\x7f", "a\x9bb"]


class Fetch:
    """`tincan fetch` of one file into a folder of its own."""

    def __init__(self, hub, url, count):
        self.home = hub["home"]
        self.folder = os.path.join(self.home, "inbox")
        self.before = self.all_files()
        command = [hub["tincan"], "fetch", url, "--dir", self.folder, "--json", "--count", str(count)]
        pipe = subprocess.PIPE
        environment = {"HOME": self.home}
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, cwd=self.home, env=environment
        )

    def all_files(self):
        """Every file below the home and beside it, but for the hub's own."""
        found = set()
        for folder, folders, files in os.walk(self.home):
            if "data" in folders:
                folders.remove("data")
            found.update(os.path.join(folder, name) for name in files)
        parent = os.path.dirname(os.path.abspath(self.home))
        found.update(os.path.join(parent, name) for name in os.listdir(parent) if name == "x")
        return found

    def end(self):
        """Its records, what it said beside them, and the files that have come to be."""
        out, err = self.process.communicate(timeout=4 * stream.PATIENCE)
        expect(self.process.returncode, 0, err)
        records = [json.loads(line) for line in out.decode().splitlines()]
        return records, err.decode(), self.all_files() - self.before


def expect_only(fetch, wanted):
    """Nothing came but `wanted`, names and contents, and nothing raw was printed."""
    records, said, files = fetch.end()
    expect([record["type"] for record in records], ["fetched"] * len(wanted), "records")
    expect(files, {os.path.join(fetch.folder, name) for name in wanted}, "files")
    for name, data in wanted.items():
        with open(os.path.join(fetch.folder, name), "rb") as file:
            expect(file.read(), data, name)
        os.remove(os.path.join(fetch.folder, name))
    raw = [c for c in said if not c.isprintable() and c != "\n"]
    expect(raw, [], "nothing invisible is printed")
    return said


def through_the_hub(hub):
    """Whatever passes the hub is declined; what only hides a file is shown."""
    for join, wire in [(cs494.join, "cs494"), (cs594.join, "cs594")]:
        fetch = Fetch(hub, f"{wire}://fay@{hub[wire]}", 2)
        watch = cs494.join(hub["cs494"], "watch")
        while watch.ask_about("fay") != cs494.ONLINE:
            pass
        for name in PASSED:
            watch.offer("fay", 3, name)
            declined = cs494.Offer.read(watch.wait_for(cs494.REJECT_FILE))
            expect(declined.file_name, name, "declined")
        for name in ["fine.txt", ".bashrc"]:
            watch.offer("fay", 3, name)
            number = cs494.Offer.read(watch.wait_for(cs494.ACCEPT_FILE)).number
            watch.send_file(number, b"abc", [3])
        said = expect_only(fetch, {"fine.txt": b"abc", "_.bashrc": b"abc"})
        expect(said.count("declined"), len(PASSED), said)
        watch.stream.close()


def serve(talk):
    """A hub of nobody's for one client, which `talk` talks to; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        sock, _ = listener.accept()
        listener.close()
        try:
            talk(stream.Stream(sock))
        except stream.Ended:
            pass  # The client does not want to hear more.
        sock.close()

    threading.Thread(target=accept, daemon=True).start()
    return "{}:{}".format(*listener.getsockname())


def speak_cs494(connection, names, accepted):
    """Offers all these names, and sends a file once one was accepted."""
    fay = cs494.Client(connection, "fay")
    while fay.packet()[0] != cs494.QUERY_USER:
        pass
    fay.send(cs494.QUERY_USER, cs494.name_field("fay") + bytes([cs494.ONLINE]))
    for number, name in enumerate(names, 1):
        offer = cs494.Offer("fay", "eve", number, 3, name)
        fay.send(cs494.OFFER_FILE, offer.payload())
    while True:
        kind, payload = fay.packet()
        if kind == cs494.ACCEPT_FILE:
            offer = cs494.Offer.read(payload)
            accepted.append(offer.file_name)
            fay.send(cs494.FILE_TRANSFER, struct.pack(">HB", offer.number, 1) + b"abc")
        elif kind == cs494.QUERY_USER:
            fay.send(kind, payload[:64] + bytes([cs494.ONLINE]))


def speak_cs594(connection, names, accepted):
    """The same on the other wire."""
    decoder = json.JSONDecoder()

    def packet():
        # The client's packets may end with a line end or with nothing.
        while True:
            text = connection.rest.decode().lstrip()
            try:
                packet, end = decoder.raw_decode(text)
            except ValueError:
                connection.rest += connection.read()
                continue
            connection.rest[:] = text[end:].encode()
            return packet["Header"]["OP-CODE"], packet["Payload"]

    def answer(op, payload=""):
        connection.send(cs594.packet(op, payload))

    expect(packet()[0], cs594.CONNECT, "its first packet")
    answer(cs594.OK)
    for number, name in enumerate(names, 1):
        offer = {"User-Name": "eve", "To-User": "fay", "File-Name": name, "Size": 3}
        answer(cs594.FILE_OFFER, {**offer, "Transfer-Id": number})
    while True:
        op, payload = packet()
        if op == cs594.FILE_ACCEPT:
            number = payload["Transfer-Id"]
            accepted.append(names[number - 1])
            segment = {"Transfer-Id": number, "Seq": 0, "Data": "YWJj", "Last": True}
            answer(cs594.FILE_SEGMENT, segment)
        elif op == cs594.LIST_ROOM:
            answer(cs594.LIST_ROOM_RESP, {"Message": []})
        elif op == cs594.QUIT:
            answer(cs594.OK)


def a_hostile_hub(hub):
    """A hub that lets every name pass."""
    for wire, speak in [("cs494", speak_cs494), ("cs594", speak_cs594)]:
        # What may be a name is declined, and the next one taken.
        accepted = []
        address = serve(lambda connection: speak(connection, [*PASSED, "fine.txt"], accepted))
        fetch = Fetch(hub, f"{wire}://fay@{address}", 1)
        expect_only(fetch, {"fine.txt": b"abc"})
        expect(accepted, ["fine.txt"], "accepted")
        # What is none is no offer, or the end of the session.
        for name in STOPPED:
            accepted = []
            address = serve(lambda connection: speak(connection, [name, "fine.txt"], accepted))
            fetch = Fetch(hub, f"{wire}://fay@{address}", 1)
            out, err = fetch.process.communicate(timeout=4 * stream.PATIENCE)
            fine = {os.path.join(fetch.folder, "fine.txt")}
            if fetch.process.returncode == 0:
                expect(accepted, ["fine.txt"], f"accepted beside {name!r}")
                expect(fetch.all_files() - fetch.before, fine, f"files beside {name!r}")
                os.remove(*fine)
            else:
                expect(accepted, [], f"accepted beside {name!r}")
                expect(fetch.all_files() - fetch.before, set(), f"files beside {name!r}")
                expect_true(b"broke the protocol" in err, f"{name!r}: {err!r}")


if __name__ == "__main__":
    main([through_the_hub, a_hostile_hub])
