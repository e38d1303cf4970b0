"""Sessions that go on: `connect --resume` and `serve`, with each other and with OpenSSL."""

import json
import os
import secrets
import stat
import subprocess
import unittest

import lab as laboratory
from lab import OpensslServer, connect
from serving import Workplace


def setUpModule():
    """One lab and one workplace for all."""
    global LAB, PLACE
    LAB = laboratory.Lab()
    PLACE = Workplace()


def tearDownModule():
    """Clears them away."""
    LAB.close()
    PLACE.close()


def session_file(name):
    """A path at which nothing is."""
    path = PLACE.path / name
    path.unlink(missing_ok=True)
    return path


def visit(server, session, *arguments):
    """One connection to `serve` that keeps a session; the document of it."""
    done = PLACE.run(
        "connect", "--json", "--ca", PLACE.authority, "--resume", session, *arguments,
        f"localhost:{server.port}",
    )
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return json.loads(done.stdout)


class WithEachOther(unittest.TestCase):
    """Both ends are Handfast's."""

    def test_resumes(self):
        session = session_file("session")
        with PLACE.serve() as server:
            first = visit(server, session, "--get", "/")
            self.assertEqual(first["session"], "not_offered")
            self.assertIn("UTC", first["session_kept_until"])
            self.assertEqual(stat.S_IMODE(session.stat().st_mode), 0o600)
            before = session.read_bytes()
            for _ in range(3):
                again = visit(server, session, "--get", "/", "--explain")
                self.assertEqual(again["session"], "resumed")
                self.assertIsNone(again["signature_scheme"])
                self.assertTrue(again["trusted"])
                self.assertNotEqual(session.read_bytes(), before, "each is used once")
                before = session.read_bytes()
            server.event(event="request", session="not_offered")
            server.event(event="request", session="resumed")

    def test_says_so(self):
        session = session_file("said")
        with PLACE.serve() as server:
            command = ("connect", "--ca", PLACE.authority, "--resume", session)
            first = PLACE.run(*command, f"localhost:{server.port}")
            self.assertIn("Session       none was there to be resumed", first.stdout)
            self.assertRegex(first.stdout, r"Session +the next one is kept until \d{4}-")
            again = PLACE.run(*command, "--diagram", "--explain", f"localhost:{server.port}")
            told = " ".join(again.stdout.replace("│", " ").split())
            self.assertIn("resumed: the server is who it was", told)
            self.assertIn("offers a session", told)
            self.assertIn("session resumed", told)
            self.assertNotIn("CertificateVerify", told)
            self.assertIn("nobody showed a certificate now", told)

    def test_keeps_the_identity_of_clients(self):
        PLACE.run("cert", "new", "--ca", "Staff", "--out", "staff")
        PLACE.run("cert", "new", "ann.test", "--out", "ann")
        signed = PLACE.run("cert", "sign", "ann.csr", "--ca", "staff.pem", "--profile", "client",
                           "--out", "ann.pem")
        self.assertEqual(signed.returncode, 0, signed.stderr)
        session = session_file("ann-session")
        who = ("--cert", PLACE.path / "ann.pem", "--key", PLACE.path / "ann.key", "--get", "/")
        with PLACE.serve("--client-ca", "staff.pem") as server:
            visit(server, session, *who)
            self.assertEqual(visit(server, session, *who)["session"], "resumed")
            event = server.event(event="request", session="resumed")
            self.assertIn("ann.test", json.dumps(event["client_certificate"]))
        # Another server has other keys, and asks anew.
        with PLACE.serve("--client-ca", "staff.pem") as server:
            self.assertEqual(visit(server, session, *who)["session"], "declined")

    def test_shares_a_secret_among_servers(self):
        secret = PLACE.path / "tickets.secret"
        secret.write_bytes(secrets.token_bytes(32))
        made = PLACE.run("cert", "dev", "localhost")
        self.assertEqual(made.returncode, 0, made.stderr)
        session = session_file("shared-session")
        shared = ("--cert", "localhost.pem", "--ticket-secret", secret)
        with PLACE.serve(*shared) as one, PLACE.serve(*shared) as other:
            visit(one, session)
            self.assertEqual(visit(other, session)["session"], "resumed")
            self.assertEqual(visit(one, session)["session"], "resumed")

    def test_does_without(self):
        session = session_file("without")
        with PLACE.serve("--tickets", "0") as server:
            self.assertIsNone(visit(server, session)["session_kept_until"])
        self.assertFalse(session.exists())

    def test_refuses_what_is_no_session_or_secret(self):
        path = PLACE.path / "no-session"
        path.write_bytes(b"hello")
        done = PLACE.run("connect", "--json", "--resume", path, "localhost:1")
        self.assertEqual(json.loads(done.stdout)["code"], "HF-SESSION")
        self.assertEqual(done.returncode, 3)
        for content in (b"", bytes(32), b"x" * 31):
            path.write_bytes(content)
            done = PLACE.run("serve", "--json", "--ticket-secret", path, "--listen",
                             "localhost:0", "site")
            self.assertEqual(json.loads(done.stdout)["code"], "HF-TICKET-SECRET")


