"""Files on and across the wires that have them."""

import hashlib
import io
import random
import select

import cs494
import cs594
import stream
from scenario import Parallel, expect, expect_true, main


def content(size, seed):
    return random.Random(seed).randbytes(size)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def there(ana, bo, size, sizes, seed):
    """A file from cs494 to cs594."""
    data = content(size, seed)
    ana.offer("bo", size, "holiday photo.jpg")
    offer = bo.wait_for_offer()
    told = (offer["User-Name"], offer["To-User"], offer["File-Name"], offer["Size"])
    expect(told, ("ana", "bo", "holiday photo.jpg", size), "the offer, at bo")
    bo.accept(offer)
    accepted = cs494.Offer.read(ana.wait_for(cs494.ACCEPT_FILE))
    told = (accepted.target, accepted.source, accepted.size, accepted.file_name)
    expect(told, ("bo", "ana", size, "holiday photo.jpg"), "the answer, at ana")
    expect_true(accepted.number, "0 is no transfer's id")
    sending = Parallel(ana.send_file, accepted.number, data, sizes)
    received = bo.receive_files(1)[offer["Transfer-Id"]]
    sending.join()
    expect(digest(received), digest(data), f"{size} bytes to cs594")


def back(bo, ana, size, seed):
    """A file from cs594 to cs494."""
    data = content(size, seed)
    number = bo.offer("ana", "notes.txt", size)
    offer = ana.wait_for_offer()
    told = (offer.target, offer.source, offer.size, offer.file_name)
    expect(told, ("ana", "bo", size, "notes.txt"), "the offer, at ana")
    ana.accept(offer)
    answer = bo.wait_for(cs594.FILE_ACCEPT)
    expect(answer["Transfer-Id"], number, "the answer, at bo")
    sending = Parallel(bo.send_file, number, data)
    received = ana.receive_files(1)[offer.number]
    sending.join()
    expect(digest(received), digest(data), f"{size} bytes to cs494")


def there_and_back(hub):
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    for seed, size in enumerate([1, 1023, 1024, 1025, 4096, 4097, 100_000]):
        there(ana, bo, size, [cs494.MOST_FILE_BYTES], seed)
        back(bo, ana, size, seed + 100)


def three_mebibytes(hub):
    """Pieces of every odd length, which the hub has to cut anew for the other wire."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    odd = random.Random(5)
    sizes = [1, 4095, 3, 1023, 1025, 4096, 7] + [odd.randint(1, 4096) for _ in range(50)]
    there(ana, bo, 3 * 1024 * 1024 + 1, sizes, 6)
    back(bo, ana, 3 * 1024 * 1024 - 1, 7)


def several_at_once(hub):
    """Transfers between the same people, their pieces mixed, and they talk meanwhile."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    cy = cs494.join(hub["cs494"], "cy")
    files = [content(200_000 + n, n) for n in range(4)]
    numbers = []
    for data in files:
        ana.offer("bo", len(data), f"{len(data)}.bin")
        bo.accept(bo.wait_for_offer())
        numbers.append(cs494.Offer.read(ana.wait_for(cs494.ACCEPT_FILE)).number)
    expect(len(set(numbers)), 4, "each has an id of its own")
    returned = content(150_000, 9)
    number = bo.offer("cy", "back.bin", len(returned))
    cy.accept(cy.wait_for_offer())
    bo.wait_for(cs594.FILE_ACCEPT)

    def send_mixed():
        for at in range(0, len(files[3]), 1000):
            for number, data in zip(numbers, files):
                piece = data[at : at + 1000]
                if piece:
                    ana.send_piece(number, piece, at + 1000 >= len(data))
            if at % 50_000 == 0:
                ana.tell("cy", f"I am at {at}")

    sending = [Parallel(send_mixed), Parallel(bo.send_file, number, returned)]
    receiving = Parallel(bo.receive_files, 4)
    words, got, last = [], bytearray(), False
    while len(words) < 5 or not last:
        kind, payload = cy.packet()
        if kind == cs494.DIRECT_MESSAGE:
            words.append(cs494.read_direct(payload))
        elif kind == cs494.FILE_TRANSFER:
            got += payload[3:]
            last = payload[2] == 1
    for thread in sending:
        thread.join()
    expect(words, [("ana", f"I am at {at}") for at in range(0, 250_000, 50_000)], "words between")
    expect(digest(got), digest(returned), "from bo to cy")
    arrived = sorted(digest(data) for data in receiving.join().values())
    expect(arrived, sorted(digest(data) for data in files), "from ana to bo")


def send_what_goes(connection, data):
    """Sends until nothing more is taken, as nobody reads at the other end; gives the rest.

    There may be none: some systems keep tens of megabytes of a connection themselves.
    """
    rest = memoryview(data)
    connection.sock.setblocking(False)
    while rest and select.select([], [connection.sock], [], 2.0)[1]:
        rest = rest[connection.sock.send(rest[:65536]) :]
    connection.sock.settimeout(stream.PATIENCE)
    return rest


