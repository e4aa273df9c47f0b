"""TLS, as `openssl s_client` speaks it."""

import cp
import cs494
import cs594
import stream
from scenario import expect, main, wait_until


def every_wire(hub):
    """The same conversation behind TLS as in the open."""

    def secure(wire):
        return stream.openssl(hub[f"{wire}+tls"], hub["authority"])

    ana = cs494.Client(secure("cs494"), "ana").register()
    bo = cs594.Client(secure("cs594"), "bo").register()
    cy = cp.Client(secure("cp"))
    expect(cy.sign_in("cy", hub["password"]), 230, "the password")
    dee = cs494.join(hub["cs494"], "dee")
    for person in [ana, bo, dee]:
        person.enter("kitchen")
    ana.post("kitchen", "nobody else reads this")
    for person in [ana, dee]:
        post = ("kitchen", "ana", "nobody else reads this")
        expect(person.wait_for_post(), post, person.name)
    expect(bo.wait_for_show(), ("kitchen", "ana", "nobody else reads this"), "bo")
    expect(cy.ask("SMSGbo:hello"), 240, "cy to bo")
    expect(bo.wait_for_show(), ("PRV MSG", "cy", "hello"), "cy to bo")
    # More than a TLS record holds, both ways.
    for n in range(40):
        ana.post("kitchen", f"{n:05}" + "x" * 11_000)
    for n in range(40):
        expect(ana.wait_for_post()[2][:5], f"{n:05}", "in order, ana")
        expect(bo.wait_for_show()[2][:5], f"{n:05}", "in order, bo")
    bo.send(cs594.QUIT, {"User-Name": "bo"})
    bo.expect(cs594.OK)
    expect(bo.stream.take_rest(), b"", "closed")
    # A plain word on a TLS port ends that connection, and nothing else.
    lost = stream.tcp(hub["cs594+tls"])
    lost.send(cs594.packet(cs594.CONNECT, "eve") + b"\n")
    expect(b"OP-CODE" in lost.take_rest(), False, "no answer in the open")
    expect(ana.ask_about("dee"), cs494.ONLINE, "ana goes on")
    for person in [ana, bo, cy]:
        person.stream.close()


def broken_off(hub):
    """A connection that ends within a packet ends the session."""
    watch = cs494.join(hub["cs494"], "watch")
    for wire, half in [("cs494", b"\x0a\0\0\x20"), ("cs594", b'{"Header":{"OP-CODE":')]:
        connection = stream.openssl(hub[f"{wire}+tls"], hub["authority"])
        if wire == "cs494":
            cs494.Client(connection, "ana").register()
        else:
            cs594.Client(connection, "ana").register()
        connection.send(half)
        expect(watch.ask_about("ana"), cs494.ONLINE, wire)
        connection.finish()
        wait_until(lambda: watch.ask_about("ana") == cs494.OFFLINE, "ana is gone")
        connection.close()
    # Somebody who has not even begun with TLS.
    for data in [b"\x16\x03\x01\x02\0\x01", b"\x80" * 300, b""]:
        connection = stream.tcp(hub["cp+tls"])
        connection.send(data)
        connection.finish()
        connection.take_rest()
    wait_until(lambda: hub.metrics()["connections_open"] == 1, "only the one who watches")


def certificate(hub):
    """A certificate proves an account on wires without passwords, and brings its mail."""
    eve = cs594.join(hub["cs594"], "eve")
    eve.tell("dee", "while you were away")
    eve.expect(cs594.OK)

    def secure(wire, *proof):
        return stream.openssl(hub[f"{wire}+tls"], hub["authority"], *proof)

    # The name is kept for who can prove it.
    for proof in [[], [hub["other_certificate"], hub["other_key"]]]:
        liar = cs494.Client(secure("cs494", *proof), "dee")
        liar.send(cs494.NEW_CLIENT, cs494.name_field("dee"))
        expect(liar.expect_error(), cs494.NAME_IN_USE, f"with {len(proof)} files of proof")
        liar.stream.close()
    mine = [hub["certificate"], hub["key"]]
    dee = cs494.Client(secure("cs494", *mine), "dee")
    dee.send(cs494.NEW_CLIENT, cs494.name_field("dee"))
    expect(dee.wait_for_direct(), ("eve", "while you were away"), "mail comes at once")
    eve.tell("dee", "now you are here")
    eve.expect(cs594.OK)
    expect(dee.wait_for_direct(), ("eve", "now you are here"), "and so do words")
    # She has shown life since, so the mailbox is empty.
    expect(dee.ask_about("eve"), cs494.ONLINE, "a sign of life")
    box = cp.join(hub["cp"], "dee", hub["password"])
    expect(box.letters(), [], "what she has seen is gone")
    dee.stream.close()
    watch = cs494.join(hub["cs494"], "watch")
    wait_until(lambda: watch.ask_about("dee") == cs494.OFFLINE, "dee is gone")
    eve.tell("dee", "gone again?")
    eve.expect(cs594.OK)
    # The other wire takes the same proof.
    again = cs594.Client(secure("cs594", *mine), "dee")
    again.send(cs594.CONNECT, "dee")
    again.wait_for(cs594.OK)
    expect(again.wait_for_show(), ("PRV MSG", "eve", "gone again?"), "mail, on cs594")
    again.tell("eve", "it is me")
    expect(eve.wait_for_show(), ("PRV MSG", "dee", "it is me"), "on cs594")
    again.stream.close()


if __name__ == "__main__":
    main([every_wire, broken_off, certificate])
