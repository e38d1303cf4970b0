"""What the tests with live peers share: certificates, servers on free ports, the command."""

import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
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
# What each key signs a handshake with; RSA with the hash that the client likes best.
NAMES = "DNS:localhost,DNS:front.localhost,IP:127.0.0.1"
SCHEMES = {"ecdsa": "ecdsa_secp256r1_sha256", "rsa": "rsa_pss_rsae_sha", "ed25519": "ed25519"}
# Groups whose shares our client sends first, so that a server without them has to ask again.
DETOUR = "secp384r1,secp521r1"


def need(*commands):
    """Skips the whole file, visibly, where a peer is missing."""
    for command in commands:
        if shutil.which(command) is None:
            print(f"skipped: {command} is not installed; ./dev setup installs it")
            sys.exit(77)


def beside(program):
    """A program of the tests, which lies where the command does."""
    return pathlib.Path(HANDFAST).with_name(program)


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
            usage = "digitalSignature" + (",keyEncipherment" if kind == "rsa" else "")
            extensions.write_text(
                f"subjectAltName={NAMES}\nbasicConstraints=CA:FALSE\n"
                f"keyUsage={usage}\nextendedKeyUsage=serverAuth\n")
            openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-days", "2",
                    "-CAcreateserial", "-extfile", extensions, "-out", self.certificate(kind))
        self._make_clients()
        self.site = self.folder / "site"
        self.site.mkdir()
        (self.site / "index.html").write_text("<!doctype html><title>t</title><p>Hello, peer</p>")
        (self.site / "blob").write_bytes(bytes(range(256)) * 4096)

    def _make_clients(self):
        """A client of the authority `client_ca`, and a stranger: of another authority that has the
        same name, so that it takes itself for wanted."""
        for name in ("client", "stranger"):
            authority, key = self.folder / f"{name}-ca.pem", self.folder / f"{name}-ca.key"
            openssl("genpkey", *KEYS["ecdsa"], "-out", key)
            openssl("req", "-x509", "-key", key, "-out", authority, "-days", "3", "-subj",
                    "/CN=Live Client CA", "-addext", "basicConstraints=critical,CA:TRUE",
                    "-addext", "keyUsage=critical,keyCertSign")
            self._issue(name, authority, key,
                        "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
                        "extendedKeyUsage=clientAuth\n")
        self.client_ca = self.folder / "client-ca.pem"

    def client_of(self, kind):
        """A client of `client_ca` with this kind of key. Returns certificate and key."""
        name = f"client-{kind}"
        self._issue(name, self.client_ca, self.folder / "client-ca.key",
                    "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
                    "extendedKeyUsage=clientAuth\n", kind)
        return self.certificate(name), self.key(name)

    def decrypting(self):
        """The kind of a leaf with an RSA key that may decrypt and not sign."""
        name = "decrypting"
        if not self.certificate(name).exists():
            self._issue(name, self.ca, self.folder / "ca.key",
                        f"subjectAltName={NAMES}\nbasicConstraints=CA:FALSE\n"
                        "keyUsage=keyEncipherment\nextendedKeyUsage=serverAuth\n", "rsa")
        return name

    def _issue(self, name, authority, authority_key, extensions, kind="ecdsa"):
        request, config = self.folder / f"{name}.csr", self.folder / f"{name}.cnf"
        config.write_text(extensions)
        openssl("genpkey", *KEYS[kind], "-out", self.key(name))
        openssl("req", "-new", "-key", self.key(name), "-out", request, "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-days",
                "2", "-CAcreateserial", "-extfile", config, "-out", self.certificate(name))

    def stapled(self, name, *extensions):
        """A leaf for localhost in a chain with its issuer, and an OCSP response on it. Returns
        chain, key and response."""
        ca_key = self.folder / "ca.key"
        self._issue(name, self.ca, ca_key, "\n".join([
            f"subjectAltName={NAMES}", "basicConstraints=CA:FALSE",
            "keyUsage=digitalSignature", "extendedKeyUsage=serverAuth", *extensions, ""]))
        leaf, chain = self.certificate(name), self.folder / f"{name}-chain.pem"
        chain.write_text(leaf.read_text() + self.ca.read_text())
        serial = subprocess.run(["openssl", "x509", "-in", leaf, "-noout", "-serial"], check=True,
                                capture_output=True).stdout.decode().strip().split("=")[1]
        index, response = self.folder / f"{name}.idx", self.folder / f"{name}.ocsp"
        ends = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 86400))
        index.write_text(f"V\t{ends}\t\t{serial}\tunknown\t/CN={name}\n")
        openssl("ocsp", "-index", index, "-rsigner", self.ca, "-rkey", ca_key, "-CA", self.ca,
                "-issuer", self.ca, "-cert", leaf, "-ndays", "1", "-no_nonce", "-respout",
                response)
        return chain, self.key(name), response

    def public_key(self, kind):
        """The public half of a key, as a file."""
        path = self.folder / f"{kind}.pub"
        openssl("pkey", "-in", self.key(kind), "-pubout", "-out", path)
        return path

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


