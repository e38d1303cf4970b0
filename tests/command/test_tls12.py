"""`--tls 1.2`: what `connect` and `serve` say, draw and refuse, with each other."""

import json
import re
import secrets
import socket
import unittest

from serving import Workplace

SUITE = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"


def setUpModule():
    """One workplace for all."""
    global PLACE
    PLACE = Workplace()


def tearDownModule():
    """Clears it away."""
    PLACE.close()


def connect(server, *arguments):
    """The finished `handfast connect`."""
    return PLACE.run("connect", "--ca", PLACE.authority, *arguments, f"localhost:{server.port}")


def document(server, *arguments):
    """What it says with --json."""
    return json.loads(connect(server, "--json", *arguments).stdout)


def arrows(text):
    """The messages of a diagram: "> ClientHello", "< ServerHello"."""
    drawn = re.findall(r"│ (◀)?── ([\[\]A-Za-z]+) ─", text)
    return [("< " if back else "> ") + name for back, name in drawn]


def client_hello(compressions):
    """One of TLS 1.2, as a record, that offers these CompressionMethods."""

    def vector(size, content):
        return len(content).to_bytes(size, "big") + content

    def extension(number, content):
        return number.to_bytes(2, "big") + vector(2, content)

    extensions = (extension(10, bytes.fromhex("0004001d0017")) + extension(11, b"\1\0")
                  + extension(13, bytes.fromhex("00020403")) + extension(23, b""))
    body = (b"\3\3" + secrets.token_bytes(32) + vector(1, b"")
            + vector(2, bytes.fromhex("c02bc02ccca900ff")) + vector(1, compressions)
            + vector(2, extensions))
    return b"\x16\3\1" + vector(2, b"\1" + vector(3, body))


class WithEachOther(unittest.TestCase):
    """Both ends are Handfast's."""

    def test_draws_the_figures(self):
        """RFC 5246 §7.3, figures 1 and 2."""
        session = PLACE.path / "drawn"
        with PLACE.serve("--tls", "1.2") as server:
            first = connect(server, "--tls", "1.2", "--diagram", "--resume", session)
            again = connect(server, "--tls", "1.2", "--diagram", "--resume", session)
        self.assertEqual(arrows(first.stdout), [
            "> ClientHello", "< ServerHello", "< Certificate", "< ServerKeyExchange",
            "< ServerHelloDone", "> ClientKeyExchange", "> [ChangeCipherSpec]", "> Finished",
            "< NewSessionTicket", "< [ChangeCipherSpec]", "< Finished"])  # fmt: skip
        self.assertEqual(arrows(again.stdout), [
            "> ClientHello", "< ServerHello", "< [ChangeCipherSpec]",
            "< Finished", "> [ChangeCipherSpec]", "> Finished"])  # fmt: skip
        self.assertEqual(first.stdout.count("side, encrypted from here on"), 2)
        self.assertIn("trusted  TLS 1.2  handshake", first.stdout)
        self.assertRegex(first.stdout, r"TLS 1\.2  handshake [0-9.]+ ms \(2 round trips\)")
        self.assertRegex(again.stdout, r"TLS 1\.2  handshake [0-9.]+ ms \(1 round trip\)")
        self.assertIn("signed with ecdsa_secp256r1_sha256",
                      " ".join(first.stdout.replace("│", " ").split()))
        told = " ".join(again.stdout.replace("│", " ").split())
        for words in ("offers a session", "session resumed", "none, the session's keys go on"):
            self.assertIn(words, told)

    def test_tells_programs(self):
        session = PLACE.path / "told"
        with PLACE.serve("--tls", "1.2") as server:
            arguments = ("--tls", "1.2,1.3", "--suite", f"{SUITE},AES_128_GCM_SHA256", "--group",
                         "x25519,P-256", "--resume", session, "--get", "/", "--diagram")
            first, again = document(server, *arguments), document(server, *arguments)
            event = server.event(event="request", session="not_offered")
            later = server.event(event="request", session="resumed")
        self.assertEqual((first["version"], first["cipher_suite"], first["group"]),
                         ("TLS 1.2", SUITE, "x25519"))
        self.assertEqual((first["round_trips"], again["round_trips"]), (2, 1))
        self.assertEqual((again["session"], again["group"], again["signature_scheme"]),
                         ("resumed", None, None))
        kinds = {step["text"]: step["kind"] for step in first["steps"]}
        self.assertEqual(kinds["[ChangeCipherSpec]"], "message")
        self.assertNotIn("change_cipher_spec", kinds)
        self.assertEqual((event["tls"], event["group"], event["round_trips"]), ("1.2", "x25519", 2))
        self.assertEqual((later["tls"], later["group"], later["round_trips"]), ("1.2", None, 1))

    def test_a_list_of_suites_says_the_version(self):
        with PLACE.serve("--tls", "1.2,1.3") as server:
            self.assertEqual(document(server, "--suite", SUITE)["cipher_suite"], SUITE)
            self.assertEqual(document(server, "--suite", "AES_128_GCM_SHA256")["version"],
                             "TLS 1.3")
            self.assertEqual(document(server, "--tls", "1.3,1.2")["version"], "TLS 1.3")

    def test_logs_the_main_secret(self):
        log = PLACE.path / "keys12"
        with PLACE.serve("--tls", "1.2") as server:
            connect(server, "--tls", "1.2", "--keylog", log)
        self.assertRegex(log.read_text(), r"\ACLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n\Z")

    def test_keeps_sessions_in_memory(self):
        session = PLACE.path / "stateful"
        with PLACE.serve("--tls", "1.2", "--stateful") as server:
            for outcome in ("not_offered", "resumed", "resumed"):
                told = document(server, "--tls", "1.2", "--resume", session)
                self.assertEqual(told["session"], outcome)

    def test_compression_is_not_taken_and_told(self):
        """RFC 5246 §7.4.1.2, RFC 9325 §3.3."""
        with PLACE.serve("--tls", "1.2") as server:
            for methods in (b"\1\x40\0", b"\0"):
                with socket.create_connection((server.host, server.port), 20) as peer:
                    peer.sendall(client_hello(methods))
                    # ServerHello: header of 5, of 4, version, random, empty session_id, suite
                    answer = peer.makefile("rb").read(5 + 4 + 2 + 32 + 1 + 2 + 1)
                self.assertEqual((answer[0], answer[5], answer[43], answer[-1]), (0x16, 2, 0, 0))
            told = server.event(event="observation")
            connect(server, "--tls", "1.2", "--get", "/")
            server.event(event="request")
        self.assertEqual((told["what"], told["ok"], told["text"]), (
            "compression_offered", True,
            "the client has offered compression, and gets none: DEFLATE, LZS"))  # fmt: skip
        self.assertEqual(sum(event["event"] == "observation" for event in server.events), 1)

    def test_no_version_in_common(self):
        for ours, theirs in (("1.2", "1.3"), ("1.3", "1.2")):
            with self.subTest(ours), PLACE.serve("--tls", theirs) as server:
                told = document(server, "--tls", ours)
                self.assertEqual((told["exit"], told["alert"]["received"]),
                                 (20, "protocol_version"))
                self.assertIn("--tls 1.2,1.3", told["try"][0])
                self.assertEqual(server.event(event="failure")["code"], "HF-VERSION")

    def test_says_that_a_certificate_is_wanted(self):
        made = PLACE.run("cert", "new", "--ca", "Guild", "--out", "guild")
        self.assertEqual(made.returncode, 0, made.stderr)
        with PLACE.serve("--tls", "1.2", "--client-ca", "guild.pem") as server:
            done = connect(server, "--tls", "1.2")
        told = " ".join(done.stderr.split())
        self.assertIn("The server wants a client certificate.", told)
        self.assertIn("It takes those that were issued by: CN=Guild", told)
        self.assertIn("step 6 of 6: Finished", told)


