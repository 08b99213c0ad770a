"""A gate before a Kafka broker: TLS, SASL, and answers that a healthy broker does not give.

It speaks what the broker of these tests does not: TLS by OpenSSL, and SASL by RFC 4616 (PLAIN) and
RFC 5802 (SCRAM). What it lets pass goes to the broker as it is. One argument, JSON: `port`, `server`,
and where wanted `certificate` and `key`, `users` (names to passwords) and `refusals` (error codes
that the first produce requests are answered with, one each).
"""

import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import sys
import threading

PRODUCE, HANDSHAKE, AUTHENTICATE, API_VERSIONS = 0, 17, 36, 18
UNSUPPORTED_MECHANISM, AUTHENTICATION_FAILED = 33, 58
HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}
MECHANISMS = ["PLAIN", *HASHES]
ROUNDS = 4096

say = json.loads(sys.argv[1])
users, refusals = say.get("users"), say.get("refusals", [])


class Refused(Exception):
    pass


def exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def frame(stream):
    return exactly(stream, struct.unpack(">i", exactly(stream, 4))[0])


def send(stream, data):
    stream.sendall(struct.pack(">i", len(data)) + data)


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


class Login:
    """One client's way in: a generator that takes what the client says and gives what it is told."""

    def __init__(self, mechanism):
        self.steps = self.plain() if mechanism == "PLAIN" else self.scram(HASHES[mechanism])
        next(self.steps)
        self.done = False

    def step(self, said):
        try:
            return self.steps.send(said)
        except StopIteration as end:
            self.done = True
            return end.value

    def plain(self):
        _, name, password = (yield).split(b"\0")
        if users.get(name.decode()) != password.decode():
            raise Refused
        return b""

    def scram(self, kind):
        first = (yield).decode().split(",", 2)[2]
        told = dict(part.split("=", 1) for part in first.split(","))
        password, salt = users.get(told["n"], ""), os.urandom(16)
        salted = hashlib.pbkdf2_hmac(kind, password.encode(), salt, ROUNDS)
        nonce = told["r"] + base64.b64encode(os.urandom(12)).decode()
        server = f"r={nonce},s={base64.b64encode(salt).decode()},i={ROUNDS}"
        last = (yield server.encode()).decode()
        bare, proof = last.rsplit(",p=", 1)
        if f"r={nonce}" not in bare.split(","):
            raise Refused
        signed = f"{first},{server},{bare}".encode()
        client_key = hmac.digest(salted, b"Client Key", kind)
        stored = hashlib.new(kind, client_key).digest()
        expected = bytes(a ^ b for a, b in zip(client_key, hmac.digest(stored, signed, kind)))
        if told["n"] not in users or not hmac.compare_digest(base64.b64decode(proof), expected):
            raise Refused
        signature = hmac.digest(hmac.digest(salted, b"Server Key", kind), signed, kind)
        return b"v=" + base64.b64encode(signature)


class Client:
    def __init__(self, stream):
        self.stream, self.login = stream, None
        self.server = socket.create_connection(("127.0.0.1", say["server"]))

    def serve(self):
        while True:
            request = frame(self.stream)
            kind, version, number, length = struct.unpack(">hhih", request[:10])
            body = request[10 + max(length, 0):]
            answer = self.own_answer(kind, version, body)
            if answer is None:
                send(self.server, request)
                # a request that asks for no acknowledgement is not made here
                send(self.stream, frame(self.server))
            else:
                send(self.stream, struct.pack(">i", number) + answer)

    def own_answer(self, kind, version, body):
        if kind == HANDSHAKE and users is not None:
            return self.handshake(body)
        if kind == AUTHENTICATE and users is not None:
            return self.authenticate(version, body)
        if users is not None and kind != API_VERSIONS and not (self.login and self.login.done):
            raise EOFError
        if kind == PRODUCE and refusals:
            return produced(version, body, refusals.pop(0))
        return None

    def handshake(self, body):
        name = body[2:].decode()
        known = name in MECHANISMS and name in say.get("mechanisms", MECHANISMS)
        self.login = Login(name) if known else None
        names = b"".join(map(string, MECHANISMS))
        code = 0 if known else UNSUPPORTED_MECHANISM
        return struct.pack(">hi", code, len(MECHANISMS)) + names

    def authenticate(self, version, body):
        # from version 2 on, the header ends with tagged fields, and lengths are varints plus one
        said = compact(body[1:]) if version >= 2 else body[4:]
        code, token = 0, b""
        try:
            token = self.login.step(said)
        except Refused:
            code = AUTHENTICATION_FAILED
        if version >= 2:
            token = varint(len(token) + 1) + token
            return struct.pack(">bhb", 0, code, 0) + token + struct.pack(">qb", 0, 0)
        lifetime = struct.pack(">q", 0) if version == 1 else b""
        return struct.pack(">hhi", code, -1, len(token)) + token + lifetime


def varint(number):
    if number < 0x80:
        return bytes([number])
    return bytes([number & 0x7F | 0x80]) + varint(number >> 7)


def compact(data):
    """The bytes that `data` starts with, after their length."""
    number = at = 0
    while data[at] & 0x80:
        number |= (data[at] & 0x7F) << 7 * at
        at += 1
    number |= data[at] << 7 * at
    return data[at + 1:at + number]


def produced(version, body, code):
    """The answer to a produce request for one partition, versions 3 to 7."""
    assert 3 <= version <= 7, version
    length = max(struct.unpack(">h", body[:2])[0], 0)
    topic = body[2 + length + 6 + 4:]
    length = struct.unpack(">h", topic[:2])[0]
    name, partition = topic[2:2 + length], topic[2 + length + 4:2 + length + 8]
    answer = struct.pack(">ih", 1, length) + name + struct.pack(">i", 1) + partition
    answer += struct.pack(">hqq", code, -1, -1)
    return answer + (struct.pack(">q", -1) if version >= 5 else b"") + struct.pack(">i", 0)


def welcome(stream, context):
    try:
        if context:
            stream = context.wrap_socket(stream, server_side=True)
        Client(stream).serve()
    except (EOFError, OSError):
        pass
    finally:
        stream.close()


def main():
    context = None
    if "certificate" in say:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(say["certificate"], say["key"])
    listener = socket.create_server(("127.0.0.1", say["port"]))
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=welcome, args=(stream, context), daemon=True).start()


main()
