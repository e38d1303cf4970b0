"""TLS 1.2 with those who are not OpenSSL or GnuTLS: every modern suite with every kind of key,
sessions by id and by ticket, and clients with certificates, in both roles. What one of them cannot
do stands in its class, with the reason; all else is tested."""

import json
import pathlib
import re
import shutil
import sys
import unittest

import peers
from peers import HANDFAST, handfast_serve
from tls12_test import BOTH, SUITES, kinds_for

FOLDER = pathlib.Path(__file__).parent


SCHEMES = {"ecdsa": "ecdsa_", "rsa": "rsa_p", "ed25519": "ed25519"}
NEW_AND_TWICE_ON = ["not_offered", "resumed", "resumed"]


def suites_for(kind):
    return [suite for suite in SUITES if kind in kinds_for(suite)]


class Other(peers.LiveTest):
    """What is tested with each peer's client: `visit` of the subclasses says how it is run."""

    kinds = ("ecdsa", "rsa", "ed25519")  # keys that it knows, its own and those of others
    ways = ("tickets", "ids")  # in which sessions go on; the first, where that is not the point
    # What becomes of sessions whose tickets are numbers that work once.
    with_used_up_tickets = NEW_AND_TWICE_ON

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.build()

    @classmethod
    def build(cls):
        """Makes what is run, or raises SkipTest."""
        raise NotImplementedError

    @classmethod
    def need(cls, *commands):
        for command in commands:
            if shutil.which(command) is None:
                raise unittest.SkipTest(f"{command} is not installed; ./dev setup installs it")

    def visit(self, port, suite=None, way=None, pair=None):
        """Has its client make a request, or three, where a `way` is to be shown. Returns exit code,
        output and errors."""
        raise NotImplementedError

    def check_visit(self, outcome):
        code, output, errors = outcome
        self.assertEqual(code, 0, output + errors)
        self.assertEqual(output.count("Hello, peer"), 3, output + errors)

    def check_cell(self, report, suite, kind, session):
        self.assertEqual((report["cipher_suite"], report["session"], report["round_trips"]),
                         (suite, session, 1 if session == "resumed" else 2))
        if session != "resumed":
            self.assertTrue(report["signature_scheme"].startswith(SCHEMES[kind]), report)

    def our_server(self, kind, *options):
        """One that resumes sessions in the first of our peer's ways."""
        stateful = ("--stateful",) if self.ways[0] == "ids" else ()
        return handfast_serve(self.files, (kind,), *BOTH, *stateful, *options)

    def test_our_server_with_every_suite_and_key(self):
        """Each once anew, and twice as the session goes on."""
        for kind in self.kinds:
            with self.our_server(kind) as server:
                for suite in suites_for(kind):
                    self.check_visit(self.visit(server.port, suite, self.ways[0]))
                    for session in NEW_AND_TWICE_ON:
                        event = server.handshake()
                        self.assertEqual(event["tls"], "1.2")
                        self.check_cell(event, suite, kind, session)

    def test_our_server_goes_on_with_sessions(self):
        """Tickets hold the session, or where it is kept; who takes none finds it by its id."""
        cases = {("tickets", ()): NEW_AND_TWICE_ON,
                 ("tickets", ("--stateful",)): self.with_used_up_tickets,
                 ("ids", ("--stateful",)): NEW_AND_TWICE_ON, ("ids", ()): ["not_offered"] * 3}
        for (way, options), sessions in cases.items():
            if way in self.ways:
                with handfast_serve(self.files, ("ecdsa",), *BOTH, *options) as server:
                    self.check_visit(self.visit(server.port, way=way))
                    self.assertEqual([server.handshake()["session"] for _ in range(3)], sessions)

    def test_its_client_says_who_it_is(self):
        def ask(port, pair):
            code, output, _ = self.visit(port, pair=pair)
            return code == 0 and "Hello, peer" in output

        self.check_client_certificates(ask, *BOTH)
        with self.our_server("ecdsa", "--client-ca", self.files.client_ca) as server:
            for kind in self.kinds:
                pair = self.files.client_of(kind)
                self.check_visit(self.visit(server.port, way=self.ways[0], pair=pair))
                for session in NEW_AND_TWICE_ON:
                    event = server.handshake()
                    self.assertEqual(event["session"], session)
                    self.assertEqual(event["client_certificate"]["subject"], f"CN=client-{kind}")


