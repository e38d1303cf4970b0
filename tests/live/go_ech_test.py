"""Encrypted Client Hello with Go's crypto/tls, both directions."""

import os
import pathlib
import re
import unittest

import peers
from go_test import version
from peers import handfast_serve

SOURCE = pathlib.Path(__file__).parent / "go_ech" / "peer.go"


class GoEch(peers.LiveTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if version() < (1, 24):
            raise unittest.SkipTest("Go has servers with ECH from 1.24 on")
        cls.peer = cls.files.folder / "ech-peer"
        code, output, errors = peers.run(
            ["go", "build", "-o", cls.peer, SOURCE], timeout=240,
            env=dict(os.environ, GO111MODULE="off", GOFLAGS=""))
        assert code == 0, output + errors

    def key(self, name):
        """A fresh key. Go takes no public name of one label alone."""
        path = self.files.folder / name
        path.unlink(missing_ok=True)
        code, output, errors = peers.run(
            [peers.HANDFAST, "ech", "new", "--public-name", "front.localhost", "--out", path])
        self.assertEqual(code, 0, output + errors)
        return path

    def configs(self, path):
        """The list of configurations in a file of RFC 9934, in base64."""
        text = path.read_text()
        return re.search("BEGIN ECHCONFIG-----(.*)-----END", text, re.S)[1].replace("\n", "")

    def connect(self, port, ech):
        return peers.run([peers.HANDFAST, "connect", "--json", "--ca", self.files.ca, "--ech", ech,
                          f"localhost:{port}"])

    def go_server(self, ech):
        port = peers.free_port()
        return peers.Server([self.peer, "server", port, self.files.certificate("ecdsa"),
                             self.files.key("ecdsa"), ech], port)

    def test_our_client_hides_from_all_but_go(self):
        mine, other = self.key("mine.pem"), self.key("other.pem")
        with self.go_server(mine) as server:
            _, output, errors = self.connect(server.port, mine)
            self.assertIn('"ech": "accepted"', output, errors)
            code, output, _ = self.connect(server.port, other)
            self.assertEqual(code, 21)
            self.assertIn("HF-ECH-REJECTED", output)
            self.assertIn(self.configs(mine), output)

    def test_go_hides_from_all_but_our_server(self):
        mine, other = self.key("mine.pem"), self.key("other.pem")
        # Go sends a share of X25519; for P-384 it is asked for another, so both hellos are hidden.
        for options in ((), ("--group", "secp384r1")):
            with handfast_serve(self.files, ("ecdsa",), "--ech", mine, *options) as server:
                command = [self.peer, "client", server.port, self.files.ca, "localhost"]
                _, output, errors = peers.run([*command, mine])
                self.assertIn("hidden true", output, errors)
                self.assertIn("Hello, peer", output)
                _, output, errors = peers.run([*command, other])
                self.assertIn("rejected " + self.configs(mine), output, errors)


if __name__ == "__main__":
    peers.need("go", "openssl")
    unittest.main(verbosity=2)
