"""rustls with aws-lc-rs, both directions: see rustls/src/main.rs."""

import os
import pathlib
import re
import shutil
import sys
import unittest

import peers

SOURCE = pathlib.Path(__file__).parent / "rustls"
BUILT = pathlib.Path(os.environ.get("HANDFAST_PEERS", "build/peers")).resolve() / "rustls"
OLDEST = (1, 78)  # that reads the version of Cargo.lock
RUSTLS_GROUP = {"x25519": "X25519", "secp256r1": "secp256r1", "secp384r1": "secp384r1",
                "X25519MLKEM768": "X25519MLKEM768", "SecP256r1MLKEM768": "secp256r1MLKEM768"}


def build():
    """The program, which is there already where it was built before. Half a minute otherwise."""
    if shutil.which("cargo") is None:
        skip("cargo is not installed")
    version = re.search(r"(\d+)\.(\d+)", peers.run(["cargo", "--version"])[1])
    if version is None or tuple(map(int, version.groups())) < OLDEST:
        skip("cargo is older than {}.{}".format(*OLDEST))
    environment = dict(os.environ, CARGO_TARGET_DIR=str(BUILT), CARGO_BUILD_JOBS="2",
                       CARGO_NET_RETRY="1")
    manifest = ["--locked", "--quiet", "--manifest-path", SOURCE / "Cargo.toml"]
    code, _, errors = peers.run(["cargo", "fetch", *manifest], timeout=120, env=environment)
    if code != 0:
        skip(f"cargo cannot fetch rustls: {' '.join(errors.split())}")
    code, output, errors = peers.run(["cargo", "build", "--offline", *manifest], timeout=300,
                                     env=environment)
    assert code == 0, output + errors
    return BUILT / "debug" / "handfast-rustls-peer"


def skip(reason):
    """Leaves, visibly."""
    print(f"skipped: {reason}")
    sys.exit(77)


class Rustls(peers.LiveTest):
    def server(self, kind, group, *words):
        port = peers.free_port()
        only = [f"groups={RUSTLS_GROUP[group]}"] if group else []
        return peers.Server([PEER, "server", port, self.files.certificate(kind),
                             self.files.key(kind), *only, *words], port)

    def client(self, port, *words):
        return peers.run([PEER, "client", port, self.files.ca, *words])

    def ask(self, port, suite, groups):
        words = [f"suite={suite}"] if suite else []
        if groups:
            words.append("groups=" + ",".join(RUSTLS_GROUP[group] for group in groups))
        code, output, errors = self.client(port, *words)
        self.assertEqual(code, 0, f"{words}: {output} {errors}")
        self.assertIn("Hello, peer", output)

    def test_our_client_with_rustls(self):
        self.check_matrix(self.server)

    def test_rustls_with_our_server(self):
        self.check_clients(self.ask, {"x25519": "secp384r1", "secp256r1": "secp384r1"})

    def test_hybrid_groups(self):
        self.check_hybrids(self.server, self.ask, ("X25519MLKEM768", "SecP256r1MLKEM768"))

    def test_rustls_says_who_it_is(self):
        def ask(port, pair):
            words = [f"cert={pair[0]}", f"key={pair[1]}"] if pair else []
            return "Hello, peer" in self.client(port, *words)[1]

        self.check_client_certificates(ask)

    def test_our_client_with_a_rustls_that_demands_a_certificate(self):
        self.check_demanding_server(
            lambda: self.server("ecdsa", None, f"ca={self.files.client_ca}"))

    def test_sessions_of_rustls_go_on(self):
        self.check_resumption(lambda: self.server("ecdsa", None))

    def test_rustls_goes_on_with_our_sessions(self):
        with peers.handfast_serve(self.files) as server:
            _, output, errors = self.client(server.port, "times=3")
            self.assertEqual(output.count("Hello, peer"), 3, errors)
            self.assertEqual([server.handshake()["session"] for _ in range(3)],
                             ["not_offered", "resumed", "resumed"])

    def test_early_data_of_rustls_is_taken(self):
        with peers.handfast_serve(self.files, ("ecdsa",), "--early-data", "4096") as server:
            _, output, errors = self.client(server.port, "times=2", "early=/blob")
            self.assertIn("early data accepted true", output, errors)
            first, second = server.handshake(), server.handshake()
            self.assertEqual((first["target"], first["early_data"]), ("/index.html", "not_offered"))
            self.assertEqual((second["target"], second["early_data"]), ("/blob", "accepted"))

    def test_rustls_takes_our_early_data(self):
        kept, early = self.files.folder / "early-session", self.files.folder / "early"
        kept.unlink(missing_ok=True)
        early.write_bytes(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with self.server("ecdsa", None, "early=4096") as server:
            told = [self.connect(server.port, "--resume", kept, "--early-data", early)["early_data"]
                    for _ in range(2)]
        self.assertEqual(told, ["not_offered", "accepted"])

    def test_rustls_hides_from_all_but_our_server(self):
        mine, other = (self.files.folder / name for name in ("mine.pem", "other.pem"))
        for path in (mine, other):
            code, output, errors = peers.run([peers.HANDFAST, "ech", "new", "--public-name",
                                              "front.localhost", "--out", path])
            self.assertEqual(code, 0, output + errors)
        # The second asks for another share, so that both hellos are hidden.
        for options, kind in ((), "Full"), (("--group", "secp384r1"), "HelloRetryRequest"):
            with peers.handfast_serve(self.files, ("ecdsa",), "--ech", mine, *options) as server:
                _, output, errors = self.client(server.port, f"ech={mine}")
                self.assertIn("ech Accepted", output, errors)
                self.assertIn(kind, output)
                self.assertIn("Hello, peer", output)
                self.assertEqual(server.handshake()["server_name"], "localhost")
                _, output, errors = self.client(server.port, f"ech={other}")
                self.assertIn("ECH was rejected; 1 configurations came", errors, output)
        # What is resumed is hidden, too.
        with peers.handfast_serve(self.files, ("ecdsa",), "--ech", mine) as server:
            _, output, errors = self.client(server.port, f"ech={mine}", "times=2")
            self.assertEqual(output.count("ech Accepted"), 2, errors)
            self.assertIn("Some(Resumed), ech Accepted", output)


if __name__ == "__main__":
    peers.need("openssl")
    PEER = build()
    unittest.main(verbosity=2)
