"""Who a scripted peer is: throw-away profiles and locations, true and bent.

A location's certificate is an X.509 of version 1 whose signature is an OpenPGP packet. OpenSSL takes
it for its own, and looks at nobody else's here: the test decides who is let in.
"""

import base64
import hashlib
import os
import ssl
import struct
import tempfile

import items

KEYS = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "crates", "identity", "tests", "keys"
)


class Identity:
    """A profile with one location, made from the keys of a name: ana, bea or cyd."""

    def __init__(self, name, certificate=None, key=None):
        self.name = name
        self.certificate = certificate or _read(name + ".der")
        self.key = key or _read(name + ".tls.der")
        self.packets = unarmoured(_read(name + ".pub.asc").decode())
        body = first_packet(self.packets)
        self.fingerprint = hashlib.sha1(b"\x99" + struct.pack(">H", len(body)) + body).digest()
        self.pgp_id = self.fingerprint[-8:]
        self.location = hashlib.sha256(signature_of(self.certificate)).digest()[:16]

    def text(self, address=None):
        """The certificate that friends add."""
        return items.certificate_text(self.packets, self.location, "script", address)

    def invite(self, address=None):
        return items.invite_text(self.fingerprint, self.location, self.name, address)

    def contact(self, **how):
        return items.contact(self.pgp_id, self.location, "script", **how)

    # ---- bent ones

    def with_certificate(self, certificate):
        return Identity(self.name, certificate, self.key)

    def with_wrong_key(self, other):
        """The right public half with somebody else's private one: its signatures are wrong."""
        own, strange = rsa_numbers(self.key), rsa_numbers(other.key)
        bent = own[:3] + strange[3:]
        return Identity(self.name, self.certificate, pkcs1(bent))

    def with_broken_signature(self):
        signature = signature_of(self.certificate)
        at = self.certificate.rindex(signature) + len(signature) - 1
        bent = bytes([self.certificate[at] ^ 1])
        return self.with_certificate(self.certificate[:at] + bent + self.certificate[at + 1 :])

    def issued_as(self, other):
        """This location, which says that the other's profile has signed it."""
        own, theirs = (one.pgp_id.hex().upper().encode() for one in (self, other))
        assert own in self.certificate
        return self.with_certificate(self.certificate.replace(own, theirs, 1))

    def made_up(self, number):
        """A location of a profile that nobody has: another one for each number."""
        own, signature = self.pgp_id.hex().upper().encode(), signature_of(self.certificate)
        at = self.certificate.rindex(signature) + len(signature) - 4
        bent = self.certificate[:at] + struct.pack(">I", number) + self.certificate[at + 4 :]
        return self.with_certificate(bent.replace(own, b"FEED%012X" % number, 1))

    def context(self, server=False, highest=ssl.TLSVersion.TLSv1_3, shows=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = highest
        if shows:
            path = _temporary(pem("CERTIFICATE", self.certificate), pem(self._label(), self.key))
            try:
                context.load_cert_chain(path)
            finally:
                os.unlink(path)
        return context

    def _label(self):
        return "RSA PRIVATE KEY" if is_pkcs1(self.key) else "PRIVATE KEY"


# ------------------------------------------------------------------ keys and certificates


def _read(name):
    with open(os.path.join(KEYS, name), "rb") as file:
        return file.read()


def _temporary(*texts):
    # `ssl` reads keys from files only.
    handle, path = tempfile.mkstemp(suffix=".pem")
    with os.fdopen(handle, "w") as file:
        file.write("".join(texts))
    return path


def pem(label, data):
    body = base64.encodebytes(data).decode()
    return "-----BEGIN %s-----\n%s-----END %s-----\n" % (label, body, label)


def unarmoured(text):
    """The packets of an armoured key."""
    lines = text.strip().splitlines()
    body = lines[lines.index("") + 1 : -1]
    return base64.b64decode("".join(line for line in body if not line.startswith("=")))


def first_packet(packets):
    """The body of the first OpenPGP packet."""
    tag, first = packets[0], packets[1]
    if tag & 0x40:
        if first < 192:
            length, at = first, 2
        elif first < 224:
            length, at = ((first - 192) << 8) + packets[2] + 192, 3
        else:
            length, at = struct.unpack_from(">I", packets, 2)[0], 6
    else:
        size = 1 << (tag & 3)
        length, at = int.from_bytes(packets[1 : 1 + size], "big"), 1 + size
    return packets[at : at + length]


def der_parts(data):
    """(tag, content) of DER values that stand one behind the other."""
    found, at = [], 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size], "big"), at + size
        found.append((tag, data[at : at + length]))
        at += length
    return found


def signature_of(certificate):
    """The bytes in the place of the certificate's signature."""
    [(_, inner)] = der_parts(certificate)
    return der_parts(inner)[2][1][1:]


def is_pkcs1(key):
    [(_, inner)] = der_parts(key)
    return len(der_parts(inner)) > 4


def rsa_numbers(key):
    """version, n, e, d, p, q, … of a PKCS#8 key."""
    [(_, outer)] = der_parts(key)
    [(_, inner)] = der_parts(der_parts(outer)[2][1])
    return [content for _, content in der_parts(inner)]


def pkcs1(numbers):
    inner = b"".join(_der(2, number) for number in numbers)
    return _der(0x30, inner)


def _der(tag, content):
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content
