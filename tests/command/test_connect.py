"""`handfast connect`: what works, and one test for each way in which it may not."""

import json
import os
import re
import socket
import ssl
import subprocess
import time
import unittest

import lab as laboratory
from lab import (LEAF, NAMES, PURPOSE, SERVER, USAGE, OpensslServer, RawServer, connect,
                 start_connect)  # fmt: skip
from serving import HANDFAST, run

CLIENT_STOPPED = "✗ The handshake failed. You (the client) stopped it"
SERVER_STOPPED = "✗ The handshake failed. The server stopped it"
CHECKING = CLIENT_STOPPED + ", checking the server's certificate."


def setUpModule():
    """One lab for all."""
    global LAB
    LAB = laboratory.Lab()


def tearDownModule():
    """Clears the lab away."""
    LAB.close()


def good_server(*arguments):
    """A server without a fault."""
    leaf = LAB.leaf()
    return OpensslServer(leaf, *arguments, chain=LAB.intermediate.certificate)


def good_chain():
    """Its certificates, for servers in Python."""
    return LAB.bundle("good", LAB.leaf(), LAB.intermediate)


class ConnectCase(unittest.TestCase):
    """What a failure must always look like."""

    def assert_fails(self, port, code, exit_code, *arguments, first="", host="localhost", said=()):
        """Fails as told, in text and in JSON alike; returns the document."""
        where = f"{host}:{port}"
        arguments = ("--ca", LAB.root.certificate, *arguments, where)
        text = connect(*arguments)
        lines = text.stderr.decode()
        self.assertEqual(text.returncode, exit_code, lines)
        self.assertTrue(lines.startswith(first or "✗ "), lines)
        self.assertIn(f"exit {exit_code} · {code} · handfast help {code}", lines)
        self.assertNotRegex(text.stdout.decode() + lines, r"\bOK\b|✓|trusted  ")
        folded = re.sub(r"\s+", " ", lines)
        for words in said:
            self.assertIn(words, folded)

        answer = connect("--json", *arguments)
        self.assertEqual(answer.returncode, exit_code)
        self.assertEqual(answer.stderr, b"")
        document = json.loads(answer.stdout)
        self.assertEqual(document["schema"], "handfast.connect/1")
        self.assertIs(document["ok"], False)
        self.assertEqual((document["code"], document["exit"]), (code, exit_code))
        self.assertNotRegex(answer.stdout.decode(), r"\bOK\b")
        return document


