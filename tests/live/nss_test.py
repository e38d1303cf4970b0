"""Delegated credentials with NSS, which takes them as a client: tstclnt against our server."""

import subprocess
import unittest

import peers

REQUEST = b"GET /index.html HTTP/1.0\r\nHost: localhost\r\n\r\n"
# What a delegated key of each kind signs with. NSS 3.87 does not offer Ed25519.
DELEGATED = {"p256": "ecdsa_secp256r1_sha256", "p384": "ecdsa_secp384r1_sha384"}


class Nss(peers.LiveTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.files.folder
        cls.database = folder / "nss"
        cls.database.mkdir()
        store = f"sql:{cls.database}"
        subprocess.run(["certutil", "-N", "-d", store, "--empty-password"], check=True)
        subprocess.run(["certutil", "-A", "-d", store, "-n", "ca", "-t", "CT,C,C", "-i",
                        cls.files.ca], check=True)
        # A leaf with DelegationUsage. Not one with an RSA key: NSS takes nothing that those sign.
        cls.leaf = folder / "lender.pem"
        cls.handfast("cert", "new", "localhost", "--csr", "--key", cls.files.key("ecdsa"), "--out",
                     folder / "lender")
        cls.handfast("cert", "sign", folder / "lender.csr", "--ca", cls.files.ca, "--delegation",
                     "--days", "1")

    @classmethod
    def handfast(cls, *arguments):
        code, output, errors = peers.run([peers.HANDFAST, *arguments])
        if code != 0:
            raise AssertionError(output + errors)

    def serve(self, kind):
        """Our server, with a delegated credential for a key of this kind."""
        lent = self.files.folder / f"{kind}.dc.pem"
        self.handfast("cert", "delegate", self.leaf, "--key", self.files.key("ecdsa"), "--key-type",
                      kind, "--days", "1", "--out", lent, "--force")
        return peers.HandfastServer(self.files.site, "--cert", self.leaf, "--key",
                                    self.files.key("ecdsa"), "--delegated", lent)

    def ask(self, port, *options):
        """What tstclnt got; it never ends by itself where the server closes first."""
        done = subprocess.run(
            ["timeout", "2", "tstclnt", "-4", "-h", "localhost", "-p", str(port), "-d",
             f"sql:{self.database}", "-V", "tls1.3:tls1.3", *options],
            input=REQUEST, capture_output=True, check=False, timeout=30)
        return done.stdout.decode(errors="replace")

    def test_tstclnt_takes_what_our_server_shows(self):
        for kind, scheme in DELEGATED.items():
            with self.subTest(kind=kind), self.serve(kind) as server:
                self.assertIn("Hello, peer", self.ask(server.port, "-B"))
                event = server.handshake()
                self.assertEqual(event["signature_scheme"], scheme)
                self.assertIsNotNone(event["delegated_until"])

    def test_tstclnt_that_takes_none_is_shown_none(self):
        with self.serve("p384") as server:
            self.assertIn("Hello, peer", self.ask(server.port))
            event = server.handshake()
            self.assertEqual(event["signature_scheme"], "ecdsa_secp256r1_sha256")
            self.assertIsNone(event["delegated_until"])


if __name__ == "__main__":
    peers.need("openssl", "certutil", "tstclnt")
    unittest.main(verbosity=2)
