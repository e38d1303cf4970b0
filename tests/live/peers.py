"""What the tests with live peers share: certificates, servers on free ports, the command."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HANDFAST = os.environ.get("HANDFAST", "build/release/bin/handfast")
SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
GROUPS = ("x25519", "secp256r1")
KEYS = {
    "ecdsa": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ed25519": ["-algorithm", "ED25519"],
}
# Groups whose shares a client sends first, so that a server without them has to ask again.
DETOUR = "secp384r1,secp521r1"


def need(*commands):
    """Skips the whole file, visibly, where a peer is missing."""
    for command in commands:
        if shutil.which(command) is None:
            print(f"skipped: {command} is not installed; ./dev setup installs it")
            sys.exit(77)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def openssl(*arguments, **keywords):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, **keywords)


class Files:
    """An authority and a leaf of every kind of key, in a folder that goes with the test."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="handfast-live-")
        self.folder = pathlib.Path(self._folder.name)
        self.ca = self.folder / "ca.pem"
        ca_key = self.folder / "ca.key"
        openssl("genpkey", *KEYS["ecdsa"], "-out", ca_key)
        openssl("req", "-x509", "-key", ca_key, "-out", self.ca, "-days", "3", "-subj",
                "/CN=Live Test CA", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign")
        for kind, options in KEYS.items():
            key, request = self.key(kind), self.folder / f"{kind}.csr"
            openssl("genpkey", *options, "-out", key)
            openssl("req", "-new", "-key", key, "-out", request, "-subj", "/CN=localhost")
            extensions = self.folder / "leaf.cnf"
            extensions.write_text(
                "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"
                "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n")
            openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-days", "2",
                    "-CAcreateserial", "-extfile", extensions, "-out", self.certificate(kind))
        self.site = self.folder / "site"
        self.site.mkdir()
        (self.site / "index.html").write_text("<!doctype html><title>t</title><p>Hello, peer</p>")
        (self.site / "blob").write_bytes(bytes(range(256)) * 4096)

    def key(self, kind):
        return self.folder / f"{kind}.key"

    def certificate(self, kind):
        return self.folder / f"{kind}.pem"


class Server:
    """A program that listens on 127.0.0.1 until the `with` block ends."""

    def __init__(self, command, port, **keywords):
        self.port = port
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, **keywords)

    def __enter__(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.02)
        output = self.stop()
        raise AssertionError(f"the server did not come up: {output}")

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        output, _ = self._process.communicate()
        return output.decode(errors="replace")


def handfast_serve(files, kinds=("ecdsa",)):
    """`handfast serve` with the certificates of these kinds."""
    port = free_port()
    command = [HANDFAST, "serve", files.site, "--listen", f"127.0.0.1:{port}"]
    for kind in kinds:
        command += ["--cert", files.certificate(kind), "--key", files.key(kind)]
    return Server(command, port)


def run(command, timeout=30, **keywords):
    """A finished program: exit code, standard output and standard error as text."""
    keywords.setdefault("stdin", subprocess.DEVNULL)
    if "input" in keywords:
        del keywords["stdin"]
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=timeout,
                          check=False, **keywords)
    return (done.returncode, done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"))


class LiveTest(unittest.TestCase):
    """A test with files, and with checks of what the command reports."""

    @classmethod
    def setUpClass(cls):
        cls.files = Files()

    def connect(self, port, *options):
        """Connects with the command and returns its JSON report."""
        code, output, errors = run(
            [HANDFAST, "connect", f"localhost:{port}", "--ca", self.files.ca, "--json",
             "--timeout", "15", *options])
        self.assertEqual(code, 0, f"{options}: {output} {errors}")
        return json.loads(output)

    def check_matrix(self, serve, suites=SUITES, groups=GROUPS, kinds=tuple(KEYS)):
        """Our client against `serve(kind, group or None)`: every certificate, suite and group, with
        one round trip and, where the server has but one group, with HelloRetryRequest."""
        count = 0
        for kind in kinds:
            with serve(kind, None) as server:
                for suite in suites:
                    for group in groups:
                        report = self.connect(server.port, "--suite", suite, "--group", group)
                        self.check_report(report, suite, group, round_trips=1)
                        count += 1
            for group in groups:
                with serve(kind, group) as server:
                    for suite in suites:
                        report = self.connect(server.port, "--suite", suite, "--group",
                                              f"{DETOUR},{group}")
                        self.check_report(report, suite, group, round_trips=2)
                        count += 1
        print(f"{count} handshakes of our client", flush=True)

    def check_report(self, report, suite, group, round_trips):
        self.assertTrue(report["ok"] and report["trusted"])
        self.assertEqual(
            (report["cipher_suite"], report["group"], report["round_trips"]),
            (suite, group, round_trips))
