"""`handfast cert revoke` and `cert ocsp`: lists, a responder, staples; with OpenSSL as the peer."""

import base64
import http.client
import json
import signal
import subprocess
import time
import unittest
import urllib.parse

from making import MakingCase, run_tool, tool
from serving import HANDFAST


class RevokingCase(MakingCase):
    """An authority with two certificates."""

    def setUp(self):
        super().setUp()
        self.authority()
        for name in ("good", "bad"):
            self.cert("new", f"{name}.test", "--out", name)
            self.cert("sign", f"{name}.csr", "--ca", "ca.pem")

    def revoke(self, *arguments):
        """Changes ca.crl."""
        return self.cert("revoke", *arguments, "--ca", "ca.pem", "--crl", "ca.crl")

    def verified(self, name):
        """What OpenSSL says of a certificate and ca.crl."""
        done = run_tool("openssl", "verify", "-x509_strict", "-crl_check", "-CAfile",
                        self.path("ca.pem"), "-CRLfile", self.path("ca.crl"),
                        self.path(name))  # fmt: skip
        return done.returncode == 0, done.stdout + done.stderr


class Revoke(RevokingCase):
    """`cert revoke`"""

    def test_openssl_believes_the_list(self):
        made = self.revoke("bad.pem", "--reason", "keyCompromise")
        self.assertEqual((made["change"], made["number"], made["entries"]), ("added", "1", 1))
        self.assertTrue(self.verified("good.pem")[0], self.verified("good.pem")[1])
        is_good, text = self.verified("bad.pem")
        self.assertFalse(is_good)
        self.assertIn("certificate revoked", text)
        text = tool("openssl", "crl", "-in", self.path("ca.crl"), "-noout", "-text", "-verify",
                    "-CAfile", self.path("ca.pem"))  # fmt: skip
        self.assertIn("Key Compromise", text)
        tool("certtool", "--verify-crl", "--load-ca-certificate", self.path("ca.pem"), "--infile",
             self.path("ca.crl"))  # fmt: skip

    def test_list_goes_on(self):
        serial = self.cert("show", "good.pem")["certificates"][0]["serial"]
        self.revoke("bad.pem")
        again = self.revoke(serial, "--reason", "superseded", "--days", "7")
        self.assertEqual((again["number"], again["entries"]), ("2", 2))
        self.assertFalse(self.verified("good.pem")[0])
        self.assertFalse(self.verified("bad.pem")[0])
        self.assertEqual(self.revoke("bad.pem")["change"], "unchanged")
        renewed = self.revoke()
        self.assertEqual((renewed["change"], renewed["number"], renewed["entries"]),
                         ("renewed", "4", 2))  # fmt: skip

    def test_held_and_let_go(self):
        self.revoke("good.pem", "--reason", "certificateHold")
        self.assertFalse(self.verified("good.pem")[0])
        self.assertEqual(self.revoke("good.pem", "--reason", "removeFromCRL")["change"], "removed")
        self.assertTrue(self.verified("good.pem")[0])

    def test_list_of_openssl_goes_on_in_its_form(self):
        self.path("index").touch()
        self.path("number").write_text("1000\n")
        self.path("cnf").write_text(
            "[ca]\ndefault_ca=c\n[c]\n"
            f"database={self.path('index')}\ncrlnumber={self.path('number')}\n"
            "default_md=sha256\ndefault_crl_days=3\n"
        )
        arguments = ["-config", self.path("cnf"), "-cert", self.path("ca.pem"), "-keyfile",
                     self.path("ca.key")]  # fmt: skip
        tool("openssl", "ca", *arguments, "-revoke", self.path("bad.pem"))
        tool("openssl", "ca", *arguments, "-gencrl", "-out", self.path("pem.crl"))
        tool("openssl", "crl", "-in", self.path("pem.crl"), "-outform", "DER", "-out",
             self.path("ca.crl"))  # fmt: skip
        made = self.revoke("good.pem")
        self.assertEqual((made["number"], made["entries"]), ("4097", 2))
        self.assertEqual(self.path("ca.crl").read_bytes()[:1], b"\x30")

    def test_shown(self):
        self.revoke("bad.pem", "--reason", "keyCompromise")
        shown = self.cert("show", "ca.crl")["lists"][0]
        self.assertEqual(shown["issuer"], "CN=Shop Root CA")
        self.assertEqual(shown["number"], "1")
        self.assertEqual(shown["entries"][0]["reason"], "keyCompromise")
        self.assertIn("keyCompromise", self.place.run("cert", "show", "ca.crl").stdout)

    def test_authority_of_the_same_name(self):
        self.authority(out="twin")
        for command in (["revoke"], ["ocsp", "sign"]):
            self.cert("revoke", "--ca", "twin.pem", "--crl", "twin.crl")
            text = self.refused("HF-FILE-OTHER", 3, *command, "good.pem", "--ca", "twin.pem",
                                "--crl", "twin.crl")  # fmt: skip
            self.assertIn("good.pem was signed by another authority of the same name", text)

    def test_wrong_input(self):
        rest = ["--ca", "ca.pem", "--crl", "ca.crl"]
        self.refused("HF-FILE-MISSING", 3, "revoke", "none.pem", *rest)
        self.cert("new", "--ca", "Other CA", "--out", "other")
        for command in (["revoke"], ["ocsp", "sign"]):
            self.cert("revoke", "--ca", "other.pem", "--crl", "other.crl")
            text = self.refused("HF-FILE-OTHER", 3, *command, "good.pem", "--ca", "other.pem",
                                "--crl", "other.crl")  # fmt: skip
            self.assertIn("was issued by CN=Shop Root CA, not by other.pem", text)
        self.refused("HF-CERT-NOT-CA", 34, "revoke", "good.pem", "--ca", "good.pem", "--crl", "x")
        self.revoke("bad.pem")
        before = self.path("ca.crl").read_bytes()
        for command in (["revoke"], ["ocsp", "serve"]):
            text = self.refused("HF-FILE-OTHER", 3, *command, "--ca", "other.pem", "--crl",
                                "ca.crl")  # fmt: skip
            self.assertIn("is not a complete list of other.pem", text)
        self.path("junk.crl").write_text("junk")
        text = self.refused("HF-CRL-FORM", 3, "revoke", "--ca", "ca.pem", "--crl", "junk.crl")
        self.assertIn("holds no revocation list", text)
        self.assertEqual(self.path("ca.crl").read_bytes(), before)
        for arguments in (["--reason", "boredom"], ["--days", "0"]):
            done = self.place.run("cert", "revoke", "good.pem", *rest, *arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertNotIn("{", done.stderr)


class Service:
    """`handfast cert ocsp serve` on a free port; a context manager that stops it."""

    def __init__(self, place, *arguments):
        self.process = subprocess.Popen(
            [HANDFAST, "cert", "ocsp", "serve", "--json", "--listen", "127.0.0.1:0",
             *map(str, arguments)],
            cwd=place.path,
            env=place.environment,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.start = json.loads(self.process.stdout.readline())
        self.port = self.start["port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def ask(self, method, path, body=None, headers=None):
        """One HTTP request: (status, headers, content)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()


class Ocsp(RevokingCase):
    """`cert ocsp`"""

    def setUp(self):
        super().setUp()
        self.revoke("bad.pem", "--reason", "superseded")

    def openssl(self, service, name, *arguments):
        """What OpenSSL's client hears of a certificate."""
        done = run_tool("openssl", "ocsp", *arguments, "-CAfile", self.path("ca.pem"), "-issuer",
                        self.path("ca.pem"), "-cert", self.path(name), "-url",
                        f"http://127.0.0.1:{service.port}/", "-resp_text")  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("Response verify OK", done.stderr)
        return done.stdout

    def test_openssl_believes_the_responder(self):
        with Service(self.place, "--ca", "ca.pem", "--crl", "ca.crl") as service:
            text = self.openssl(service, "good.pem")
            self.assertIn("good.pem: good", text)
            self.assertIn("Nonce", text)
            text = self.openssl(service, "bad.pem", "-sha256", "-no_nonce")
            self.assertIn("bad.pem: revoked", text)
            self.assertIn("Reason: superseded", text)
            # The list changes, and so does the answer.
            self.revoke("good.pem")
            self.assertIn("good.pem: revoked", self.openssl(service, "good.pem"))
            self.assertEqual(service.stop(), 0)

    def test_lines_for_people(self):
        done = self.place.run("cert", "revoke", "--ca", "ca.pem", "--crl", "ca.crl")
        self.assertIn("ca.crl: number 2, 1 certificate, ", done.stdout)
        process = subprocess.Popen(
            [HANDFAST, "cert", "ocsp", "serve", "--ca", "ca.pem", "--crl", "ca.crl", "--listen",
             "127.0.0.1:0"],
            cwd=self.place.path, env=self.place.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            url = process.stdout.readline().split(" at ")[1].split(". ")[0]
            run_tool("openssl", "ocsp", "-CAfile", self.path("ca.pem"), "-issuer",
                     self.path("ca.pem"), "-cert", self.path("good.pem"), "-url", url)  # fmt: skip
            line = process.stdout.readline()
        finally:
            process.terminate()
            process.communicate(timeout=30)
        self.assertRegex(line, r"^\d\d:\d\d:\d\d 127\.0\.0\.1 .*: good$")

    def test_server_that_owes_a_staple_is_told(self):
        self.cert("new", "owing.test", "--out", "owing")
        self.cert("sign", "owing.csr", "--ca", "ca.pem", "--must-staple")
        with self.place.serve("--cert", "owing.pem", "--cert", "good.pem") as server:
            self.assertEqual(server.start["unstapled"], ["owing.pem"])
        process = subprocess.Popen(
            [HANDFAST, "serve", ".", "--cert", "owing.pem", "--listen", "127.0.0.1:0"],
            cwd=self.place.path, env=self.place.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            lines = "".join(process.stdout.readline() for _ in range(4))
        finally:
            process.terminate()
            process.communicate(timeout=30)
        self.assertIn("owing.pem promises an OCSP response (RFC 7633), and has no --ocsp", lines)
        self.assertIn("handfast cert ocsp sign owing.pem --ca CA.pem --crl CA.crl", lines)
        done = self.place.run("cert", "ocsp", "sign", "owing.pem", "--ca", "ca.pem", "--crl",
                              "ca.crl")  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        with self.place.serve("--cert", "owing.pem", "--ocsp", "owing.ocsp") as server:
            self.assertEqual(server.start["unstapled"], [])

    def test_delegate(self):
        self.cert("new", "--subject", "CN=Responder", "--out", "responder")
        self.cert("sign", "responder.csr", "--ca", "ca.pem", "--profile", "ocsp")
        self.path("ca.key").unlink()
        with Service(self.place, "--ca", "ca.pem", "--responder-cert", "responder.pem", "--crl",
                     "ca.crl") as service:  # fmt: skip
            text = self.openssl(service, "bad.pem")
            self.assertIn("bad.pem: revoked", text)
            self.assertIn("OCSP No Check", text)
        self.refused("HF-CERT-PURPOSE", 34, "ocsp", "sign", "good.pem", "--ca", "ca.pem",
                     "--responder-cert", "bad.pem", "--crl", "ca.crl")  # fmt: skip

    def question(self, issuer="ca.pem"):
        """A question of OpenSSL without a nonce."""
        tool("openssl", "ocsp", "-issuer", self.path(issuer), "-cert", self.path("good.pem"),
             "-no_nonce", "-reqout", self.path("question"))  # fmt: skip
        return self.path("question").read_bytes()

    def test_over_http(self):
        question = self.question()
        coded = base64.b64encode(question).decode()
        kind = {"Content-Type": "application/ocsp-request"}
        with Service(self.place, "--ca", "ca.pem", "--crl", "ca.crl") as service:
            for path in ("/" + urllib.parse.quote(coded, safe=""), "/" + coded, "/ocsp/" + coded):
                status, headers, content = service.ask("GET", path)
                self.assertEqual(status, 200)
                self.assertEqual(headers["Content-Type"], "application/ocsp-response")
                self.assertIn("max-age=", headers["Cache-Control"])
                self.path("response").write_bytes(content)
                tool("openssl", "ocsp", "-respin", self.path("response"), "-issuer",
                     self.path("ca.pem"), "-cert", self.path("good.pem"), "-CAfile",
                     self.path("ca.pem"))  # fmt: skip
            for method, path, body, headers, status in [
                ("GET", "/", None, {}, 400),
                ("GET", "/M%zz", None, {}, 400),
                ("PUT", "/", question, kind, 405),
                ("POST", "/", question, {"Content-Type": "text/plain"}, 400),
                ("POST", "/", bytes(20000), kind, 413),
            ]:
                with self.subTest(f"{method} {path} {status}"):
                    self.assertEqual(service.ask(method, path, body, headers)[0], status)
            # What is not understood, and what is not ours, is told in OCSP's own words.
            for body, answer in [(b"junk", b"\x30\x03\x0a\x01\x01"), (b"", b"\x30\x03\x0a\x01\x01"),
                                 (self.question("bad.pem"), b"\x30\x03\x0a\x01\x06")]:  # fmt: skip
                self.assertEqual(service.ask("POST", "/", body, kind)[2], answer)
            self.path("ca.crl").write_text("gone")
            self.assertEqual(service.ask("POST", "/", question, kind)[2], b"\x30\x03\x0a\x01\x03")

    def test_slow_clients_do_not_stop_others(self):
        with Service(self.place, "--ca", "ca.pem", "--crl", "ca.crl") as service:
            idle = [http.client.HTTPConnection("127.0.0.1", service.port) for _ in range(8)]
            for connection in idle:
                connection.connect()
            began = time.monotonic()
            self.assertEqual(service.ask("GET", "/")[0], 400)
            self.assertLess(time.monotonic() - began, 5)
            for connection in idle:
                connection.close()

    def test_staple(self):
        made = self.cert_ocsp_sign("good.pem")
        self.assertEqual((made["status"], made["file"]), ("good", "good.ocsp"))
        text = tool("openssl", "ocsp", "-respin", self.path("good.ocsp"), "-issuer",
                    self.path("ca.pem"), "-cert", self.path("good.pem"), "-CAfile",
                    self.path("ca.pem"), "-resp_text")  # fmt: skip
        self.assertIn("good.pem: good", text)
        self.assertEqual(self.cert_ocsp_sign("bad.pem")["status"], "revoked")
        shown = self.cert("show", "bad.ocsp")["responses"][0]
        self.assertEqual(shown["answers"][0]["status"], "revoked")
        self.assertEqual(shown["answers"][0]["reason"], "superseded")
        self.refused("HF-FILE-EXISTS", 3, "ocsp", "sign", "good.pem", "--ca", "ca.pem", "--crl",
                     "ca.crl")  # fmt: skip

    def cert_ocsp_sign(self, name):
        """Makes a staple; returns the document."""
        done = self.place.run("cert", "ocsp", "sign", "--json", name, "--ca", "ca.pem", "--crl",
                              "ca.crl")  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual(document["schema"], "handfast.cert-ocsp-sign/1")
        return document

    def test_wrong_input(self):
        rest = ["ocsp", "sign", "good.pem", "--ca", "ca.pem"]
        text = self.refused("HF-FILE-MISSING", 3, *rest, "--crl", "none.crl")
        self.assertIn("handfast cert revoke --ca ca.pem --crl none.crl", text)
        self.refused("HF-FILE-MISSING", 3, "ocsp", "sign", "none.pem", *rest[3:], "--crl", "ca.crl")
        self.refused("HF-NET-ADDRESS", 2, "ocsp", "serve", *rest[3:], "--crl", "ca.crl", "--listen",
                     "a b")  # fmt: skip
        self.cert("new", "--ca", "Other CA", "--out", "other")
        self.refused("HF-FILE-OTHER", 3, "ocsp", "sign", "other.pem", *rest[3:], "--crl",
                     "ca.crl")  # fmt: skip
        for arguments in (["ocsp"], ["ocsp", "serve"], ["ocsp", "nothing"]):
            self.assertEqual(self.place.run("cert", *arguments).returncode, 2)


if __name__ == "__main__":
    unittest.main()
