"""What `handfast connect` and `cert check HOST` make of lists, staples and timestamps."""

import json
import pathlib
import time

from lab import OpensslServer, Party
from making import MakingCase
from transparency import Log, staple_with


class TrustCase(MakingCase):
    """An authority `ca`, and a server's certificate `shop` for localhost."""

    extensions = ()

    def setUp(self):
        super().setUp()
        (self.place.site / "index.html").write_text("<h1>Welcome</h1>\n")
        self.authority()
        self.cert("new", "localhost", "--out", "shop")
        self.cert("sign", "shop.csr", "--ca", "ca.pem", *self.extensions)

    def serve(self, *arguments):
        """A server with that certificate."""
        return self.place.serve("--cert", "shop.pem", "--key", "shop.key", *arguments)

    def revoke(self, *arguments):
        """Changes ca.crl."""
        return self.cert("revoke", *arguments, "--ca", "ca.pem", "--crl", "ca.crl")

    def staple(self):
        """Makes shop.ocsp from ca.crl."""
        done = self.place.run("cert", "ocsp", "sign", "shop.pem", "--ca", "ca.pem", "--crl",
                              "ca.crl", "--force")  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return "shop.ocsp"

    def ask(self, command, server, *arguments):
        """Runs a command that trusts the authority; where signs outside ASCII are shown."""
        self.place.environment["LC_ALL"] = "C.UTF-8"
        return self.place.run(*command, "--ca", "ca.pem", *arguments, f"localhost:{server.port}")

    def connect(self, server, *arguments):
        """`connect`, of which only the handshake matters."""
        return self.ask(["connect", "--no-input"], server, *arguments)

    def check(self, server, *arguments):
        """`cert check HOST`"""
        return self.ask(["cert", "check"], server, *arguments)

    def assert_refused(self, answer, exit_code, code, *words):
        """Refused in this way; the reasoning is on standard output."""
        self.assertEqual(answer.returncode, exit_code, answer.stdout + answer.stderr)
        self.assertIn(code, answer.stderr)
        told = " ".join(answer.stdout.split())
        for some in words:
            self.assertIn(some, told)


class Lists(TrustCase):
    """--crl, --revocation, --intermediates"""

    def test_a_list_vouches_until_it_names_the_certificate(self):
        self.revoke()
        with self.serve() as server:
            answer = self.connect(server, "--explain", "--crl", "ca.crl", "--revocation", "all")
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertRegex(answer.stdout, r" 8 ✓ Revocation +leaf: good, by CRL 1 of CN=Shop")
            self.revoke("shop.pem", "--reason", "keyCompromise")
            answer = self.connect(server, "--explain", "--crl", "ca.crl")
            self.assert_refused(answer, 33, "HF-CERT-REVOKED", "✗ Revocation leaf: revoked on ",
                                "(keyCompromise), says CRL 2 of CN=Shop Root CA")  # fmt: skip
            self.assertIn("alert certificate_revoked (44) was sent to the server", answer.stderr)
            self.assertEqual(server.event(event="failure")["code"], "HF-ALERT")
            off = self.connect(server, "--crl", "ca.crl", "--revocation", "off")
            self.assertEqual(off.returncode, 0, off.stderr)

    def test_lists_of_a_folder(self):
        self.revoke("shop.pem")
        self.path("lists").mkdir()
        self.path("ca.crl").rename(self.path("lists/ca.crl"))
        with self.serve() as server:
            document = json.loads(self.connect(server, "--json", "--crl", "lists").stdout)
        self.assertEqual((document["exit"], document["code"]), (33, "HF-CERT-REVOKED"))

    def test_proof_can_be_demanded(self):
        self.revoke()
        with self.serve() as server:
            answer = self.connect(server, "--revocation", "leaf", "--explain")
            self.assert_refused(answer, 34, "HF-REVOCATION-UNKNOWN", "✗ Revocation leaf: ")
            for demand in ("leaf", "all", "hard"):
                answer = self.connect(server, "--revocation", demand, "--crl", "ca.crl")
                self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_an_intermediate_that_the_server_forgot(self):
        self.cert("new", "--ca", "Shop CA", "--csr", "--out", "sub")
        self.cert("sign", "sub.csr", "--ca", "ca.pem", "--profile", "ca")
        self.cert("sign", "shop.csr", "--ca", "sub.pem", "--ca-key", "sub.key", "--force")
        leaf = self.path("shop.pem").read_text().split("-----END CERTIFICATE-----\n")[0]
        self.path("shop.pem").write_text(leaf + "-----END CERTIFICATE-----\n")
        with self.serve() as server:
            self.assertEqual(self.connect(server).returncode, 30)
            answer = self.connect(server, "--explain", "--intermediates", "sub.pem")
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertIn("localhost ‹ Shop CA ‹ Shop Root CA", answer.stdout)

    def test_files_that_are_none_are_told_before_anything_is_sent(self):
        for arguments, sentence in (
            (["--crl", "missing.crl"], "missing.crl cannot be used: there is no such file"),
            (["--crl", "shop.key"], "shop.key cannot be used"),
            (["--ct-logs", "ca.pem"], "ca.pem is no list of transparency logs."),
            (["--intermediates", "shop.key"], "shop.key holds a private key, and no certificate."),
            (["--ca", "missing.pem"], "missing.pem cannot be used: there is no such file"),
        ):
            with self.subTest(arguments=arguments):
                answer = self.place.run("connect", *arguments, "localhost:1")
                self.assertEqual((answer.returncode, answer.stdout), (3, ""), answer.stderr)
                self.assertIn(sentence, " ".join(answer.stderr.split()))
        answer = self.place.run("connect", "--revocation", "perhaps", "localhost:1")
        self.assertEqual(answer.returncode, 2)


