"""A GnuTLS with zlib, both directions, for compressed certificates: those of Debian have none. It
comes in a wheel of PyPI and has no tools, so newer_gnutls/peer.py drives it."""

import os
import pathlib
import sys
import unittest

import peers

LIBRARY = next(pathlib.Path(os.environ["HANDFAST_PEERS"]).absolute().glob(
    "gnutls/av.libs/libgnutls-*"), None)
PEER = pathlib.Path(__file__).parent / "newer_gnutls" / "peer.py"
OFFERS = {"zlib": "zlib", "brotli,zstd,zlib": "zlib", "brotli,zstd": None, None: None}


def compress(offer):
    return ("--compress", offer) if offer else ()


class NewerGnuTls(peers.LiveTest):
    def server(self, kind, *authority):
        port = peers.free_port()
        return port, peers.Dialogue(
            [sys.executable, PEER, LIBRARY, "server", port, self.files.certificate(kind),
             self.files.key(kind), *authority], port)

    def visit(self, port, server, *options):
        """One request of our client, and its report."""
        report = self.connect(port, "--get", "/from-us", *options)
        self.check_trust(report)
        self.assertEqual(report["response"]["body"], "Hello, peer")
        server.expect("GET /from-us HTTP/1.1")
        server.expect("closed")
        return report

    def client(self, port, *pair):
        """One request of GnuTLS."""
        code, output, errors = peers.run(
            [sys.executable, PEER, LIBRARY, "client", port, self.files.ca, *pair])
        self.assertEqual(code, 0, output + errors)
        self.assertIn("Hello, peer", output)
        self.assertIn("closed", output)

    def test_compressed_certificates_of_servers(self):
        for kind in ("ecdsa", "rsa"):
            port, server = self.server(kind)
            with server:
                for offer, used in OFFERS.items():
                    report = self.visit(port, server, *compress(offer))
                    self.assertEqual(report["certificate_compression"], used)
            for offer, used in OFFERS.items():
                with peers.handfast_serve(self.files, (kind,), *compress(offer)) as server:
                    self.client(server.port)
                    self.assertEqual(server.handshake()["certificate_compression"], used)

    def test_compressed_certificates_of_clients(self):
        pair = (self.files.certificate("client"), self.files.key("client"))
        port, server = self.server("ecdsa", self.files.client_ca)
        with server:
            for offer, used in OFFERS.items():
                report = self.visit(port, server, "--cert", pair[0], "--key", pair[1],
                                    *compress(offer))
                self.assertTrue(report["client_certificate"]["shown"])
                self.assertEqual(report["client_certificate_compression"], used)
        for offer, used in OFFERS.items():
            with peers.handfast_serve(self.files, ("ecdsa",), *compress(offer), "--client-ca",
                                      self.files.client_ca) as server:
                self.client(server.port, *pair)
                event = server.handshake()
                self.assertEqual(event["client_certificate"]["subject"], "CN=client")
                self.assertEqual(event["client_certificate_compression"], used)

    def test_an_empty_certificate_is_compressed_too(self):
        with peers.handfast_serve(self.files, ("ecdsa",), "--compress", "zlib", "--client-ca",
                                  self.files.client_ca, "--client-auth", "request") as server:
            self.client(server.port)
            event = server.handshake()
            self.assertIsNone(event["client_certificate"])
            self.assertEqual(event["client_certificate_compression"], "zlib")


if __name__ == "__main__":
    if LIBRARY is None:
        print("skipped: there is no GnuTLS with zlib; ./dev test takes one from PyPI")
        sys.exit(77)
    unittest.main(verbosity=2)