class Program(Other):
    """A program of ours on somebody's library, which is a server, too."""

    # The alerts of its server for who shows no certificate, and for who shows one of a stranger;
    # None where it hangs up without a word.
    without_certificate, with_that_of_a_stranger = "handshake_failure", "unknown_ca"

    def name_of(self, suite):
        return suite

    def visit(self, port, suite=None, way=None, pair=None):
        cert, key = pair or (None, None)
        return peers.run(
            [*self.client, port, self.files.ca], timeout=120,
            env=peers.wishes(tls="1.2", suite=suite and self.name_of(suite), sessions=way,
                             cert=cert, key=key))

    def serve(self, kind, way, authority=None):
        port = peers.free_port()
        return peers.Server(
            [*self.server, port, self.files.certificate(kind), self.files.key(kind)], port,
            env=peers.wishes(tls="1.2", sessions=way, client_ca=authority))

    @classmethod
    def compile(cls, source, *options):
        """One in C or C++."""
        compiler = "cc" if source.endswith(".c") else "c++"
        cls.need(compiler)
        peer = cls.files.folder / "peer"
        code, _, errors = peers.run([compiler, "-O1", "-o", peer, FOLDER / source, *options],
                                    timeout=120)
        if code != 0 and re.search(r"\.h: No such file", errors):
            raise unittest.SkipTest(f"what {source} includes is not installed; ./dev setup does it")
        assert code == 0, errors
        cls.client, cls.server = (peer, "client"), (peer, "server")

    def test_our_client_with_every_suite_and_key(self):
        """Each once anew, and once as the session goes on."""
        kept = self.files.folder / "kept"
        for kind in self.kinds:
            with self.serve(kind, self.ways[0]) as server:
                for suite in suites_for(kind):
                    kept.unlink(missing_ok=True)
                    for session in ("not_offered", "resumed"):
                        report = self.connect(server.port, "--suite", suite, "--resume", kept)
                        self.check_trust(report)
                        self.check_cell(report, suite, kind, session)

    def after_restart(self, way):
        """What becomes of a session of before, and of the next ones."""
        return ["declined", "resumed", "resumed"]

    def test_our_client_goes_on_with_sessions(self):
        for way in self.ways:
            kept = self.files.folder / f"kept-{way}"
            for sessions in (NEW_AND_TWICE_ON, self.after_restart(way)):
                with self.serve("ecdsa", way) as server:
                    for session in sessions:
                        report = self.connect(server.port, *BOTH, "--resume", kept, "--get", "/",
                                              "--diagram")
                        self.check_trust(report)
                        self.assertEqual((report["version"], report["session"]),
                                         ("TLS 1.2", session))
                        told = [step["text"] for step in report["steps"]]
                        if session == "not_offered":
                            self.assertEqual("NewSessionTicket" in told, way == "tickets", told)

    def test_our_client_says_who_it_is(self):
        for kind in self.kinds:
            cert, key = self.files.client_of(kind)
            kept = self.files.folder / f"kept-{kind}"
            with self.serve(kind, self.ways[0], self.files.client_ca) as server:
                for session, asked in (("not_offered", True), ("resumed", False)):
                    report = self.connect(server.port, *BOTH, "--cert", cert, "--key", key,
                                          "--resume", kept, "--get", "/")
                    self.assertEqual(report["session"], session)
                    self.assertEqual(report["client_certificate"], {"asked": asked, "shown": asked})

    def test_its_server_lets_nobody_else_in(self):
        stranger = ("--cert", self.files.certificate("stranger"), "--key",
                    self.files.key("stranger"))
        with self.serve("ecdsa", self.ways[0], self.files.client_ca) as server:
            for shown, alert in (((), self.without_certificate),
                                 (stranger, self.with_that_of_a_stranger)):
                code, output, errors = peers.run(
                    [HANDFAST, "connect", f"localhost:{server.port}", *BOTH, "--ca", self.files.ca,
                     "--json", "--timeout", "15", "--get", "/", *shown])
                self.assertNotEqual(code, 0, output)
                report = json.loads(output)
                self.assertEqual(report["stopped_by"], "server", errors)
                if alert is None:
                    self.assertEqual(report["code"], "HF-HANGUP")
                    continue
                self.assertEqual(report["alert"]["received"], alert)
                self.assertEqual(report["facts"]["certificate_shown"], bool(shown))
                self.assertEqual(report["facts"]["authorities"], ["CN=Live Client CA"])