class Staples(TrustCase):
    """A certificate that promises a staple (RFC 7633)."""

    extensions = ("--must-staple",)

    def test_nothing_stapled_is_refused(self):
        with self.serve() as server:
            answer = self.connect(server, "--explain")
            self.assert_refused(answer, 34, "HF-STAPLE-MISSING", "✗ Revocation leaf: ")
            self.assertIn("alert bad_certificate_status_response (113) was sent", answer.stderr)
            answer = self.check(server)
            self.assert_refused(answer, 34, "HF-STAPLE-MISSING", "✗ Revocation leaf: ")

    def test_what_is_stapled_counts(self):
        self.revoke()
        with self.serve("--ocsp", self.staple()) as server:
            for answer in (self.connect(server, "--explain"), self.check(server)):
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                self.assertIn("leaf: good, by the OCSP response of CN=Shop Root CA",
                              " ".join(answer.stdout.split()))  # fmt: skip
            document = json.loads(self.connect(server, "--json").stdout)
            self.assertEqual(document["ocsp_stapled"], len(self.path("shop.ocsp").read_bytes()))
            proven = self.check(server, "--revocation", "all")
            self.assertEqual(proven.returncode, 0, proven.stdout)

    def test_what_is_stapled_refuses_too(self):
        self.revoke("shop.pem", "--reason", "superseded")
        with self.serve("--ocsp", self.staple()) as server:
            for answer in (self.connect(server, "--explain"), self.check(server)):
                self.assert_refused(answer, 33, "HF-CERT-REVOKED", "✗ Revocation leaf: revoked on ",
                                    "(superseded), says the OCSP response of")  # fmt: skip

    def test_a_response_of_ones_own_comes_first(self):
        self.revoke()
        self.staple()
        self.path("shop.ocsp").rename(self.path("good.ocsp"))
        self.revoke("shop.pem")
        with self.serve("--ocsp", self.staple()) as server:
            self.assertEqual(self.check(server).returncode, 33)
            answer = self.check(server, "--ocsp", "good.ocsp")
            self.assertEqual(answer.returncode, 0, answer.stdout)