class Between:
    """Somebody on the way: hands the n-th connection on to the n-th of `ports`, all later ones to
    the last, and writes down the records that pass."""

    def __init__(self, *ports):
        self._ports = list(ports)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._sockets = [self._listener]
        self.to_server, self.to_client = [], []  # (content type, length) of each record

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_):
        for one in list(self._sockets):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has gone already
        for thread in self._threads:
            thread.join(timeout=20)
        for one in self._sockets:
            one.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            port = self._ports.pop(0) if len(self._ports) > 1 else self._ports[0]
            server = socket.create_connection(("127.0.0.1", port))
            self._sockets += (client, server)
            for arguments in ((client, server, self.to_server), (server, client, self.to_client)):
                self._threads.append(threading.Thread(target=self._pass, args=arguments))
                self._threads[-1].start()

    def _pass(self, source, sink, log):
        waiting = b""
        try:
            while some := source.recv(65_536):
                waiting += some
                while len(waiting) >= 5 and len(waiting) >= 5 + int.from_bytes(waiting[3:5], "big"):
                    length = int.from_bytes(waiting[3:5], "big")
                    log.append((waiting[0], length))
                    waiting = waiting[5 + length:]
                sink.sendall(some)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other thread, or the end of the test, was first


class HandfastServer(Server):
    """`handfast serve --json` on a free port, which tells of each handshake."""

    def __init__(self, *arguments):
        super().__init__([HANDFAST, "serve", "--json", "--listen", "127.0.0.1:0", *arguments], 0)
        self._requests = queue.SimpleQueue()
        self._failures = []
        self._reader = threading.Thread(target=self._read)

    def __enter__(self):
        first = self._process.stdout.readline()
        if not first:
            raise AssertionError(f"serve did not start: {self.stop()}")
        self.port = json.loads(first)["port"]
        self._reader.start()
        return self

    def _read(self):
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] == "request" and event["handshake_ms"] is not None:
                self._requests.put(event)
            elif event["event"] == "failure":
                self._failures.append(event)

    def __exit__(self, *_):
        os.killpg(self._process.pid, signal.SIGTERM)
        self._reader.join()
        self._process.communicate()

    def codes(self):
        """The codes of the failures that were told of; complete once the server has ended."""
        return [failure["code"] for failure in self._failures]

    def handshake(self):
        """What the server tells of the next connection that carried a request."""
        try:
            return self._requests.get(timeout=20)
        except queue.Empty:
            raise AssertionError(f"serve told of no request, but of {self._failures}") from None


class Dialogue:
    """A program that is spoken with line by line, until the `with` block ends."""

    def __init__(self, command, port=None):
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        self._said = ""
        self.transcript = ""  # all that was read so far
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._port = port  # where it listens, once it does

    def __enter__(self):
        self._reader.start()
        if self._port is not None:
            self.expect("ACCEPT")
        return self

    def _read(self):
        while chunk := self._process.stdout.read1():
            self._lines.put(chunk.decode(errors="replace"))
        self._lines.put(None)

    def say(self, line):
        self.send(line.encode() + b"\n")

    def send(self, words):
        self._process.stdin.write(words)
        self._process.stdin.flush()

    def end(self):
        """Ends its input."""
        self._process.stdin.close()

    def meets(self, words, timeout=20):
        """Whether it says `words`, which then count as read, before it ends."""
        deadline = time.monotonic() + timeout
        while words not in self._said:
            try:
                chunk = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                return False
            if chunk is None:
                return False
            self._said += chunk
            self.transcript += chunk
        self._said = self._said.split(words, 1)[1]
        return True

    def expect(self, words):
        if not self.meets(words):
            raise AssertionError(f"{self._process.args} did not say {words!r}, but: {self._said}")

    def __exit__(self, *_):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        if not self._process.stdin.closed:
            self._process.stdin.close()


def handfast_serve(files, kinds=("ecdsa",), *options):
    """`handfast serve` with the certificates of these kinds."""
    pairs = []
    for kind in kinds:
        pairs += ["--cert", files.certificate(kind), "--key", files.key(kind)]
    return HandfastServer(files.site, *pairs, *options)


