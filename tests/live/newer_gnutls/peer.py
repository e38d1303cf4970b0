"""A client and a server on a libgnutls that has zlib, for the tests with live peers.

    peer.py LIBRARY server PORT CERT KEY [CA]   answers any request with "Hello, peer"
    peer.py LIBRARY client PORT CA [CERT KEY]   requests /index.html and prints what comes

With a CA the server lets only clients in that it vouches for; with CERT and KEY the client says who
it is. Both take and give certificates compressed by zlib, and print "closed" where both sides ended
the connection in order.
"""

import ctypes
import socket
import sys

# Of gnutls.h.
SERVER, CLIENT = 1, 2
AGAIN = -28  # something came that was no data, as a ticket is none
CERTIFICATE, PEM, DNS, REQUIRE, BOTH_WAYS = 1, 1, 1, 2, 0
ZLIB = (ctypes.c_int * 1)(2)

HOST = b"localhost"
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# It ends where the connection does, so that a cut would show.
RESPONSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nHello, peer"

library = ctypes.CDLL(sys.argv[1])
library.gnutls_strerror.restype = ctypes.c_char_p
for function in (library.gnutls_record_send, library.gnutls_record_recv):
    function.restype = ctypes.c_ssize_t


class Refused(Exception):
    """GnuTLS would not go on."""


def call(name, *arguments):
    """What gnutls_`name` returns, once it does not ask to be called again."""
    while (result := getattr(library, f"gnutls_{name}")(*arguments)) == AGAIN:
        pass
    if result < 0:
        raise Refused(f"{name}: {library.gnutls_strerror(int(result)).decode()}")
    return result


def credentials(authority, certificate, key):
    made = ctypes.c_void_p()
    call("certificate_allocate_credentials", ctypes.byref(made))
    if authority:
        call("certificate_set_x509_trust_file", made, authority.encode(), PEM)
    if certificate:
        call("certificate_set_x509_key_file", made, certificate.encode(), key.encode(), PEM)
    return made


class Session:
    """One connection, and its handshake."""

    def __init__(self, role, own, connection, demands=False):
        self._session = ctypes.c_void_p()
        call("init", ctypes.byref(self._session), role)
        call("priority_set_direct", self._session, b"NORMAL:-VERS-ALL:+VERS-TLS1.3", None)
        call("credentials_set", self._session, CERTIFICATE, own)
        call("compress_certificate_set_methods", self._session, ZLIB, ctypes.c_size_t(len(ZLIB)))
        if role == CLIENT:
            call("server_name_set", self._session, DNS, HOST, ctypes.c_size_t(len(HOST)))
            self._verify(HOST)
        elif demands:
            library.gnutls_certificate_server_set_request(self._session, REQUIRE)
            self._verify(None)
        library.gnutls_transport_set_int2(self._session, connection.fileno(), connection.fileno())
        call("handshake", self._session)

    def _verify(self, name):
        library.gnutls_session_set_verify_cert(self._session, name, 0)

    def send(self, words):
        call("record_send", self._session, words, ctypes.c_size_t(len(words)))

    def receive(self):
        """Some bytes; none at all after a close_notify, and nowhere else."""
        buffer = ctypes.create_string_buffer(16_384)
        size = call("record_recv", self._session, buffer, ctypes.c_size_t(len(buffer)))
        return buffer.raw[:size]

    def close(self):
        """Sends close_notify, and waits for that of the other side."""
        call("bye", self._session, BOTH_WAYS)
        print("closed", flush=True)


def serve(port, certificate, key, authority=None):
    own = credentials(authority, certificate, key)
    listener = socket.create_server(("127.0.0.1", int(port)))
    print("ACCEPT", flush=True)
    while True:
        with listener.accept()[0] as connection:
            try:
                session = Session(SERVER, own, connection, demands=authority is not None)
                request = b""
                while not request.endswith(b"\r\n\r\n") and (some := session.receive()):
                    request += some
                print(request.decode(), flush=True)
                session.send(RESPONSE)
                session.close()
            except Refused as refused:
                print(refused, flush=True)


def ask(port, authority, certificate=None, key=None):
    own = credentials(authority, certificate, key)
    with socket.create_connection(("127.0.0.1", int(port))) as connection:
        session = Session(CLIENT, own, connection)
        session.send(REQUEST)
        while some := session.receive():
            print(some.decode())
        session.close()


if __name__ == "__main__":
    {"server": serve, "client": ask}[sys.argv[2]](*sys.argv[3:])
