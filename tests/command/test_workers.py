"""`handfast serve --workers`: signatures, key exchanges and chains on threads of their own."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import ssl
import time

from lab import openssl, reset
from making import MakingCase
from serving import read_response, send_request

CROWD = 200  # clients at once; each of them costs a signature of some milliseconds
LONG_QUEUE = 1000  # clients, who wait for seconds
SIGNATURE = 512  # bytes


class Workers(MakingCase):
    """A server with a key that is slow to sign with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow_key = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096")

    def setUp(self):
        super().setUp()
        (self.place.site / "index.html").write_text("hello\n")
        key, chain = self.path("slow.key"), self.path("slow.pem")
        key.write_bytes(self.slow_key)
        openssl("req", "-x509", "-new", "-key", key, "-out", chain, "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost",
                "-addext", "basicConstraints=critical,CA:false",
                "-addext", "keyUsage=critical,digitalSignature")  # fmt: skip
        self.slow = ["--cert", chain, "--key", key]
        self.context = ssl.create_default_context(cafile=str(chain))

    def ask(self, server):
        """One request on a connection of its own: its status and content."""
        plain = socket.create_connection((server.host, server.port), 60)
        with self.context.wrap_socket(plain, server_hostname="localhost") as connection:
            send_request(connection, "/", headers=("Connection: close",))
            status, _, content = read_response(connection)
            return connection.version(), status, content

    def hello(self):
        """A ClientHello as it goes over the wire."""
        said = ssl.MemoryBIO()
        client = self.context.wrap_bio(ssl.MemoryBIO(), said, server_hostname="localhost")
        with contextlib.suppress(ssl.SSLWantReadError):
            client.do_handshake()
        return said.read()

    @contextlib.contextmanager
    def crowd(self, server, size=CROWD):
        """Clients that have said hello, all of them waiting for the server's signature."""
        hello = self.hello()
        with contextlib.ExitStack() as stack:
            clients = []
            for _ in range(size):
                client = socket.create_connection((server.host, server.port), 60)
                clients.append(stack.enter_context(client))
            for client in clients:
                client.sendall(hello)
            yield clients

    @contextlib.contextmanager
    def known(self, server):
        """A client that is connected already."""
        plain = socket.create_connection((server.host, server.port), 60)
        with self.context.wrap_socket(plain, server_hostname="localhost") as connection:
            yield connection

    def ask_on(self, connection):
        """One request on a connection that is there."""
        send_request(connection, "/")
        self.assertEqual(read_response(connection)[2], b"hello\n")

    def await_turns(self, connection):
        """Until the server has heard all that was said before: it accepts 64 clients a turn."""
        for _ in range(LONG_QUEUE // 64 + 3):
            self.ask_on(connection)

    def time_of_asking(self, server):
        """How long one request takes, with its handshake; in seconds."""
        began = time.monotonic()
        self.assertEqual(self.ask(server)[1], 200)
        return time.monotonic() - began

    def test_both_versions_are_served(self):
        for workers in (1, 2, 5):
            with self.place.serve("--workers", workers, *self.slow) as server:
                self.assertEqual(self.ask(server), ("TLSv1.3", 200, b"hello\n"))
                self.context.maximum_version = ssl.TLSVersion.TLSv1_2
                self.assertEqual(self.ask(server), ("TLSv1.2", 200, b"hello\n"))
                self.context.maximum_version = ssl.TLSVersion.TLSv1_3
                logged = server.event(event="request")
                self.assertGreater(logged["handshake_ms"], 0)

    def test_each_of_many_clients_is_served(self):
        with self.place.serve("--workers", 2, *self.slow) as server:
            with concurrent.futures.ThreadPoolExecutor(32) as pool:
                answers = list(pool.map(lambda _: self.ask(server), range(150)))
            self.assertEqual(server.stop(), 0)
            stopped = server.event(event="stopped")
        self.assertEqual(set(answers), {("TLSv1.3", 200, b"hello\n")})
        self.assertEqual((stopped["requests"], stopped["failures"]), (150, 0))

    def test_clients_are_judged_there_too(self):
        self.cert("new", "--ca", "Members", "--out", "members")
        self.cert("new", "--ca", "Others", "--out", "others")
        for name, issuer in (("ann", "members"), ("eve", "others")):
            self.cert("new", "--client", "--subject", f"CN={name}", "--out", name)
            self.cert("sign", f"{name}.csr", "--ca", f"{issuer}.pem", "--profile", "client")
        for how, asked in (("require", ()), ("later", ("--post-handshake-auth",))):
            with self.place.serve("--workers", 2, "--client-ca", "members.pem", "--client-auth",
                                  how, *self.slow) as server:  # fmt: skip
                answer = self.place.run(
                    "connect", "--ca", "slow.pem", "--cert", "ann.pem", "--key", "ann.key", *asked,
                    "--get", "/", f"localhost:{server.port}")  # fmt: skip
                self.assertEqual((answer.returncode, answer.stdout), (0, "hello\n"), answer.stderr)
                self.assertIn("ann", json.dumps(server.event(event="request")))
        with self.place.serve("--workers", 2, "--client-ca", "members.pem", *self.slow) as server:
            self.place.run("connect", "--ca", "slow.pem", "--cert", "eve.pem", "--key", "eve.key",
                           "--get", "/", f"localhost:{server.port}")  # fmt: skip
            self.assertEqual(server.event(event="failure")["code"], "HF-CLIENT-CERT")

    def test_who_is_connected_need_not_wait(self):
        with self.place.serve("--workers", 1, *self.slow) as server:
            with self.known(server) as connection, self.crowd(server) as clients:
                for _ in range(20):
                    self.ask_on(connection)
                # Some of the others have still heard nothing.
                for client in clients:
                    client.setblocking(False)
                self.assertTrue(any(not heard(client) for client in clients))

    def test_threads_do_the_work(self):
        with self.place.serve("--workers", 2, *self.slow) as server:
            for _ in range(100):
                self.ask(server)
            pid = server.process.pid
            tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
            workers = [task for task in tasks if (task / "comm").read_text() == "worker\n"]
            self.assertEqual((len(tasks), len(workers)), (3, 2))
            # A signature takes milliseconds, by libcrypto's code at its full speed in every build.
            self.assertGreater(sum(map(cpu_time, workers)), 0.05)

    def test_patience_ends_while_an_operation_is_awaited(self):
        with self.place.serve("--workers", 1, "--timeout", "0.5", *self.slow) as server:
            with many_files(), self.crowd(server, LONG_QUEUE) as clients:
                sizes = [len(ended(client)) for client in clients]
            # Some were told before it was their turn.
            self.assertLess(min(size for size in sizes if size > 0), max(sizes) - SIGNATURE)
            told = [event["why"] for event in server.events if event["event"] == "failure"]
            self.assertTrue(any("did not finish the handshake" in why for why in told), set(told))
            self.assertEqual(self.ask(server)[1], 200)
            self.assertEqual(server.stop(), 0)
            self.assertEqual(server.event(event="stopped")["failures"], LONG_QUEUE)

    def is_one_turned_away(self, server):
        """Whether that is told while a crowd waits: its time ends, too."""
        with self.crowd(server, LONG_QUEUE):
            end = time.monotonic() + 2
            while time.monotonic() < end:
                if any("time for" in event.get("text", "") for event in server.events):
                    return True
                with socket.create_connection((server.host, server.port), 60):
                    time.sleep(0.01)
        return False

    def test_who_comes_while_others_wait_for_long_is_turned_away(self):
        with self.place.serve("--workers", 1, "--timeout", "0.5", *self.slow) as server:
            deadline = time.monotonic() + 60
            with many_files():
                while not self.is_one_turned_away(server):
                    self.assertLess(time.monotonic(), deadline)
            self.assertEqual(self.ask(server)[1], 200)

    def test_who_has_left_takes_no_time(self):
        for leave in (reset, socket.socket.close):
            with self.place.serve("--workers", 1, *self.slow) as server:
                alone = self.time_of_asking(server)
                with self.known(server) as connection:
                    with many_files(), self.crowd(server, LONG_QUEUE) as clients:
                        self.await_turns(connection)
                        for client in clients:
                            leave(client)
                        self.assertLess(self.time_of_asking(server), max(1, 20 * alone))

    def test_who_has_left_takes_no_place(self):
        for leave in (reset, socket.socket.close):
            with self.place.serve("--workers", 1, "--connections", CROWD + 9, *self.slow) as server:
                with self.known(server) as connection:
                    for _ in range(5):
                        with self.crowd(server) as clients:
                            self.await_turns(connection)
                            for client in clients:
                                leave(client)
                        self.await_turns(connection)
                self.assertEqual(server.stop(), 0)
                self.assertEqual([event for event in server.events if "text" in event], [])
                self.assertEqual(server.event(event="stopped")["failures"], 5 * CROWD)

    def test_it_can_be_stopped_while_operations_are_awaited(self):
        for signals in (1, 2):
            with self.place.serve("--workers", 2, *self.slow) as server:
                with self.crowd(server):
                    for _ in range(signals):
                        server.process.send_signal(signal.SIGTERM)
                        time.sleep(0.05)
                    self.assertEqual(server.process.wait(timeout=20), 0)
                self.assertEqual(server.event(event="stopped")["requests"], 0)

    def test_how_many_there_may_be(self):
        for number in ("-1", "257", "many"):
            answer = self.place.run("serve", "--workers", number, "site")
            self.assertEqual(answer.returncode, 2, answer.stderr)
            self.assertIn("--workers", answer.stderr)


def heard(client):
    """Whether a socket that does not block has something to read."""
    try:
        return bool(client.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def ended(client):
    """All that a client hears until the server ends the connection, in whatever way."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(65536):
            said += piece
    return said


def cpu_time(task):
    """The time for which a thread has run, in seconds."""
    fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def many_files():
    """Lets this process have as many files open as it may."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
