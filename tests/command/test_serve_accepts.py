"""`handfast serve --suite --group`: what it accepts, and what its events tell of each handshake."""

import json
import unittest

from serving import Workplace

SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")


class Accepts(unittest.TestCase):
    """A server that has but a part of what there is."""

    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)
        (self.place.site / "index.html").write_text("<h1>Welcome</h1>\n")

    def connect(self, server, *arguments):
        """The document of `handfast connect`."""
        answer = self.place.run("connect", "--json", "--ca", self.place.authority, "--get", "/",
                                *arguments, f"localhost:{server.port}")  # fmt: skip
        return json.loads(answer.stdout)

    def assert_settled(self, server, suite, group, round_trips, *arguments):
        """Both sides report this; events tell the same as the client's document."""
        document = self.connect(server, *arguments)
        self.assertTrue(document["ok"], document)
        event = server.event(event="request", cipher_suite=suite, group=group)
        for name, value in (("cipher_suite", suite), ("group", group),
                            ("round_trips", round_trips)):  # fmt: skip
            self.assertEqual((document[name], event[name]), (value, value), name)
        self.assertEqual(event["signature_scheme"], document["signature_scheme"])
        self.assertEqual(event["signature_scheme"], "ecdsa_secp256r1_sha256")

    def test_each_suite_alone(self):
        for suite in SUITES:
            with self.subTest(suite), self.place.serve("--suite", suite) as server:
                self.assert_settled(server, suite, "X25519MLKEM768", 1)

    def test_each_group_alone(self):
        for group, round_trips in (("X25519MLKEM768", 1), ("x25519", 1), ("secp256r1", 2)):
            with self.subTest(group), self.place.serve("--group", group) as server:
                self.assert_settled(server, SUITES[0], group, round_trips)

    def test_groups_that_withstand_quantum_computers(self):
        for group, size in (("X25519MLKEM768", "1 210"), ("SecP256r1MLKEM768", "1 243"),
                            ("SecP384r1MLKEM1024", "1 755"), ("MLKEM1024", "1 658")):  # fmt: skip
            with self.subTest(group), self.place.serve("--group", group) as server:
                self.assert_settled(server, SUITES[0], group, 1, "--group", group)
                answer = self.place.run("connect", "--diagram", "--ca", self.place.authority,
                                        "--group", group,
                                        f"localhost:{server.port}")  # fmt: skip
                self.assertRegex(answer.stdout, rf"ServerHello ─+ {size} B ─── │ +\d+\.\d  {group}")
                self.assertIn(f"  TLS 1.3, {group}\n", answer.stdout)
                self.assertIn(f"Key exchange  {group}   Cipher", answer.stdout)

    def test_the_key_shares_that_a_client_sends(self):
        for shares, round_trips in (("P-256", 1), ("x25519,p-256", 1), ("x25519", 2), ("none", 2)):
            with self.subTest(shares), self.place.serve("--group", "P-256") as server:
                self.assert_settled(server, SUITES[0], "secp256r1", round_trips,
                                    "--key-share", shares)  # fmt: skip

    def test_the_order_is_the_servers(self):
        arguments = ("--suite", "CHACHA20_POLY1305_SHA256,AES_128_GCM_SHA256",
                     "--group", "P-256", "--group", "x25519")  # fmt: skip
        with self.place.serve(*arguments) as server:
            self.assert_settled(server, SUITES[2], "secp256r1", 1, "--group", "x25519,P-256")
            self.assert_settled(server, SUITES[0], "x25519", 1,
                                "--suite", SUITES[0], "--group", "x25519")  # fmt: skip

    def test_a_client_without_any_of_them_is_refused(self):
        with self.place.serve("--suite", SUITES[0], "--group", "secp521r1") as server:
            document = self.connect(server)
            self.assertEqual((document["code"], document["exit"]), ("HF-ALERT", 21))
            event = server.event(event="failure")
            self.assertEqual(event["code"], "HF-NEGOTIATE-GROUP")
            document = self.connect(server, "--group", "secp521r1", "--suite", SUITES[1])
            self.assertEqual((document["code"], document["exit"]), ("HF-ALERT", 21))
            self.assertEqual(server.event(code="HF-NEGOTIATE-SUITE")["event"], "failure")

    def assert_says(self, arguments, sentence, code=""):
        """Refused before anything was started."""
        answer = self.place.run("serve", *arguments, self.place.site)
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("✗ " + sentence, answer.stderr)
        self.assertIn(code, answer.stderr)

    def test_names_that_are_none(self):
        self.assert_says(["--group", "x25591"], "There is no group x25591; did you mean x25519?\n")
        self.assert_says(
            ["--suite", "TLS_AES_128_GCM_SHA265"],
            "There is no cipher suite TLS_AES_128_GCM_SHA265; did you mean "
            "TLS_AES_128_GCM_SHA256?\n",
        )
        # In the registry, but not in this build.
        self.assert_says(["--group", "ffdhe2048"], "There is no group ffdhe2048; ")
        self.assert_says(["--suite", "TLS_AES_128_CCM_SHA256"], "There is no cipher suite ")

    def test_names_twice(self):
        self.assert_says(["--group", "x25519", "--group", "X25519"], "Nothing was started.",
                         "HF-CONFIG-TWICE")  # fmt: skip


if __name__ == "__main__":
    unittest.main()