class Certificates(ConnectCase):
    """Servers whose certificate must be refused."""

    def assert_refused(self, leaf, code, exit_code, said=(), chain=True, arguments=()):
        """`leaf` fails with `code`. `chain`: what the server sends besides it."""
        chain = LAB.intermediate.certificate if chain is True else chain
        with OpensslServer(leaf, chain=chain) as server:
            document = self.assert_fails(
                server.port, code, exit_code, *arguments, first=CHECKING, said=said
            )
            self.assertEqual(document["stopped_by"], "client")
            self.assertTrue(document["where"].startswith("step 4 of 6: Certificate"))
            self.assertRegex(document["told"], r"^alert \w+ \(\d+\) was sent to the server$")
            return document

    def test_expired(self):
        leaf = LAB.leaf("expired", begins=-40, ends=-12)
        document = self.assert_refused(
            leaf,
            "HF-CERT-EXPIRED",
            31,
            said=[
                "The certificate for localhost ended 12 days ago",
                "certificate 1 of 2 (the server's own)",
                "alert certificate_expired (45) was sent",
                "is this computer's clock right?",
                "as nothing is checked then",
            ],
        )
        self.assertEqual(set(document["facts"]) & {"not_after", "now"}, {"not_after", "now"})

    def test_not_yet_valid(self):
        leaf = LAB.leaf("early", begins=3.5, ends=40)
        self.assert_refused(leaf, "HF-CERT-NOT-YET", 31, said=["localhost begins in 3 days"])

    def test_expired_intermediate(self):
        old = LAB.signed("old", "Old Intermediate", laboratory.AUTHORITY, LAB.root,
                         begins=-40, ends=-2)  # fmt: skip
        leaf = LAB.leaf("below-old", issuer=old)
        self.assert_refused(
            leaf,
            "HF-CERT-EXPIRED",
            31,
            chain=old.certificate,
            said=["The certificate for Old Intermediate ended 2 days ago", "certificate 2 of 2"],
        )

    def test_wrong_name(self):
        names = "subjectAltName=DNS:shop.test,DNS:*.shop.test\n"
        leaf = LAB.leaf("wrong", LEAF + USAGE + PURPOSE + names)
        document = self.assert_refused(
            leaf,
            "HF-CERT-NAME",
            32,
            said=[
                "You asked for localhost; "
                "the names in the certificate are: shop.test, *.shop.test.",
                "handfast connect --sni shop.test localhost:",
            ],
        )
        self.assertEqual(document["facts"]["names"], ["shop.test", "*.shop.test"])

    def test_hostile_name_is_not_put_into_a_command(self):
        chain = LAB.intermediate.certificate
        for index, name in enumerate(["$(id)", "a;id", "a b.test", "--insecure"]):
            names = "subjectAltName=DNS:" + name.replace("$", "\\$") + ",DNS:shop.test\n"
            leaf = LAB.leaf(f"hostile{index}", LEAF + USAGE + PURPOSE + names)
            with self.subTest(name), OpensslServer(leaf, chain=chain) as server:
                arguments = ["--ca", LAB.root.certificate, f"localhost:{server.port}"]
                failure = json.loads(connect("--json", *arguments).stdout)
                self.assertEqual(failure["code"], "HF-CERT-NAME")
                self.assertIn(name, failure["why"])
                self.assertNotIn(name, " ".join(failure["try"]))
                self.assertIn("--sni shop.test localhost:", " ".join(failure["try"]))

    def test_common_name_does_not_count(self):
        leaf = LAB.leaf("nameless", LEAF + USAGE + PURPOSE)
        self.assert_refused(
            leaf, "HF-CERT-NAME", 32, said=["the names in the certificate are: none"]
        )

    def test_unknown_authority(self):
        leaf = LAB.leaf("strange", issuer=LAB.stranger)
        self.assert_refused(
            leaf,
            "HF-CERT-UNKNOWN-CA",
            30,
            chain=LAB.stranger.certificate,
            said=["The chain ends at CN=Strange Root, which is not among the authorities"],
        )

    def test_missing_intermediate(self):
        self.assert_refused(
            LAB.leaf(),
            "HF-CERT-MISSING-CA",
            30,
            chain=None,
            said=["The server did not send the certificate of CN=Lab Intermediate"],
        )

    def test_self_signed(self):
        leaf = LAB.self_signed("alone", "localhost", SERVER)
        self.assert_refused(
            leaf, "HF-CERT-SELF-SIGNED", 30, chain=None, said=["is signed by itself"]
        )

    def test_too_many(self):
        chain = LAB.bundle("many", *[LAB.intermediate] * 10)
        document = self.assert_refused(LAB.leaf(), "HF-CERT-MANY", 34, chain=chain)
        # All of them together are too many; none of them is at fault.
        self.assertEqual(document["where"], "step 4 of 6: Certificate")
        self.assertNotIn("subject", document["facts"])
        self.assertNotIn("It is the certificate for", document["why"])

    def test_key_usage(self):
        usage = "keyUsage=critical,keyEncipherment\n"
        leaf = LAB.leaf("usage", LEAF + usage + PURPOSE + NAMES)
        self.assert_refused(leaf, "HF-CERT-KEY-USAGE", 34, said=["stand: keyEncipherment."])

    def test_extended_key_usage(self):
        purpose = "extendedKeyUsage=clientAuth,emailProtection\n"
        leaf = LAB.leaf("purpose", LEAF + USAGE + purpose + NAMES)
        self.assert_refused(
            leaf, "HF-CERT-PURPOSE", 34, said=["is for: clientAuth, emailProtection."]
        )

    def test_issuer_that_is_no_authority(self):
        issuer = LAB.leaf()
        leaf = LAB.leaf("below-leaf", issuer=issuer)
        chain = LAB.bundle("below-leaf", issuer, LAB.intermediate)
        self.assert_refused(leaf, "HF-CERT-NOT-CA", 34, chain=chain)

    def test_path_length(self):
        limited = LAB.signed(
            "limited",
            "Limited",
            laboratory.AUTHORITY.replace("CA:true", "CA:true,pathlen:0"),
            LAB.root,
        )
        below = LAB.signed("below", "Below", laboratory.AUTHORITY, limited)
        leaf = LAB.leaf("too-deep", issuer=below)
        chain = LAB.bundle("too-deep", below, limited)
        self.assert_refused(leaf, "HF-CERT-PATH-LENGTH", 34, chain=chain)

    def test_name_constraints(self):
        bound = LAB.signed(
            "bound",
            "Bound",
            laboratory.AUTHORITY + "nameConstraints=critical,permitted;DNS:shop.test\n",
            LAB.root,
        )
        leaf = LAB.leaf("outside", issuer=bound)
        self.assert_refused(leaf, "HF-CERT-CONSTRAINED", 34, chain=bound.certificate)

    def test_critical_extension(self):
        leaf = LAB.leaf("critical", SERVER + "1.2.3.4=critical,ASN1:UTF8String:riddle\n")
        self.assert_refused(leaf, "HF-CERT-CRITICAL", 34)

    def test_weak_signature(self):
        leaf = LAB.leaf("sha1", digest="sha1")
        with OpensslServer(leaf, "-cipher", "ALL:@SECLEVEL=0",
                           chain=LAB.intermediate.certificate) as server:  # fmt: skip
            self.assert_fails(server.port, "HF-CERT-WEAK-SIGNATURE", 34, first=CHECKING)

    def test_weak_key(self):
        leaf = LAB.leaf("weak", kind=1024)
        with OpensslServer(leaf, "-cipher", "ALL:@SECLEVEL=0",
                           chain=LAB.intermediate.certificate) as server:  # fmt: skip
            self.assert_fails(server.port, "HF-CERT-WEAK-KEY", 34, first=CHECKING)

    def test_wrong_signature(self):
        good = LAB.leaf("for-forging")
        der = bytearray(laboratory.openssl("x509", "-in", good.certificate, "-outform", "DER"))
        der[-1] ^= 1
        forged = laboratory.Party(LAB.path, "forged")
        forged.key = good.key
        pem = laboratory.openssl("x509", "-inform", "DER", input=bytes(der))
        forged.certificate.write_bytes(pem)
        self.assert_refused(forged, "HF-CERT-SIGNATURE", 34)

    def test_authority_that_is_named_is_believed_alone(self):
        with good_server() as server:
            answer = connect("--ca", LAB.stranger.certificate, f"localhost:{server.port}")
            self.assertEqual(answer.returncode, 30)
            self.assertIn("HF-CERT-", answer.stderr.decode())


