"""`handfast cert check`: whether a chain is to be trusted, and why."""

import json
import os
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
            ["Name", "Path", "Anchor", "Time", "Use", "Constraints", "Signatures", "Revocation"],
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
        answer = self.trusting("--name", "localhost", what=leaf_only)
        self.assertEqual(answer.returncode, 30)
        self.assertIn("✗ Anchor       none: localhost names CN=Lab Intermediate", answer.stdout)

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
            ([self.chain, "--purpose", "fun"], 2, "fun"),
        ):
            with self.subTest(arguments=arguments):
                answer = check(*arguments)
                self.assertEqual(answer.returncode, exit_code)
                self.assertIn(sentence, answer.stderr)
                self.assertNotIn("error:", answer.stderr)


if __name__ == "__main__":
    unittest.main()