class MbedTls(Program):
    """Mbed TLS 2.28. It has no Ed25519 (neither PK nor X.509 of it know the algorithm). Without a
    certificate its server ends the connection and sends no alert."""

    kinds = ("ecdsa", "rsa")
    without_certificate = None

    @classmethod
    def build(cls):
        cls.compile("mbedtls/peer.c", "-lmbedtls", "-lmbedx509", "-lmbedcrypto")

    def name_of(self, suite):
        return suite.replace("_", "-")


class WolfSsl(Program):
    """wolfSSL 5.5. Its server asks for certificates with the kind of key that it has itself, sends
    no alert to who has none, and gives no ticket to who comes with one that it cannot open."""

    without_certificate = None

    @classmethod
    def build(cls):
        cls.compile("wolfssl/peer.c", "-lwolfssl")

    def name_of(self, suite):
        return SUITES[suite][0]

    def after_restart(self, way):
        return ["declined", "not_offered" if way == "tickets" else "resumed", "resumed"]


class Botan(Program):
    """Botan 2.19. In TLS it has no Ed25519. Its client does not keep a ticket that comes while a
    session goes on."""

    kinds = ("ecdsa", "rsa")
    with_used_up_tickets = ["not_offered", "resumed", "unknown"]
    with_that_of_a_stranger = "bad_certificate"

    @classmethod
    def build(cls):
        cls.compile("botan/peer.cc", "-std=c++17", "-isystem", "/usr/include/botan-2", "-lbotan-2")

    def name_of(self, suite):
        return suite.removeprefix("TLS_")


class Java(Program):
    """JSSE of Java 17."""

    without_certificate, with_that_of_a_stranger = "bad_certificate", "certificate_unknown"

    @classmethod
    def build(cls):
        cls.need("java", "javac")
        code, output, errors = peers.run(
            ["javac", "-d", cls.files.folder, *(FOLDER / "java").glob("*.java")], timeout=120)
        assert code == 0, output + errors
        java = ("java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", cls.files.folder)
        cls.client, cls.server = (*java, "Client"), (*java, "Server")


class Go(Program):
    """crypto/tls. It has no sessions by id: a server keeps none, and a client that has a ticket or
    may get one sends an id of chance, by which it sees what was taken (RFC 5077 §3.4)."""

    ways = ("tickets",)
    with_used_up_tickets = ["unknown", "resumed", "resumed"]

    @classmethod
    def build(cls):
        cls.need("go")
        peer = cls.files.folder / "peer"
        code, output, errors = peers.run(
            ["go", "build", "-o", peer, FOLDER / "go" / "peer.go"], timeout=240,
            env=peers.wishes() | {"GO111MODULE": "off", "GOFLAGS": ""})
        assert code == 0, output + errors
        cls.client, cls.server = (peer, "client"), (peer, "server")


class Node(Program):
    """Node's https, on OpenSSL. Its client hears nothing of a ticket that comes while a session
    goes on. Its server sends no alert to a stranger."""

    client, server = (("node", FOLDER / "node" / f"{role}.js") for role in ("client", "server"))
    with_used_up_tickets = ["not_offered", "resumed", "unknown"]
    with_that_of_a_stranger = None

    @classmethod
    def build(cls):
        cls.need("node")

    def name_of(self, suite):
        return SUITES[suite][0]


class Curl(Other):
    """curl's command, on OpenSSL. There is no server, and it takes no tickets: libcurl sets
    SSL_OP_NO_TICKET."""

    ways = ("ids",)

    @classmethod
    def build(cls):
        cls.need("curl")

    def visit(self, port, suite=None, way=None, pair=None):
        options = ("--ciphers", SUITES[suite][0]) if suite else ()
        options += ("--cert", pair[0], "--key", pair[1]) if pair else ()
        urls = [f"https://localhost:{port}/index.html"] * (3 if way else 1)
        return peers.run(
            ["curl", "--silent", "--show-error", "--tlsv1.2", "--tls-max", "1.2", "--cacert",
             self.files.ca, "--header", "Connection: close", *options, *urls])


del Other, Program  # their tests are those of the others


if __name__ == "__main__":
    peers.need("openssl")
    done = unittest.main(verbosity=2, exit=False).result
    if done.skipped and not done.testsRun:
        print(f"skipped: {done.skipped[0][1]}")
        sys.exit(77)
    sys.exit(not done.wasSuccessful())
