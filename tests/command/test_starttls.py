"""`handfast connect --starttls`: what it shows, and each way in which a server may not go over."""

import json
import re
import ssl
import unittest

import lab as laboratory
from lab import RawServer, connect, read_exactly

GREETING = b"220 mail.test ESMTP\r\n"
HELLO = b"EHLO [127.0.0.1]\r\n"
OFFER = b"250-mail.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n"
ASK = b"STARTTLS\r\n"
SECRET = b"AUTH PLAIN secret\r\n"


def setUpModule():
    """One lab for all."""
    global LAB
    LAB = laboratory.Lab()


def tearDownModule():
    """Clears the lab away."""
    LAB.close()


class Script(RawServer):
    """Says each of `words` when it has heard what stands behind it, and ends with TLS if `tls`;
    what it hears in clear besides is kept in `extra`."""

    def __init__(self, *words, tls=False):
        self._words, self._tls = words, tls
        self.extra = b""
        self.echoed = b""
        leaf = LAB.leaf()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(LAB.bundle("plain", leaf, LAB.intermediate), leaf.key)
        super().__init__(self._talk)

    def _talk(self, connection):
        for words, answer in self._words:
            connection.sendall(words)
            if read_exactly(connection, len(answer)) != answer:
                return
        if not self._tls:
            while piece := connection.recv(1000):
                self.extra += piece
            return
        with self._context.wrap_socket(connection, server_side=True) as secure:
            self.echoed = secure.recv(1000)
            secure.sendall(b"250 ok\r\n")
            secure.unwrap()


def good_script():
    """SMTP as it should be."""
    return Script((GREETING, HELLO), (OFFER, ASK), (b"220 go\r\n", b""), tls=True)


class Works(unittest.TestCase):
    """What is shown, and what goes through TLS."""

    def run_with(self, *arguments, **options):
        with good_script() as server:
            answer = connect("--starttls", "smtp", "--ca", LAB.root.certificate, *arguments,
                             f"localhost:{server.port}", **options)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(server.extra, b"")
        self.echoed = server.echoed
        return answer

    def test_standard_input_goes_through_tls_alone(self):
        answer = self.run_with(input=SECRET)
        self.assertEqual(self.echoed, SECRET)
        self.assertEqual(answer.stdout, b"250 ok\r\n")
        self.assertIn("smtp, in clear, until the server let TLS begin (STARTTLS)",
                      answer.stderr.decode())
        self.assertRegex(answer.stderr.decode(), r"tcp \d+\.\d   clear \d+\.\d   tls \d+\.\d ms")

    def test_diagram_shows_what_was_in_clear(self):
        lines = self.run_with("--diagram", input=SECRET).stderr.decode().splitlines()
        clear = [line for line in lines if line.endswith("in clear")]
        self.assertEqual(len(clear), 5, lines)
        for line, words in zip(clear, ("220 mail.test ESMTP", "EHLO [127.0.0.1]",
                                       "250-mail.test ×3", "STARTTLS", "220 go")):
            self.assertIn(words, line)
        begins = next(at for at, line in enumerate(lines) if "TLS begins" in line)
        self.assertIn("ClientHello", lines[begins + 1])
        self.assertIn(clear[-1], lines[:begins])

    def test_json(self):
        with good_script() as server:
            answer = connect("--starttls", "SMTP", "--ca", LAB.root.certificate, "--json",
                             "--diagram", f"localhost:{server.port}")
        document = json.loads(answer.stdout)
        self.assertEqual((document["starttls"], document["trusted"]), ("smtp", True))
        self.assertGreaterEqual(document["milliseconds"]["clear"], 0)
        kinds = [step["kind"] for step in document["steps"]]
        self.assertEqual(kinds[:6], ["plain"] * 5 + ["keys"])
        self.assertEqual(document["steps"][2]["count"], 3)