class Peers(ConnectCase):
    """Peers that do not, or not well, speak TLS 1.3."""

    def test_tls_1_1_only(self):
        with good_server("-tls1_1", "-cipher", "ALL:@SECLEVEL=0") as server:
            self.assert_fails(
                server.port,
                "HF-ALERT",
                20,
                first=SERVER_STOPPED + " with the alert protocol_version (70).",
                said=[
                    "a guess: The peer does not speak any version of TLS that was offered",
                    "or at least TLS 1.2: what is older is broken, and not spoken here (RFC 8996)",
                ],
            )

    def test_tls_1_2_only(self):
        with good_server("-tls1_2") as server:
            self.assert_fails(
                server.port,
                "HF-ALERT",
                20,
                "--tls",
                "1.3",
                first=SERVER_STOPPED,
                said=["another version? handfast connect --tls 1.2,1.3"],
            )

    def test_old_server_hello(self):
        body = b"\x03\x02" + bytes(32) + b"\x00" + b"\x00\x2f" + b"\x00"
        hello = b"\x02" + len(body).to_bytes(3, "big") + body
        record = b"\x16\x03\x02" + len(hello).to_bytes(2, "big") + hello

        def serve(connection):
            laboratory.read_record(connection)
            connection.sendall(record)
            laboratory.hang_up(connection)

        with RawServer(serve) as server:
            self.assert_fails(
                server.port,
                "HF-VERSION",
                20,
                first=CLIENT_STOPPED,
                said=["step 2 of 6: ServerHello", "alert protocol_version (70) was sent"],
            )

    def assert_speaks(self, greeting, code, said, waits=True):
        """A server that answers, or greets, with `greeting`."""

        def serve(connection):
            if waits:
                connection.recv(1024)
            connection.sendall(greeting)
            laboratory.hang_up(connection)

        with RawServer(serve) as server:
            return self.assert_fails(server.port, code, 22, first=CLIENT_STOPPED, said=said)

    def test_plain_http(self):
        self.assert_speaks(
            b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
            "HF-PLAIN-HTTP",
            ["The peer speaks plain HTTP, not TLS.", "http://localhost:"],
        )

    def test_plain_http_of_python(self):
        command = ["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=LAB.path
        ) as process:
            try:
                port = int(re.search(rb"port (\d+)", process.stdout.readline())[1])
                answer = connect(f"localhost:{port}")
            finally:
                process.kill()
        self.assertEqual(answer.returncode, 22, answer.stderr)
        self.assertIn("plain HTTP", answer.stderr.decode())

    def test_ssh(self):
        document = self.assert_speaks(
            b"SSH-2.0-OpenSSH_9.2p1\r\n",
            "HF-NOT-TLS",
            ['The server does not speak TLS here, but SSH ("SSH-2.0-OpenSSH_9.2p1").'],
            waits=False,
        )
        self.assertEqual(document["facts"]["speaks"], 'SSH ("SSH-2.0-OpenSSH_9.2p1")')

    def test_smtp_imap_pop3_ftp(self):
        for greeting, protocol in (
            (b"220 mail.test ESMTP ready\r\n", "SMTP"),
            (b"* OK IMAP4rev1 ready\r\n", "IMAP"),
            (b"+OK POP3 ready\r\n", "POP3"),
            (b"220 FTP server ready\r\n", "FTP"),
        ):
            with self.subTest(protocol):
                answer = self.greet(greeting)
                self.assertEqual(answer.returncode, 22, answer.stderr)
                self.assertIn(f"not speak TLS here, but {protocol} (", answer.stderr.decode())

    def greet(self, greeting):
        """What `connect` says of a server that begins with `greeting`."""

        def serve(connection):
            connection.sendall(greeting)
            laboratory.hang_up(connection)

        with RawServer(serve) as server:
            return connect(f"localhost:{server.port}")

    def test_noise(self):
        answer = self.greet(b"\x00\x01\x02 escape \x1b[31m\r\n")
        self.assertEqual(answer.returncode, 22)
        self.assertIn(b"HF-NOT-TLS", answer.stderr)
        self.assertNotIn(b"\x1b", answer.stderr)

    def test_hang_up_at_each_step(self):
        steps = ["ServerHello", "EncryptedExtensions", "EncryptedExtensions", "Certificate",
                 "CertificateVerify", "Finished"]  # fmt: skip
        numbers = [2, 3, 3, 4, 5, 6]
        with good_server() as server:
            for records, (step, number) in enumerate(zip(steps, numbers)):
                with self.subTest(records=records):
                    with RawServer(laboratory.cut_after(server.port, records)) as cut:
                        document = self.assert_fails(
                            cut.port,
                            "HF-HANGUP",
                            41,
                            first=SERVER_STOPPED + " by hanging up.",
                            said=[f"step {number} of 6: {step}"],
                        )
                        self.assertEqual(document["stopped_by"], "server")

    def test_hang_up_before_anything(self):
        with RawServer(laboratory.hang_up) as server:
            self.assert_fails(server.port, "HF-HANGUP", 41, said=["step 2 of 6: ServerHello"])

    def test_reset(self):
        def serve(connection):
            laboratory.read_record(connection)
            laboratory.reset(connection)

        with RawServer(serve) as server:
            self.assert_fails(
                server.port, "HF-NET-LOST", 41,
                said=["The connection was reset, by the server or", "too old for a ClientHello of"],
            )  # fmt: skip

    def test_a_short_hello_is_not_called_long(self):
        with RawServer(laboratory.hang_up) as server:
            answer = connect("--ca", LAB.root.certificate, "--group", "x25519",
                             f"localhost:{server.port}")
        self.assertEqual(answer.returncode, 41)
        self.assertNotIn("too old", answer.stderr.decode())

    def test_no_common_group(self):
        with good_server("-groups", "P-521") as server:
            self.assert_fails(
                server.port,
                "HF-ALERT",
                21,
                first=SERVER_STOPPED + " with the alert handshake_failure (40).",
                said=["a guess: The peer usually shares no cipher suite", "--group"],
            )

    def test_no_common_suite(self):
        with good_server("-ciphersuites", "TLS_AES_256_GCM_SHA384") as server:
            self.assert_fails(server.port, "HF-ALERT", 21, "--suite", "TLS_AES_128_GCM_SHA256")

    def test_no_common_protocol(self):
        with good_server("-alpn", "h2") as server:
            self.assert_fails(server.port, "HF-ALERT", 21, "--alpn", "imap", said=["--alpn"])

    def test_unknown_name(self):
        other = LAB.leaf("other", LEAF + USAGE + PURPOSE + "subjectAltName=DNS:shop.test\n")
        arguments = ("-servername", "shop.test", "-servername_fatal")
        arguments += ("-cert2", other.certificate, "-key2", other.key)
        with good_server(*arguments) as server:
            self.assert_fails(server.port, "HF-ALERT", 32, said=["--sni NAME"])

    def test_client_certificate_wanted(self):
        with good_server("-Verify", "1", "-CAfile", LAB.root.certificate) as server:
            answer = connect("--ca", LAB.root.certificate, f"localhost:{server.port}")
            self.assertEqual(answer.returncode, 35, answer.stderr)
            self.assertIn("certificate_required (116)", answer.stderr.decode())
            # TLS 1.3 lets the server refuse only after the client thinks it is connected.
            self.assertIn("The connection broke. The server stopped it", answer.stderr.decode())

    def test_client_certificate_wanted_in_other_words(self):
        """Java's servers call the empty list of TLS 1.2 a bad certificate."""
        def serve(client):
            with socket.create_connection(("127.0.0.1", origin.port), 10) as server:
                server.sendall(laboratory.read_record(client))
                record = b""
                while not record.endswith(b"\x0e\0\0\0"):  # ServerHelloDone
                    record = laboratory.read_record(server)
                    client.sendall(record)
                while record[0] != 20:  # change_cipher_spec; Finished comes behind it
                    record = laboratory.read_record(client)
                laboratory.read_record(client)
                client.sendall(b"\x15\x03\x03\0\2\2\x2a")
                laboratory.hang_up(client)

        with good_server("-tls1_2", "-Verify", "1") as origin, RawServer(serve) as server:
            document = self.assert_fails(
                server.port,
                "HF-ALERT",
                35,
                first=SERVER_STOPPED + " with the alert bad_certificate (42).",
                said=["The server wants a client certificate.", "You showed none,"],
            )
        self.assertIs(document["facts"]["certificate_shown"], False)

    def test_changed_record(self):
        def serve(client):
            with socket.create_connection(("127.0.0.1", origin.port), 10) as server:
                server.sendall(laboratory.read_record(client))
                for index in range(4):
                    record = bytearray(laboratory.read_record(server))
                    record[-1] ^= index == 3
                    client.sendall(record)
                laboratory.hang_up(client)

        with good_server() as origin, RawServer(serve) as server:
            self.assert_fails(
                server.port,
                "HF-RECORD-MAC",
                23,
                first=CLIENT_STOPPED,
                said=["alert bad_record_mac (20) was sent", "step 4 of 6: Certificate"],
            )


