"""max_fragment_length (RFC 6066), both ways: with OpenSSL in TLS 1.3 and 1.2 and in sessions, with
GnuTLS where neither side speaks of record_size_limit, and with Mbed TLS."""

import pathlib
import re
import shutil
import unittest

import peers
from peers import HANDFAST, handfast_serve

FOLDER = pathlib.Path(__file__).parent
LENGTHS = (512, 1024, 2048, 4096)
# What the cipher adds to the content: the tag and the type, or explicit nonce and tag.
AROUND = {"1.3": 17, "1.2": 24}
LONG = "x" * 20_000


class MaxFragmentLength(peers.LiveTest):
    def check_records(self, log, length, version, full=True):
        """No record of protected data has more than `length` bytes of content, and some have it,
        or of TLS 1.3 one byte less, as RFC 9846 §5.4 has the type counted too."""
        found = [size - AROUND[version] for kind, size in log if kind == 23]
        self.assertLessEqual(max(found), length)
        if full:
            self.assertGreaterEqual(max(found), length - 1)

    def check_clear(self, log, length):
        """What TLS 1.2 sends in clear behind the answer is bound by it too."""
        self.assertLessEqual(max(size for kind, size in log if kind == 22), length + 24)

    def test_our_client_asks_openssl(self):
        for version in ("1.3", "1.2"):
            port = peers.free_port()
            command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert",
                       self.files.certificate("rsa"), "-key", self.files.key("rsa"),
                       "-tls" + version.replace(".", "_"), "-cert_chain", self.files.ca]
            with peers.Server(command, port), peers.Between(port) as between:
                for length in LENGTHS:
                    options = ("--tls", version, "--max-fragment-length", length)
                    between.to_client.clear()
                    between.to_server.clear()
                    report = self.connect(between.port, *options, "--get", "/")
                    self.check_trust(report)
                    self.assertEqual(report["max_fragment_length"], length)
                    self.check_records(between.to_client, length, version)
                    if version == "1.2":
                        self.check_clear(between.to_client, length)
                    between.to_server.clear()
                    _, output, errors = peers.run(
                        [HANDFAST, "connect", f"localhost:{between.port}", "--ca", self.files.ca,
                         *map(str, options)],
                        input=f"GET / HTTP/1.0\r\nLong: {LONG}\r\n\r\n".encode())
                    self.assertIn("</HTML>", output.upper(), errors)
                    self.check_records(between.to_server, length, version)

    def test_it_goes_on_with_our_sessions(self):
        """OpenSSL's server refuses a client that resumes with another length."""
        for version in ("1.3", "1.2"):
            kept = self.files.folder / f"fragments-{version}"
            port = peers.free_port()
            command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert",
                       self.files.certificate("ecdsa"), "-key", self.files.key("ecdsa"),
                       "-tls" + version.replace(".", "_")]
            with peers.Server(command, port):
                met = []
                for length in ("1024", "1024", "512", "512"):
                    report = self.connect(port, "--tls", version, "--resume", kept, "--get", "/",
                                          "--max-fragment-length", length)
                    met.append((report["session"], report["max_fragment_length"]))
            self.assertEqual(met, [("not_offered", 1024), ("resumed", 1024),
                                   ("not_offered", 512), ("resumed", 512)])

    def test_openssl_asks_our_server(self):
        for version in ("1.3", "1.2"):
            with handfast_serve(self.files, ("rsa",), "--tls", "1.2,1.3") as server, \
                    peers.Between(server.port) as between:
                for length in LENGTHS:
                    between.to_client.clear()
                    kept = self.files.folder / "s_client-fragments"
                    for option in ("-sess_out", "-sess_in"):
                        output = self.s_client(between.port, "-maxfraglen", length, option, kept,
                                               "-tls" + version.replace(".", "_"))
                        self.assertIn("Hello, peer", output)
                        event = server.handshake()
                        self.assertEqual(event["tls"], version)
                    self.assertEqual(event["session"], "resumed")
                    self.s_client(between.port, "-maxfraglen", length, path="/blob",
                                  *("-tls" + version.replace(".", "_"),))
                    server.handshake()
                    self.check_records(between.to_client, length, version)
                    if version == "1.2":
                        self.check_clear(between.to_client, length)

    def s_client(self, port, *options, path="/index.html"):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        code, output, errors = peers.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
             "-CAfile", self.files.ca, "-verify_return_error", "-ign_eof", *options],
            input=request.encode())
        self.assertEqual(code, 0, errors)
        return output

    def test_gnutls(self):
        """It has record_size_limit, so we leave that out; as a client it asks in both ways."""
        program = peers.beside("live_limits")
        port = peers.free_port()
        command = ["gnutls-serv", "--port", port, "--http", "--x509certfile",
                   self.files.certificate("ecdsa"), "--x509keyfile", self.files.key("ecdsa")]
        with peers.Server(command, port), peers.Between(port) as between:
            for length in LENGTHS:
                between.to_client.clear()
                between.to_server.clear()
                _, output, errors = peers.run(
                    [program, "ask", between.port, self.files.ca, 0, "/" + "x" * 6000, length])
                self.assertIn("</HTML>", output.upper(), errors)
                self.check_records(between.to_server, length, "1.3")
                self.check_records(between.to_client, length, "1.3", full=False)

    def test_mbed_tls(self):
        """It can neither join messages of a handshake that were split, nor split its own: ours are
        whole where they fit, and of its Certificate we ask for no less than it has."""
        if shutil.which("cc") is None:
            self.skipTest("cc is not installed; ./dev setup installs it")
        peer = self.files.folder / "mbedtls"
        code, _, errors = peers.run(["cc", "-O1", "-o", peer, FOLDER / "mbedtls" / "peer.c",
                                     "-lmbedtls", "-lmbedx509", "-lmbedcrypto"])
        if code != 0 and re.search(r"\.h: No such file", errors):
            self.skipTest("mbedtls is not installed; ./dev setup installs it")
        self.assertEqual(code, 0, errors)
        for code, length in enumerate(LENGTHS, start=1):
            with handfast_serve(self.files, ("ecdsa",), "--tls", "1.2") as server, \
                    peers.Between(server.port) as between:
                result, output, errors = peers.run(
                    [peer, "client", between.port, self.files.ca],
                    env=peers.wishes(sessions="tickets", fragment=code))
                self.assertEqual(result, 0, output + errors)
                self.assertEqual(output.count("Hello, peer"), 3)
                self.assertEqual([server.handshake()["session"] for _ in range(3)],
                                 ["not_offered", "resumed", "resumed"])
                self.check_records(between.to_client, length, "1.2", full=False)
                self.check_clear(between.to_client, length)
        port = peers.free_port()
        command = [peer, "server", port, self.files.certificate("ecdsa"),
                   self.files.key("ecdsa")]
        with peers.Server(command, port):
            kept = self.files.folder / "mbedtls-fragments"
            met = []
            for _ in range(2):
                report = self.connect(port, "--tls", "1.2", "--max-fragment-length", "1024",
                                      "--resume", kept, "--get", "/")
                self.check_trust(report)
                met.append((report["session"], report["max_fragment_length"]))
        self.assertEqual(met, [("not_offered", 1024), ("resumed", 1024)])


if __name__ == "__main__":
    peers.need("openssl", "gnutls-serv")
    unittest.main(verbosity=2)
