"""`handfast connect` where nothing is wrong: what it tells, draws, sends and prints."""

import json
import os
import pty
import re
import signal
import ssl
import stat
import subprocess
import time
import unittest

import lab as laboratory
from lab import OpensslServer, connect
from serving import HANDFAST


def setUpModule():
    """One lab for all."""
    global LAB
    LAB = laboratory.Lab()


def tearDownModule():
    """Clears the lab away."""
    LAB.close()


def good_server(*arguments):
    """A server without a fault."""
    return OpensslServer(LAB.leaf(), *arguments, chain=LAB.intermediate.certificate)


def good_chain():
    """Its certificates, for servers in Python."""
    return LAB.bundle("good", LAB.leaf(), LAB.intermediate)


def trusting(*arguments, **options):
    """`connect` that believes the lab's root."""
    return connect("--ca", LAB.root.certificate, *arguments, **options)


class Summary(unittest.TestCase):
    """What is told of a connection."""

    def test_lines(self):
        with good_server("-alpn", "h2,http/1.1") as server:
            answer = trusting("--alpn", "http/1.1,imap", f"localhost:{server.port}")
        self.assertEqual((answer.returncode, answer.stderr), (0, b""))
        lines = answer.stdout.decode()
        self.assertRegex(
            lines.splitlines()[0],
            rf"^✓ localhost:{server.port} \(127\.0\.0\.1\)  trusted  TLS 1\.3  "
            r"handshake \d+\.\d ms \(1 round trip\)$",
        )
        self.assertIn("Key exchange  x25519   Cipher TLS_AES_128_GCM_SHA256", lines)
        self.assertIn("localhost, ECDSA P-256, 30 days left (until ", lines)
        self.assertIn(
            f"localhost ‹ Lab Intermediate ‹ Lab Root ({LAB.root.certificate})",
            " ".join(lines.split()),
        )
        self.assertRegex(lines, r"ALPN +http/1\.1   SNI localhost")

    def test_document(self):
        with good_server() as server:
            answer = trusting("--json", f"127.0.0.1:{server.port}")
        self.assertEqual((answer.returncode, answer.stderr), (0, b""))
        document = json.loads(answer.stdout)
        self.assertEqual(document["schema"], "handfast.connect/1")
        for member, value in {
            "ok": True,
            "exit": 0,
            "host": "127.0.0.1",
            "port": server.port,
            "checked": True,
            "trusted": True,
            "version": "TLS 1.3",
            "group": "x25519",
            "signature_scheme": "ecdsa_secp256r1_sha256",
            "alpn": None,
            "round_trips": 1,
            "chain": ["localhost", "Lab Intermediate", "Lab Root"],
        }.items():
            self.assertEqual(document[member], value, member)
        outcomes = {check["step"]: check["outcome"] for check in document["checks"]}
        self.assertEqual(outcomes["possession"], "passed")
        self.assertEqual(outcomes["revocation"], "not checked")

    def test_reasoning_is_told_on_request(self):
        with good_server() as server:
            answer = trusting("--explain", f"localhost:{server.port}")
        lines = answer.stdout.decode()
        self.assertEqual((answer.returncode, answer.stderr), (0, b""))
        self.assertIn(" 1 ✓ Name         localhost matches DNS:localhost", lines)
        self.assertIn(" 2 ✓ Path         localhost ‹ Lab Intermediate ‹ Lab Root\n", lines)
        self.assertIn(" 7 ✓ Signatures   2 of 2 (ECDSA P-256 with SHA-256)", lines)
        self.assertRegex(lines, r" 8 – Revocation   ")
        self.assertIn("the peer signed this very handshake with the leaf's key", lines)

    def test_reasoning_is_told_of_a_refusal_too(self):
        with good_server() as server:
            answer = connect("--explain", "--ca", LAB.stranger.certificate,
                             f"localhost:{server.port}")  # fmt: skip
        lines = answer.stdout.decode()
        self.assertEqual(answer.returncode, 30)
        self.assertIn(" 3 ✗ Anchor       none: Lab Intermediate names CN=Lab Root", lines)
        self.assertIn("7 – Signatures   not checked", lines)

    def test_quiet_says_nothing(self):
        with good_server() as server:
            answer = trusting("--quiet", f"localhost:{server.port}")
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, b"", b""))

    def test_insecure_never_looks_like_trust(self):
        leaf = LAB.self_signed("alone", "elsewhere.test", laboratory.SERVER)
        with OpensslServer(leaf) as server:
            answer = connect("--insecure", "--verbose", f"localhost:{server.port}")
            report = connect("--insecure", "--json", f"localhost:{server.port}")
            document = json.loads(report.stdout)
        lines = answer.stdout.decode()
        self.assertEqual(answer.returncode, 0)
        self.assertTrue(lines.startswith(f"! localhost:{server.port} (127.0.0.1)  NOT CHECKED"))
        self.assertNotRegex(lines, r"✓|trusted|\bOK\b")
        self.assertEqual((document["checked"], document["trusted"]), (False, False))
        self.assertNotIn("checks", document)

    def test_name_of_another(self):
        names = "subjectAltName=DNS:shop.test\n"
        leaf = LAB.leaf("shop", laboratory.SERVER.replace(laboratory.NAMES, names))
        with OpensslServer(leaf, chain=LAB.intermediate.certificate) as server:
            answer = trusting("--sni", "shop.test", f"127.0.0.1:{server.port}")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("SNI shop.test", answer.stdout.decode())

    def test_authorities_in_a_folder(self):
        folder = LAB.path / "authorities"
        folder.mkdir()
        for party in (LAB.root, LAB.stranger):
            (folder / party.certificate.name).symlink_to(party.certificate)
        with good_server() as server:
            answer = connect("--ca", folder, f"localhost:{server.port}")
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_authorities_of_the_environment(self):
        with good_server() as server:
            answer = connect(
                f"localhost:{server.port}",
                environment={"SSL_CERT_FILE": str(LAB.root.certificate)},
            )
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("(the system's store)", answer.stdout.decode())

    def test_each_suite_and_group(self):
        suites = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                  "TLS_CHACHA20_POLY1305_SHA256")  # fmt: skip
        with good_server() as server:
            for suite in suites:
                for group in ("x25519", "P-256", "secp384r1"):
                    with self.subTest(suite=suite, group=group):
                        answer = trusting(
                            "--json", "--suite", suite, "--group", group, f"localhost:{server.port}"
                        )
                        document = json.loads(answer.stdout)
                        self.assertEqual(document["cipher_suite"], suite)
                        self.assertEqual(
                            document["group"], "secp256r1" if group == "P-256" else group
                        )