def slow_receiver(hub):
    """The hub keeps little of a file that its receiver does not read, and does not drop it."""
    size, most = 24 * 1024 * 1024, 8 * 1024 * 1024
    data = content(size, 1)
    ana = cs494.join(hub["cs494"], "ana", send_buffer=65536)
    bo = cs494.join(hub["cs494"], "bo", receive_buffer=65536)
    cy = cs494.join(hub["cs494"], "cy")
    ana.offer("bo", size, "big.iso")
    bo.accept(bo.wait_for_offer())
    number = cs494.Offer.read(ana.wait_for(cs494.ACCEPT_FILE)).number
    before = hub.memory()
    frames = io.BytesIO()
    ana.stream.send = frames.write
    ana.send_file(number, data, [cs494.MOST_FILE_BYTES])
    del ana.stream.send
    rest = send_what_goes(ana.stream, frames.getvalue())
    grown = hub.memory() - before
    expect_true(grown < most, f"the hub has grown by {grown} bytes")
    # Both are still there for others.
    cy.tell("ana", "to the sender")
    expect(ana.wait_for_direct(), ("cy", "to the sender"), "while the sender has to wait")
    cy.tell("bo", "to the receiver")
    expect(cy.ask_about("bo"), cs494.ONLINE, "the receiver is there")
    sending = Parallel(ana.stream.send, rest)
    received, words, last = bytearray(), [], False
    while not last or not words:
        kind, payload = bo.packet()
        if kind == cs494.DIRECT_MESSAGE:
            words.append(cs494.read_direct(payload))
        elif kind == cs494.FILE_TRANSFER:
            received += payload[3:]
            last = payload[2] == 1
    sending.join()
    expect(words, [("cy", "to the receiver")], "words arrive beside the file")
    expect(digest(received), digest(data), "the file")


def silence_after_pause(hub):
    """Waiting for a slow receiver is no silence; what comes after it is, however it ends."""
    size = 16 * 1024 * 1024
    ana = cs494.join(hub["cs494"], "ana", receive_buffer=65536)
    eve = cs494.join(hub["cs494"], "eve", receive_buffer=65536)
    bo = cs594.join(hub["cs594"], "bo")
    cy = cs594.join(hub["cs594"], "cy")
    rests = []
    for sender, receiver in [(bo, ana), (cy, eve)]:
        sender.send(cs594.KEEP_ALIVE)
        number = sender.offer(receiver.name, "big.iso", size)
        receiver.accept(receiver.wait_for_offer())
        sender.wait_for(cs594.FILE_ACCEPT)
        packets = io.BytesIO()
        sender.stream.send = packets.write
        sender.send_file(number, bytes(size))
        del sender.stream.send
        rests.append(send_what_goes(sender.stream, packets.getvalue()))
    # One receiver takes heart, the other goes.
    receiving = Parallel(ana.receive_files, 1)
    bo.stream.send(rests[0])
    expect([len(data) for data in receiving.join().values()], [size], "the file")
    eve.stream.close()
    cy.wait_for(cs594.FILE_REJECT)
    # From now on the senders say nothing. The hub's own signs of life go on until it has enough.
    for sender in [bo, cy]:
        signs = 0
        try:
            while True:
                op, _ = sender.packet()
                if op == cs594.ILLEGAL_REQUEST:
                    continue  # What was on its way when the receiver went.
                expect(op, cs594.KEEP_ALIVE, "signs of life")
                signs += 1
                expect_true(signs < 6, f"silence ends {sender.name}'s session after ten seconds")
        except stream.Ended:
            pass
        expect(ana.ask_about(sender.name), cs494.OFFLINE, f"{sender.name} is lost")


def lost_party(hub):
    """A party that goes away ends its transfers, on either wire."""
    ana = cs494.join(hub["cs494"], "ana")
    bo = cs594.join(hub["cs594"], "bo")
    ana.offer("bo", 5000, "a.bin")
    offer = bo.wait_for_offer()
    bo.accept(offer)
    number = cs494.Offer.read(ana.wait_for(cs494.ACCEPT_FILE)).number
    bo.stream.close()
    ended = cs494.Offer.read(ana.wait_for(cs494.REJECT_FILE))
    expect((ended.number, ended.target), (number, "bo"), "the sender is told")
    # What was on its way already is no error.
    ana.send_piece(number, b"x" * 4096, False)
    expect(ana.ask_about("ana"), cs494.ONLINE, "the sender goes on")
    bo = cs594.join(hub["cs594"], "bo")
    ana.offer("bo", 5000, "a.bin")
    offer = bo.wait_for_offer()
    bo.accept(offer)
    ana.wait_for(cs494.ACCEPT_FILE)
    ana.stream.close()
    rejected = bo.wait_for(cs594.FILE_REJECT)
    expect(rejected["Transfer-Id"], offer["Transfer-Id"], "the receiver is told")


if __name__ == "__main__":
    scenarios = [there_and_back, three_mebibytes, several_at_once]
    main([*scenarios, slow_receiver, silence_after_pause, lost_party])
