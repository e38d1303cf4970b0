"""`handfast cert check`: whether a chain is to be trusted, and why."""

import http.server
import json
import lzma
import os
import pathlib
import ssl
import tempfile
import threading
import unittest

import lab as laboratory
from lab import OpensslServer
from serving import run


def setUpModule():
    """One lab for all."""
    global LAB
    LAB = laboratory.Lab()


def tearDownModule():
    """Clears the lab away."""
    LAB.close()


def check(*arguments):
    """Runs `cert check` where signs outside ASCII are shown."""
    return run("cert", "check", *arguments, env={**os.environ, "LC_ALL": "C.UTF-8"})


class Check(unittest.TestCase):
    """A chain in a file, with the lab's root to trust."""

    @classmethod
    def setUpClass(cls):
        cls.chain = LAB.bundle("chain", LAB.leaf(), LAB.intermediate)

    def trusting(self, *arguments, what=None):
        """Checks against the lab's root."""
        return check(what or self.chain, "--ca", LAB.root.certificate, *arguments)

    def test_good_chain(self):
        answer = self.trusting("--name", "localhost")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        first, *lines = answer.stdout.splitlines()
        self.assertEqual(first, f"✓ {self.chain} is trusted for localhost")
        titles = [line[5:18].strip() for line in lines if line[3] in "✓✗–"]
        self.assertEqual(
            titles,
            ["Name", "Path", "Anchor", "Time", "Use", "Constraints", "Signatures", "Revocation",
             "Transparency"],
        )

    def test_without_a_name_no_name_is_vouched_for(self):
        answer = self.trusting()
        self.assertEqual(answer.returncode, 0)
        self.assertIn("for whatever name it has", answer.stdout)
        self.assertIn(" 1 – Name         nobody was asked for by name", answer.stdout)

    def test_each_fault_has_its_exit_code_and_line(self):
        server_only = LAB.bundle("server", LAB.leaf(), LAB.intermediate)
        leaf_only = LAB.bundle("leaf", LAB.leaf())
        for arguments, exit_code, line in (
            (["--name", "other.test"], 32, "✗ Name         asked for other.test; the certificate"),
            (["--at", "2020-01-01"], 31, "✗ Time         localhost begins"),
            (["--at", "2099-01-01 10:30"], 31, "✗ Time         localhost ended"),
            (["--purpose", "client"], 34, "✗ Use          localhost: a certificate is not meant"),
        ):
            with self.subTest(arguments=arguments):
                answer = self.trusting(*arguments, what=server_only)
                self.assertEqual(answer.returncode, exit_code)
                self.assertIn(line, answer.stdout)
                self.assertIn("is not trusted", answer.stderr)
        self.assertIn("is it a server's? --purpose server", answer.stderr)
        answer = self.trusting("--name", "localhost", what=leaf_only)
        self.assertEqual(answer.returncode, 30)
        self.assertIn("✗ Anchor       none: localhost names CN=Lab Intermediate", answer.stdout)

    def test_ml_dsa(self):
        """A chain of BoringSSL's, which is good where libcrypto is from OpenSSL 3.5 on."""
        packed = pathlib.Path(__file__).parents[1] / "vectors/boringssl-pki/mldsa_chain.pem.xz"
        ends = "-----END CERTIFICATE-----\n"
        leaf, middle, root, _ = lzma.open(packed, "rt").read().split(ends)
        with tempfile.TemporaryDirectory() as folder:
            sent, anchor = pathlib.Path(folder) / "sent.pem", pathlib.Path(folder) / "root.pem"
            sent.write_text(leaf + ends + middle + ends)
            anchor.write_text(root + ends)
            shown = run("cert", "show", sent)
            answer = check(sent, "--ca", anchor, "--at", "2026-04-06")
        for word in ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87"):
            self.assertIn(word, shown.stdout)
        if answer.returncode == 0:
            self.assertIn("2 of 2 (ML-DSA-65; ML-DSA-87)", answer.stdout)
            return
        self.assertEqual(answer.returncode, 34)
        self.assertIn("(ML-DSA-44; signed with ML-DSA-65)", answer.stdout)
        words = " ".join(answer.stderr.split())
        self.assertIn("ML-DSA (2.16.840.1.101.3.4.3.17 to 19)", words)
        self.assertIn("libcrypto has ML-DSA from OpenSSL 3.5 on", words)
        self.assertIn("HF-CERT-ML-DSA", words)

    def test_words_in_capitals(self):
        arguments = ["--purpose", "Server", "--revocation", "SOFT"]
        answer = self.trusting("--name", "localhost", *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))

    def test_every_check_is_in_the_document(self):
        document = json.loads(self.trusting("--name", "localhost", "--json").stdout)
        self.assertEqual((document["schema"], document["ok"]), ("handfast.cert-check/1", True))
        steps = {(entry["step"], entry.get("certificate")): entry for entry in document["checks"]}
        self.assertEqual(steps["time", 2]["outcome"], "passed")
        self.assertEqual(steps["time", 2]["rule"], "RFC 5280 §6.1.3 (a) (2)")
        self.assertRegex(steps["time", 2]["input"], r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC to ")
        self.assertEqual(steps["signatures", 0]["input"], "by the key of Lab Intermediate")
        refused = json.loads(self.trusting("--name", "other.test", "--json").stdout)
        self.assertEqual((refused["exit"], refused["code"]), (32, "HF-CERT-NAME"))
        self.assertEqual(refused["facts"]["reasoning"][0]["outcome"], "failed")

    def test_server_is_checked_for_its_own_name(self):
        with OpensslServer(LAB.leaf(), chain=LAB.intermediate.certificate) as server:
            answer = self.trusting(what=f"localhost:{server.port}")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("✓ Name         localhost matches DNS:localhost", answer.stdout)

    def test_containers(self):
        store, message = LAB.path / "chain.p12", LAB.path / "chain.p7b"
        leaf = LAB.leaf()
        laboratory.openssl("pkcs12", "-export", "-in", self.chain, "-inkey", leaf.key, "-out",
                           store, "-passout", "pass:secret")  # fmt: skip
        upside_down = LAB.bundle("upside-down", LAB.intermediate, leaf)
        laboratory.openssl("crl2pkcs7", "-nocrl", "-certfile", upside_down, "-outform", "DER",
                           "-out", message)  # fmt: skip
        for what in (store, message):
            with self.subTest(what):
                environment = {**os.environ, "HANDFAST_PASSWORD": "secret"}
                answer = run("cert", "check", what, "--ca", LAB.root.certificate, "--name",
                             "localhost", env=environment)  # fmt: skip
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))

    def test_names_in_other_scripts_are_compared_as_a_labels(self):
        names = "subjectAltName=DNS:xn--bcher-kva.test\n"
        extensions = laboratory.SERVER.replace(laboratory.NAMES, names)
        chain = LAB.bundle("idn", LAB.leaf("idn", extensions), LAB.intermediate)
        answer = self.trusting("--name", "bücher.test", what=chain)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("xn--bcher-kva.test matches", answer.stdout)

    def test_wrong_input_gets_one_sentence(self):
        for arguments, exit_code, sentence in (
            ([self.chain, "--at", "2026-02-31"], 2, "2026-02-31 is no moment"),
            ([self.chain, "--at", "tomorrow"], 2, "tomorrow is no moment"),
            ([self.chain, "--name", "a..b"], 2, "a..b is neither a DNS name nor an IP address."),
            (["missing.pem"], 3, "missing.pem cannot be used: there is no such file"),
            ([self.chain, "--ca", "missing.pem"], 3, "missing.pem cannot be used"),
            ([LAB.leaf().key], 3, "holds a private key, and no certificate."),
            ([LAB.path / "index.attr"], 3, "holds no certificate"),
            ([LAB.path], 3, "is a folder, and a file is meant."),
            ([self.chain, "--purpose", "fun"], 2, "fun is none of server, client."),
            ([self.chain, "--purpose", "1"], 2, "1 is none of server, client."),
            ([self.chain, "--at", "tomorrow"], 2, "handfast cert check --help"),
        ):
            with self.subTest(arguments=arguments):
                answer = check(*arguments)
                self.assertEqual(answer.returncode, exit_code)
                self.assertIn(sentence, answer.stderr)
                self.assertNotIn("error:", answer.stderr)


