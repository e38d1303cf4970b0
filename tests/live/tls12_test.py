"""TLS 1.2, both directions: OpenSSL and GnuTLS in depth. tls12_others_test.py has the others."""

import re
import unittest

import peers
from peers import HANDFAST, KEYS, handfast_serve

REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ONLY_12 = ("--tls", "1.2")
BOTH = ("--tls", "1.2,1.3")

# Each suite, as OpenSSL names it, and as GnuTLS puts it together.
SUITES = {
    f"TLS_ECDHE_{signer}_WITH_{registered}": (f"ECDHE-{signer}-{openssl}",
                                              f"+ECDHE-{signer}:-CIPHER-ALL:+{gnutls}")
    for signer in ("ECDSA", "RSA")
    for registered, openssl, gnutls in (
        ("AES_128_GCM_SHA256", "AES128-GCM-SHA256", "AES-128-GCM"),
        ("AES_256_GCM_SHA384", "AES256-GCM-SHA384", "AES-256-GCM"),
        ("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "CHACHA20-POLY1305"))
}
GROUPS = {"x25519": ("X25519", "GROUP-X25519"), "secp256r1": ("P-256", "GROUP-SECP256R1"),
          "secp384r1": ("P-384", "GROUP-SECP384R1")}


def with_certificates(group):
    """RFC 8422 §5.1.1: a client's groups are those of certificates on curves, too."""
    return [group] if group == "secp256r1" else [group, "secp256r1"]


def kinds_for(suite):
    """The keys that sign for a suite: RFC 8422 §5.10 has Ed25519 among those of ECDSA's."""
    return ("rsa",) if "_RSA_" in suite else ("ecdsa", "ed25519")


class InDepth(peers.LiveTest):
    """What is tested alike with OpenSSL and GnuTLS. The subclasses say how they are run."""

    def check_matrix12(self):
        """Our client, then our server, with every suite, kind of key and group."""
        count = 0
        for suite in SUITES:
            for kind in kinds_for(suite):
                with self.serve(kind) as server:
                    for group in GROUPS:
                        report = self.connect(server.port, *ONLY_12, "--suite", suite, "--group",
                                              ",".join(with_certificates(group)))
                        self.check_trust(report)
                        self.check_12(report, suite, group, kind)
                        self.assertEqual(report["version"], "TLS 1.2")
                        count += 1
                # Its order of groups decides, so P-256 comes last.
                with handfast_serve(self.files, (kind,), *ONLY_12, "--group",
                                    "secp384r1,x25519,secp256r1") as server:
                    for group in GROUPS:
                        self.assertIn("Hello, peer", self.ask(server.port, suite, group))
                        event = server.handshake()
                        self.check_12(event, suite, group, kind)
                        self.assertEqual(event["tls"], "1.2")
                        count += 1
        self.assertEqual(count, 9 * len(GROUPS) * 2)
        print(f"{count} handshakes of TLS 1.2", flush=True)

    def check_12(self, report, suite, group, kind):
        self.assertEqual((report["cipher_suite"], report["group"], report["round_trips"]),
                         (suite, group, 2))
        # TLS 1.2 still has RSASSA-PKCS1-v1_5, which GnuTLS likes best.
        scheme = "rsa_p" if kind == "rsa" else peers.SCHEMES[kind]
        self.assertTrue(report["signature_scheme"].startswith(scheme), report)

    def check_tickets(self):
        """Sessions by ticket, both ways; whoever is asked with that of another goes on without."""
        self.check_resumption(lambda: self.serve("ecdsa"), *ONLY_12)
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12) as server:
            self.check_sessions_of_peer(server, tickets=True)

    def check_ids(self):
        """Sessions by id: with a server that gives no tickets, and a client that takes none."""
        self.check_resumption(lambda: self.serve("ecdsa", tickets=False), *ONLY_12)
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12, "--stateful") as server:
            self.check_sessions_of_peer(server, tickets=False)
            self.check_sessions_of_peer(server, tickets=True)
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12) as server:
            self.visit_twice(server.port, tickets=False)
            self.assertEqual([server.handshake()["session"] for _ in range(2)], ["not_offered"] * 2)

    def check_sessions_of_peer(self, server, tickets):
        self.visit_twice(server.port, tickets)
        first, second = server.handshake(), server.handshake()
        self.assertEqual((first["session"], first["round_trips"]), ("not_offered", 2))
        self.assertEqual((second["session"], second["round_trips"]), ("resumed", 1))
        self.assertIsNone(second["group"])

    def check_clients_who_say_who_they_are(self):
        def ask(port, pair):
            return "Hello, peer" in self.ask(port, None, None, pair)

        self.check_client_certificates(ask, *ONLY_12)
        for kind in KEYS:
            pair = self.files.client_of(kind)
            with handfast_serve(self.files, ("rsa",), *ONLY_12, "--client-ca",
                                self.files.client_ca) as server:
                self.assertTrue(ask(server.port, pair), kind)
                self.assertEqual(server.handshake()["client_certificate"]["subject"],
                                 f"CN=client-{kind}")
            with self.serve("ecdsa", authority=self.files.client_ca) as server:
                report = self.connect(server.port, *ONLY_12, "--cert", pair[0], "--key", pair[1])
                self.assertEqual(report["client_certificate"], {"asked": True, "shown": True})
        with self.serve("ecdsa", authority=self.files.client_ca) as server:
            code, output, errors = peers.run(
                [HANDFAST, "connect", f"localhost:{server.port}", *ONLY_12, "--ca", self.files.ca])
            self.assertNotEqual(code, 0)
            self.assertIn(self.says_without_certificate, " ".join((output + errors).split()))

    def check_versions(self):
        """Whoever speaks both meets whoever speaks one, from either side."""
        for ours, theirs, met in ((BOTH, "1.2", "TLS 1.2"), (BOTH, "1.3", "TLS 1.3"),
                                  (BOTH, "both", "TLS 1.3"), (ONLY_12, "both", "TLS 1.2"),
                                  (("--tls", "1.3"), "both", "TLS 1.3")):
            with self.serve("ecdsa", version=theirs) as server:
                self.assertEqual(self.connect(server.port, *ours)["version"], met)
            with handfast_serve(self.files, ("ecdsa",), *ours) as server:
                self.assertIn("Hello, peer", self.ask(server.port, None, None, version=theirs))
                self.assertEqual("TLS " + server.handshake()["tls"], met)
        for ours, theirs in ((ONLY_12, "1.3"), (("--tls", "1.3"), "1.2"), (BOTH, "1.1")):
            with self.serve("ecdsa", version=theirs) as server:
                code, output, _ = peers.run([HANDFAST, "connect", f"localhost:{server.port}",
                                             "--ca", self.files.ca, "--json", *ours])
                self.assertIn(code, (20, self.code_of_11), output)
            with handfast_serve(self.files, ("ecdsa",), *ours) as server:
                self.assertNotIn("Hello, peer", self.ask(server.port, None, None, version=theirs))
            self.assertEqual(server.codes(), ["HF-VERSION"])