class Timestamps(TrustCase):
    """Certificate transparency: what a server shows in its handshake, and inside a certificate."""

    def setUp(self):
        super().setUp()
        self.log = Log(self.place.path)
        self.party = Party(self.place.path, "shop")

    def showing(self, seconds):
        """A server that shows a timestamp of that moment beside its certificate."""
        leaf = self.party.certificate.read_text()
        return OpensslServer(self.party, "-serverinfo", self.log.server_info(leaf, seconds))

    def test_none(self):
        with self.serve() as server:
            answer = self.connect(server, "--explain", "--ct-logs", self.log.public_key)
            self.assertRegex(answer.stdout, r" 9 – Transparency +0 timestamps\n")
            document = json.loads(self.connect(server, "--json").stdout)
            self.assertEqual(document["timestamps"], [])

    def test_in_the_handshake(self):
        with self.showing(time.time() - 3600) as server:
            for ask in (self.check, lambda *rest: self.connect(*rest, "--explain")):
                answer = ask(server)
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                told = " ".join(answer.stdout.split())
                self.assertIn("9 – Transparency 1 timestamp (1 in the handshake), not checked: no "
                              "list of logs was given", told)  # fmt: skip
                answer = ask(server, "--ct-logs", self.log.public_key)
                told = " ".join(answer.stdout.split())
                self.assertRegex(told, r"9 ✓ Transparency 1 timestamp \(1 in the handshake\), "
                                       r"confirmed by 1 known log: log 1 on \d{4}-")  # fmt: skip

    def test_in_the_document(self):
        other = Log(self.place.path, "other")
        with self.showing(time.time() - 3600) as server:
            known = self.connect(server, "--json", "--ct-logs", self.log.public_key)
            unknown = self.check(server, "--json", "--ct-logs", other.public_key)
        [timestamp] = json.loads(known.stdout)["timestamps"]
        self.assertEqual(
            (timestamp["source"], timestamp["outcome"], timestamp["log"], timestamp["log_id"]),
            ("handshake", "passed", "log 1", self.log.id.hex()),
        )
        self.assertRegex(timestamp["at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC$")
        [timestamp] = json.loads(unknown.stdout)["timestamps"]
        self.assertEqual((timestamp["outcome"], timestamp["log"]), ("not checked", None))

    def test_one_of_the_future_is_told_and_changes_nothing(self):
        with self.showing(time.time() + 86_400) as server:
            answer = self.connect(server, "--explain", "--ct-logs", self.log.public_key)
            document = json.loads(
                self.connect(server, "--json", "--ct-logs", self.log.public_key).stdout
            )
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("✗ Transparency 1 timestamp (1 in the handshake), of which one is no good: ",
                      " ".join(answer.stdout.split()))  # fmt: skip
        self.assertEqual(document["timestamps"][0]["outcome"], "failed")
        self.assertTrue(document["trusted"])

    def test_in_a_staple(self):
        sct_list = self.log.sct_list(self.party.certificate.read_text(), time.time() - 3600)
        response = staple_with(sct_list, self.place.path, Party(self.place.path, "ca"),
                               self.party.certificate)  # fmt: skip
        arguments = ("--ct-logs", self.log.public_key)
        with self.serve("--ocsp", response) as server:
            for answer in (self.connect(server, "--explain", *arguments),
                           self.check(server, *arguments)):  # fmt: skip
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                told = " ".join(answer.stdout.split())
                self.assertIn("leaf: good, by the OCSP response of CN=Shop Root CA", told)
                self.assertIn("✓ Transparency 1 timestamp (1 in the OCSP response), "
                              "confirmed by 1 known log: log 1 on ", told)  # fmt: skip
            document = json.loads(self.connect(server, "--json", *arguments).stdout)
        self.assertEqual(document["timestamps"][0]["source"], "OCSP response")
        self.assertEqual(document["timestamps"][0]["outcome"], "passed")

    def test_the_diagram_notes_them(self):
        with self.showing(time.time() - 3600) as server:
            answer = self.connect(server, "--diagram")
        self.assertRegex(answer.stdout, r"Certificate ─.* 1 certificate, SCTs\n")

    def test_inside_a_certificate(self):
        vectors = pathlib.Path(__file__).parent.parent / "vectors/transparency"
        chain = (vectors / "logged.pem").read_text().split("-----END CERTIFICATE-----\n")
        self.path("logged.pem").write_text(chain[0] + "-----END CERTIFICATE-----\n")
        self.path("issuer.pem").write_text(chain[1] + "-----END CERTIFICATE-----\n")
        answer = self.place.run("cert", "check", "--json", "logged.pem", "--ca", "issuer.pem",
                                "--ct-logs", vectors / "log.pem", "--at", "2013-06-01")  # fmt: skip
        document = json.loads(answer.stdout)
        timestamps = document.get("facts", document)["timestamps"]
        self.assertEqual(
            [(timestamp["source"], timestamp["outcome"], timestamp["at"])
             for timestamp in timestamps],
            [("certificate", "passed", "2013-04-05 17:04 UTC")],
        )  # fmt: skip