class Revocation(unittest.TestCase):
    """A chain whose authority takes certificates back."""

    @classmethod
    def setUpClass(cls):
        cls.good = LAB.bundle("kept", LAB.leaf(), LAB.intermediate)
        gone = LAB.leaf("gone")
        cls.gone = LAB.bundle("gone", gone, LAB.intermediate)
        LAB.revoke(gone)
        cls.list = LAB.revocation_list("of-leaves")
        cls.root_list = LAB.revocation_list("of-authorities", LAB.root)
        cls.good_response = LAB.ocsp_response(LAB.leaf())
        cls.gone_response = LAB.ocsp_response(gone)

    def check(self, chain, *arguments):
        """Checks against the lab's root."""
        return check(chain, "--ca", LAB.root.certificate, "--name", "localhost", *arguments)

    def test_list_vouches_for_what_is_not_on_it(self):
        answer = self.check(self.good, "--crl", self.list)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertRegex(answer.stdout, r"leaf: good, by CRL \d+ of CN=Lab Intermediate, valid")

    def test_list_refuses_what_is_on_it(self):
        answer = self.check(self.gone, "--crl", self.list)
        self.assertEqual(answer.returncode, 33)
        self.assertRegex(answer.stdout, r"✗ Revocation +leaf: revoked on .* \(keyCompromise\)")
        self.assertIn("HF-CERT-REVOKED", answer.stderr)

    def test_response_vouches_and_refuses(self):
        answer = self.check(self.good, "--ocsp", self.good_response)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("leaf: good, by the OCSP response of CN=Lab Intermediate", answer.stdout)
        answer = self.check(self.gone, "--ocsp", self.gone_response)
        self.assertEqual(answer.returncode, 33)

    def test_response_for_another_certificate_is_refused(self):
        answer = self.check(self.good, "--ocsp", self.gone_response)
        self.assertEqual(answer.returncode, 34)
        self.assertIn("HF-OCSP-OTHER", answer.stderr)

    def test_proof_can_be_demanded(self):
        self.assertEqual(self.check(self.good, "--revocation", "leaf").returncode, 34)
        proven = self.check(self.good, "--revocation", "leaf", "--crl", self.list)
        self.assertEqual(proven.returncode, 0)
        one = self.check(self.good, "--revocation", "all", "--crl", self.list)
        self.assertEqual(one.returncode, 34, "nothing is known of the intermediate")
        both = self.check(
            self.good, "--revocation", "all", "--crl", self.list, "--crl", self.root_list
        )
        self.assertEqual((both.returncode, both.stderr), (0, ""))
        self.assertRegex(both.stdout, r"✓ Revocation")

    def test_nothing_is_looked_at_when_it_is_off(self):
        answer = self.check(self.gone, "--revocation", "off", "--crl", self.list)
        self.assertEqual(answer.returncode, 0)
        self.assertRegex(answer.stdout, r"– Revocation")

    def test_files_that_hold_no_list_are_told(self):
        answer = self.check(self.good, "--crl", LAB.leaf().key)
        self.assertEqual(answer.returncode, 3)
        answer = self.check(self.good, "--crl", "missing.crl")
        self.assertEqual(answer.returncode, 3)
        self.assertIn("missing.crl cannot be used: there is no such file", answer.stderr)
        folder = LAB.path / "lists"
        folder.mkdir()
        (folder / "good.crl").write_bytes(self.list.read_bytes())
        (folder / "README").write_text("of the lab")
        lines = self.list.read_text().splitlines()
        (folder / "bad.crl").write_text("\n".join([lines[0], "MIIB" + lines[2], *lines[3:]]))
        answer = self.check(self.good, "--crl", folder)
        self.assertEqual(answer.returncode, 3)
        self.assertIn(f"{folder}/bad.crl cannot be used", answer.stderr)


