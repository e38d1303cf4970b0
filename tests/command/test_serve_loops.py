"""`handfast serve --loops`: several threads that serve, as one server."""

import concurrent.futures
import contextlib
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from serving import Workplace, read_response, run, send_request


class LoopsCase(unittest.TestCase):
    """A workplace with a site."""

    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)
        (self.place.site / "ten.txt").write_bytes(b"0123456789")

    def large(self, size):
        """A file of holes."""
        with open(self.place.site / "large", "wb") as file:
            file.truncate(size)


def threads(server):
    """How many the server has."""
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/task").iterdir()))


def carried(server):
    """The sockets that each loop waits for, as sets of inodes."""
    process = pathlib.Path(f"/proc/{server.process.pid}")
    loops = []
    for descriptor in process.glob("fd/*"):
        with contextlib.suppress(OSError):
            if descriptor.readlink().name == "anon_inode:[eventpoll]":
                about = (process / "fdinfo" / descriptor.name).read_text(encoding="utf-8")
                loops.append({int(inode, 16) for inode in re.findall(r" ino:(\w+)", about)})
    return loops


def connect_many(server, count):
    """So many connections, as many at once as can be."""
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return [made.result() for made in [pool.submit(server.connect) for _ in range(count)]]


class Serving(LoopsCase):
    """What clients see is one server."""

    def test_every_loop_has_clients_and_each_client_one_loop(self):
        with self.place.serve("--loops", 3) as server, contextlib.ExitStack() as stack:
            server.ask("/ten.txt")
            self.assertEqual(threads(server), 3)
            at_rest = carried(server)
            self.assertEqual(len(at_rest), 3)
            shared = set.intersection(*at_rest)  # the sockets that they listen on
            # Whoever is woken first takes many of them, and hands on what is not its share.
            clients = [stack.enter_context(client) for client in connect_many(server, 60)]
            own = [now - before for now, before in zip(carried(server), at_rest)]
            self.assertGreaterEqual(min(map(len, own)), 16, [len(one) for one in own])
            self.assertEqual(sum(map(len, own)), len(clients))
            self.assertEqual(len(set.union(*own)), len(clients))
            self.assertFalse(shared & set.union(*own))
            for client in clients:
                send_request(client, "/ten.txt")
            for client in clients:
                self.assertEqual(read_response(client)[2], b"0123456789")
        stopped = server.event(event="stopped")
        asked = len(clients) + 1
        self.assertEqual((stopped["requests"], stopped["failures"]), (asked, 0))
        self.assertEqual(stopped["connections"], asked)
        self.assertEqual(len([e for e in server.events if e["event"] == "request"]), asked)

    def test_what_one_loop_gave_all_take(self):
        for version, stateful in [("1.3", False), ("1.2", False), ("1.3", True), ("1.2", True)]:
            with self.subTest(version=version, stateful=stateful):
                self.resume_everywhere(version, stateful)

    def resume_everywhere(self, version, stateful):
        """Sessions of connections that are held, so that the next ones go to any loop."""
        options = ["--stateful"] if stateful else []
        with (
            self.place.serve("--loops", 4, "--tls", version, *options) as server,
            contextlib.ExitStack() as stack,
        ):
            context = ssl.create_default_context(cafile=str(self.place.authority))

            def visit(session=None):
                plain = socket.create_connection((server.host, server.port), 20)
                client = context.wrap_socket(plain, server_hostname="localhost", session=session)
                stack.callback(client.close)
                send_request(client, "/ten.txt")
                self.assertEqual(read_response(client)[2], b"0123456789")
                return client

            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                first = list(pool.map(lambda _: visit(), range(32)))
                again = list(pool.map(lambda client: visit(client.session), first))
            self.assertEqual([client.session_reused for client in first], [False] * 32)
            self.assertEqual([client.session_reused for client in again], [True] * 32)

    def test_connections_are_those_of_all_loops(self):
        self.large(1 << 30)
        with self.place.serve("--loops", 3, "--connections", 6) as server:
            with contextlib.ExitStack() as stack:
                # Nobody is turned away before there are so many, whichever loops have them.
                clients = [stack.enter_context(client) for client in connect_many(server, 6)]
                for client in clients:
                    send_request(client, "/large")
                    client.recv(1)  # which is no client that makes way
                with self.assertRaises(OSError):
                    server.connect()
                clients.pop().close()
                server.event(event="request", target="/large")
                self.assertEqual(server.ask("/ten.txt")[0], 200)

    def test_an_idle_client_of_any_loop_makes_way(self):
        with self.place.serve("--loops", 4, "--connections", 2) as server:
            with contextlib.ExitStack() as stack:
                for client in connect_many(server, 2):
                    send_request(stack.enter_context(client), "/ten.txt")
                    self.assertEqual(read_response(client)[0], 200)
                for _ in range(20):  # whichever loop takes them
                    client = stack.enter_context(server.connect())
                    send_request(client, "/ten.txt")
                    self.assertEqual(read_response(client)[0], 200)
        self.assertEqual(server.event(event="stopped")["failures"], 0)

    def test_wrong_numbers_are_refused(self):
        for wrong in ("0", "-1", "257", "many"):
            done = run("serve", "--loops", wrong, self.place.site)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("--loops", done.stderr)