class Network(ConnectCase):
    """No connection at all."""

    def test_refused(self):
        port = laboratory.free_port()
        self.assert_fails(
            port,
            "HF-NET-REFUSED",
            11,
            first="✗ No connection was made. The network stopped it.",
            said=[f"Nobody listens at localhost:{port}."],
        )

    def test_name_without_address(self):
        document = self.assert_fails(
            443, "HF-NET-NAME", 10, host="nothing.invalid", said=["nothing.invalid has no address"]
        )
        self.assertEqual(document["stopped_by"], "network")

    def test_unreachable(self):
        self.assert_fails(443, "HF-NET-UNREACHABLE", 11, host="255.255.255.255")

    def test_silent_peer(self):
        heard = []

        def serve(connection):
            laboratory.read_record(connection)
            heard.append(laboratory.read_record(connection))
            connection.recv(1)

        with RawServer(serve) as server:
            document = self.assert_fails(
                server.port, "HF-NET-TIMEOUT", 12, "--timeout", "0.3",
                said=["did not answer within 0.3 s", "step 2 of 6: ServerHello",
                      "Told alert general_error (117) was sent to the server"],
            )  # fmt: skip
        self.assertEqual(document["told"], "alert general_error (117) was sent to the server")
        # RFC 9846 section 6: fatal (2), general_error (117), not encrypted as there are no keys.
        self.assertEqual([record[:1] + record[3:] for record in heard],
                         [b"\x15\x00\x02\x02\x75"] * 2)  # fmt: skip

    def test_peer_that_falls_silent_after_the_handshake(self):
        told = []

        def talk(connection):
            connection.recv(4096)
            try:
                connection.recv(4096)
            except ssl.SSLError as error:
                told.append(type(error))

        with laboratory.python_server(LAB.leaf(), good_chain(), talk) as server:
            answer = connect("--json", "--ca", LAB.root.certificate, "--timeout", "0.3", "--get",
                             "/", f"localhost:{server.port}")  # fmt: skip
        document = json.loads(answer.stdout)
        self.assertEqual((document["code"], answer.returncode), ("HF-NET-TIMEOUT", 12))
        self.assertEqual(document["told"], "alert general_error (117) was sent to the server")
        # An alert, which Python has no name for; hanging up would be an SSLEOFError.
        self.assertEqual(told, [ssl.SSLError])

    def test_one_limit_for_all_steps(self):
        with socket.socket() as full, socket.socket() as waiting:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            waiting.connect(full.getsockname())  # fills the queue, so that the first SYN is lost
            start = time.monotonic()
            with start_connect("--json", "--timeout", "2.5", "--ca", LAB.root.certificate,
                               f"127.0.0.1:{full.getsockname()[1]}") as client:  # fmt: skip
                time.sleep(0.3)
                full.settimeout(10)
                accepted = [full.accept()[0] for _ in range(2)]  # the next SYN comes after 1 s
                reached = time.monotonic() - start
                document = json.loads(client.communicate(timeout=20)[0])
            took = time.monotonic() - start
            for one in accepted:
                one.close()
        self.assertEqual((document["code"], document["exit"]), ("HF-NET-TIMEOUT", 12))
        self.assertEqual(document["where"], "step 2 of 6: ServerHello")
        self.assertGreater(reached, 0.9)
        self.assertGreater(took, 2.4)
        self.assertLess(took, reached + 2)

    def test_no_answer_to_tcp(self):
        with socket.socket() as full, socket.socket() as first, socket.socket() as second:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            for waiting in (first, second):  # fill the queue
                waiting.setblocking(False)
                waiting.connect_ex(("127.0.0.1", port))
            self.assert_fails(
                port, "HF-NET-TIMEOUT", 12, "--timeout", "0.3", host="127.0.0.1",
                first="✗ No connection was made.",
            )  # fmt: skip

    def test_cut_without_close_notify(self):
        def talk(connection):
            connection.sendall(b"half of the tr")
            laboratory.read_exactly(connection, 2)
            laboratory.hang_up(socket.socket(fileno=os.dup(connection.fileno())))

        with laboratory.python_server(LAB.leaf(), good_chain(), talk) as server:
            answer = connect("--ca", LAB.root.certificate, f"localhost:{server.port}", input=b"go")
            lines = answer.stderr.decode()
            self.assertEqual(answer.returncode, 41, lines)
            self.assertEqual(answer.stdout, b"half of the tr")
            self.assertIn("HF-TRUNCATED", lines)
            self.assertIn("✗ The connection broke. The server stopped it by hanging up.", lines)