class EarlyData(unittest.TestCase):
    """Requests that come with the ClientHello."""

    GET = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    def request(self, text):
        """A file with `text` in it."""
        path = PLACE.path / "request"
        path.write_bytes(text)
        return path

    def send(self, server, session, text, *options):
        """What comes back for `text`, sent early."""
        done = PLACE.run("connect", "--ca", PLACE.authority, "--alpn", "http/1.1", "--resume",
                         session, "--early-data", self.request(text), *options,
                         f"localhost:{server.port}", input="")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, done.stderr

    def test_is_answered_before_the_handshake_is_over(self):
        session = session_file("early-session")
        with PLACE.serve("--early-data", "4096") as server:
            page, told = self.send(server, session, self.GET)
            self.assertIn("200 OK", page, "without a session it is sent afterwards")
            self.assertIn("no session allowed it", told)
            for _ in range(2):
                page, told = self.send(server, session, self.GET)
                self.assertIn("200 OK", page)
                self.assertIn("taken by the server", told)
            server.event(event="request", session="resumed", early_data="accepted")

    def test_is_drawn_within_the_two_lines(self):
        session = session_file("drawn-session")
        with PLACE.serve("--early-data", "4096") as server:
            self.send(server, session, self.GET)
            _, told = self.send(server, session, self.GET, "--diagram")
            changes = [line for line in told.splitlines() if "╞" in line]
            self.assertEqual(len(changes), 5, told)
            self.assertEqual(len({len(line) for line in changes}), 1, told)

    def test_is_too_early_for_what_is_not_safe(self):
        session = session_file("unsafe-session")
        post = self.GET.replace(b"GET", b"DELETE")
        with PLACE.serve("--early-data", "4096") as server:
            self.assertIn("405", self.send(server, session, post)[0])
            self.assertIn("425 Too Early", self.send(server, session, post)[0])
            for field in ("1", "0"):  # RFC 8470 §5.1: whatever it says
                text = post.decode().replace("\r\n\r\n", f"\r\nEarly-Data: {field}\r\n\r\n")
                done = PLACE.run("connect", "--ca", PLACE.authority, "--quiet",
                                 f"localhost:{server.port}", input=text)
                self.assertIn("425 Too Early", done.stdout)

    def test_is_sent_again_when_it_is_refused(self):
        session = session_file("refused-session")
        with PLACE.serve("--early-data", "4096") as server:
            self.send(server, session, self.GET)
        with PLACE.serve("--early-data", "4096") as server:  # with other keys of tickets
            page, told = self.send(server, session, self.GET)
            self.assertIn("200 OK", page)
            self.assertIn("did not take it", told)

    def test_needs_a_session_and_keys_that_nobody_shares(self):
        done = PLACE.run("connect", "--early-data", "x", "localhost:1")
        self.assertIn("--resume", done.stderr)
        done = PLACE.run("serve", "--early-data", "10", "--tickets", "0", "site")
        self.assertIn("--early-data needs tickets", done.stderr)
        done = PLACE.run("serve", "--early-data", "10", "--retry", "site")
        self.assertIn("comes without --early-data", done.stderr)

    def test_knows_no_client_before_the_handshake_is_over(self):
        done = PLACE.run("serve", "--early-data", "10", "--client-ca", "staff.pem", "site")
        self.assertIn("has not yet shown to be the client", done.stderr)

    def test_ends_with_the_request_that_ends_the_connection(self):
        # The content of a GET is refused, and what lies in it is no request of its own.
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 64\r\nX: "
        first = head + b"x" * (512 - len(head) - 4) + b"\r\n\r\n"
        session = session_file("s_client-pieces")
        client = ["openssl", "s_client", "-servername", "localhost", "-CAfile", PLACE.authority,
                  "-ign_eof", "-max_send_frag", "512"]
        with PLACE.serve("--early-data", "4096") as server:
            client += ["-connect", f"localhost:{server.port}"]
            subprocess.run([*client, "-sess_out", session], input=self.GET, capture_output=True,
                           check=True, timeout=30)
            early = self.request(first + self.GET)
            done = subprocess.run([*client, "-sess_in", session, "-early_data", early], input=b"",
                                  capture_output=True, check=False, timeout=30)
            self.assertIn(b"Early data was accepted", done.stdout)
            self.assertEqual(done.stdout.count(b"HTTP/1.1 "), 1, done.stdout)

    def test_is_taken_by_openssl(self):
        session = session_file("openssl-early")
        arguments = ("--ca", LAB.root.certificate, "--json", "--resume", session, "--early-data",
                     self.request(self.GET))
        with OpensslServer(LAB.leaf(), "-early_data", chain=LAB.intermediate.certificate) as server:
            for outcome in ("not_offered", "accepted"):
                answer = connect(*arguments, f"localhost:{server.port}")
                self.assertEqual(answer.returncode, 0, answer.stdout)
                self.assertEqual(json.loads(answer.stdout)["early_data"], outcome)

    def test_is_not_sent_again_under_another_protocol(self):
        session = session_file("withheld-early")
        arguments = ("--ca", LAB.root.certificate, "--json", "--resume", session, "--early-data",
                     self.request(self.GET), "--alpn", "http/1.1,http/1.0")
        chosen = []
        for protocol in ("http/1.1", "http/1.0"):
            with OpensslServer(LAB.leaf(), "-early_data", "-alpn", protocol,
                               chain=LAB.intermediate.certificate) as server:
                answer = json.loads(connect(*arguments, f"localhost:{server.port}").stdout)
            chosen.append((answer["alpn"], answer["early_data"], answer["early_data_withheld"]))
        self.assertEqual(chosen, [("http/1.1", "not_offered", False),
                                  ("http/1.0", "declined", True)])

    def test_of_openssl_is_taken(self):
        session = session_file("s_client-early")
        client = ["openssl", "s_client", "-servername", "localhost", "-CAfile", PLACE.authority,
                  "-verify_return_error", "-ign_eof"]
        with PLACE.serve("--early-data", "4096") as server:
            client += ["-connect", f"localhost:{server.port}"]
            runs = ((["-sess_out", session], self.GET, "Early data was not sent"),
                    (["-sess_in", session, "-early_data", self.request(self.GET)], b"",
                     "Early data was accepted"))
            for options, text, expected in runs:
                done = subprocess.run([*client, *options], input=text, capture_output=True,
                                      check=False, timeout=30)
                output = done.stdout.decode(errors="replace")
                self.assertIn(expected, output)
                self.assertIn("200 OK", output)