class Drawing(unittest.TestCase):
    """The diagram."""

    def draw(self, *server, **options):
        """The diagram's lines, and where its two lines of life stand."""
        with good_server(*server) as running:
            answer = trusting("--diagram", f"localhost:{running.port}", **options)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return answer.stdout.decode()

    def assert_straight(self, diagram, left, right):
        """Every line has its two ends in the same two columns."""
        drawn = [line for line in diagram.splitlines() if line[:5].strip() in left]
        self.assertGreater(len(drawn), 10)
        for line in drawn:
            self.assertIn(line[4], left, line)
            self.assertIn(line[53], right, line)

    def test_messages_in_order(self):
        diagram = self.draw()
        self.assert_straight(diagram, "│╞", "│╡")
        order = ["you", "ClientHello", "ServerHello", "encrypted with handshake keys",
                 "change_cipher_spec", "EncryptedExtensions", "Certificate", "2 certificates",
                 "CertificateVerify", "ecdsa_secp256r1_sha256", "Finished", "Finished",
                 "encrypted with application keys", "alert close_notify",
                 "✓ localhost"]  # fmt: skip
        place = 0
        for words in order:
            place = diagram.find(words, place)
            self.assertGreater(place, -1, f"{words} is not in its place:\n{diagram}")
            place += len(words)
        sizes = re.findall(r"ServerHello ─+ (\d+) B ─── │ +(\d+\.\d)", diagram)
        self.assertEqual(sizes[0][0], "122")

    def test_tickets_are_folded(self):
        self.assertRegex(self.draw(), r"◀── NewSessionTicket ×2 ─+ \d+ B ─── │")

    def test_hello_retry_request(self):
        diagram = self.draw("-groups", "P-384")
        self.assert_straight(diagram, "│╞", "│╡")
        self.assertEqual(diagram.count("ClientHello"), 2)
        self.assertIn("asks for a key share of secp384r1", diagram)
        self.assertIn("(2 round trips)", diagram)

    def test_ascii_twin(self):
        for environment in ({"LC_ALL": "C"}, {"TERM": "dumb"}):
            with self.subTest(environment):
                diagram = self.draw(environment=environment)
                self.assertTrue(diagram.isascii())
                self.assert_straight(diagram, "|", "|")
                self.assertRegex(diagram, r"\| -- ClientHello -+ [\d ]+ B --> \|")
                self.assertRegex(diagram, r"\| <-- ServerHello -+ \d+ B --- \|")
                self.assertIn("\n+ localhost:", diagram)

    def test_colours(self):
        plain = self.draw()
        self.assertNotIn("\x1b", plain)
        with good_server() as server:
            arguments = ("--diagram", "--color", "always", f"localhost:{server.port}")
            coloured = trusting(*arguments).stdout.decode()
        self.assertIn("\x1b[36mClientHello\x1b[0m", coloured)
        without = re.sub(r"\x1b\[\d+m", "", coloured)
        self.assert_straight(without, "│╞", "│╡")

    def test_of_a_failure(self):
        with good_server() as server:
            answer = connect("--diagram", "--ca", LAB.stranger.certificate,
                             f"localhost:{server.port}")  # fmt: skip
        diagram = answer.stdout.decode()
        self.assertEqual(answer.returncode, 30)
        self.assertRegex(diagram, r"── alert unknown_ca ─+ 2 B ──▶ │")
        self.assertNotIn("application keys", diagram)

    def test_steps_in_the_document(self):
        with good_server() as server:
            answer = trusting("--json", "--diagram", f"localhost:{server.port}")
        steps = json.loads(answer.stdout)["steps"]
        self.assertEqual((steps[0]["text"], steps[0]["from"]), ("ClientHello", "client"))
        times = [step["milliseconds"] for step in steps]
        self.assertEqual(times, sorted(times))