class Signals(LoopsCase):
    """What the server is told reaches every loop."""

    def test_new_client_authorities_count_in_every_loop(self):
        anybody = self.place.path / "clients.pem"
        self.place.run("cert", "dev", "localhost")
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj"]  # fmt: skip
        folder = self.place.path
        for name in ("before", "after"):
            subprocess.run([*make, f"/CN={name}", "-keyout", folder / f"{name}.key",
                            "-out", folder / f"{name}.pem"],
                           check=True, capture_output=True)  # fmt: skip
        anybody.write_bytes((folder / "before.pem").read_bytes())
        context = ssl.create_default_context(cafile=str(self.place.authority))
        context.load_cert_chain(folder / "after.pem", folder / "after.key")
        with self.place.serve("--loops", 3, "--client-ca", anybody) as server:

            def is_let_in(_):
                plain = socket.create_connection((server.host, server.port), 20)
                try:
                    with context.wrap_socket(plain, server_hostname="localhost") as client:
                        send_request(client, "/ten.txt")
                        return read_response(client)[0] == 200
                except (OSError, IndexError):
                    return False

            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                self.assertEqual(set(pool.map(is_let_in, range(32))), {False})
                anybody.write_bytes((folder / "after.pem").read_bytes())
                server.process.send_signal(signal.SIGHUP)
                server.event(event="note")
                self.assertEqual(set(pool.map(is_let_in, range(32))), {True})

    def test_a_signal_lets_the_responses_of_all_loops_end(self):
        size = 8 << 20
        self.large(size)
        server = self.place.serve("--loops", 3)
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(client) for client in connect_many(server, 12)]
            for client in clients:
                send_request(client, "/large")
                self.assertNotEqual(client.recv(1), b"")
            result = []
            stopper = threading.Thread(target=lambda: result.append(server.stop()))
            stopper.start()

            def rest(client):
                count = 1
                while piece := client.recv(1 << 20):
                    count += len(piece)
                return count

            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                for count in pool.map(rest, clients):
                    self.assertGreater(count, size)
            stopper.join()
        self.assertEqual(result, [0])
        self.assertEqual(server.event(event="stopped")["requests"], 12)

    def test_nobody_is_taken_once_it_stops(self):
        self.large(1 << 30)
        server = self.place.serve("--loops", 2)
        with contextlib.ExitStack() as stack:
            for client in connect_many(server, 8):
                send_request(stack.enter_context(client), "/large")
                client.recv(1)
            server.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 10
            with self.assertRaises(ConnectionRefusedError):
                while time.monotonic() < deadline:
                    socket.create_connection((server.host, server.port), 5).close()
                    time.sleep(0.02)
            self.assertIsNone(server.process.poll())
            start = time.monotonic()
            self.assertEqual(server.stop(signal.SIGINT), 0)  # the second: at once
            self.assertLess(time.monotonic() - start, 3)


if __name__ == "__main__":
    unittest.main()
