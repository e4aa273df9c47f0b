"""Everything that crosses the network's switch, as raw bytes."""

import socket
import struct
import threading

ETH_P_ALL = 0x0003
# Linux; Python 3.9's socket module lacks them.
SOL_PACKET, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC = 263, 1, 1


class Tap:
    """Listens on the bridge, so that nobody on the network knows of it."""

    def __init__(self, lan, bridge="br0"):
        def open_socket():
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
            made.bind((bridge, 0))
            # What is for others passes a bridge by unless it asks for everything.
            everything = struct.pack("iHH8s", socket.if_nametoindex(bridge), PACKET_MR_PROMISC, 0, b"")
            made.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, everything)
            return made

        self._socket = lan.switch.inside(open_socket)
        self._socket.settimeout(0.2)
        self._frames, self._open = [], True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._open = False
        self._thread.join()
        self._socket.close()

    def _listen(self):
        while self._open:
            try:
                self._frames.append(self._socket.recv(65536))
            except socket.timeout:
                continue

    def heard(self, text):
        """Whether these bytes have gone by in one packet."""
        data = text.encode() if isinstance(text, str) else text
        return any(data in frame for frame in list(self._frames))

    def bytes(self):
        """How many bytes have gone by."""
        return sum(map(len, list(self._frames)))
