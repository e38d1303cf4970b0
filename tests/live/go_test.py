"""A Go program on crypto/tls, both directions. Go chooses its TLS 1.3 suites itself, so as a client
it meets our server's choice and as a server it takes what our client offers."""

import os
import pathlib
import unittest

import peers

CURVE_ID = {"secp256r1": "23", "secp384r1": "24", "secp521r1": "25", "x25519": "29"}
SOURCE = pathlib.Path(__file__).parent / "go" / "peer.go"


class Go(peers.LiveTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peer = cls.files.folder / "peer"
        code, output, errors = peers.run(
            ["go", "build", "-o", cls.peer, SOURCE], timeout=240,
            env=dict(os.environ, GO111MODULE="off", GOFLAGS=""))
        assert code == 0, output + errors

    def go_server(self, kind, group):
        port = peers.free_port()
        curves = CURVE_ID[group] if group else "-"
        return peers.Server([self.peer, "server", port, self.files.certificate(kind),
                             self.files.key(kind), curves], port)

    def test_our_client_with_go(self):
        self.check_matrix(self.go_server)

    def test_go_with_our_server(self):
        for kind in peers.KEYS:
            with peers.handfast_serve(self.files, (kind,)) as server:
                for curves in ("-", "29", "23", "25,29", "25,23"):
                    code, output, errors = peers.run(
                        [self.peer, "client", server.port, self.files.ca, curves])
                    self.assertEqual(code, 0, f"{kind} {curves}: {output} {errors}")
                    self.assertIn("Hello, peer", output)
                    self.assertIn("TLS_AES_128_GCM_SHA256", output)


if __name__ == "__main__":
    peers.need("go", "openssl")
    unittest.main(verbosity=2)
