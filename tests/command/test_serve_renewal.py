"""`handfast serve`: what it reads again while it runs; with OpenSSL as the client."""

import signal
import subprocess
import unittest

from lab import LEAF, NAMES, USAGE, Lab
from serving import Workplace

LAB = None


def setUpModule():
    """One lab for all tests: keys take a moment."""
    global LAB
    LAB = Lab()


def tearDownModule():
    """Removes it."""
    LAB.close()


class Renewal(unittest.TestCase):
    """A server that is told with SIGHUP to read its files again."""

    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)
        (self.place.site / "index.html").write_text("hello\n")
        self.leaf = LAB.leaf()
        self.chain = LAB.bundle("chain", self.leaf, LAB.intermediate)
        self.credential = ["--cert", self.chain, "--key", self.leaf.key]

    def client(self, server, *arguments):
        """`openssl s_client` that asks for a page: its exit code and what it printed."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile",
             str(LAB.root.certificate), "-verify_return_error", "-ign_eof",
             *map(str, arguments)],
            input=b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout.decode(errors="replace")

    def stapled(self, server):
        """The cert status that a new connection gets, or None."""
        code, text = self.client(server, "-status")
        self.assertEqual(code, 0, text)
        if "OCSP response: no response sent" in text:
            return None
        self.assertIn("OCSP Response Status: successful", text)
        return next(line for line in text.splitlines() if "Next Update:" in line)

    @staticmethod
    def of_another():
        """A response for another certificate of the same authority."""
        return LAB.ocsp_response(LAB.leaf("another")).read_bytes()

    def renew(self, server, note):
        """Sends SIGHUP and waits until the server says what came of it."""
        server.events.clear()
        server.process.send_signal(signal.SIGHUP)
        told = server.event(event="note")["text"]
        self.assertIn(note, told)

    def test_a_new_response_is_stapled_and_a_bad_one_is_not(self):
        response = self.place.path / "response"
        response.write_bytes(LAB.ocsp_response(self.leaf, days=3).read_bytes())
        with self.place.serve(*self.credential, "--ocsp", response) as server:
            before = self.stapled(server)
            self.assertIsNotNone(before)
            fresh = LAB.ocsp_response(self.leaf, days=9).read_bytes()
            response.write_bytes(fresh)
            self.renew(server, "stapling the new OCSP response")
            good = self.stapled(server)
            self.assertIsNotNone(good)
            self.assertNotEqual(good, before)
            for bad in (b"junk", b"", self.of_another()):
                response.write_bytes(bad)
                self.renew(server, "The old response stays")
                self.assertEqual(self.stapled(server), good)
            self.assertEqual(server.stop(), 0)

    def test_it_does_not_begin_with_a_response_that_is_none(self):
        response = self.place.path / "response"
        for bad, code in ((b"junk", "HF-OCSP-FORM"), (self.of_another(), "HF-OCSP-OTHER")):
            response.write_bytes(bad)
            done = self.place.run("serve", "--listen", "127.0.0.1:0", *self.credential, "--ocsp",
                                  response, "site")  # fmt: skip
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(code, done.stderr)

    def test_other_client_authorities_are_believed(self):
        staff = self.place.path / "staff.pem"
        staff.write_bytes(LAB.stranger.certificate.read_bytes())
        extensions = LEAF + USAGE + "extendedKeyUsage=clientAuth\n" + NAMES
        ann = LAB.leaf("ann", extensions, issuer=LAB.root)
        show = ["-cert", ann.certificate, "-key", ann.key]
        with self.place.serve(*self.credential, "--client-ca", staff) as server:
            self.assertNotIn("200 OK", self.client(server, *show)[1])
            staff.write_bytes(LAB.root.certificate.read_bytes())
            self.renew(server, "as they are now")
            self.assertIn("200 OK", self.client(server, *show)[1])
            staff.write_bytes(b"nothing")
            self.renew(server, "Those of before stay")
            self.assertIn("200 OK", self.client(server, *show)[1])
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