class Fails(unittest.TestCase):
    """Servers, and those between, that do not lead to TLS."""

    def assert_fails(self, protocol, script, code, exit_code, said=()):
        with script as server:
            where = f"localhost:{server.port}"
            arguments = ("--starttls", protocol, "--ca", LAB.root.certificate, "--timeout", "5")
            answer = connect(*arguments, where, input=SECRET)
            lines = answer.stderr.decode()
            document = json.loads(connect(*arguments, "--json", where).stdout)
        self.assertEqual((answer.returncode, answer.stdout), (exit_code, b""), lines)
        self.assertTrue(lines.startswith("✗ TLS did not begin. "), lines)
        self.assertIn(f"exit {exit_code} · {code} ·", lines)
        self.assertNotIn("Told", lines)
        self.assertEqual((document["code"], document["told"]), (code, ""))
        folded = re.sub(r"\s+", " ", lines)
        for words in said:
            self.assertIn(words, folded)
        self.assertEqual(server.extra, b"", "nothing more was said in clear")

    def test_not_offered(self):
        script = Script((GREETING, HELLO), (b"250-mail.test\r\n250 HELP\r\n", b""))
        self.assert_fails("smtp", script, "HF-STARTTLS-NONE", 22,
                          ['It said last, in clear: "250 HELP".'])

    def test_refused(self):
        script = Script((GREETING, HELLO), (OFFER, ASK), (b"454 not now\r\n", b""))
        self.assert_fails("smtp", script, "HF-STARTTLS-REFUSED", 22,
                          ['It said last, in clear: "454 not now".'])

    def test_preauth(self):
        self.assert_fails("imap", Script((b"* PREAUTH hi\r\n", b"")), "HF-STARTTLS-PREAUTH", 23)

    def test_another_protocol(self):
        self.assert_fails("smtp", Script((b"SSH-2.0-OpenSSH_9.2\r\n", b"")), "HF-STARTTLS-FORM", 23,
                          ['"SSH-2.0-OpenSSH_9.2"'])
        self.assert_fails("postgres", Script((b"H", b"\0\0\0\x08\x04\xd2\x16\x2f")),
                          "HF-STARTTLS-FORM", 23)

    def test_answers_before_the_question(self):
        self.assert_fails("smtp", Script((GREETING + OFFER, b"")), "HF-STARTTLS-EARLY", 23)

    def test_more_behind_the_go_ahead(self):
        self.assert_fails(
            "smtp", Script((GREETING, HELLO), (OFFER, ASK), (b"220 go\r\n250 injected\r\n", b"")),
            "HF-STARTTLS-INJECTION", 23, ["behind the word"])
        self.assert_fails("postgres", Script((b"", b"\0\0\0\x08\x04\xd2\x16\x2f"), (b"SE", b"")),
                          "HF-STARTTLS-INJECTION", 23)

    def test_without_end(self):
        self.assert_fails("smtp", Script((b"220-" + b"a" * 5000, b"")), "HF-STARTTLS-LONG", 23)

    def test_hang_up(self):
        class Leaver(Script):
            def _talk(self, connection):
                connection.sendall(GREETING)
                read_exactly(connection, len(HELLO))

        self.assert_fails("smtp", Leaver(), "HF-STARTTLS-HANGUP", 41,
                          ["The server stopped it by hanging up."])

    def test_silence(self):
        with Script((b"", b"more")) as server:
            answer = connect("--starttls", "imap", "--timeout", "0.5", "--ca", LAB.root.certificate,
                             f"localhost:{server.port}")
        self.assertEqual(answer.returncode, 12)
        self.assertIn("TLS did not begin.", answer.stderr.decode())

    def test_clear_text_instead_of_tls(self):
        def serve(connection):
            for words, answer in ((GREETING, HELLO), (OFFER, ASK), (b"220 go\r\n", b"\x16")):
                connection.sendall(words)
                read_exactly(connection, len(answer))
            connection.sendall(b"250 injected\r\n")
            while connection.recv(1000):
                pass

        with RawServer(serve) as server:
            answer = connect("--starttls", "smtp", "--ca", LAB.root.certificate,
                             f"localhost:{server.port}", input=SECRET)
        self.assertEqual((answer.returncode, answer.stdout), (22, b""))
        self.assertIn("HF-NOT-TLS", answer.stderr.decode())

    def test_a_wrong_name_is_refused_as_ever(self):
        with good_script() as server:
            answer = connect("--starttls", "smtp", "--ca", LAB.root.certificate, "--sni",
                             "other.test", f"localhost:{server.port}", input=SECRET)
        self.assertEqual(answer.returncode, 32)
        self.assertEqual(server.echoed, b"")


class Usage(unittest.TestCase):
    """What cannot be meant."""

    def assert_says(self, arguments, words):
        answer = connect(*arguments)
        self.assertEqual((answer.returncode, answer.stdout), (2, b""))
        self.assertIn(words, re.sub(r"\s+", " ", answer.stderr.decode()))

    def test_protocol(self):
        self.assert_says(["--starttls", "smpt", "localhost"], "smtp")
        self.assert_says(["--starttls"], "--starttls needs a value.")

    def test_url(self):
        self.assert_says(["--starttls", "smtp", "smtps://localhost"],
                         "what a URL names begins with TLS.")

    def test_get(self):
        self.assert_says(["--starttls", "smtp", "--get", "/", "localhost"],
                         "--get speaks HTTP, which knows no --starttls.")

    def test_hint_where_it_lacks(self):
        with Script((GREETING, b"\x16")) as server:
            answer = connect("--ca", LAB.root.certificate, f"localhost:{server.port}")
        self.assertEqual(answer.returncode, 22)
        self.assertIn(f"handfast connect --starttls smtp localhost:{server.port}",
                      re.sub(r"\s+", " ", answer.stderr.decode()))


if __name__ == "__main__":
    unittest.main()