class WithOpenssl(unittest.TestCase):
    """The other end is OpenSSL's."""

    def test_as_a_client(self):
        session = session_file("openssl-session")
        arguments = ("--ca", LAB.root.certificate, "--json", "--resume", session)
        with OpensslServer(LAB.leaf(), chain=LAB.intermediate.certificate) as server:
            for outcome in ("not_offered", "resumed", "resumed"):
                answer = connect(*arguments, f"localhost:{server.port}")
                self.assertEqual(answer.returncode, 0, answer.stdout)
                document = json.loads(answer.stdout)
                self.assertEqual(document["session"], outcome)
                self.assertIsNotNone(document["session_kept_until"])

    def test_as_a_server(self):
        session = session_file("s_client-session")
        with PLACE.serve() as server:
            runs = (("-sess_out", "New, TLSv1.3"), ("-sess_in", "Reused, TLSv1.3"))
            for option, expected in runs:
                done = subprocess.run(
                    ["openssl", "s_client", "-connect", f"localhost:{server.port}",
                     "-servername", "localhost", "-CAfile", PLACE.authority, "-verify_return_error",
                     "-ign_eof", option, session],
                    input=b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                    capture_output=True, check=False, timeout=30, env=os.environ,
                )
                self.assertIn(expected, done.stdout.decode(errors="replace"))
                self.assertIn("200 OK", done.stdout.decode(errors="replace"))
            server.event(event="request", session="resumed")


if __name__ == "__main__":
    unittest.main()
