"""ML-DSA (draft-ietf-tls-mldsa, RFC 9881) with OpenSSL's s_server and s_client, both directions,
servers and clients, with chains and keys that either side has made. Both need OpenSSL 3.5: where
the system's is older, our programs are run, as they are, with the libcrypto of the next Debian."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import peers

LEVELS = ("44", "65", "87")
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
NO_AUTHORITY = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
LEAF = f"{NO_AUTHORITY}subjectAltName={peers.NAMES}\nextendedKeyUsage=serverAuth,clientAuth\n"
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"


# What ./dev unpacks beside the system, and the tests that have more to say with it.
NEWER = pathlib.Path(os.environ.get("HANDFAST_PEERS", "none")) / "openssl"
UNIT_TESTS = [path for path in os.environ.get("HANDFAST_UNIT_TESTS", "").split(":") if path]
CHOSEN_TESTS = "*MlDsa*:PrivateKey/EachKind*:BoringsslSignatures.*"
LOADER = []  # what our programs are started with, if anything


def missing():
    """Who has no ML-DSA here; nothing: both have it."""
    if "ML-DSA-65" not in peers.run(["openssl", "list", "-signature-algorithms"])[1]:
        return "openssl"
    with tempfile.TemporaryDirectory() as folder:
        code, _, errors = peers.run([peers.HANDFAST, "cert", "new", "x.test", "--key-type",
                                     "mldsa65", "--out", pathlib.Path(folder) / "x"])
    if code != 0 and "HF-KEY-ML-DSA" not in errors:
        raise AssertionError(errors)
    return "handfast's libcrypto" if code != 0 else None


def use_newer(folder):
    """Lets both be run with the libraries of the next Debian, and with its loader, as they need a
    newer libc too. The programs stay what they are."""
    loader = next((NEWER / "root" / "usr").rglob("ld-linux*.so.*"), None)
    crypto = next((NEWER / "root" / "usr").rglob("libcrypto.so.3"), None)
    if loader is None or crypto is None:
        return
    LOADER.extend([str(loader), "--library-path", str(crypto.parent)])
    program = folder / "handfast"
    command = " ".join(f"'{word}'" for word in (*LOADER, os.path.abspath(peers.HANDFAST)))
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o755)
    peers.HANDFAST = str(program)
    os.environ["PATH"] = f"{NEWER}:{os.environ['PATH']}"


class Chain:
    """A root, an authority below it and a leaf for localhost, all of one kind, made by openssl."""

    def __init__(self, folder, level):
        self.folder = folder / f"openssl-{level}"
        self.folder.mkdir()
        self.algorithm = f"ML-DSA-{level}"
        self.root = self.folder / "root.pem"
        peers.openssl("genpkey", "-algorithm", self.algorithm, "-out", self.folder / "root.key")
        peers.openssl("req", "-x509", "-key", self.folder / "root.key", "-out", self.root, "-days",
                      "3", "-subj", f"/CN=Root of {level}", "-addext",
                      "basicConstraints=critical,CA:TRUE", "-addext",
                      "keyUsage=critical,keyCertSign,cRLSign")
        self.middle = self._issue("middle", "root", AUTHORITY)
        self.leaf = self._issue("leaf", "middle", LEAF)
        self.key = self.folder / "leaf.key"
        self.chain = self.folder / "chain.pem"
        self.chain.write_text(self.leaf.read_text() + self.middle.read_text())
        self.client = (self.chain, self.key)

    def _issue(self, name, issuer, extensions):
        at = self.folder / name
        at.with_suffix(".cnf").write_text(extensions)
        peers.openssl("genpkey", "-algorithm", self.algorithm, "-out", at.with_suffix(".key"))
        peers.openssl("req", "-new", "-key", at.with_suffix(".key"), "-out", at.with_suffix(".csr"),
                      "-subj", f"/CN={name}")
        peers.openssl("x509", "-req", "-in", at.with_suffix(".csr"), "-CA",
                      self.folder / f"{issuer}.pem", "-CAkey", self.folder / f"{issuer}.key",
                      "-days", "2", "-CAcreateserial", "-extfile", at.with_suffix(".cnf"), "-out",
                      at.with_suffix(".pem"))
        return at.with_suffix(".pem")

    def staple(self):
        """An OCSP response on the leaf, signed by its issuer."""
        serial = subprocess.run(["openssl", "x509", "-in", self.leaf, "-noout", "-serial"],
                                check=True, capture_output=True).stdout.decode().strip()
        ends = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 86400))
        index, response = self.folder / "index", self.folder / "leaf.ocsp"
        index.write_text(f"V\t{ends}\t\t{serial.split('=')[1]}\tunknown\t/CN=leaf\n")
        peers.openssl("ocsp", "-index", index, "-rsigner", self.middle, "-rkey",
                      self.folder / "middle.key", "-CA", self.middle, "-issuer", self.middle,
                      "-cert", self.leaf, "-ndays", "1", "-no_nonce", "-respout", response)
        return response


class OurChain:
    """A root, a leaf for localhost and one for a client, made by handfast."""

    def __init__(self, folder, level):
        self.folder = folder / f"handfast-{level}"
        self.folder.mkdir()
        kind = f"mldsa{level}"
        self._cert("new", "--ca", f"Our Root of {level}", "--key-type", kind, "--out", "root")
        self._cert("new", "localhost", "--key-type", kind, "--out", "leaf")
        self._cert("sign", "leaf.csr", "--ca", "root.pem")
        self._cert("new", "ann@shop.test", "--client", "--key-type", kind, "--out", "client")
        self._cert("sign", "client.csr", "--ca", "root.pem", "--profile", "client")
        self.root = self.folder / "root.pem"
        self.chain, self.key = self.folder / "leaf.pem", self.folder / "leaf.key"
        self.client = (self.folder / "client.pem", self.folder / "client.key")

    def _cert(self, *words):
        code, output, errors = peers.run([pathlib.Path(peers.HANDFAST).absolute(), "cert", *words],
                                         cwd=self.folder)
        assert code == 0, f"{words}: {output} {errors}"


class MlDsa(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory(prefix="handfast-live-")
        cls.addClassCleanup(cls._folder.cleanup)
        folder = pathlib.Path(cls._folder.name)
        cls.site = folder / "site"
        cls.site.mkdir()
        (cls.site / "index.html").write_text("<!doctype html><p>Hello, peer</p>")
        cls.theirs = {level: Chain(folder, level) for level in LEVELS}
        cls.ours = {level: OurChain(folder, level) for level in LEVELS}

    def each(self, check):
        """Calls `check(level, chain)` for every chain."""
        for level in LEVELS:
            for chain in (self.theirs[level], self.ours[level]):
                with self.subTest(level=level, by=type(chain).__name__):
                    check(level, chain)

    def s_server(self, chain, *options):
        port = peers.free_port()
        return peers.Server(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-www", "-cert",
             chain.chain, "-cert_chain", chain.chain, "-key", chain.key, *options], port)

    def connect(self, port, chain, *options):
        code, output, errors = peers.run(
            [peers.HANDFAST, "connect", f"localhost:{port}", "--ca", chain.root, "--json",
             "--timeout", "15", *options])
        self.assertEqual(code, 0, f"{options}: {output} {errors}")
        return json.loads(output)

    def s_client(self, port, chain, *options):
        return peers.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
             "-CAfile", chain.root, "-verify_return_error", "-verify_hostname", "localhost",
             "-ign_eof", *options], input=REQUEST)

    def test_our_client_with_s_server(self):
        def check(level, chain):
            with self.s_server(chain) as server:
                report = self.connect(server.port, chain)
            self.assertTrue(report["ok"] and report["trusted"])
            self.assertEqual(report["signature_scheme"], f"mldsa{level}")

        self.each(check)

    def test_s_client_with_our_server(self):
        def check(level, chain):
            with peers.HandfastServer(self.site, "--cert", chain.chain, "--key",
                                      chain.key) as server:
                code, output, errors = self.s_client(server.port, chain)
                self.assertEqual(code, 0, output + errors)
                self.assertEqual(server.handshake()["signature_scheme"], f"mldsa{level}")
            self.assertIn("Hello, peer", output)
            self.assertIn("Verify return code: 0 (ok)", output)
            self.assertIn(f"Peer signature type: mldsa{level}", output)

        self.each(check)

    def test_our_client_says_who_it_is(self):
        def check(_, chain):
            demand = ("-Verify", "3", "-verify_return_error", "-CAfile", chain.root)
            with self.s_server(chain, *demand) as server:
                report = self.connect(server.port, chain, "--cert", chain.client[0], "--key",
                                      chain.client[1])
                self.assertTrue(report["ok"])
                # Who says nothing meets the alert instead of the page.
                code, output, _ = peers.run(
                    [peers.HANDFAST, "connect", f"localhost:{server.port}", "--ca", chain.root,
                     "--json", "--timeout", "15"])
                self.assertEqual(code, 35, output)

        self.each(check)

    def test_s_client_says_who_it_is(self):
        def check(_, chain):
            with peers.HandfastServer(self.site, "--cert", chain.chain, "--key", chain.key,
                                      "--client-ca", chain.root) as server:
                code, output, errors = self.s_client(
                    server.port, chain, "-cert", chain.client[0], "-cert_chain", chain.client[0],
                    "-key", chain.client[1])
                self.assertEqual(code, 0, output + errors)
                self.assertIn("Hello, peer", output)
                self.assertTrue(server.handshake()["client_certificate"])

        self.each(check)

    def test_staples(self):
        for level in LEVELS:
            chain = self.theirs[level]
            response = chain.staple()
            with self.subTest(level=level):
                with self.s_server(chain, "-status_file", response) as server:
                    report = self.connect(server.port, chain, "--revocation", "leaf")
                self.assertTrue(report["trusted"])
                self.assertEqual(report["ocsp_stapled"], response.stat().st_size)

    def test_a_chain_of_another_root_is_refused(self):
        theirs, other = self.theirs["65"], self.ours["65"]
        with self.s_server(theirs) as server:
            code, output, _ = peers.run(
                [peers.HANDFAST, "connect", f"localhost:{server.port}", "--ca", other.root,
                 "--json", "--timeout", "15"])
        self.assertEqual(code, 30, output)

    def test_who_does_not_take_it_is_refused(self):
        chain = self.ours["44"]
        with peers.HandfastServer(self.site, "--cert", chain.chain, "--key", chain.key) as server:
            code, output, errors = self.s_client(server.port, chain, "-sigalgs", "ed25519")
            self.assertNotEqual(code, 0)
            self.assertIn("handshake failure", output + errors)
        self.assertEqual(server.codes(), ["HF-NEGOTIATE-SIGNATURE"])


class UnitTests(unittest.TestCase):
    """Those that can say only what is missing where the system's libcrypto is older."""

    def test_with_this_libcrypto(self):
        for program in UNIT_TESTS:
            with self.subTest(program):
                code, output, errors = peers.run(
                    [*LOADER, program, f"--gtest_filter={CHOSEN_TESTS}"], timeout=240)
                self.assertEqual(code, 0, output + errors)
                self.assertNotIn("this libcrypto has no ML-DSA", output)
                self.assertRegex(output, r"PASSED  \] [1-9]")


def main():
    peers.need("openssl")
    with tempfile.TemporaryDirectory(prefix="handfast-live-") as folder:
        who = missing()
        if who:
            use_newer(pathlib.Path(folder))
            who = missing()
        if who:
            print(f"skipped: {who} has no ML-DSA, which OpenSSL has from 3.5 on; ./dev test "
                  "unpacks one on Debian 12")
            return 77
        return 0 if unittest.main(verbosity=2, exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
