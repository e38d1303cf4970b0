"""`handfast cert delegate`: keys that may sign for a certificate, made, shown and taken."""

import json
import os
import unittest

from making import MakingCase, tool


class Delegate(MakingCase):
    """`cert delegate`, `serve --delegated`, `connect --delegated`"""

    def setUp(self):
        super().setUp()
        self.authority()
        self.leaf("localhost", "--delegation")

    def leaf(self, name, *arguments):
        self.cert("new", name)
        self.cert("sign", f"{name}.csr", "--ca", "ca.pem", *arguments)

    def connect(self, server, *arguments):
        """One connection; the exit code and the report."""
        done = self.place.run(
            "connect", "--json", "--ca", "ca.pem", *arguments, f"localhost:{server.port}"
        )
        return done.returncode, json.loads(done.stdout)

    def test_makes_a_key_and_what_it_may_do(self):
        made = self.cert("delegate", "localhost.pem", "--days", "2", "--key-type", "ed25519")
        self.assertEqual(made["file"], "localhost.dc.pem")
        self.assertEqual(made["scheme"], "ed25519")
        self.assertEqual(self.mode("localhost.dc.pem"), 0o600)
        text = self.path("localhost.dc.pem").read_text()
        self.assertEqual(text.count("-----BEGIN DELEGATED CREDENTIAL-----"), 1)
        self.assertEqual(text.count("-----BEGIN PRIVATE KEY-----"), 1)
        self.assertIn("ED25519", tool("openssl", "pkey", "-in", self.path("localhost.dc.pem"),
                                      "-noout", "-text"))  # fmt: skip
        self.assertIn("may sign delegated credentials",
                      self.place.run("cert", "show", "localhost.pem").stdout)  # fmt: skip
        self.refused("HF-FILE-EXISTS", 3, "delegate", "localhost.pem")
        self.cert("delegate", "localhost.pem", "--force")
        self.assertNotEqual(self.path("localhost.dc.pem").read_text(), text)

    def test_refuses_what_no_client_would_take(self):
        self.leaf("other.test")
        self.refused("HF-DC-USAGE", 34, "delegate", "other.test.pem")
        self.refused("HF-KEY-FIT", 3, "delegate", "localhost.pem", "--key", "other.test.key")
        self.refused("HF-FILE-MISSING", 3, "delegate", "nowhere.pem")
        for arguments in (("--days", "8"), ("--key-type", "rsa2048")):
            done = self.place.run("cert", "delegate", "localhost.pem", *arguments)
            self.assertEqual(done.returncode, 2)
        self.assertFalse(self.path("localhost.dc.pem").exists())

    def test_is_shown_to_those_who_take_it(self):
        made = self.cert("delegate", "localhost.pem", "--key-type", "ed25519")
        with self.place.serve("--cert", "localhost.pem", "--delegated",
                              "localhost.dc.pem") as server:  # fmt: skip
            code, report = self.connect(server, "--delegated", "--explain")
            self.assertEqual(code, 0)
            self.assertTrue(report["trusted"])
            self.assertEqual(report["signature_scheme"], "ed25519")
            self.assertEqual(report["delegated_until"], made["expires"])
            titles = [line["title"] for line in report["reasoning"]]
            self.assertEqual(titles[-2:], ["Delegation", "Possession"])
            code, report = self.connect(server)
            self.assertEqual(code, 0)
            self.assertEqual(report["signature_scheme"], "ecdsa_secp256r1_sha256")
            self.assertIsNone(report["delegated_until"])

    def test_is_drawn_and_told(self):
        self.cert("delegate", "localhost.pem", "--key-type", "ed25519")
        with self.place.serve("--cert", "localhost.pem", "--delegated",
                              "localhost.dc.pem") as server:  # fmt: skip
            done = self.place.run("connect", "--ca", "ca.pem", "--diagram", "--delegated",
                                  f"localhost:{server.port}")
            self.assertEqual(done.returncode, 0, done.stderr)
            words = " ".join((done.stdout + done.stderr).split())
            self.assertIn("delegated to ed25519", words)
            self.assertIn("may stand for the certificate's until", words)

    def test_of_another_certificate_is_not_served(self):
        self.leaf("other.test", "--delegation")
        self.cert("delegate", "other.test.pem")
        done = self.place.run("serve", str(self.place.site), "--listen", "127.0.0.1:0", "--cert",
                              "localhost.pem", "--delegated", "other.test.dc.pem")
        self.assertEqual(done.returncode, 34, done.stderr)
        self.assertIn("HF-DC-SIGNATURE", done.stderr)
        done = self.place.run("serve", str(self.place.site), "--delegated", "other.test.dc.pem")
        self.assertEqual(done.returncode, 2)

    def test_is_not_among_what_is_served(self):
        self.cert("delegate", "localhost.pem")
        lent = self.place.site / "lent.pem"
        os.link(self.path("localhost.dc.pem"), lent)
        with self.place.serve("--cert", "localhost.pem", "--delegated", lent) as server:
            done = self.place.run("connect", "--ca", "ca.pem", "--get", "/lent.pem",
                                  f"localhost:{server.port}")  # fmt: skip
            self.assertNotIn("PRIVATE KEY", done.stdout)
            self.assertIn("403", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