class OpenSsl(InDepth):
    says_without_certificate = "You showed none, and it lets nobody in without."
    code_of_11 = 20

    def serve(self, kind, tickets=True, authority=None, version="1.2", more=()):
        port = peers.free_port()
        flags = {"1.1": ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "1.2": ("-tls1_2",),
                 "1.3": ("-tls1_3",), "both": ()}[version]
        flags += () if tickets else ("-no_ticket",)
        flags += ("-Verify", "1", "-verify_return_error", "-CAfile", authority) if authority else ()
        return peers.Server(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-www", "-cert",
             self.files.certificate(kind), "-key", self.files.key(kind), *flags, *more], port)

    def s_client(self, port, *options, text=REQUEST):
        return peers.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
             "-CAfile", self.files.ca, "-verify_return_error", "-verify_hostname", "localhost",
             "-ign_eof", *options], input=text)[1]

    def ask(self, port, suite, group, pair=None, version="1.2"):
        flags = {"1.1": ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "1.2": ("-tls1_2",),
                 "1.3": ("-tls1_3",), "both": ()}[version]
        flags += ("-cipher", SUITES[suite][0]) if suite else ()
        if group:
            flags += ("-groups", ":".join(GROUPS[one][0] for one in with_certificates(group)))
        flags += ("-cert", pair[0], "-key", pair[1]) if pair else ()
        return self.s_client(port, *flags)

    def visit_twice(self, port, tickets):
        kept = self.files.folder / "s_client-session"
        flags = ("-tls1_2",) + (() if tickets else ("-no_ticket",))
        self.s_client(port, *flags, "-sess_out", kept)
        self.s_client(port, *flags, "-sess_in", kept)

    def test_every_suite_key_and_group(self):
        self.check_matrix12()

    def test_sessions_by_ticket(self):
        self.check_tickets()

    def test_sessions_by_id(self):
        self.check_ids()

    def test_clients_say_who_they_are(self):
        self.check_clients_who_say_who_they_are()

    def test_versions_are_negotiated(self):
        self.check_versions()

    def test_the_diagram_is_that_of_the_rfc(self):
        """RFC 5246 §7.3, figures 1 and 2, with CertificateStatus (RFC 6066) and NewSessionTicket
        (RFC 5077), and a client that is asked."""
        chain, key, response = self.files.stapled("drawn")
        port = peers.free_port()
        kept = self.files.folder / "drawn-session"
        pair = self.files.client_of("ecdsa")
        server = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-www", "-cert",
                  chain, "-key", key, "-status_file", response, "-Verify", "1", "-CAfile",
                  self.files.client_ca]
        drawn = []
        with peers.Server(server, port):
            for _ in range(2):
                code, output, errors = peers.run(
                    [HANDFAST, "connect", f"localhost:{port}", "--ca", self.files.ca, *ONLY_12,
                     "--cert", pair[0], "--key", pair[1], "--diagram", "--resume", kept])
                self.assertEqual(code, 0, output + errors)
                drawn.append(re.findall(r"│ (◀)?── ([\[\]A-Za-z]+) ─", output))
                self.assertNotIn("middlebox", output)
        mine, theirs = "", "◀"
        end = [(mine, "[ChangeCipherSpec]"), (mine, "Finished")]
        end_of_server = [(theirs, "[ChangeCipherSpec]"), (theirs, "Finished")]
        self.assertEqual(drawn[0], [
            (mine, "ClientHello"), (theirs, "ServerHello"), (theirs, "Certificate"),
            (theirs, "CertificateStatus"), (theirs, "ServerKeyExchange"),
            (theirs, "CertificateRequest"), (theirs, "ServerHelloDone"), (mine, "Certificate"),
            (mine, "ClientKeyExchange"), (mine, "CertificateVerify"), *end,
            (theirs, "NewSessionTicket"), *end_of_server])
        self.assertEqual([one for one in drawn[1] if one[1] != "NewSessionTicket"], [
            (mine, "ClientHello"), (theirs, "ServerHello"), *end_of_server, *end])

    def test_staples_go_both_ways(self):
        chain, key, response = self.files.stapled("stapled")
        with peers.HandfastServer(self.files.site, "--cert", chain, "--key", key, "--ocsp",
                                  response, *ONLY_12) as server:
            self.assertIn("Cert Status: good", self.s_client(server.port, "-status"))
            self.assertNotIn("OCSP Response Status", self.s_client(server.port))
        port = peers.free_port()
        with peers.Server(
                ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-www", "-cert",
                 chain, "-key", key, "-status_file", response], port):
            report = self.connect(port, *ONLY_12)
            self.check_trust(report)
            self.assertEqual(report["ocsp_stapled"], response.stat().st_size)

    def test_alpn_is_negotiated_both_ways(self):
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12) as server:
            self.assertIn("ALPN protocol: http/1.1",
                          self.s_client(server.port, "-alpn", "h2,http/1.1"))
            self.assertNotIn("Hello, peer", self.s_client(server.port, "-alpn", "imap"))
        with self.serve("ecdsa", more=("-alpn", "imap,h2")) as server:
            self.assertEqual(self.connect(server.port, *ONLY_12, "--alpn", "h2,imap")["alpn"],
                             "imap")

    def test_both_key_logs_hold_the_same_secret(self):
        ours, theirs = (self.files.folder / f"{name}.log" for name in ("ours12", "theirs12"))
        with self.serve("ecdsa", more=("-keylogfile", theirs)) as server:
            self.connect(server.port, *ONLY_12, "--keylog", ours)
        logs = [[line.lower() for line in path.read_text().splitlines() if line[0] != "#"]
                for path in (ours, theirs)]
        self.assertEqual(logs[0], logs[1])
        self.assertTrue(logs[0][0].startswith("client_random "))

    def test_a_session_that_failed_is_forgotten(self):
        """RFC 5246 §7.2.2. Whoever wishes to renegotiate ends the connection by a fatal alert."""
        kept = self.files.folder / "failed-session"
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12, "--stateful") as server:
            for flags in ((), ("-no_ticket",)):
                command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2",
                           "-servername", "localhost", "-sess_out", kept, *flags]
                with peers.Dialogue(command) as client:
                    client.expect("Verify return code")
                    client.say("R")
                    client.expect("no renegotiation")
                self.s_client(server.port, "-tls1_2", *flags, "-sess_in", kept)
                self.assertEqual(server.handshake()["session"], "unknown")
        self.assertEqual(server.codes(), ["HF-RENEGOTIATION-REFUSED"] * 2)

    def test_nobody_renegotiates(self):
        """Both sides are asked to, by "R": they refuse, and say so."""
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12) as server:
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2",
                       "-servername", "localhost"]
            with peers.Dialogue(command) as client:
                client.expect("Verify return code")
                client.say("R")
                client.expect("no renegotiation")
        self.assertEqual(server.codes(), ["HF-RENEGOTIATION-REFUSED"])
        port = peers.free_port()
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-cert",
                   self.files.certificate("ecdsa"), "-key", self.files.key("ecdsa")]
        with peers.Dialogue(command, port=port) as server:
            with peers.Dialogue([HANDFAST, "connect", f"localhost:{port}", *ONLY_12, "--ca",
                                 self.files.ca]) as client:
                client.say("before")
                server.expect("before")
                server.say("r")
                server.expect("no renegotiation")