def run(command, timeout=30, **keywords):
    """A finished program: exit code, standard output and standard error as text."""
    keywords.setdefault("stdin", subprocess.DEVNULL)
    if "input" in keywords:
        del keywords["stdin"]
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=timeout,
                          check=False, **keywords)
    return (done.returncode, done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"))


def wishes(**told):
    """The environment of a program of ours on somebody's library (botan/, go/, java/, mbedtls/,
    node/, wolfssl/), run as `server PORT CERT KEY` or as `client PORT CA`, which requests
    /index.html; each of these that is not None is told to it:

    tls         the version, "1.2" or "1.3", where the program has both
    suite       the only one, by the name that the library has for it
    groups      likewise
    sessions    "tickets" or "ids": a client comes three times, if it can with the session of the
                time before, as a server remembers them thus and in no other way
    cert, key   who the client is
    client_ca   whose clients alone the server lets in
    """
    return {**os.environ,
            **{f"PEER_{name.upper()}": str(it) for name, it in told.items() if it is not None}}


class LiveTest(unittest.TestCase):
    """A test with files, and with checks of what the command reports."""

    # Of the first, clients send a share at once, and a cookie is all that they are asked for.
    cookie_groups = ("x25519", "secp384r1")

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
                        self.check_trust(report)
                        self.check_report(report, kind, suite, group, round_trips=1)
                        count += 1
            for group in groups:
                with serve(kind, group) as server:
                    for suite in suites:
                        report = self.connect(server.port, "--suite", suite, "--group",
                                              f"{DETOUR},{group}")
                        self.check_trust(report)
                        self.check_report(report, kind, suite, group, round_trips=2)
                        count += 1
        print(f"{count} handshakes of our client, {count // 2} with HelloRetryRequest", flush=True)

    def check_clients(self, ask, detours, chooses_suite=True):
        """Our server against `ask(port, suite, groups)`, a client that makes one request: every
        certificate, suite and group, with one round trip and, where the client sends a share of
        `detours[group]` alone, which our server does not have, with HelloRetryRequest."""
        count = retried = 0
        for kind in KEYS:
            for suite in SUITES:
                only = ("--group", ",".join(GROUPS))
                only += () if chooses_suite else ("--suite", suite)
                with handfast_serve(self.files, (kind,), *only) as server:
                    for group in GROUPS:
                        ask(server.port, suite, (group,))
                        self.check_report(server.handshake(), kind, suite, group, round_trips=1)
                        count += 1
                        if group in detours:
                            ask(server.port, suite, (detours[group], group))
                            self.check_report(server.handshake(), kind, suite, group, round_trips=2)
                            count += 1
                            retried += 1
        self.assertGreater(retried, 0)
        count += self.check_choice_of_server(ask)
        print(f"{count} handshakes of the peer, {retried} forced to HelloRetryRequest", flush=True)

    def check_choice_of_server(self, ask):
        """Clients that offer what they offer by themselves meet a server with one suite and one
        group, and have to take them. Returns how many did."""
        count = 0
        for suite in SUITES:
            for group in GROUPS:
                only = ("--suite", suite, "--group", group)
                with handfast_serve(self.files, ("ecdsa",), *only) as server:
                    ask(server.port, None, None)
                    self.check_report(server.handshake(), "ecdsa", suite, group)
                    count += 1
            count += self.check_cookie(ask, suite, self.cookie_groups)
        return count

    def check_cookie(self, ask, suite, groups):
        """Clients meet a server that wants its cookie back. Returns how many did."""
        for group in groups:
            with handfast_serve(self.files, ("ecdsa",), "--retry", "--suite", suite, "--group",
                                group) as server:
                ask(server.port, None, None)
                self.check_report(server.handshake(), "ecdsa", suite, group, round_trips=2)
        return len(groups)

    def check_hybrids(self, serve, ask, groups):
        """Hybrid groups both ways, with `serve` and `ask` as above: X25519MLKEM768 where nobody is
        told anything, each of `groups` where it is the only one, and after HelloRetryRequest."""
        with serve("ecdsa", None) as server:
            self.check_group(self.connect(server.port), "X25519MLKEM768", 1)
        with handfast_serve(self.files) as server:
            ask(server.port, None, None)
            self.check_group(server.handshake(), "X25519MLKEM768", 1)
        for group in groups:
            with serve("ecdsa", group) as server:
                self.check_group(self.connect(server.port, "--group", group), group, 1)
                detour = f"{DETOUR},{group}"
                self.check_group(self.connect(server.port, "--group", detour), group, 2)
            with handfast_serve(self.files, ("ecdsa",), "--group", group) as server:
                ask(server.port, None, (group,))
                self.check_group(server.handshake(), group, 1)
        print(f"{2 + 3 * len(groups)} handshakes with hybrid groups", flush=True)

    def check_group(self, report, group, round_trips):
        self.assertEqual((report["group"], report["round_trips"]), (group, round_trips))

    def check_client_certificates(self, ask, *more):
        """Our server against `ask(port, pair)`, a client that makes one request, with a certificate
        and its key or with None, and says whether it got the page."""
        good = (self.files.certificate("client"), self.files.key("client"))
        stranger = (self.files.certificate("stranger"), self.files.key("stranger"))
        options = ("--client-ca", self.files.client_ca, *more)
        with handfast_serve(self.files, ("ecdsa",), *options) as server:
            self.assertTrue(ask(server.port, good))
            self.assertEqual(server.handshake()["client_certificate"]["subject"], "CN=client")
            self.assertFalse(ask(server.port, None))
            self.assertFalse(ask(server.port, stranger))
        self.assertIn("HF-CLIENT-CERT", server.codes())
        self.assertEqual(len(server.codes()), 2)
        with handfast_serve(self.files, ("ecdsa",), *options, "--client-auth", "request") as server:
            self.assertTrue(ask(server.port, None))
            self.assertIsNone(server.handshake()["client_certificate"])
            self.assertTrue(ask(server.port, good))
            self.assertEqual(server.handshake()["client_certificate"]["subject"], "CN=client")
            self.assertFalse(ask(server.port, stranger), "it must not pass for anonymous")
        self.assertEqual(len(server.codes()), 1)
        self.assertNotIn("HF-CLIENT-CERT", server.codes())

    def check_later_client_certificates(self, ask):
        """The same with a server that asks after the handshake: whoever declines gets the page."""
        good = (self.files.certificate("client"), self.files.key("client"))
        stranger = (self.files.certificate("stranger"), self.files.key("stranger"))
        options = ("--client-ca", self.files.client_ca, "--client-auth", "later")
        with handfast_serve(self.files, ("ecdsa",), *options) as server:
            self.assertTrue(ask(server.port, good))
            self.assertEqual(server.handshake()["client_certificate"]["subject"], "CN=client")
            self.assertTrue(ask(server.port, None))
            self.assertIsNone(server.handshake()["client_certificate"])
            self.assertFalse(ask(server.port, stranger), "it must not pass for anonymous")
        self.assertEqual(len(server.codes()), 1)

    def later_client(self, port):
        """Our client, which has a certificate and may be asked for it after the handshake."""
        return [HANDFAST, "connect", f"localhost:{port}", "--ca", self.files.ca, "--diagram",
                "--post-handshake-auth", "--cert", self.files.certificate("client"), "--key",
                self.files.key("client")]

    def check_resumption(self, serve, *options, renews=True):
        """Our client with `serve()`, a server that gives tickets, and with its like, which has
        other keys. A server that `renews` gives new ones whenever a session is resumed."""
        kept = self.files.folder / "session"
        kept.unlink(missing_ok=True)
        outcomes = []
        for _ in range(2):
            with serve() as server:
                for _ in range(3):
                    report = self.connect(server.port, "--resume", kept, "--get", "/", *options)
                    self.check_trust(report)
                    outcomes.append(report["session"])
                    self.assertEqual(report["session_kept_until"] is not None,
                                     renews or outcomes[-1] != "resumed")
        third = "resumed" if renews else "not_offered"
        self.assertEqual(outcomes, ["not_offered", "resumed", third,
                                    "declined", "resumed", third])

    def check_demanding_server(self, serve):
        """Our client against `serve()`, a server that lets nobody in without a certificate of
        `client_ca`."""
        with serve() as server:
            report = self.connect(server.port, "--cert", self.files.certificate("client"), "--key",
                                  self.files.key("client"))
            self.assertEqual(report["client_certificate"], {"asked": True, "shown": True})
            others = ("--cert", self.files.certificate("ecdsa"), "--key", self.files.key("ecdsa"))
            for shown in ((), others):
                code, output, errors = run(
                    [HANDFAST, "connect", f"localhost:{server.port}", "--ca", self.files.ca,
                     "--json", "--timeout", "15", "--get", "/", *shown])
                self.assertEqual(code, 35, output + errors)
                report = json.loads(output)
                self.assertEqual(report["alert"]["received"], "certificate_required")
                self.assertFalse(report["facts"]["certificate_shown"])
                self.assertEqual(report["facts"]["authorities"], ["CN=Live Client CA"])

    def check_trust(self, report):
        self.assertTrue(report["ok"] and report["trusted"])

    def check_report(self, report, kind, suite, group, round_trips=None):
        """What one side, as JSON, tells of a handshake: the client's document or the server's
        event. `round_trips` is 2 after HelloRetryRequest; None where the client decides."""
        self.assertEqual((report["cipher_suite"], report["group"]), (suite, group))
        self.assertTrue(report["signature_scheme"].startswith(SCHEMES[kind]), report)
        if round_trips is not None:
            self.assertEqual(report["round_trips"], round_trips, f"{kind} {suite} {group}")