class Refused(unittest.TestCase):
    """Command lines that cannot be meant."""

    def assert_says(self, sentence, *arguments):
        done = PLACE.run(*arguments)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("✗ " + sentence, done.stderr)

    def test_versions_that_are_none(self):
        for version in ("1.1", "1.4", "tls1.2"):
            self.assert_says(f"--tls: {version} is none of 1.2, 1.3.", "connect", "--tls", version,
                             "localhost:1")  # fmt: skip
            self.assert_says(f"--tls: {version} is none of 1.2, 1.3.", "serve", "--tls",
                             f"1.3,{version}", PLACE.site)  # fmt: skip

    def test_suites_of_another_version(self):
        self.assert_says("TLS_AES_128_GCM_SHA256 is a suite of TLS 1.3, which --tls leaves out.",
                         "connect", "--tls", "1.2", "--suite", "AES_128_GCM_SHA256", "localhost:1")
        self.assert_says("--suite names no suite of TLS 1.3, which --tls asks for.",
                         "serve", "--tls", "1.2,1.3", "--suite", SUITE, PLACE.site)
        self.assert_says(f"There is no cipher suite {SUITE}X; did you mean {SUITE}?",
                         "serve", "--suite", SUITE + "X", PLACE.site)
        self.assert_says("No group of --group is one of TLS 1.2.", "connect", "--tls", "1.2",
                         "--group", "X25519MLKEM768,MLKEM1024", "localhost:1")

    def test_what_only_tls_13_has(self):
        for option in (("--ech", "grease"), ("--post-handshake-auth",), ("--delegated",),
                       ("--early-data", "x", "--resume", "y"), ("--show-key", "x"),
                       ("--raw-key", "--pin-key", "x"), ("--compress", "zlib"),
                       ("--key-share", "x25519")):  # fmt: skip
            self.assert_says(f"{option[0]} is of TLS 1.3, which is not among the versions here.",
                             "connect", "--tls", "1.2", *option, "localhost:1")
        for option in (("--early-data", "4096"), ("--retry",), ("--ech", "x"), ("--show-key", "x"),
                       ("--delegated", "x", "--cert", "y"), ("--compress", "zlib")):  # fmt: skip
            self.assert_says(f"{option[0]} is of TLS 1.3, which is not among the versions here.",
                             "serve", "--tls", "1.2", *option, PLACE.site)
        self.assert_says("--client-auth later is of TLS 1.3", "serve", "--suite", SUITE,
                         "--client-auth", "later", "--client-ca", "x", PLACE.site)

    def test_tickets_that_are_not_given(self):
        for option in (("--tickets", "0"), ("--ticket-secret", "x")):
            self.assert_says("--stateful keeps sessions here", "serve", "--stateful", *option,
                             PLACE.site)


if __name__ == "__main__":
    unittest.main()
