"""Raw public keys (RFC 7250): `connect --pin-key --raw-key --show-key`, and `serve` with them."""

import json

from making import MakingCase, tool


class RawKey(MakingCase):
    """A server and a client with a key each, and no certificate anywhere."""

    def setUp(self):
        super().setUp()
        (self.place.site / "index.html").write_text("<h1>Members</h1>\n")
        for name, kind in (("server", "ed25519"), ("ann", "EC"), ("eve", "ed25519")):
            options = ["-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "EC" else []
            key, public = self.path(f"{name}.key"), self.path(f"{name}.pub")
            tool("openssl", "genpkey", "-algorithm", kind, *options, "-out", key)
            tool("openssl", "pkey", "-in", key, "-pubout", "-out", public)

    def digest(self, name):
        """SHA-256 of the SubjectPublicKeyInfo, as anybody would compute it."""
        der = self.path(f"{name}.der")
        tool("openssl", "pkey", "-in", self.path(f"{name}.key"), "-pubout", "-outform", "DER",
             "-out", der)  # fmt: skip
        return tool("sha256sum", der).split()[0]

    def connect(self, server, *arguments):
        return self.place.run("connect", *arguments, "--get", "/", f"localhost:{server.port}")

    def told(self, answer):
        return " ".join(answer.stderr.split())

    def test_a_pinned_key_is_all_it_takes(self):
        with self.place.serve("--show-key", "server.key") as server:
            for pin in ("server.pub", self.digest("server"), self.digest("server").upper()):
                answer = self.connect(server, "--raw-key", "--pin-key", pin, "--explain",
                                      "--diagram")  # fmt: skip
                self.assertEqual((answer.returncode, answer.stdout), (0, "<h1>Members</h1>\n"),
                                 answer.stderr)  # fmt: skip
                told = self.told(answer)
                for words in (f"Raw key Ed25519, SHA-256 {self.digest('server')}",
                              "raw public key, Ed25519", "ALPN http/1.1, shows a raw public",
                              "is one of those that are pinned here",
                              "a raw public key has none: whoever has the key is taken for "
                              "localhost"):  # fmt: skip
                    self.assertIn(words, told)

    def test_both_sides_may_do_without_certificates(self):
        with self.place.serve("--show-key", "server.key", "--pin-client-key", "ann.pub") as server:
            answer = self.connect(server, "--raw-key", "--pin-key", "server.pub", "--show-key",
                                  "ann.key")  # fmt: skip
            self.assertEqual((answer.returncode, answer.stdout), (0, "<h1>Members</h1>\n"),
                             answer.stderr)  # fmt: skip
            self.assertIn("was shown your raw public key, signed with ecdsa_secp256r1_sha256",
                          self.told(answer))  # fmt: skip
            seen = server.event(event="request")["client_certificate"]
            self.assertEqual((seen["names"], seen["public_key_sha256"]), ([], self.digest("ann")))

    def test_json_says_what_was_shown(self):
        with self.place.serve("--show-key", "server.key") as server:
            answer = self.connect(server, "--json", "--raw-key", "--pin-key", "server.pub")
        document = json.loads(answer.stdout)
        self.assertEqual((document["exit"], document["trusted"], document["certificate_type"]),
                         (0, True, "RawPublicKey"))  # fmt: skip
        self.assertEqual(document["certificate"]["key_sha256"], self.digest("server"))
        steps = {check["step"]: check["outcome"] for check in document["checks"]}
        self.assertEqual(steps, {"pin": "passed", "algorithms": "passed", "possession": "passed"})

    def test_another_key_is_refused(self):
        with self.place.serve("--show-key", "eve.key") as server:
            answer = self.connect(server, "--raw-key", "--pin-key", "server.pub")
            self.assertEqual((answer.returncode, answer.stdout), (30, ""), answer.stderr)
            self.assertIn("HF-RAW-KEY-UNKNOWN", answer.stderr)
            self.assertIn(f"--pin-key {self.digest('eve')}", self.told(answer))

    def test_another_client_is_refused(self):
        with self.place.serve("--show-key", "server.key", "--pin-client-key", "ann.pub") as server:
            answer = self.connect(server, "--raw-key", "--pin-key", "server.pub", "--show-key",
                                  "eve.key")  # fmt: skip
            self.assertEqual((answer.returncode, answer.stdout), (35, ""), answer.stderr)
            self.assertIn("certificate_unknown", answer.stderr)
            self.assertEqual(server.event(event="failure")["code"], "HF-RAW-KEY-UNKNOWN")

    def test_a_server_without_certificates_tells_those_who_want_one(self):
        with self.place.serve("--show-key", "server.key") as server:
            answer = self.connect(server, "--pin-key", "server.pub")
            self.assertEqual(answer.returncode, 35, answer.stderr)
            self.assertIn("unsupported_certificate", answer.stderr)
            self.assertEqual(server.event(event="failure")["code"], "HF-NEGOTIATE-CERT-TYPE")

    def test_a_certificate_of_a_pinned_key_is_trusted_too(self):
        tool("openssl", "req", "-x509", "-key", self.path("server.key"), "-subj", "/CN=server",
             "-days", "2", "-addext", "subjectAltName=DNS:localhost", "-out",
             self.path("server.pem"))  # fmt: skip
        with self.place.serve("--cert", "server.pem", "--key", "server.key") as server:
            for pin in ("server.pem", "server.pub"):
                answer = self.connect(server, "--pin-key", pin)
                self.assertEqual((answer.returncode, answer.stdout), (0, "<h1>Members</h1>\n"),
                                 answer.stderr)  # fmt: skip
            self.assertEqual(self.connect(server, "--pin-key", "eve.pub").returncode, 30)

    def test_sessions_go_on_under_the_same_pin(self):
        arguments = ("--json", "--raw-key", "--pin-key", "server.pub", "--resume", "session")
        with self.place.serve("--show-key", "server.key") as server:
            outcomes = [json.loads(self.connect(server, *arguments).stdout)["session"]
                        for _ in range(2)]  # fmt: skip
            other = self.connect(server, *arguments, "--pin-key", "eve.pub")
        self.assertEqual(outcomes, ["not_offered", "resumed"])
        self.assertEqual(json.loads(other.stdout)["session"], "not_offered")

    def test_a_raw_key_is_nothing_without_a_pin(self):
        answer = self.place.run("connect", "--raw-key", "localhost")
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertIn("--raw-key needs --pin-key", self.told(answer))

    def test_a_pin_that_is_none_is_told_of(self):
        self.path("none.pub").write_text("nothing\n")
        for pin, code in (("none.pub", "HF-PEM"), ("missing.pub", "HF-FILE"),
                          ("ann.key", "HF-PEM")):  # fmt: skip
            answer = self.place.run("connect", "--pin-key", pin, "localhost")
            self.assertEqual(answer.returncode, 3, answer.stderr)
            self.assertIn(code, answer.stderr)
