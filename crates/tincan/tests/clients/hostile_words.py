"""Hubs that pass words on raw, as ours never does: what our client makes of them."""

import socket
import subprocess

import cs494
import cs594
import stream
from scenario import expect, main

# Clears the screen; names the window; hides what follows; turns it round; a bell; C1's CSI.
WORDS = "a\x1b[2Jb\x1b]0;owned\x07c\rd\u202ee\u200bf\x9b31mg\x7fh"


def speak_cs494(connection):
    """Lets somebody in and tells them something, in the room and alone, then goes."""
    cy = cs494.Client(connection, "cy")
    kind = None
    while kind != cs494.ENTER_ROOM:
        kind, payload = cy.packet()
        if kind == cs494.QUERY_USER:
            cy.send(kind, payload[:64] + bytes([cs494.ONLINE]))
    field = cs494.name_field
    cy.send(cs494.USER_LISTING, field("tea") + field("cy") + field(WORDS))
    cy.send(cs494.POST_MESSAGE, field("tea") + field("eve") + cs494.text_field(WORDS))
    cy.send(cs494.DIRECT_MESSAGE, field("eve") + cs494.text_field(WORDS))
    cy.send(cs494.SERVER_DEPARTS, cs494.text_field(WORDS))


def speak_cs594(connection):
    """The same on the other wire."""
    ended = False
    while not ended:
        # It asks one thing at a time.
        asked = connection.read().decode()
        ended = f'"OP-CODE":{cs594.JOIN},' in asked.replace(" ", "")
        connection.send(cs594.packet(cs594.OK))
    for room in ["tea", "PRV MSG"]:
        people = {"User-Name": "cy", "From-User": "eve", "From-Name": "eve"}
        shown = {**people, "To-Room": room, "Message": WORDS}
        connection.send(cs594.packet(cs594.SHOW_MSG, shown))
    connection.send(cs594.packet(cs594.SERVER_SHUTDOWN, {"Message": WORDS}))


def no_hub_of_ours(hub):
    """Nothing raw reaches standard output or standard error, with or without --json."""
    for wire, speak in [("cs494", speak_cs494), ("cs594", speak_cs594)]:
        for more in [[], ["--json"]]:
            listener = socket.create_server(("127.0.0.1", 0))
            url = f"{wire}://cy@127.0.0.1:{listener.getsockname()[1]}"
            command = [hub["tincan"], "listen", url, "--room", "tea", *more]
            pipe = subprocess.PIPE
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe)
            sock, _ = listener.accept()
            listener.close()
            connection = stream.Stream(sock)
            speak(connection)
            connection.finish()
            connection.take_rest()
            output = process.communicate(timeout=4 * stream.PATIENCE)
            out, err = (data.decode() for data in output)
            # cs494 carries no such characters: there the session is over.
            is_shown = r"mg\u{7f}h" in out or r"mg\u007fh" in out
            expect(is_shown, wire == "cs594", f"what is shown: {out!r}")
            expect(process.returncode, 1, err)
            raw = [c for c in out + err if not c.isprintable() and c != "\n"]
            expect(raw, [], "nothing raw")


if __name__ == "__main__":
    main([no_hub_of_ours])
