"""A Go program on crypto/tls, both directions. Go offers all its TLS 1.3 suites whatever it is
told: as a client it meets our server's choice, as a server it takes what our client offers."""

import os
import pathlib
import re
import unittest

import peers
from peers import handfast_serve

CURVE_ID = {"secp256r1": "23", "secp521r1": "25", "x25519": "29", "SecP256r1MLKEM768": "4587",
            "X25519MLKEM768": "4588", "SecP384r1MLKEM1024": "4589"}
# Without a module the program would be taken for one of Go 1.20, before the hybrids.
HYBRIDS = {"GODEBUG": "tlsmlkem=1,tlssecpmlkem=1"}
SOURCE = pathlib.Path(__file__).parent / "go" / "peer.go"


def version():
    _, output, _ = peers.run(["go", "env", "GOVERSION"])
    return tuple(int(part) for part in re.findall(r"\d+", output)[:2])


def detours():
    """Groups of which this version of Go sends a share before that of another group, and alone."""
    if version() < (1, 24):
        return {"x25519": "secp521r1", "secp256r1": "secp521r1"}
    # From here on Go orders groups itself. A hybrid brings a share of its second half along, if
    # that is offered too; the one with P-256 came with Go 1.26.
    known = {"secp256r1": "X25519MLKEM768"}
    return {**known, "x25519": "SecP256r1MLKEM768"} if version() >= (1, 26) else known


class Go(peers.LiveTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peer = cls.files.folder / "peer"
        code, output, errors = peers.run(
            ["go", "build", "-o", cls.peer, SOURCE], timeout=240,
            env=dict(os.environ, GO111MODULE="off", GOFLAGS=""))
        assert code == 0, output + errors

    def go_server(self, kind, group, authority=None):
        port = peers.free_port()
        return peers.Server(
            [self.peer, "server", port, self.files.certificate(kind), self.files.key(kind)], port,
            env=peers.wishes(groups=group and CURVE_ID[group], client_ca=authority) | HYBRIDS)

    def demanding_server(self):
        return self.go_server("ecdsa", None, self.files.client_ca)

    def test_our_client_with_go(self):
        self.check_matrix(self.go_server)

    def test_go_with_our_server(self):
        self.check_clients(self.ask, detours(), chooses_suite=False)

    def test_hybrid_groups(self):
        if version() < (1, 24):
            self.skipTest("Go has X25519MLKEM768 from 1.24 on")
        of_nist = ("SecP256r1MLKEM768", "SecP384r1MLKEM1024") if version() >= (1, 26) else ()
        self.check_hybrids(self.go_server, self.ask, ("X25519MLKEM768", *of_nist))

    def test_go_says_who_it_is(self):
        def ask(port, pair):
            cert, key = pair or (None, None)
            code, output, _ = peers.run([self.peer, "client", port, self.files.ca],
                                        env=peers.wishes(cert=cert, key=key))
            return code == 0 and "Hello, peer" in output

        self.check_client_certificates(ask)

    def test_our_client_with_a_go_server_that_demands_a_certificate(self):
        self.check_demanding_server(self.demanding_server)

    def test_sessions_go_on_both_ways(self):
        self.check_resumption(lambda: self.go_server("ecdsa", None))
        who = ("--client-ca", self.files.client_ca)
        pair = {"cert": self.files.certificate("client"), "key": self.files.key("client")}
        for options, shown in (((), {}), (who, pair)):
            with handfast_serve(self.files, ("ecdsa",), *options) as server:
                _, output, errors = peers.run(
                    [self.peer, "client", server.port, self.files.ca],
                    env=peers.wishes(sessions="tickets", **shown))
                self.assertEqual(output.count("resumed"), 2, output + errors)
                told = [server.handshake() for _ in range(3)]
                self.assertEqual([event["session"] for event in told],
                                 ["not_offered", "resumed", "resumed"])
                for event in told:
                    named = event["client_certificate"]
                    self.assertEqual(named and named["subject"], "CN=client" if shown else None)

    def test_a_go_server_knows_its_clients_again(self):
        self.check_resumption(self.demanding_server, "--cert", self.files.certificate("client"),
                              "--key", self.files.key("client"))

    def ask(self, port, suite, groups):
        curves = ",".join(CURVE_ID[group] for group in groups) if groups else None
        code, output, errors = peers.run([self.peer, "client", port, self.files.ca],
                                         env=peers.wishes(groups=curves) | HYBRIDS)
        self.assertEqual(code, 0, f"{suite} {groups}: {output} {errors}")
        self.assertIn("Hello, peer", output)
        self.assertIn(suite or "TLS_", output)


if __name__ == "__main__":
    peers.need("go", "openssl")
    unittest.main(verbosity=2)
