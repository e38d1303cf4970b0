"""Heartbeats (RFC 6520) with tlslite-ng, the last stack that has them, in TLS 1.2 and 1.3."""

import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

import peers
from peers import HANDFAST, handfast_serve

PEER = pathlib.Path(__file__).parent / "tlslite" / "peer.py"
PACKAGES = pathlib.Path(os.environ.get("HANDFAST_PEERS", "build/peers")) / "tlslite"
VERSIONS = ("1.2", "1.3")


class Heartbeats(peers.LiveTest):
    def environment(self):
        return dict(os.environ, PYTHONPATH=str(PACKAGES))

    def serve(self, version, mode):
        port = peers.free_port()
        return peers.Server(
            [sys.executable, PEER, "server", port, self.files.certificate("rsa"),
             self.files.key("rsa"), version, mode], port, env=self.environment())

    def talk(self, port, version, seconds, *options, after=0.5):
        """Our client, silent for so long before a word and after; what it says, and its exit
        code."""
        with subprocess.Popen(
                [HANDFAST, "connect", f"localhost:{port}", "--ca", self.files.ca, "--tls", version,
                 "--diagram", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT) as client:
            time.sleep(seconds)
            try:
                client.stdin.write(b"are you there?")
                client.stdin.flush()
                time.sleep(after)
            except BrokenPipeError:
                pass  # it has given up, which the caller looks for
            output, _ = client.communicate(timeout=30)
        return client.returncode, output.decode()

    def test_our_client_keeps_a_connection_alive(self):
        for version in VERSIONS:
            with self.serve(version, "answers") as server, peers.Between(server.port) as between:
                code, output = self.talk(between.port, version, 2, "--heartbeat", "0.4")
            self.assertEqual(code, 0, output)
            self.assertIn("are you there?", output)
            self.assertIn("the server answers", output)
            self.assertRegex(output, r"│ ── heartbeat ")
            self.assertRegex(output, r"│ ◀── heartbeat ")
            if version == "1.2":  # TLS 1.3 hides what they are
                for log in (between.to_server, between.to_client):
                    self.assertGreaterEqual(sum(kind == 24 for kind, _ in log), 3)

    def test_our_client_notices_when_nobody_answers(self):
        for version in VERSIONS:
            with self.serve(version, "mute") as server:
                started = time.monotonic()
                code, output = self.talk(server.port, version, 0.1, "--heartbeat", "0.5",
                                         after=3)
            self.assertEqual(code, 12, output)
            self.assertIn("did not answer within 0.5 s", output)
            self.assertLess(time.monotonic() - started, 20)

    def test_our_client_does_not_ask_who_does_not_want_it(self):
        for version in VERSIONS:
            with self.serve(version, "deaf") as server:
                code, output = self.talk(server.port, version, 1, "--heartbeat", "0.3")
            self.assertEqual(code, 0, output)
            self.assertIn("are you there?", output)
            self.assertIn("the server does not take any", output)
            self.assertNotRegex(output, r"── heartbeat ")

    def test_our_server_answers(self):
        """Also no more than it was asked, and nothing to what says more than it holds."""
        for version in VERSIONS:
            with handfast_serve(self.files, ("ecdsa",), "--tls", version, "--heartbeat") as server:
                code, output, errors = peers.run(
                    [sys.executable, PEER, "client", server.port, version], env=self.environment())
                self.assertEqual(code, 0, output + errors)
                self.assertIn("Hello, peer", output)
                self.assertIn("6 heartbeats", output)
                self.assertEqual(server.handshake()["tls"], version)

    def test_our_server_does_not_unless_it_is_told_to(self):
        for version in VERSIONS:
            with handfast_serve(self.files, ("ecdsa",), "--tls", version) as server:
                code, output, errors = peers.run(
                    [sys.executable, PEER, "client", server.port, version], env=self.environment())
                self.assertNotEqual(code, 0, output)
                self.assertRegex(errors, re.compile("heartbeat", re.IGNORECASE))


if __name__ == "__main__":
    if not (PACKAGES / "tlslite").is_dir():
        print("skipped: tlslite-ng is not there; ./dev test takes it from PyPI, where there is pip")
        sys.exit(77)
    unittest.main(verbosity=2)
