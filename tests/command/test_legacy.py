"""`--legacy`: old mechanisms of TLS 1.2 are spoken where they are named, and told."""

import json
import unittest

from serving import Workplace

CBC = "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"


def setUpModule():
    """One workplace for all."""
    global PLACE
    PLACE = Workplace()


def tearDownModule():
    """Clears it away."""
    PLACE.close()


def connect(server, *arguments):
    """The finished `handfast connect`."""
    return PLACE.run("connect", "--ca", PLACE.authority, *arguments, f"localhost:{server.port}")


class Legacy(unittest.TestCase):
    """Both ends are Handfast's."""

    def test_what_is_weak_is_told(self):
        with PLACE.serve("--tls", "1.2", "--legacy", "cbc") as server:
            options = ("--tls", "1.2", "--legacy", "cbc", "--suite", CBC)
            report = json.loads(connect(server, *options, "--json").stdout)
            self.assertEqual((report["cipher_suite"], report["weaknesses"]),
                             (CBC, ["block cipher"]))  # fmt: skip
            self.assertIn("block cipher (--legacy lets it in)", connect(server, *options).stdout)

    def test_others_go_first(self):
        with PLACE.serve("--tls", "1.2", "--legacy", "cbc,rsa") as server:
            report = json.loads(connect(server, "--tls", "1.2", "--legacy", "rsa,cbc",
                                        "--json").stdout)  # fmt: skip
            self.assertEqual(report["weaknesses"], [])
            self.assertIn("_GCM_", report["cipher_suite"])

    def test_what_is_not_named_is_not_there(self):
        for names, suite in ((), CBC), (("--legacy", "rsa"), CBC), \
                (("--legacy", "cbc"), "TLS_RSA_WITH_AES_128_CBC_SHA"):  # fmt: skip
            ended = PLACE.run("connect", "--tls", "1.2", *names, "--suite", suite, "--json",
                              "localhost:1")  # fmt: skip
            self.assertEqual(ended.returncode, 2)
            self.assertIn("HF-CONFIG-POLICY", ended.stdout)

    def test_it_is_of_tls_12(self):
        for command in (("connect", "localhost:1"), ("serve", PLACE.site)):
            ended = PLACE.run(*command, "--tls", "1.3", "--legacy", "cbc")
            self.assertEqual(ended.returncode, 2)
            self.assertIn("--legacy is of TLS 1.2, which is not among the versions here",
                          ended.stderr)  # fmt: skip
            ended = PLACE.run(*command, "--suite", "AES_128_GCM_SHA256", "--legacy", "rsa")
            self.assertEqual(ended.returncode, 2)
            self.assertIn("--legacy is of TLS 1.2, of which --suite names no suite.", ended.stderr)
        ended = PLACE.run("connect", "--tls", "1.2", "--legacy", "rc4", "localhost:1")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("rc4 is none of cbc, dhe, rsa", ended.stderr)


if __name__ == "__main__":
    unittest.main()
