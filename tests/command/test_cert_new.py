"""`handfast cert new`: keys, requests, self-signed certificates; and what others make of them."""

import unittest

from making import MakingCase, run_tool, tool


class New(MakingCase):
    """`cert new`"""

    def test_request_and_key(self):
        made = self.cert("new", "shop.test", "*.shop.test", "192.0.2.1", "ann@shop.test")
        self.assertEqual(made["kind"], "request")
        self.assertEqual(made["file"], "shop.test+3.csr")
        self.assertEqual(made["key_file"], "shop.test+3.key")
        self.assertEqual(
            made["names"], ["shop.test", "*.shop.test", "192.0.2.1", "email:ann@shop.test"]
        )
        self.assertEqual(self.mode("shop.test+3.key"), 0o600)
        text = tool("openssl", "req", "-in", self.path("shop.test+3.csr"), "-noout", "-verify",
                    "-text")  # fmt: skip
        self.assertIn("CN = shop.test", text)
        self.assertIn(
            "DNS:shop.test, DNS:*.shop.test, IP Address:192.0.2.1, email:ann@shop.test", text
        )
        # And GnuTLS.
        text = tool("certtool", "--crq-info", "--infile", self.path("shop.test+3.csr"))
        self.assertIn("Self signature: verified", text)

    def test_keys_of_every_kind(self):
        for kind, words in [("p256", "prime256v1"), ("p384", "secp384r1"), ("ed25519", "ED25519"),
                            ("rsa2048", "2048 bit"), ("rsa3072", "3072 bit"),
                            ("rsa4096", "4096 bit")]:  # fmt: skip
            with self.subTest(kind):
                self.cert("new", "shop.test", "--key-type", kind, "--out", kind)
                text = tool("openssl", "pkey", "-in", self.path(f"{kind}.key"), "-noout", "-text")
                self.assertIn(words, text)
                tool("openssl", "req", "-in", self.path(f"{kind}.csr"), "-noout", "-verify")

    def test_keys_of_ml_dsa(self):
        """They need OpenSSL 3.5; without it the reason says so, and nothing is written."""
        for level in ("44", "65", "87"):
            words = ["new", "shop.test", "--key-type", f"mldsa{level}", "--out", f"m{level}"]
            done = self.place.run("cert", *words)
            if done.returncode == 0:
                made = self.cert(*words, "--force")
                self.assertEqual(made["key"], f"ML-DSA-{level}")
                # The seed alone: RFC 9881 §6.
                self.assertLess(self.path(f"m{level}.key").stat().st_size, 200)
                shown = self.place.run("cert", "show", self.path(f"m{level}.csr"))
                self.assertIn(f"ML-DSA-{level}", shown.stdout)
                continue
            said = self.refused("HF-KEY-ML-DSA", 3, *words)
            self.assertIn("OpenSSL 3.5", said)
            self.assertFalse(self.path(f"m{level}.key").exists())

    def test_words_in_capitals(self):
        self.assertEqual(self.cert("new", "shop.test", "--key-type", "P384")["key"], "ECDSA P-384")
        done = self.place.run("cert", "new", "other.test", "--color", "Never")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_self_signed_is_good_for_openssl(self):
        made = self.cert("new", "localhost", "127.0.0.1", "--self-signed", "--days", "30")
        self.assertEqual(made["certificate"]["extended_key_usage"], ["serverAuth"])
        self.assertLess(made["certificate"]["seconds_left"], 30 * 86400 + 1)
        path = self.path(made["file"])
        tool("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname",
             "localhost", "-CAfile", path, path)  # fmt: skip

    def test_authority(self):
        limits = ["--permit", "shop.test", "--permit", "10.0.0.0/8"]
        limits += ["--exclude", "secret.shop.test", "--path-length", "0"]
        made = self.authority(*limits, "--days", "400")
        certificate = made["certificate"]
        self.assertEqual(certificate["subject"], "CN=Shop Root CA")
        self.assertEqual((certificate["is_authority"], certificate["path_length"]), (True, 0))
        self.assertEqual(certificate["permitted_names"], ["shop.test", "10.0.0.0/8"])
        self.assertEqual(certificate["excluded_names"], ["secret.shop.test"])
        self.assertEqual(certificate["key_usage"], ["keyCertSign", "cRLSign"])
        text = tool("openssl", "x509", "-in", self.path("ca.pem"), "-noout", "-text")
        self.assertIn("CA:TRUE, pathlen:0", text)

    def test_titles_that_are_no_file_names(self):
        for title, stem in (("../evil name", "evil-name"), (".hidden", "hidden"),
                            ("--", "certificate"), ("...", "certificate")):  # fmt: skip
            made = self.cert("new", "--ca", "--", title)
            self.assertEqual(made["file"], f"{stem}.pem")
            self.path(made["file"]).unlink()
            self.path(made["key_file"]).unlink()

    def test_names_in_letters_of_their_own(self):
        names = ["bücher.example", "*.bücher.example", "ann@bücher.example"]
        made = self.cert("new", *names, "https://bücher.example/a", "--self-signed")
        host = "xn--bcher-kva.example"
        expected = [host, f"*.{host}", f"email:ann@{host}", f"URI:https://{host}/a"]
        self.assertEqual(made["certificate"]["names"], expected)
        path = self.path(made["file"])
        tool("openssl", "verify", "-verify_hostname", host, "-CAfile", path, path)
        done = self.place.run("cert", "check", path, "--ca", path, "--name", "www.BÜCHER.example")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        limited = self.authority("--permit", "bücher.example", "--exclude", "x.bücher.example")
        self.assertEqual(limited["certificate"]["permitted_names"], [host])
        self.assertIn(f"x.{host}", limited["certificate"]["excluded_names"])

    def test_whole_subject(self):
        made = self.cert("new", "--subject", r"CN=Ann Smith,O=Shop\, Inc.,C=DE", "--client")
        self.assertEqual(made["file"], "ann-smith.csr")
        text = tool("openssl", "req", "-in", self.path("ann-smith.csr"), "-noout", "-subject",
                    "-nameopt", "RFC2253")  # fmt: skip
        self.assertIn(r"CN=Ann Smith,O=Shop\, Inc.,C=DE", text)

    def test_key_that_is_there_already(self):
        tool("openssl", "ecparam", "-genkey", "-name", "secp384r1", "-out", self.path("mine.key"))
        made = self.cert("new", "shop.test", "--key", "mine.key")
        self.assertFalse(made["is_new_key"])
        self.assertEqual(made["key"], "ECDSA P-384")
        self.assertFalse(self.path("shop.test.key").exists())

    def test_encrypted_key(self):
        self.path("password").write_text("secret\nnot this\n")
        self.cert("new", "shop.test", "--password-file", "password")
        self.assertIn("BEGIN ENCRYPTED PRIVATE KEY", self.path("shop.test.key").read_text())
        tool("openssl", "pkey", "-in", self.path("shop.test.key"), "-passin", "pass:secret",
             "-noout")  # fmt: skip
        # It is opened again, by a file, by the environment; not by another password.
        again = ["new", "a.test", "--key", "shop.test.key", "--force"]
        self.cert(*again, "--password-file", "password")
        self.place.environment["HANDFAST_PASSWORD"] = "secret"
        self.cert(*again)
        self.place.environment["HANDFAST_PASSWORD"] = "guess"
        text = self.refused("HF-PASSWORD", 3, *again)
        self.assertIn("does not open shop.test.key", text)
        del self.place.environment["HANDFAST_PASSWORD"]
        self.refused("HF-PASSWORD-MISSING", 3, *again)

    def test_password_typed_at_a_terminal(self):
        code, _, text = self.type_passwords(
            ["new", "shop.test", "--encrypt"], b"secreX\x7ft\n", b"secret\n"
        )
        self.assertEqual(code, 0, text)
        self.assertIn("New password of shop.test.key: ", text)
        self.assertNotIn("secre", text)
        tool("openssl", "pkey", "-in", self.path("shop.test.key"), "-passin", "pass:secret",
             "-noout")  # fmt: skip
        code, _, text = self.type_passwords(["new", "b.test", "--encrypt"], b"one\n", b"two\n")
        self.assertEqual(code, 3, text)
        self.assertIn("The two passwords are not the same", text)
        code, _, text = self.type_passwords(["new", "b.test", "--encrypt"], b"one\x03")
        self.assertEqual(code, 130, text)
        self.assertFalse(self.path("b.test.key").exists())

    def test_nothing_is_overwritten(self):
        self.cert("new", "shop.test")
        key = self.path("shop.test.key").read_text()
        text = self.refused("HF-FILE-EXISTS", 3, "new", "shop.test")
        self.assertIn("shop.test.key is there already", text)
        self.path("shop.test.key").rename(self.path("kept"))
        text = self.refused("HF-FILE-EXISTS", 3, "new", "shop.test")
        self.assertIn("shop.test.csr is there already", text)
        self.assertFalse(self.path("shop.test.key").exists())
        self.path("kept").rename(self.path("shop.test.key"))
        self.cert("new", "shop.test", "--force")
        self.assertNotEqual(key, self.path("shop.test.key").read_text())
        self.assertEqual(self.mode("shop.test.key"), 0o600)

    def test_what_cannot_be_meant(self):
        for code, exit_code, *arguments in [
            ("HF-NAME-INVALID", 2, "new", "no name"),
            ("HF-NAME-INVALID", 2, "new", "ann@"),
            ("HF-NAME-INVALID", 2, "new", "änn@shop.test"),
            ("HF-NAME-INVALID", 2, "new", "https://bücher.example/ä"),
            ("HF-NAME-INVALID", 2, "new", "--ca", "One", "--permit", "a\N{NO-BREAK SPACE}b"),
            ("HF-SUBJECT", 2, "new", "--subject", "Ann"),
            ("HF-SUBJECT", 2, "new", "--subject", "C=Germany"),
            ("HF-CONFIG-EMPTY", 2, "new"),
            ("HF-CONFIG-UNSUPPORTED", 2, "new", "a.test", "--permit", "b.test"),
            ("HF-CONFIG-UNSUPPORTED", 2, "new", "a.test", "--ocsp-url", "ca.test"),
            ("HF-CONFIG-UNSUPPORTED", 2, "new", "--ca", "One", "Two"),
            ("HF-NAME-INVALID", 2, "new", "--ca", "One", "--permit", "a b"),
            ("HF-FILE-MISSING", 3, "new", "a.test", "--key", "none.key"),
            ("HF-FILE-MISSING", 3, "new", "a.test", "--out", "nowhere/a"),
        ]:
            with self.subTest(" ".join(arguments)):
                self.refused(code, exit_code, *arguments)
        for arguments in (["--key-type", "dsa", "a.test"], ["--days", "0", "a.test"],
                          ["--csr", "--self-signed", "a.test"]):  # fmt: skip
            self.assertEqual(self.place.run("cert", "new", *arguments).returncode, 2)
        self.assertEqual([p.name for p in self.place.path.iterdir()], ["site"])

    def test_lines_for_people(self):
        done = self.place.run("cert", "new", "shop.test")
        self.assertIn("Made shop.test.key and shop.test.csr, a request for shop.test", done.stdout)
        self.assertIn("handfast cert sign shop.test.csr --ca CA.pem --ca-key CA.key", done.stdout)
        self.assertEqual(self.place.run("cert", "new", "b.test", "--quiet").stdout, "")
        self.assertNotEqual(run_tool("grep", "-r", "PRIVATE", self.place.path).stdout, "")


if __name__ == "__main__":
    unittest.main()
