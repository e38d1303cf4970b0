"""A server and a client on tlslite-ng, the one TLS stack that still has heartbeats.

  peer.py server PORT CERT KEY VERSION MODE
      echoes what comes, one connection after the other; MODE: answers; deaf has no heartbeats; mute
      agrees on them, and falls silent with the first data
  peer.py client PORT VERSION
      asks for heartbeats of several sizes, says what is none, and makes a request; prints what came
"""

import socket
import sys
import time

from tlslite.api import (HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey)
from tlslite.messages import Heartbeat

SIZES = (0, 1, 20, 5000, 2 ** 14 - 19)


class Bleeding:
    """CVE-2014-0160: a request that says more than it holds."""

    contentType = Heartbeat().contentType

    def __init__(self, text):
        self._text = text

    def write(self):
        """What goes into the record."""
        return bytearray(self._text)


def settings_for(version, came=None, has_heartbeat=True):
    """Settings for one version of TLS; `came` hears of answers."""
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = (3, 4) if version == "1.3" else (3, 3)
    settings.use_heartbeat_extension = has_heartbeat
    settings.heartbeat_response_callback = came
    return settings


def send(connection, message):
    """Sends something that the library would not."""
    for _ in connection._sendMsg(message, randomizeFirstBlock=False):
        pass


def serve(port, certificate, key, version, mode):
    """Echoes what comes."""
    chain = X509CertChain()
    with open(certificate, encoding="ascii") as file:
        chain.parsePemList(file.read())
    with open(key, encoding="ascii") as file:
        private = parsePEMKey(file.read(), private=True)
    listener = socket.create_server(("127.0.0.1", int(port)))
    while True:
        connection = TLSConnection(listener.accept()[0])
        try:
            connection.handshakeServer(
                certChain=chain, privateKey=private,
                settings=settings_for(version, None, False) if mode == "deaf"
                else settings_for(version, print))
            while text := connection.read(min=1, max=4096):
                if mode == "mute":
                    time.sleep(60)
                connection.write(text)
        except Exception as error:  # the next client is another matter
            print(repr(error), flush=True)


def ask(port, version):
    """Checks each answer, as whoever had sent it would."""
    came = []
    connection = TLSConnection(socket.create_connection(("127.0.0.1", int(port))))
    connection.handshakeClientCert(settings=settings_for(version, came.append),
                                   serverName="localhost")
    for count, size in enumerate(SIZES):
        # A large one as full as it can be, all others with more padding than need be.
        padding = 16 if size > 10_000 else 16 + count
        connection.send_heartbeat_request(bytearray([count] * size), padding)
    for text in (b"\1\x40\0", b"\1\xff\xff" + b"x" * 40, b"\1\0\x15" + b"x" * 36, b""):
        send(connection, Bleeding(text))
    connection.send_heartbeat_request(bytearray(b"the last"), 16)
    connection.write(b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    text = b""
    while more := connection.read(min=1, max=4096):
        text += more
    print(text.decode())
    payloads = [bytes(one.payload) for one in came]
    assert payloads == [bytes([count] * size) for count, size in enumerate(SIZES)] + [b"the last"]
    assert all(len(one.padding) == 16 for one in came)
    assert len({bytes(one.padding) for one in came}) == len(came), "padding is random"
    print(f"{len(came)} heartbeats")


if __name__ == "__main__":
    {"server": serve, "client": ask}[sys.argv[1]](*sys.argv[2:])