class Authority(http.server.BaseHTTPRequestHandler):
    """What the lab's intermediate publishes: its certificate, its list, its responses."""

    def log_message(self, *_):
        """Says nothing."""

    def answer(self, content):
        """Sends a response."""
        self.send_response(200 if content else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def do_GET(self):
        """Files; one of them has no end."""
        if self.path == "/moved.der":
            self.send_response(302)
            self.send_header("Location", "/issuer.der")
            self.end_headers()
            return
        if self.path == "/endless.der":
            self.answer(bytes(1 << 20))
            return
        self.answer(self.server.published.get(self.path))

    def do_POST(self):
        """Questions to the responder."""
        question = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.headers["Content-Type"])
        if self.path in self.server.published:
            self.answer(self.server.published[self.path])
            return
        request, response = LAB.path / "online.req", LAB.path / "online.resp"
        request.write_bytes(question)
        laboratory.openssl(
            "ocsp", "-index", LAB.path / "index", "-CA", LAB.intermediate.certificate,
            "-rsigner", LAB.intermediate.certificate, "-rkey", LAB.intermediate.key,
            "-reqin", request, "-respout", response, "-ndays", 1)  # fmt: skip
        self.answer(response.read_bytes())


class Online(unittest.TestCase):
    """What is fetched, from an authority that answers on loopback."""

    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Authority)
        cls.server.asked = []
        issuer = ssl.PEM_cert_to_DER_cert(LAB.intermediate.certificate.read_text())
        cls.server.published = {
            "/issuer.der": issuer,
            "/issuer.pem": LAB.intermediate.certificate.read_bytes(),
            "/list.crl": LAB.revocation_list("online").read_bytes(),
        }
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.base = f"http://127.0.0.1:{cls.server.server_port}"

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def leaf(self, name, issuer="/issuer.der", ocsp=None, crl=None):
        """A leaf that says where to ask."""
        access = [f"caIssuers;URI:{self.base}{issuer}"]
        access += [f"OCSP;URI:{self.base}{ocsp}"] if ocsp else []
        extensions = laboratory.SERVER + f"authorityInfoAccess={','.join(access)}\n"
        if crl:
            extensions += f"crlDistributionPoints=URI:{self.base}{crl}\n"
        return LAB.leaf(name, extensions)

    def check(self, party, *arguments):
        """Checks a leaf alone, with its authority to be asked."""
        return check(party.certificate, "--ca", LAB.root.certificate, "--name", "localhost",
                     "--online", "--allow-private", *arguments)  # fmt: skip

    def test_missing_issuer_is_fetched(self):
        for name, issuer in (("der", "/issuer.der"), ("pem", "/issuer.pem")):
            answer = self.check(self.leaf(f"online-{name}", issuer))
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertIn(f"fetched issuer of localhost from {self.base}{issuer}", answer.stdout)

    def test_responder_is_asked(self):
        party = self.leaf("online-ocsp", ocsp="/ocsp")
        answer = self.check(party, "--revocation", "leaf")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("leaf: good, by the OCSP response of CN=Lab Intermediate", answer.stdout)
        self.assertIn("application/ocsp-request", self.server.asked)
        LAB.revoke(party)
        answer = self.check(party)
        self.assertEqual(answer.returncode, 33)
        self.assertIn("leaf: revoked on ", answer.stdout)

    def test_server_that_staples_needs_no_responder(self):
        party = self.leaf("online-stapled", ocsp="/ocsp")
        response = LAB.ocsp_response(party)
        self.server.asked.clear()
        with OpensslServer(party, "-status_file", response,
                           chain=LAB.intermediate.certificate) as server:  # fmt: skip
            answer = check(f"localhost:{server.port}", "--ca", LAB.root.certificate, "--online",
                           "--allow-private", "--revocation", "leaf")  # fmt: skip
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("leaf: good, by the OCSP response of CN=Lab Intermediate", answer.stdout)
        self.assertEqual(self.server.asked, [])

    def test_server_that_owes_a_staple_is_not_helped_out(self):
        access = f"authorityInfoAccess=OCSP;URI:{self.base}/ocsp\n"
        feature = "tlsfeature=status_request\n"
        party = LAB.leaf("online-owing", laboratory.SERVER + access + feature)
        with OpensslServer(party, chain=LAB.intermediate.certificate) as server:
            answer = check(f"localhost:{server.port}", "--ca", LAB.root.certificate, "--online",
                           "--allow-private")  # fmt: skip
        self.assertEqual(answer.returncode, 34)
        self.assertIn("HF-STAPLE-MISSING", answer.stderr)
        helped = self.check(party, "--intermediates", LAB.intermediate.certificate)
        self.assertEqual(helped.returncode, 0, "nobody can staple anything to a file")

    def test_list_is_fetched(self):
        answer = self.check(self.leaf("online-crl", crl="/list.crl"), "--revocation", "leaf")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertRegex(answer.stdout, r"leaf: good, by CRL \d+ of CN=Lab Intermediate")

    def test_fetched_lists_join_those_at_hand(self):
        party = self.leaf("online-joined", crl="/joined.crl")
        LAB.revoke(party)
        self.server.published["/joined.crl"] = LAB.revocation_list("joined").read_bytes()
        others = LAB.revocation_list("joined-root", LAB.root)
        answer = self.check(party, "--crl", others)
        self.assertEqual(answer.returncode, 33, answer.stdout)

    def test_list_that_is_none_takes_no_other_with_it(self):
        self.server.published["/junk.crl"] = b"x"
        sub = LAB.signed(
            "online-sub", "Junk Sub",
            laboratory.AUTHORITY + f"crlDistributionPoints=URI:{self.base}/junk.crl\n", LAB.root,
        )  # fmt: skip
        party = LAB.leaf("online-below", laboratory.SERVER
                         + f"crlDistributionPoints=URI:{self.base}/below.crl\n", sub)  # fmt: skip
        LAB.revoke(party)
        self.server.published["/below.crl"] = LAB.revocation_list("below", sub).read_bytes()
        answer = check(LAB.bundle("online-junk", party, sub), "--ca", LAB.root.certificate,
                       "--name", "localhost", "--online", "--allow-private")  # fmt: skip
        self.assertEqual(answer.returncode, 33, answer.stdout)
        told = " ".join(answer.stdout.split())
        self.assertIn(f"no revocation list for Junk Sub from {self.base}/junk.crl: what came holds "
                      "no revocation list", told)  # fmt: skip

    def test_long_address_is_asked_whole(self):
        path = "/long.crl?" + "a" * 400
        self.server.published[path] = LAB.revocation_list("long").read_bytes()
        answer = self.check(self.leaf("online-long", crl=path), "--revocation", "leaf")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("aaa...", answer.stdout)
        path = "/long.crl?" + "a" * 2048
        answer = self.check(self.leaf("online-longer", crl=path))
        told = " ".join(answer.stdout.split())
        self.assertIn("only addresses of at most 2048 bytes are asked", told)

    def test_response_of_no_use_is_passed_over(self):
        self.server.published["/unauthorized"] = bytes.fromhex("30030a0106")
        party = self.leaf("online-unauthorized", ocsp="/unauthorized")
        answer = self.check(party)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        told = " ".join(answer.stdout.split())
        self.assertIn(f"no OCSP response for localhost from {self.base}/unauthorized: ", told)
        answer = self.check(party, "--revocation", "leaf")
        self.assertEqual(answer.returncode, 34)
        self.assertIn("HF-REVOCATION-UNKNOWN", answer.stderr)
        # The next source is asked.
        both = self.leaf("online-both", ocsp="/unauthorized", crl="/both.crl")
        LAB.revoke(both)
        self.server.published["/both.crl"] = LAB.revocation_list("both").read_bytes()
        self.assertEqual(self.check(both).returncode, 33)

    def test_response_to_another_question_is_passed_over(self):
        party = self.leaf("online-replayed", ocsp="/replayed")
        self.server.published["/replayed"] = LAB.ocsp_response(party).read_bytes()
        answer = self.check(party, "--revocation", "leaf")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""), "it has no nonce")
        request, response = LAB.path / "replayed.req", LAB.path / "replayed.resp"
        laboratory.openssl("ocsp", "-issuer", LAB.intermediate.certificate, "-cert",
                           party.certificate, "-reqout", request)  # fmt: skip
        laboratory.openssl(
            "ocsp", "-index", LAB.path / "index", "-CA", LAB.intermediate.certificate,
            "-rsigner", LAB.intermediate.certificate, "-rkey", LAB.intermediate.key,
            "-reqin", request, "-respout", response, "-ndays", 1)  # fmt: skip
        self.server.published["/replayed"] = response.read_bytes()
        answer = self.check(party, "--revocation", "leaf")
        self.assertEqual(answer.returncode, 34)
        self.assertIn("does not repeat the nonce", " ".join(answer.stdout.split()))

    def test_what_does_not_come_is_told(self):
        for name, issuer, problem in (
            ("gone", "/nowhere.der", "no issuer of localhost from"),
            ("moved", "/moved.der", "no issuer of localhost from"),
            ("endless", "/endless.der", "no issuer of localhost from"),
        ):
            with self.subTest(name):
                answer = self.check(self.leaf(f"online-{name}", issuer))
                self.assertEqual(answer.returncode, 30)
                self.assertIn(problem, answer.stdout)

    def test_neighbours_are_left_alone_unless_allowed(self):
        party = self.leaf("online-private")
        answer = check(party.certificate, "--ca", LAB.root.certificate, "--online")
        self.assertEqual(answer.returncode, 30)
        told = " ".join(answer.stdout.split())
        self.assertIn("the address is loopback, private or reserved", told)


class Transparency(unittest.TestCase):
    """Timestamps: only their absence can be made here; the library's tests have a real one."""

    def test_list_of_logs_in_both_forms(self):
        chain = LAB.bundle("untimed", LAB.leaf(), LAB.intermediate)
        vector = pathlib.Path(__file__).parent.parent / "vectors/transparency/log.pem"
        key = "".join(vector.read_text().splitlines()[1:-1])
        listed = LAB.path / "log_list.json"
        listed.write_text(
            json.dumps({"operators": [{"name": "A", "logs": [{"description": "a", "key": key}]}]})
        )
        for logs in (vector, listed):
            answer = check(chain, "--ca", LAB.root.certificate, "--ct-logs", logs)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertRegex(answer.stdout, r"– Transparency +0 timestamps")

    def test_what_is_no_list_is_told(self):
        chain = LAB.bundle("untimed", LAB.leaf(), LAB.intermediate)
        answer = check(chain, "--ca", LAB.root.certificate, "--ct-logs", chain)
        self.assertEqual(answer.returncode, 3)
        self.assertIn("is no list of transparency logs", answer.stderr)


if __name__ == "__main__":
    unittest.main()
