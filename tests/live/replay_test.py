"""Early data that somebody copies on the wire and sends again, to two server processes that open
each other's tickets and ask one register, which is a third: taken at most once, whatever happens
to the register."""

import collections
import concurrent.futures
import queue
import secrets
import socket
import subprocess
import threading
import time
import unittest

import peers

PROGRAM = peers.beside("live_replay")
EARLY = b"POST /pay?cents=100 HTTP/1.1\r\nHost: localhost\r\n\r\n"
REPLAYS = 1_000
AT_ONCE = 10  # senders for each server


class Process:
    """A `live_replay` that writes lines, until the `with` block ends."""

    def __init__(self, *arguments):
        self._process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE,
                                         stdin=subprocess.DEVNULL, text=True)
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.first = self.line()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.strip())

    def line(self):
        return self._lines.get(timeout=20)

    def lines(self, count):
        return [self.line() for _ in range(count)]

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Replay(peers.LiveTest):
    def setUp(self):
        self.secret = self.files.folder / "secret"
        self.secret.write_bytes(secrets.token_bytes(32))
        self.kept = self.files.folder / "session"
        self.kept.unlink(missing_ok=True)
        self.early = self.files.folder / "early"
        self.early.write_bytes(EARLY)
        self.registers = 0

    def register(self, since=0):
        """A register, and where it is to be asked. The tickets' keys are new with each test, so the
        first can vouch for all time; one that follows it cannot."""
        self.registers += 1
        path = self.files.folder / f"register{self.registers}"
        path.unlink(missing_ok=True)
        return Process("register", path, since), path

    def server(self, path):
        server = Process("serve", self.files.certificate("ecdsa"), self.files.key("ecdsa"),
                         self.secret, path)
        server.port = int(server.first)
        return server

    def visit(self, server, *options):
        """A whole connection of ours, which keeps the next session; and what the server says."""
        return self.connect(server.port, "--resume", self.kept, *options), server.line()

    def copied(self, server):
        """The first flight of a client that has a session of `server`, as somebody on the way has
        it who lets nothing through."""
        report, _ = self.visit(server)
        self.assertIsNotNone(report["session_kept_until"])
        with socket.create_server(("127.0.0.1", 0)) as middle:
            client = subprocess.Popen(
                [peers.HANDFAST, "connect", f"localhost:{middle.getsockname()[1]}", "--ca",
                 self.files.ca, "--resume", self.kept, "--early-data", self.early, "--json"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            caught, _ = middle.accept()
            with caught:
                caught.settimeout(20)
                flight = b""
                while sum(length for kind, length in records(flight) if kind == 23) <= len(EARLY):
                    flight += caught.recv(65_536)
            client.kill()
            client.wait()
        return flight

    def replay(self, flight, servers, times=REPLAYS, midway=None):
        """Sends `flight` so many times in all, to each server from several places at once, and
        returns what became of them, counted for each server. `midway` is done after the first half
        was sent."""
        senders = AT_ONCE * len(servers)
        share = times // senders
        start = threading.Barrier(senders, timeout=20)
        half = threading.Barrier(senders, action=midway, timeout=20)

        def send(port):
            start.wait()
            for turn in range(share):
                if turn == share // 2:
                    half.wait()
                with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
                    connection.sendall(flight)
                    self.assertTrue(connection.recv(1), "the handshake goes on, with or without")

        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(senders) as pool:
            sent = [pool.submit(send, server.port) for server in servers for _ in range(AT_ONCE)]
            outcomes = [collections.Counter(server.lines(share * AT_ONCE)) for server in servers]
            for one in sent:
                one.result()
        print(f"{share * senders} replays in {time.monotonic() - began:.1f} s: "
              f"{[dict(outcome) for outcome in outcomes]}", flush=True)
        return outcomes

    def check_taken(self, outcomes, times, *others):
        """It was handed out so many times, whole; the rest are of these kinds, with nothing."""
        total = sum(outcomes, collections.Counter())
        self.assertEqual(total.pop(f"accepted {len(EARLY)} broken", 0), times)
        self.assertLessEqual(set(total), {f"{other} 0 broken" for other in others}, total)
        self.assertTrue(total)

    def test_a_thousand_replays_to_two_servers_are_taken_once(self):
        register, path = self.register()
        with register, self.server(path) as one, self.server(path) as other:
            flight = self.copied(one)
            outcomes = self.replay(flight, (one, other))
            # A machine that needs more than ten seconds for all sees some of them as stale.
            self.check_taken(outcomes, 1, "replayed", "stale")
            self.assertEqual([outcome.total() for outcome in outcomes], [REPLAYS // 2] * 2)
            # What is new is still taken, by the server that did not give the ticket too.
            report, _ = self.visit(one)
            report, told = self.visit(other, "--early-data", self.early)
            self.assertEqual((report["session"], report["early_data"]), ("resumed", "accepted"))
            self.assertEqual(told, f"accepted {len(EARLY)} complete")

    def test_two_registers_would_take_it_twice(self):
        """What the others would see if the servers did not share one."""
        (first, mine), (second, yours) = self.register(), self.register()
        with first, second, self.server(mine) as one, self.server(yours) as other:
            outcomes = self.replay(self.copied(one), (one, other), times=100)
            self.check_taken(outcomes, 2, "replayed", "stale")

    def test_without_the_register_none_is_taken(self):
        register, path = self.register()
        with register, self.server(path) as one, self.server(path) as other:
            flight = self.copied(one)
            register.kill()
            self.check_taken(self.replay(flight, (one, other)), 0, "unregistered", "stale")
            # Clients that are really there come in all the same.
            self.visit(one)
            report, told = self.visit(other, "--early-data", self.early)
            self.assertEqual((report["session"], report["early_data"]), ("resumed", "declined"))
            self.assertEqual(told, "unregistered 0 complete")

    def test_a_register_that_ends_and_comes_back_takes_none_again(self):
        register, path = self.register()
        later = []

        def restart():
            register.kill()
            path.unlink()
            later.append(Process("register", path, "now"))

        with register, self.server(path) as one, self.server(path) as other:
            try:
                outcomes = self.replay(self.copied(one), (one, other), midway=restart)
            finally:
                for process in later:
                    process.kill()
            self.check_taken(outcomes, 1, "replayed", "unregistered", "stale")


def records(flight):
    """Type and length of each whole record, in clear as they stand in its header."""
    while len(flight) >= 5:
        length = int.from_bytes(flight[3:5], "big")
        if len(flight) < 5 + length:
            return
        yield flight[0], length
        flight = flight[5 + length:]


if __name__ == "__main__":
    peers.need("openssl")
    unittest.main(verbosity=2)
