"""External pre-shared keys: `connect --psk` and `serve --psk`, with each other."""

import json
import secrets
import unittest

from serving import Workplace


def setUpModule():
    """One workplace for all."""
    global PLACE
    PLACE = Workplace()


def tearDownModule():
    """Clears it away."""
    PLACE.close()


KEY = secrets.token_hex(32)
KEYED = ("--psk", f"bulb:{KEY}")


def connect(server, *arguments):
    """Runs `connect` with a key of ours or another."""
    return PLACE.run("connect", *arguments, f"localhost:{server.port}")


class WithEachOther(unittest.TestCase):
    """Both ends are Handfast's."""

    def test_know_each_other_without_certificates(self):
        with PLACE.serve(*KEYED) as server:
            done = connect(server, *KEYED, "--json", "--get", "/")
            self.assertEqual(done.returncode, 0, done.stdout)
            report = json.loads(done.stdout)
            self.assertEqual(report["psk_identity"], "bulb")
            self.assertTrue(report["trusted"])
            self.assertIsNone(report["signature_scheme"])
            self.assertEqual(server.event(event="request")["psk_identity"], "bulb")

    def test_say_so(self):
        context = ("--psk-context", "kitchen")
        with PLACE.serve(*KEYED, *context) as server:
            done = connect(server, *KEYED, *context, "--diagram", "--explain")
            told = " ".join(done.stdout.replace("│", " ").split())
            self.assertIn('Known by the pre-shared key "bulb"', told)
            self.assertIn('offers key "bulb" in context "kitchen" for HKDF_SHA256, HKDF_SHA384',
                          told)
            self.assertIn('takes key "bulb" in context "kitchen"', told)
            self.assertIn("both sides hold the pre-shared key", told)
            self.assertNotIn("Certificate ", told)
            self.assertNotIn("Chain", told)

    def test_know_each_other_in_tls_12(self):
        with PLACE.serve(*KEYED, "--tls", "1.2") as server:
            done = connect(server, *KEYED, "--tls", "1.2", "--json", "--get", "/")
            self.assertEqual(done.returncode, 0, done.stdout)
            report = json.loads(done.stdout)
            self.assertEqual((report["psk_identity"], report["version"], report["weaknesses"]),
                             ("bulb", "TLS 1.2", []))
            self.assertTrue(report["cipher_suite"].startswith("TLS_ECDHE_PSK_WITH_"))
            self.assertEqual(report["group"], "x25519")
            self.assertIsNone(report["signature_scheme"])
            self.assertEqual(server.event(event="request")["psk_identity"], "bulb")
            done = connect(server, "--psk", f"lamp:{KEY}", "--tls", "1.2", "--json")
            self.assertIn("bad_record_mac", done.stdout)
            told = server.event(event="observation", what="psk_identity_unknown")
            self.assertEqual(told["text"],
                             "the client has named a key that is not known here: lamp")

    def test_say_what_a_policy_lets_in(self):
        weak = ("--tls", "1.2", "--policy", "iot", "--suite", "PSK_WITH_AES_128_CCM_8")
        with PLACE.serve(*KEYED, *weak) as server:
            done = connect(server, *KEYED, *weak, "--diagram")
            self.assertEqual(done.returncode, 0, done.stdout)
            told = " ".join(done.stdout.replace("│", " ").split())
            self.assertIn("short tag (--policy lets it in)", told)
            self.assertIn("no forward secrecy (--policy lets it in)", told)
            self.assertIn("none, the pre-shared key alone", told)
            done = connect(server, *KEYED, *weak[:2], *weak[4:], "--json")
            self.assertIn("HF-CONFIG-POLICY", done.stdout)
        with PLACE.serve(*KEYED, "--tls", "1.2") as server:
            done = connect(server, *KEYED, "--tls", "1.2", "--diagram")
            self.assertIn("x25519", done.stdout.split("ServerKeyExchange")[1].split("\n")[0])

    def test_read_keys_from_a_file(self):
        (PLACE.path / "keys").write_text(f"# keys\n\nlamp:{secrets.token_hex(48)}\nbulb:{KEY}\n")
        with PLACE.serve("--psk", "@keys") as server:
            done = connect(server, "--psk", "@keys", "--json")
            self.assertEqual(json.loads(done.stdout)["psk_identity"], "lamp")
            done = connect(server, *KEYED, "--json")
            self.assertEqual(json.loads(done.stdout)["psk_identity"], "bulb")

    def test_serve_keeps_the_file_of_keys_to_itself(self):
        (PLACE.path / "site" / "keys").write_text(f"bulb:{KEY}\n")
        with PLACE.serve("--psk", "@site/keys") as server:
            done = connect(server, *KEYED, "--json", "--get", "/keys")
            self.assertNotIn(KEY, done.stdout)
        (PLACE.path / "site" / "keys").unlink()

    def test_resume_with_the_same_identity(self):
        session = PLACE.path / "psk-session"
        with PLACE.serve(*KEYED) as server:
            for outcome in ("not_offered", "resumed", "resumed"):
                done = connect(server, *KEYED, "--json", "--resume", session, "--get", "/")
                report = json.loads(done.stdout)
                self.assertEqual((report["session"], report["psk_identity"]), (outcome, "bulb"))

    def test_ask_again_for_another_group(self):
        with PLACE.serve(*KEYED, "--group", "secp384r1") as server:
            done = connect(server, *KEYED, "--json")
            report = json.loads(done.stdout)
            self.assertEqual((report["round_trips"], report["psk_identity"]), (2, "bulb"))

    def test_are_told_apart(self):
        cases = (
            (("--psk", f"lamp:{KEY}"), "HF-PSK-UNKNOWN"),
            ((*KEYED, "--psk-context", "cellar"), "HF-PSK-UNKNOWN"),
            ((*KEYED, "--raw-psk"), "HF-PSK-UNKNOWN"),
            (("--psk", f"bulb:{secrets.token_hex(32)}"), "HF-PSK-BINDER"),
            (("--ca", "no.pem"), "HF-PSK-NEEDED"),
        )
        PLACE.run("cert", "new", "--ca", "Nobody", "--out", "no")
        for arguments, code in cases:
            with PLACE.serve(*KEYED) as server:
                done = connect(server, *arguments, "--json")
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertEqual(server.event(event="failure")["code"], code)

    def test_take_a_certificate_only_where_an_authority_is_named(self):
        with PLACE.serve() as server:  # it has a certificate, and no keys
            done = connect(server, *KEYED, "--json")
            self.assertNotEqual(done.returncode, 0)
            done = connect(server, *KEYED, "--json", "--ca", PLACE.authority)
            report = json.loads(done.stdout)
            self.assertIsNone(report["psk_identity"])
            self.assertTrue(report["trusted"])
            done = connect(server, *KEYED, "--pin-key", 64 * "0")
            self.assertIn("HF-CERT-UNKNOWN-CA", done.stderr)


    def test_help_says_which_version_they_are_for(self):
        for command in ("connect", "serve"):
            told = " ".join(PLACE.run(command, "--help").stdout.split())
            self.assertIn("for TLS 1.3, and for TLS 1.2 where --tls 1.2 names that alone", told)


