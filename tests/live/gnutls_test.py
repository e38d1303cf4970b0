"""GnuTLS's gnutls-serv and gnutls-cli, both directions."""

import base64
import subprocess
import unittest

import peers

PRIORITY_GROUP = {
    "x25519": "GROUP-X25519",
    "secp256r1": "GROUP-SECP256R1",
    "secp521r1": "GROUP-SECP521R1",
}
PRIORITY_CIPHER = {
    "TLS_AES_128_GCM_SHA256": "AES-128-GCM",
    "TLS_AES_256_GCM_SHA384": "AES-256-GCM",
    "TLS_CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
}
ONLY_13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"
SMALL = ":%ALLOW_SMALL_RECORDS"  # below 512 bytes


class GnuTls(peers.LiveTest):
    cookie_groups = ("secp384r1",)  # GnuTLS refuses a retry that asks for no share

    def gnutls_serv(self, kind, group):
        port = peers.free_port()
        groups = f":-GROUP-ALL:+{PRIORITY_GROUP[group]}" if group else ""
        return peers.Server(
            ["gnutls-serv", "--port", port, "--http", "--priority", ONLY_13 + groups,
             "--x509certfile", self.files.certificate(kind), "--x509keyfile", self.files.key(kind)],
            port)

    def test_our_client_with_gnutls_serv(self):
        self.check_matrix(self.gnutls_serv)

    def test_gnutls_cli_with_our_server(self):
        self.check_clients(self.ask, {"x25519": "secp521r1", "secp256r1": "secp521r1"})

    def test_gnutls_cli_says_who_it_is(self):
        def ask(port, pair):
            options = ["--x509certfile", pair[0], "--x509keyfile", pair[1]] if pair else []
            _, output, _ = self.gnutls_cli(port, *options)
            return "Hello, peer" in output

        self.check_client_certificates(ask)

    def test_our_client_with_a_gnutls_serv_that_demands_a_certificate(self):
        def serve():
            port = peers.free_port()
            return peers.Server(
                ["gnutls-serv", "--port", port, "--http", "--priority", ONLY_13,
                 "--x509certfile", self.files.certificate("ecdsa"), "--x509keyfile",
                 self.files.key("ecdsa"), "--x509cafile", self.files.client_ca,
                 "--require-client-cert", "--verify-client-cert"], port)

        self.check_demanding_server(serve)

    def test_gnutls_cli_says_who_it_is_after_the_handshake(self):
        def ask(port, pair):
            options = ["--x509certfile", pair[0], "--x509keyfile", pair[1]] if pair else []
            # It asks for no more once its input ends, so that has to wait.
            with peers.Dialogue(self.cli_command(port, "--post-handshake-auth", *options)) as cli:
                cli.say("GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r")
                return cli.meets("Hello, peer")

        self.check_later_client_certificates(ask)

    def test_a_gnutls_serv_asks_our_client_after_the_handshake(self):
        port = peers.free_port()
        command = ["gnutls-serv", "--port", port, "--echo", "--priority", ONLY_13,
                   "--x509certfile", self.files.certificate("ecdsa"), "--x509keyfile",
                   self.files.key("ecdsa"), "--x509cafile", self.files.client_ca,
                   "--disable-client-cert"]
        with peers.Server(command, port):
            with peers.Dialogue(self.later_client(port)) as client:
                client.say("**REAUTH**")
                client.expect("Successfully executed command")
                client.say("behind it")
                client.expect("behind it")
                client.end()
                client.expect("the server asked who you are, and was shown your certificate")

    def test_staples_go_both_ways(self):
        chain, key, response = self.files.stapled("stapled")
        with peers.HandfastServer(self.files.site, "--cert", chain, "--key", key, "--ocsp",
                                  response) as server:
            code, output, errors = self.gnutls_cli(server.port)
            self.assertEqual(code, 0, output + errors)
            self.assertIn("OCSP status request", output)
        with peers.handfast_serve(self.files) as server:
            _, output, _ = self.gnutls_cli(server.port)
            self.assertNotIn("OCSP status request", output)
        port = peers.free_port()
        with peers.Server(
                ["gnutls-serv", "--port", port, "--http", "--priority", ONLY_13, "--x509certfile",
                 chain, "--x509keyfile", key, "--ocsp-response", response], port):
            report = self.connect(port)
            self.check_trust(report)
            self.assertEqual(report["ocsp_stapled"], response.stat().st_size)

    def deep_chain(self):
        """A chain of leaf, intermediate and root, and OCSP responses on the first two. Returns the
        folder that holds them."""
        folder = self.files.folder / "deep"
        folder.mkdir()

        def make(*arguments):
            code, output, errors = peers.run([peers.HANDFAST, "cert", *arguments], cwd=folder)
            self.assertEqual(code, 0, output + errors)

        make("new", "--ca", "Deep Root", "--out", "root")
        make("new", "--ca", "Deep Sub", "--csr", "--out", "sub")
        make("sign", "sub.csr", "--ca", "root.pem", "--profile", "ca")
        make("new", "localhost", "--csr")
        make("sign", "localhost.csr", "--ca", "sub.pem")
        for name, issuer in (("localhost", "sub"), ("sub", "root")):
            make("revoke", "--ca", f"{issuer}.pem", "--crl", f"{issuer}.crl")
            make("ocsp", "sign", f"{name}.pem", "--ca", f"{issuer}.pem", "--crl", f"{issuer}.crl")
        # GnuTLS looks for whoever signed a response in the chain alone.
        (folder / "chain.pem").write_text(
            (folder / "localhost.pem").read_text() + (folder / "root.pem").read_text())
        return folder

    def test_staples_of_a_whole_chain_go_both_ways(self):
        folder = self.deep_chain()
        both = folder / "both.pem"
        both.write_text("".join(
            "-----BEGIN OCSP RESPONSE-----\n" +
            base64.encodebytes((folder / f"{name}.ocsp").read_bytes()).decode() +
            "-----END OCSP RESPONSE-----\n" for name in ("sub", "localhost")))
        chain = ("--cert", folder / "chain.pem", "--key", folder / "localhost.key")
        with peers.HandfastServer(self.files.site, *chain, "--ocsp", both) as server:
            got = folder / "got.pem"
            code, output, errors = self.gnutls_cli(
                server.port, "--x509cafile", folder / "root.pem", "--save-ocsp-multi", got)
            self.assertEqual(code, 0, output + errors)
            self.assertEqual(got.read_text().count("BEGIN OCSP RESPONSE"), 2)

        port = peers.free_port()
        with peers.Server(
                ["gnutls-serv", "--port", port, "--http", "--priority", ONLY_13, "--x509certfile",
                 folder / "chain.pem", "--x509keyfile", folder / "localhost.key",
                 "--ocsp-response", folder / "localhost.ocsp", "--ocsp-response",
                 folder / "sub.ocsp"], port):
            code, output, errors = peers.run(
                [peers.HANDFAST, "connect", f"localhost:{port}", "--ca", folder / "root.pem",
                 "--revocation", "hard", "--explain", "--timeout", "15"])
            self.assertEqual(code, 0, output + errors)
            words = " ".join(output.split())
            self.assertIn("leaf: good, by the OCSP response of CN=Deep Sub", words)
            self.assertIn("Deep Sub: good, by the OCSP response of CN=Deep Root", words)

    def test_sessions_go_on_both_ways(self):
        self.check_resumption(lambda: self.gnutls_serv("ecdsa", None))
        with peers.handfast_serve(self.files) as server:
            _, output, errors = self.gnutls_cli(server.port, "--resume", "--waitresumption")
            self.assertIn("*** This is a resumed session", output, errors)
            self.assertEqual(server.handshake()["session"], "resumed")

    def early_request(self):
        """A file with a request that `gnutls_cli` does not make besides."""
        path = self.files.folder / "early"
        path.write_bytes(b"GET /blob HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return path

    def test_early_data_of_gnutls_cli_is_taken(self):
        with peers.handfast_serve(self.files, ("ecdsa",), "--early-data", "4096") as server:
            _, output, errors = self.gnutls_cli(
                server.port, "--resume", "--waitresumption", "--earlydata", self.early_request())
            event = server.handshake()
            self.assertEqual((event["target"], event["session"], event["early_data"]),
                             ("/blob", "resumed", "accepted"), output + errors)
            self.assertIn("Content-Length: 1048576", output)
            self.assertIn("Hello, peer", output)

    def test_early_data_of_gnutls_cli_is_skipped(self):
        """It comes to a server that cannot open the ticket, nor what was sent with it."""
        serve = ("ecdsa",), "--early-data", "4096"
        with peers.handfast_serve(self.files, *serve) as knows, \
                peers.handfast_serve(self.files, *serve) as other, \
                peers.Between(knows.port, other.port) as between:
            _, output, errors = self.gnutls_cli(
                between.port, "--resume", "--waitresumption", "--earlydata", self.early_request())
            event = other.handshake()
            self.assertEqual((event["target"], event["session"], event["early_data"]),
                             ("/index.html", "unknown", "not_resumed"), output + errors)
            self.assertIn("Hello, peer", output)

    # Neither tool of GnuTLS 3.7 survives early data and a HelloRetryRequest: the client sends its
    # second ClientHello under the keys of early data, and the server opens ours with them.

    def test_early_data_of_our_client_with_gnutls_serv(self):
        kept = self.files.folder / "early-session"
        kept.unlink(missing_ok=True)
        early = ("--resume", kept, "--early-data", self.early_request())
        told = []
        for options in (("--earlydata", "--maxearlydata", "4096"), ("--earlydata",), ()):
            port = peers.free_port()
            with peers.Server(
                    ["gnutls-serv", "--port", port, "--echo", "--priority", ONLY_13,
                     "--x509certfile", self.files.certificate("ecdsa"), "--x509keyfile",
                     self.files.key("ecdsa"), *options], port):
                for _ in range(2):
                    report = self.connect(port, *early)
                    self.check_trust(report)
                    told.append((report["session"], report["early_data"]))
        # Each is asked first by a client that has a session of the one before.
        self.assertEqual(told, [("not_offered", "not_offered"), ("resumed", "accepted"),
                                ("declined", "declined"), ("resumed", "accepted"),
                                ("declined", "declined"), ("resumed", "not_allowed")])

    # RFC 8449: the limit counts content and type. A cipher of TLS 1.3 adds 16 bytes.

    def gnutls_serv_that_echoes_headers(self, *options, more=""):
        port = peers.free_port()
        return peers.Server(
            ["gnutls-serv", "--port", port, "--http", "--priority", ONLY_13 + more,
             "--x509certfile", self.files.certificate("ecdsa"), "--x509keyfile",
             self.files.key("ecdsa"), *options], port)

    def check_records(self, records, limit, least):
        """None is larger than the limit allows, and at least so many are just as large."""
        lengths = [length - 16 for kind, length in records if kind == 23]
        self.assertLessEqual(max(lengths), limit)
        self.assertGreaterEqual(lengths.count(limit), least)

    def test_our_records_are_as_small_as_gnutls_wishes(self):
        long = "x" * 12_000
        with peers.handfast_serve(self.files) as server, peers.Between(server.port) as between:
            _, output, _ = self.gnutls_cli(between.port, "--recordsize", "512", path="/blob")
            self.assertIn("Content-Length: 1048576", output)
            self.check_records(between.to_client, 512 + 1, 2_048)
        with self.gnutls_serv_that_echoes_headers("--recordsize", "512") as server, \
                peers.Between(server.port) as between:
            _, output, errors = peers.run(
                [peers.HANDFAST, "connect", f"localhost:{between.port}", "--ca", self.files.ca],
                input=f"GET / HTTP/1.0\r\nLong: {long}\r\n\r\n".encode())
            self.assertIn(long, output, errors)
            self.check_records(between.to_server, 512 + 1, 12_000 // 512)

    def test_records_of_gnutls_are_as_small_as_we_wish(self):
        program = peers.beside("live_limits")
        for limit, path in ((64, "/" + "x" * 1_000), (600, "/" + "x" * 4_000)):
            with subprocess.Popen(
                    [program, "serve", self.files.certificate("ecdsa"), self.files.key("ecdsa"),
                     str(limit)], stdout=subprocess.PIPE) as server:
                with peers.Between(int(server.stdout.readline())) as between:
                    _, output, errors = self.gnutls_cli(between.port, path=path, more=SMALL)
                    server.kill()
                # Of each 4 KiB that it reads it sends one record, and loses the rest.
                self.assertIn(f"GET {path}"[:limit - 1], output, errors)
                self.check_records(between.to_server, limit, 1)
            with self.gnutls_serv_that_echoes_headers(more=SMALL) as server, \
                    peers.Between(server.port) as between:
                _, output, errors = peers.run(
                    [program, "ask", between.port, self.files.ca, limit, path])
                self.assertIn("</HTML>", output, errors)
                self.check_records(between.to_client, limit, 1)

    def test_raw_public_keys_go_both_ways(self):
        """RFC 7250, of the server and of the client."""
        public = {kind: self.files.public_key(kind) for kind in ("ecdsa", "ed25519", "client")}
        raw = ONLY_13 + ":+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK:-CTYPE-SRV-X509:-CTYPE-CLI-X509"
        for kind in ("ecdsa", "ed25519"):
            port = peers.free_port()
            with peers.Server(
                    ["gnutls-serv", "--port", port, "--http", "--priority", raw,
                     "--rawpkkeyfile", self.files.key(kind), "--rawpkfile", public[kind],
                     "--require-client-cert"], port):
                report = self.connect(port, "--raw-key", "--pin-key", public[kind], "--show-key",
                                      self.files.key("client"))
                self.assertEqual((report["trusted"], report["certificate_type"]),
                                 (True, "RawPublicKey"))
                self.assertEqual(report["client_certificate"], {"asked": True, "shown": True})
            with peers.HandfastServer(self.files.site, "--show-key", self.files.key(kind),
                                      "--pin-client-key", public["client"]) as server:
                _, output, errors = peers.run(
                    ["gnutls-cli", "--port", server.port, "--priority", raw, "--insecure",
                     "--rawpkkeyfile", self.files.key("client"), "--rawpkfile", public["client"],
                     "127.0.0.1"],
                    input=b"GET /index.html HTTP/1.1\r\nHost: localhost\r\n"
                          b"Connection: close\r\n\r\n")
                self.assertIn("Hello, peer", output, errors)

    def cli_command(self, port, *options, more=""):
        return ["gnutls-cli", "--port", port, "--x509cafile", self.files.ca, "--priority",
                ONLY_13 + more, "--sni-hostname", "localhost", "--verify-hostname", "localhost",
                *options, "127.0.0.1"]

    def gnutls_cli(self, port, *options, path="/index.html", more=""):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        return peers.run(self.cli_command(port, *options, more=more), input=request.encode())

    def ask(self, port, suite, groups):
        priority = ONLY_13
        if suite:
            priority += f":-CIPHER-ALL:+{PRIORITY_CIPHER[suite]}"
        if groups:
            priority += "".join([":-GROUP-ALL", *(f":+{PRIORITY_GROUP[name]}" for name in groups)])
        # By itself it sends a share of each kind, which leaves nothing to ask again for.
        options = ["--single-key-share"] if groups else []
        code, output, errors = peers.run(
            ["gnutls-cli", "--port", port, "--x509cafile", self.files.ca, "--priority", priority,
             "--sni-hostname", "localhost", "--verify-hostname", "localhost", *options,
             "127.0.0.1"],
            input=b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertEqual(code, 0, f"{priority}: {output} {errors}")
        self.assertIn("Hello, peer", output)
        self.assertIn("Status: The certificate is trusted.", output)
        if suite:
            self.assertIn(f"({PRIORITY_CIPHER[suite]})", output)


if __name__ == "__main__":
    peers.need("gnutls-serv", "gnutls-cli", "openssl")
    unittest.main(verbosity=2)
