"""`handfast cert convert` and `cert show`: the forms of certificates, ours and others'."""

import json
import unittest

from making import MakingCase, run_tool, split, tool


class Forms(MakingCase):
    """One certificate with its authority, in every form."""

    def setUp(self):
        super().setUp()
        self.authority()
        self.cert("new", "shop.test")
        self.cert("sign", "shop.test.csr", "--ca", "ca.pem")
        chain = self.path("shop.test.pem").read_text() + self.path("ca.pem").read_text()
        self.path("chain.pem").write_text(chain)
        self.path("password").write_text("secret\n")
        self.leaf, self.root = split(chain)

    def labels(self, *arguments):
        """The labels of what `cert show` finds."""
        return [c["label"] for c in self.cert("show", *arguments)["certificates"]]

    def test_pkcs12_for_others(self):
        self.cert("convert", "chain.pem", "--key", "shop.test.key", "--to", "p12",
                  "--new-password-file", "password")  # fmt: skip
        self.assertEqual(self.mode("chain.p12"), 0o600)
        done = run_tool("openssl", "pkcs12", "-in", self.path("chain.p12"), "-passin",
                        "pass:secret", "-nodes", "-info")  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(split(done.stdout), [self.leaf, self.root])
        self.assertIn("BEGIN PRIVATE KEY", done.stdout)
        self.assertIn("MAC: sha256", done.stderr)
        self.assertIn("PBES2, PBKDF2, AES-256-CBC, Iteration 600000", done.stderr)
        tool("certtool", "--p12-info", "--inder", "--infile", self.path("chain.p12"), "--password",
             "secret")  # fmt: skip
        self.assertIn("shop.test", tool("keytool", "-list", "-keystore", self.path("chain.p12"),
                                        "-storepass", "secret", "-v"))  # fmt: skip

    def test_pkcs12_of_others(self):
        legacy = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]
        for number, options in enumerate(([], legacy)):
            tool("openssl", "pkcs12", "-export", "-in", self.path("chain.pem"), "-inkey",
                 self.path("shop.test.key"), "-passout", "pass:secret", "-out",
                 self.path(f"{number}.p12"), *options)  # fmt: skip
        tool("certtool", "--to-p12", "--load-certificate", self.path("shop.test.pem"),
             "--load-privkey", self.path("shop.test.key"), "--p12-name", "shop", "--password",
             "secret", "--outder", "--outfile", self.path("2.p12"))  # fmt: skip
        for number in range(3):
            with self.subTest(number):
                made = self.cert("convert", f"{number}.p12", "--to", "pem", "--password-file",
                                 "password")  # fmt: skip
                self.assertEqual(made["from"], "PKCS#12")
                self.assertEqual(self.mode(f"{number}.key"), 0o600)
                self.assertEqual(split(self.path(f"{number}.pem").read_text())[0], self.leaf)
                self.assertEqual(
                    tool("openssl", "pkey", "-in", self.path(f"{number}.key"), "-pubout"),
                    tool("openssl", "pkey", "-in", self.path("shop.test.key"), "-pubout"),
                )
        shown = self.cert("show", "0.p12", "--password-file", "password")
        self.assertEqual(shown["form"], "PKCS#12")
        self.assertEqual([c["label"] for c in shown["certificates"]], ["shop.test", "Shop Root CA"])
        self.assertEqual(shown["keys"][0]["key"], "ECDSA P-256")
        self.refused("HF-PASSWORD-MISSING", 3, "show", "0.p12")
        self.path("password").write_text("guess\n")
        text = self.refused("HF-PASSWORD", 3, "show", "0.p12", "--password-file", "password")
        self.assertIn("The password does not open 0.p12", text)

    def test_pkcs12_of_the_past(self):
        tool("openssl", "pkcs12", "-export", "-legacy", "-in", self.path("shop.test.pem"), "-inkey",
             self.path("shop.test.key"), "-passout", "pass:secret", "-out",
             self.path("old.p12"))  # fmt: skip
        opened = ["old.p12", "--password-file", "password"]
        text = self.refused("HF-OLD-ENCRYPTION", 3, "show", *opened)
        self.assertIn("openssl pkcs12 -legacy -in old.p12", text)

    def test_pkcs12_without_a_password(self):
        tool("openssl", "pkcs12", "-export", "-in", self.path("shop.test.pem"), "-nokeys",
             "-passout", "pass:", "-out", self.path("open.p12"))  # fmt: skip
        self.assertEqual(self.labels("open.p12"), ["shop.test"])

    def test_pkcs7(self):
        self.cert("convert", "chain.pem", "--to", "p7")
        text = tool("openssl", "pkcs7", "-inform", "DER", "-in", self.path("chain.p7b"),
                    "-print_certs")  # fmt: skip
        self.assertEqual(sorted(split(text)), sorted([self.leaf, self.root]))
        tool("certtool", "--p7-info", "--inder", "--infile", self.path("chain.p7b"))
        self.assertEqual(sorted(self.labels("chain.p7b")), ["Shop Root CA", "shop.test"])
        for form in ("DER", "PEM"):
            tool("openssl", "crl2pkcs7", "-nocrl", "-certfile", self.path("chain.pem"), "-outform",
                 form, "-out", self.path(form))  # fmt: skip
            self.assertEqual(self.labels("./" + form), ["shop.test", "Shop Root CA"])

    def test_form_in_capitals(self):
        self.cert("convert", "chain.pem", "--key", "shop.test.key", "--to", "P7")
        self.assertEqual([file.name for file in self.place.path.glob("chain.*7*")], ["chain.p7b"])
        text = tool("openssl", "pkcs7", "-inform", "DER", "-in", self.path("chain.p7b"),
                    "-print_certs")  # fmt: skip
        self.assertEqual(len(split(text)), 2)

    def test_der_and_back(self):
        self.cert("convert", "shop.test.pem", "--to", "der")
        self.assertEqual(self.labels("shop.test.der"), ["shop.test"])
        self.cert("convert", "shop.test.der", "--to", "pem", "--out", "back.pem")
        self.assertEqual(self.path("back.pem").read_text(), self.leaf)
        self.cert("convert", "shop.test.csr", "--to", "der", "--out", "r.der")
        self.assertEqual(self.cert("show", "./r.der")["requests"][0]["names"], ["shop.test"])
        text = self.refused("HF-CONFIG-UNSUPPORTED", 2, "convert", "chain.pem", "--to", "der")
        self.assertIn("has 2 of them", text)

    def test_requests_and_keys_are_shown(self):
        shown = self.cert("show", "shop.test.csr")["requests"][0]
        self.assertEqual(shown["key"], "ECDSA P-256")
        self.assertEqual(self.cert("show", "shop.test.key")["keys"][0]["key_sha256"],
                         shown["key_sha256"])  # fmt: skip
        tool("openssl", "pkey", "-in", self.path("shop.test.key"), "-outform", "DER", "-out",
             self.path("k.der"))  # fmt: skip
        self.assertEqual(self.cert("show", "./k.der")["keys"][0]["key"], "ECDSA P-256")
        tool("openssl", "pkey", "-in", self.path("shop.test.key"), "-aes256", "-passout",
             "pass:secret", "-out", self.path("closed.key"))  # fmt: skip
        self.assertFalse(self.cert("show", "closed.key")["keys"][0]["is_open"])
        self.assertTrue(
            self.cert("show", "closed.key", "--password-file", "password")["keys"][0]["is_open"]
        )
        done = self.place.run("cert", "show", "shop.test.key")
        self.assertNotIn("BEGIN", done.stdout)

    def test_extensions_are_shown_by_name(self):
        certificate = self.cert("show", "ca.pem")["certificates"][0]
        self.assertEqual(
            certificate["extensions"],
            ["basicConstraints (critical)", "keyUsage (critical)", "subjectKeyIdentifier"],
        )
        done = self.place.run("cert", "show", "ca.pem")
        self.assertIn("Extensions", done.stdout)

    def test_wrong_input(self):
        self.refused("HF-FILE-MISSING", 3, "convert", "none.pem", "--to", "der")
        self.refused("HF-FILE-EXISTS", 3, "convert", "ca.pem", "--to", "pem")
        text = self.refused("HF-CONFIG-UNSUPPORTED", 2, "convert", "ca.key", "--to", "der")
        self.assertIn("ca.key holds a private key alone", text)
        text = self.refused("HF-KEY-FIT", 3, "convert", "chain.pem", "--key", "ca.key", "--to",
                            "p12", "--new-password-file", "password")  # fmt: skip
        self.assertIn("not that of the first certificate", text)
        self.refused("HF-PASSWORD-MISSING", 3, "convert", "chain.pem", "--to", "p12")
        self.refused("HF-CONFIG-UNSUPPORTED", 2, "convert", "shop.test.csr", "--to", "p7")
        self.path("cut.p12").write_bytes(b"\x30\x82\x04\x00\x02\x01\x03\x30" + bytes(40))
        self.refused("HF-CONTAINER", 3, "show", "cut.p12")
        self.assertEqual(self.place.run("cert", "convert", "ca.pem").returncode, 2)
        done = self.place.run("cert", "convert", "ca.pem", "--to", "der", "--json")
        self.assertEqual(json.loads(done.stdout)["files"], [{"path": "ca.der", "is_secret": False}])


if __name__ == "__main__":
    unittest.main()