class CommandLine(unittest.TestCase):
    """Bad input: one clear sentence and the right exit code."""

    def assert_says(self, arguments, exit_code, sentence):
        """Refused at once, without a word of any library."""
        answer = connect(*arguments)
        lines = answer.stderr.decode().splitlines()
        self.assertEqual(answer.returncode, exit_code, lines)
        self.assertEqual(lines[0], "✗ " + sentence)
        self.assertEqual(answer.stdout, b"")
        return "\n".join(lines)

    def test_unknown_option(self):
        self.assert_says(
            ["--grop", "x25519", "localhost"], 2, "There is no option --grop; did you mean --group?"
        )
        self.assert_says(["--zzzzzzzz", "localhost"], 2, "There is no option --zzzzzzzz.")

    def test_no_host(self):
        self.assert_says([], 2, "HOST[:PORT]|URL is missing.")

    def test_too_many(self):
        self.assert_says(["localhost", "more"], 2, "more is one argument too many.")

    def test_value_missing_or_wrong(self):
        self.assert_says(["localhost", "--ca"], 2, "--ca needs a value.")
        self.assert_says(["localhost", "--timeout", "soon"], 2, "soon is no number for --timeout.")
        self.assert_says(
            ["localhost", "--timeout", "0"],
            2,
            "--timeout takes more than 0 seconds, and less than a year.",
        )

    def test_unknown_command(self):
        answer = run("conect", "localhost")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("There is no command conect; did you mean connect?", answer.stderr)

    def test_nothing(self):
        answer = run()
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("Usage  handfast COMMAND", answer.stderr)

    def test_groups_and_suites(self):
        self.assert_says(
            ["--group", "x25591", "localhost"], 2, "There is no group x25591; did you mean x25519?"
        )
        self.assert_says(
            ["--suite", "TLS_AES_128_GCM_SHA265", "localhost"],
            2,
            "There is no cipher suite TLS_AES_128_GCM_SHA265; did you mean TLS_AES_128_GCM_SHA256?",
        )

    def test_key_shares(self):
        self.assert_says(
            ["--key-share", "x25591", "localhost"],
            2,
            "There is no group x25591; did you mean x25519?",
        )
        for shares in ("P-256,x25519", "secp521r1"):
            with self.subTest(shares):
                lines = self.assert_says(
                    ["--key-share", shares, "localhost"],
                    2,
                    "Nothing was started. You (the client) stopped it.",
                )
                self.assertIn("HF-CONFIG-SHARES", lines)

    def test_target(self):
        for target in ("localhost:99999", "http://localhost/", "a b", "[::1", "localhost:", ""):
            with self.subTest(target):
                shown = target or "Nothing"
                lines = self.assert_says(
                    [target], 2, f"{shown} is not a host, host:port or URL that begins with TLS."
                )
                self.assertIn("HF-NET-ADDRESS", lines)

    def test_server_name(self):
        for name in ("sh op.test", "-", "*.shop.test", "x" * 64 + ".test"):
            with self.subTest(name):
                lines = self.assert_says(
                    ["--sni", name, "localhost"],
                    2,
                    f"{name} is neither a DNS name nor an IP address.",
                )
                self.assertIn("HF-NAME-INVALID", lines)

    def test_protocol_name(self):
        answer = connect("--alpn", "x" * 256, "localhost")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("HF-ALPN-NAME", answer.stderr.decode())

    def test_get(self):
        self.assert_says(
            ["--get", "index.html", "localhost"],
            2,
            "The path of --get begins with a slash and has no blanks.",
        )
        self.assert_says(
            ["--get", "/", "--alpn", "h2", "localhost"],
            2,
            "--get speaks http/1.1 and cannot go with another --alpn.",
        )

    def test_json_of_usage(self):
        answer = connect("--json", "--grop", "localhost")
        document = json.loads(answer.stdout)
        self.assertEqual((answer.returncode, document["exit"], document["ok"]), (2, 2, False))
        self.assertIn("did you mean --group?", document["why"])

    def test_authorities(self):
        lines = self.assert_says(
            ["--ca", "/nowhere/ca.pem", "localhost"],
            3,
            "/nowhere/ca.pem cannot be used: there is no such file or folder.",
        )
        self.assertIn("exit 3 · HF-FILE-MISSING", lines)
        text = LAB.path / "text"
        text.write_text("no certificate here\n")
        lines = self.assert_says(
            ["--ca", text, "localhost"],
            3,
            f"{text} cannot be used: no trusted certificate was found.",
        )
        self.assertIn("HF-TRUST-EMPTY", lines)

    def test_unreadable_file(self):
        huge = LAB.path / "huge"
        huge.touch()
        os.truncate(huge, (16 << 20) + 1)
        lines = self.assert_says(
            ["--ca", huge, "localhost"], 3, f"{huge} cannot be used: the file could not be read."
        )
        self.assertIn("HF-FILE-READ", lines)

    def test_unwritable_key_log(self):
        lines = self.assert_says(
            ["--ca", LAB.root.certificate, "--keylog", "/nowhere/keys", "localhost"],
            3,
            "/nowhere/keys cannot be used: the file could not be written.",
        )
        self.assertIn("HF-FILE-WRITE", lines)

    def test_key_log_that_others_may_read(self):
        path = LAB.path / "shared keys"
        path.write_text("")
        for mode in (0o640, 0o604):
            path.chmod(mode)
            lines = self.assert_says(
                ["--ca", LAB.root.certificate, "--keylog", path, "localhost"],
                3,
                f"{path} cannot take keys: others than its owner may read it.",
            )
            self.assertIn("chmod 600", lines)
            self.assertIn("HF-FILE-WRITE", lines)
        self.assertEqual(path.read_text(), "")

    def test_full_disk(self):
        with good_server("-www") as server, open("/dev/full", "wb") as full:
            answer = subprocess.run(
                [HANDFAST, "connect", "--ca", LAB.root.certificate, "--get", "/",
                 f"localhost:{server.port}"],
                stdout=full, stderr=subprocess.PIPE, check=False, timeout=60,
            )  # fmt: skip
        self.assertEqual(answer.returncode, 3)
        self.assertIn(b"standard output cannot be used", answer.stderr)


class Help(unittest.TestCase):
    """What the command says of itself."""

    def test_every_code_is_explained(self):
        codes = json.loads(run("help", "codes", "--json").stdout)["codes"]
        self.assertGreater(len(codes), 100)
        for code in (codes[0], codes[len(codes) // 2], codes[-1]):
            answer = run("help", code["code"])
            self.assertEqual(answer.returncode, 0)
            self.assertTrue(answer.stdout.startswith(code["code"]))

    def test_no_such_code(self):
        answer = run("help", "HF-CERT-EXPIERD")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("did you mean HF-CERT-EXPIRED?", answer.stderr)

    def test_version(self):
        answer = run("--version")
        self.assertEqual(answer.returncode, 0)
        self.assertRegex(answer.stdout, r"^handfast \d+\.\d+\.\d+\n$")

    def test_pages(self):
        for command in ("connect", "help", "serve", "cert"):
            with self.subTest(command):
                page = run(command, "--help")
                self.assertEqual(page.returncode, 0)
                self.assertEqual(page.stdout, run("help", command).stdout)
                for line in page.stdout.splitlines():
                    self.assertLessEqual(len(line), 100, line)


if __name__ == "__main__":
    unittest.main()