class GnuTls(InDepth):
    says_without_certificate = "The server stopped it with the alert decode_error"  # so it does
    code_of_11 = 21  # without a suite of its versions GnuTLS does not come to speak of them

    versions = {"1.1": "+VERS-TLS1.1", "1.2": "+VERS-TLS1.2", "1.3": "+VERS-TLS1.3",
                "both": "+VERS-TLS1.2:+VERS-TLS1.3"}

    def serve(self, kind, tickets=True, authority=None, version="1.2"):
        port = peers.free_port()
        flags = () if tickets else ("--noticket",)
        flags += ("--x509cafile", authority, "--require-client-cert",
                  "--verify-client-cert") if authority else ()
        return peers.Server(
            ["gnutls-serv", "--port", port, "--http", "--priority",
             f"NORMAL:-VERS-ALL:{self.versions[version]}", "--x509certfile",
             self.files.certificate(kind), "--x509keyfile", self.files.key(kind), *flags], port)

    def ask(self, port, suite, group, pair=None, version="1.2"):
        priority = f"NORMAL:-VERS-ALL:{self.versions[version]}"
        priority += f":-KX-ALL:{SUITES[suite][1]}" if suite else ""
        priority += ":-GROUP-ALL" + "".join(
            f":+{GROUPS[one][1]}" for one in with_certificates(group)) if group else ""
        shown = ("--x509certfile", pair[0], "--x509keyfile", pair[1]) if pair else ()
        return self.gnutls_cli(port, priority, *shown)

    def gnutls_cli(self, port, priority, *options, path="/index.html"):
        request = REQUEST.replace(b"/index.html", path.encode())
        return peers.run(
            ["gnutls-cli", "--port", port, "--x509cafile", self.files.ca, "--priority", priority,
             "--sni-hostname", "localhost", "--verify-hostname", "localhost", *options,
             "127.0.0.1"], input=request)[1]

    def visit_twice(self, port, tickets):
        # It makes its request on the second connection alone.
        options = () if tickets else ("--noticket",)
        self.gnutls_cli(port, "NORMAL:-VERS-ALL:+VERS-TLS1.2", "--resume", *options)

    def check_sessions_of_peer(self, server, tickets):
        self.visit_twice(server.port, tickets)
        event = server.handshake()
        self.assertEqual((event["session"], event["round_trips"]), ("resumed", 1))
        self.assertIsNone(event["group"])

    def test_every_suite_key_and_group(self):
        self.check_matrix12()

    def test_sessions_by_ticket(self):
        self.check_tickets()

    def test_sessions_by_id(self):
        self.check_resumption(lambda: self.serve("ecdsa", tickets=False), *ONLY_12)
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12, "--stateful") as server:
            self.check_sessions_of_peer(server, tickets=False)
            self.check_sessions_of_peer(server, tickets=True)

    def test_clients_say_who_they_are(self):
        self.check_clients_who_say_who_they_are()

    def test_versions_are_negotiated(self):
        self.check_versions()

    def test_our_records_are_as_small_as_gnutls_wishes(self):
        """RFC 8449 §4: in TLS 1.2 the limit is of content. The cipher adds 24 bytes."""
        with handfast_serve(self.files, ("ecdsa",), *ONLY_12) as server, \
                peers.Between(server.port) as between:
            output = self.gnutls_cli(between.port, "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:"
                                     "+AES-128-GCM", "--recordsize", "512", path="/blob")
            self.assertIn("Content-Length: 1048576", output)
            lengths = [length - 24 for kind, length in between.to_client if kind == 23]
            self.assertEqual(max(lengths), 512)
            self.assertGreaterEqual(lengths.count(512), 2_048)


del InDepth  # its checks are those of the two classes


if __name__ == "__main__":
    peers.need("openssl", "gnutls-serv", "gnutls-cli")
    unittest.main(verbosity=2)