class WhatIsWrong(unittest.TestCase):
    """What cannot be a key."""

    def test_keys(self):
        for key, code in ((f"bulb:{KEY[:-2]}", "HF-PSK-WEAK"), ("bulb:" + 64 * "0", "HF-PSK-WEAK"),
                          (f":{KEY}", "HF-PSK-IDENTITY"), (KEY, "HF-PSK-IDENTITY"),
                          (f"bulb:{KEY}x", "HF-PSK-IDENTITY"), ("@none", "HF-FILE-MISSING")):
            for command in (("connect", "localhost:1"), ("serve", "site", "--listen",
                                                         "localhost:0")):
                done = PLACE.run(*command, "--json", "--psk", key)
                self.assertEqual(json.loads(done.stdout)["code"], code, key)
                self.assertNotIn(KEY[:20], done.stdout + done.stderr, "a secret is not shown")

    def test_lines_of_a_file(self):
        (PLACE.path / "broken").write_text(f"bulb:{KEY}\nwhat\n")
        done = PLACE.run("connect", "--psk", "@broken", "localhost:1")
        self.assertIn("broken, line 2, is no IDENTITY:HEXKEY.", done.stderr)

    def test_a_file_without_keys(self):
        (PLACE.path / "empty").write_text("# nobody\n\n")
        for command in (("connect", "localhost:1"), ("serve", "site", "--listen", "localhost:0")):
            done = PLACE.run(*command, "--psk", "@empty")
            self.assertEqual(done.returncode, 2, "it does not go on without keys")
            self.assertIn("empty has no key in it.", done.stderr)

    def test_one_key_twice(self):
        done = PLACE.run("connect", "--json", *KEYED, *KEYED, "localhost:1")
        self.assertEqual(json.loads(done.stdout)["code"], "HF-CONFIG-TWICE")

    def test_options(self):
        for options in (("--raw-psk",), ("--psk-context", "x"),
                        (*KEYED, "--raw-psk", "--psk-context", "x")):
            for command in (("connect", "localhost:1"), ("serve", "site")):
                self.assertEqual(PLACE.run(*command, *options).returncode, 2)


if __name__ == "__main__":
    unittest.main()