class Payload(unittest.TestCase):
    """Data both ways."""

    def test_get_prints_the_body_and_nothing_else(self):
        body = bytes(range(256)) * 1000
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        requests = []

        def talk(connection):
            requests.append(connection.recv(4096))
            connection.sendall(head + body)

        with laboratory.python_server(LAB.leaf(), good_chain(), talk) as server:
            answer = trusting("--get", "/a?b=c", f"localhost:{server.port}")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(answer.stdout, body)
        self.assertTrue(answer.stderr.decode().startswith("✓ localhost"))
        self.assertTrue(requests[0].startswith(b"GET /a?b=c HTTP/1.1\r\nHost: localhost:"))

    def fetch(self, response, *arguments, closes=False):
        """What --get makes of a response."""

        def talk(connection):
            connection.recv(4096)
            connection.sendall(response)
            if closes:
                connection.unwrap()

        with laboratory.python_server(LAB.leaf(), good_chain(), talk) as server:
            return trusting("--get", "/", *arguments, f"localhost:{server.port}")

    def test_chunked(self):
        answer = self.fetch(
            b"HTTP/1.1 103 Early Hints\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        )
        self.assertEqual((answer.returncode, answer.stdout), (0, b"hello"), answer.stderr)

    def test_body_up_to_the_end(self):
        answer = self.fetch(b"HTTP/1.1 200 OK\r\n\r\nhello", closes=True)
        self.assertEqual((answer.returncode, answer.stdout), (0, b"hello"), answer.stderr)

    def test_body_that_is_cut_off(self):
        answer = self.fetch(b"HTTP/1.1 200 OK\r\n\r\nhello")
        self.assertEqual((answer.returncode, answer.stdout), (41, b"hello"))
        self.assertIn(b"HF-TRUNCATED", answer.stderr)

    def test_no_http(self):
        answer = self.fetch(b"* OK IMAP4rev1\r\n", closes=True)
        self.assertEqual(answer.returncode, 23)
        self.assertIn(b"HF-HTTP", answer.stderr)
        self.assertIn(
            b"The request failed. You (the client) stopped it, reading the response.",
            answer.stderr,
        )
        answer = self.fetch(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", closes=True)
        self.assertEqual(answer.returncode, 23)
        self.assertIn(b"HF-HTTP", answer.stderr)

    def test_server_that_speaks_no_http_is_told(self):
        told = []

        def talk(connection):
            connection.recv(4096)
            connection.sendall(b"* OK IMAP4rev1\r\n")
            try:
                connection.recv(4096)
            except ssl.SSLError as error:
                told.append(type(error))

        with laboratory.python_server(LAB.leaf(), good_chain(), talk) as server:
            answer = trusting("--get", "/", f"localhost:{server.port}")
        self.assertIn(b"Told   alert general_error (117) was sent to the server", answer.stderr)
        # An alert, which Python has no name for; hanging up would be an SSLEOFError.
        self.assertEqual(told, [ssl.SSLError])

    def test_head_and_document(self):
        response = b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nX: \xff\r\n\r\nnope"
        answer = self.fetch(response, "--verbose")
        self.assertIn(b"HTTP/1.1 404 Not Found", answer.stderr)
        self.assertIn(rb"X: \xff", answer.stderr)
        document = json.loads(self.fetch(response, "--json").stdout)
        self.assertEqual(document["response"]["status"], 404)
        self.assertEqual(document["response"]["body"], "nope")

    def test_standard_input_goes_out_and_answers_come_back(self):
        with good_server("-rev") as server:
            answer = trusting(f"localhost:{server.port}", input=b"drawkcab\n")
        self.assertEqual((answer.returncode, answer.stdout), (0, b"backward\n"), answer.stderr)
        self.assertTrue(answer.stderr.decode().startswith("✓ localhost"))

    def test_much_both_ways_at_once(self):
        data = os.urandom(1 << 20) * 8

        def talk(connection):
            while piece := connection.recv(65536):
                connection.sendall(piece)
            connection.unwrap()

        with laboratory.python_server(LAB.leaf(), good_chain(), talk) as server:
            answer = trusting("--quiet", f"localhost:{server.port}", input=data)
        self.assertEqual((answer.returncode, answer.stderr), (0, b""))
        self.assertEqual(answer.stdout, data)

    def test_reader_that_leaves(self):
        def talk(connection):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"line\n" * 1_000_000)

        with laboratory.python_server(LAB.leaf(), good_chain(), talk) as server:
            command = (f"{HANDFAST} connect --quiet --ca {LAB.root.certificate} --get / "
                       f"localhost:{server.port} | head -n 1")  # fmt: skip
            answer = subprocess.run(
                ["sh", "-c", command], capture_output=True, check=False, timeout=60
            )
        self.assertEqual((answer.stdout, answer.stderr), (b"line\n", b""))

    def test_key_log_into_a_pipe(self):
        with good_server() as server:
            answer = trusting("--keylog", "/dev/stderr", f"localhost:{server.port}")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn(b"CLIENT_TRAFFIC_SECRET_0 ", answer.stderr)

    def test_key_log(self):
        path = LAB.path / "keys"
        with good_server() as server:
            for _ in range(2):
                answer = trusting("--keylog", path, f"localhost:{server.port}")
                self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        lines = path.read_text().splitlines()
        self.assertGreaterEqual(len(lines), 8)
        for line in lines:
            self.assertRegex(line, r"^[A-Z0-9_]+ [0-9a-f]{64} ([0-9a-f]{64}|[0-9a-f]{96})$")
        labels = {line.split()[0] for line in lines}
        self.assertLessEqual(
            {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
             "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"},
            labels,
        )  # fmt: skip
        self.assertEqual(len({line.split()[1] for line in lines}), 2)


class Person(unittest.TestCase):
    """At a terminal."""

    def start(self, *arguments):
        """The command on a terminal of its own: (process, the terminal's other side)."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [HANDFAST, "connect", "--ca", str(LAB.root.certificate), *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True, start_new_session=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"},
        )  # fmt: skip
        os.close(theirs)
        return process, ours

    def read_until(self, terminal, words):
        """What the terminal shows, up to these words."""
        shown = b""
        deadline = time.monotonic() + 20
        while words not in shown and time.monotonic() < deadline:
            shown += os.read(terminal, 4096)
        self.assertIn(words, shown)
        return shown

    def test_summary_first_then_a_talk(self):
        with good_server("-rev") as server:
            process, terminal = self.start(f"localhost:{server.port}")
            shown = self.read_until(terminal, b"Ctrl-D ends the connection.")
            self.assertIn("✓".encode(), shown)
            os.write(terminal, b"olleh\n")
            self.read_until(terminal, b"hello")
            os.write(terminal, b"\x04")
            self.assertEqual(process.wait(timeout=20), 0)
        os.close(terminal)

    def test_no_input_does_not_wait(self):
        with good_server() as server:
            process, terminal = self.start("--no-input", f"localhost:{server.port}")
            self.assertEqual(process.wait(timeout=20), 0)
        os.close(terminal)

    def test_interrupt(self):
        with good_server("-rev") as server:
            process, terminal = self.start(f"localhost:{server.port}")
            self.read_until(terminal, b"Ctrl-D ends the connection.")
            begin = time.monotonic()
            process.send_signal(signal.SIGINT)
            # A shell makes 130 of an end by this signal.
            self.assertEqual(process.wait(timeout=20), -signal.SIGINT)
            self.assertLess(time.monotonic() - begin, 5)
        os.close(terminal)


if __name__ == "__main__":
    unittest.main()
