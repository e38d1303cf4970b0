"""`handfast cert sign`: what an authority signs, what it leaves out, what it refuses."""

import unittest

from making import MakingCase, split, tool


class Sign(MakingCase):
    """`cert sign`"""

    def sign(self, request, *arguments):
        """Has ca.pem sign; returns the certificate's document."""
        return self.cert("sign", request, "--ca", "ca.pem", "--ca-key", "ca.key", *arguments)

    def test_names_of_a_request_stay_of_their_kind(self):
        # A dNSName that reads like a mailbox is left out, and does not become one.
        self.authority()
        tool("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", self.path("k.key"), "-out", self.path("k.csr"), "-subj", "/CN=k",
             "-addext", "subjectAltName=DNS:email:ceo@bank.test,DNS:k.test,email:ann@shop.test,"
             "URI:https://k.test/x")  # fmt: skip
        made = self.sign("k.csr", "--profile", "client")
        self.assertEqual(made["certificate"]["names"], ["k.test", "email:ann@shop.test",
                                                        "URI:https://k.test/x"])  # fmt: skip
        self.assertIn("form of their kind", " ".join(made["dropped"]))

    def test_server(self):
        self.authority()
        self.cert("new", "shop.test", "192.0.2.1")
        made = self.sign("shop.test+1.csr")
        self.assertEqual(made["file"], "shop.test+1.pem")
        self.assertEqual(made["dropped"], [])
        self.assertEqual(made["certificate"]["names"], ["shop.test", "192.0.2.1"])
        self.assertEqual(made["certificate"]["extended_key_usage"], ["serverAuth"])
        for name in (["-verify_hostname", "shop.test"], ["-verify_ip", "192.0.2.1"]):
            tool("openssl", "verify", "-x509_strict", "-purpose", "sslserver", *name, "-CAfile",
                 self.path("ca.pem"), self.path("shop.test+1.pem"))  # fmt: skip
        with open(self.path("shop.test+1.pem"), encoding="ascii") as leaf:
            tool("certtool", "--verify", "--load-ca-certificate", self.path("ca.pem"),
                 "--verify-hostname", "shop.test", stdin=leaf)  # fmt: skip

    def test_request_of_others(self):
        self.authority()
        tool("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("k"),
             "-out", self.path("o.csr"), "-subj", "/C=DE/O=Evil/CN=shop.test", "-addext",
             "subjectAltName=DNS:shop.test,DNS:www.shop.test", "-addext",
             "basicConstraints=critical,CA:true", "-addext", "keyUsage=keyCertSign",
             "-addext", "tlsfeature=status_request")  # fmt: skip
        made = self.sign("o.csr")
        certificate = made["certificate"]
        self.assertEqual(certificate["names"], ["shop.test", "www.shop.test"])
        self.assertEqual(certificate["subject"], "CN=shop.test")
        self.assertFalse(certificate["is_authority"])
        self.assertTrue(certificate["must_staple"])
        dropped = " ".join(made["dropped"])
        for word in ("O=Evil", "authority", "keyCertSign"):
            self.assertIn(word, dropped)
        kept = self.sign("o.csr", "--keep-subject", "--force")
        self.assertEqual(kept["certificate"]["subject"], "CN=shop.test, O=Evil, C=DE")
        (self.path("t")).write_text('cn = "gnu.test"\ndns_name = "gnu.test"\n')
        tool("certtool", "--generate-request", "--load-privkey", self.path("k"), "--template",
             self.path("t"), "--outfile", self.path("g.csr"))  # fmt: skip
        self.assertEqual(self.sign("g.csr")["certificate"]["names"], ["gnu.test"])

    def test_name_in_the_subject_alone(self):
        self.authority()
        tool("openssl", "req", "-new", "-newkey", "ed25519", "-nodes", "-keyout", self.path("k"),
             "-out", self.path("o.csr"), "-outform", "DER", "-subj", "/CN=old.test")  # fmt: skip
        self.assertEqual(self.sign("o.csr")["certificate"]["names"], ["old.test"])

    def test_names_of_the_authoritys_choice(self):
        self.authority()
        self.cert("new", "bank.test")
        made = self.sign("bank.test.csr", "--name", "shop.test", "--out", "shop.pem")
        self.assertEqual(made["certificate"]["names"], ["shop.test"])
        self.assertEqual(made["certificate"]["subject"], "CN=shop.test")
        self.assertIn("its names", made["dropped"])

    def test_client(self):
        self.authority()
        self.cert("new", "--subject", "CN=Ann", "--client")
        made = self.sign("ann.csr", "--profile", "client", "--days", "3")
        self.assertEqual(made["certificate"]["extended_key_usage"], ["clientAuth"])
        self.assertEqual(made["certificate"]["subject"], "CN=Ann")
        tool("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile",
             self.path("ca.pem"), self.path("ann.pem"))  # fmt: skip

    def test_profile_in_capitals(self):
        self.authority()
        self.cert("new", "shop.test")
        meant = {"CA": [], "Client": ["clientAuth"], "Server": ["serverAuth"],
                 "OCSP": ["OCSPSigning"]}  # fmt: skip
        for profile, purposes in meant.items():
            with self.subTest(profile):
                made = self.sign("shop.test.csr", "--profile", profile, "--force")
                self.assertEqual(made["profile"], profile.lower())
                self.assertEqual(made["certificate"]["is_authority"], profile == "CA")
                self.assertEqual(made["certificate"]["extended_key_usage"], purposes)
        done = self.place.run("cert", "sign", "shop.test.csr", "--ca", "ca.pem", "--profile",
                              "boss")  # fmt: skip
        self.assertEqual(done.returncode, 2)
        self.assertIn("boss is none of server, client, ca, ocsp.", done.stderr)

    def test_authority_below(self):
        self.authority()
        self.cert("new", "--ca", "Sub CA", "--csr", "--out", "sub")
        made = self.sign("sub.csr", "--profile", "ca", "--path-length", "0", "--permit",
                         "shop.test")  # fmt: skip
        self.assertTrue(made["certificate"]["is_authority"])
        self.cert("new", "shop.test")
        leaf = self.cert("sign", "shop.test.csr", "--ca", "sub.pem")
        self.assertEqual(leaf["issuer"], "Sub CA")
        # What comes between is written too, and the root is not.
        self.assertEqual(len(split(self.path("shop.test.pem").read_text())), 2)
        tool("openssl", "verify", "-x509_strict", "-CAfile", self.path("ca.pem"), "-untrusted",
             self.path("sub.pem"), self.path("shop.test.pem"))  # fmt: skip
        # It may not make another, nor sign for others.
        self.cert("new", "--ca", "Sub Sub CA", "--csr", "--out", "subsub")
        self.refused("HF-CERT-PATH-LENGTH", 34, "sign", "subsub.csr", "--ca", "sub.pem",
                     "--profile", "ca")  # fmt: skip
        self.cert("new", "bank.test")
        text = self.refused("HF-CERT-CONSTRAINED", 34, "sign", "bank.test.csr", "--ca", "sub.pem")
        self.assertIn("Nothing was written", text)
        self.assertFalse(self.path("bank.test.pem").exists())

    def test_checked_as_far_as_the_authorities_are_at_hand(self):
        self.authority("--permit", "shop.test")
        for name, above in (("mid", "ca"), ("low", "mid")):
            self.cert("new", "--ca", name, "--csr", "--out", name)
            made = self.cert("sign", f"{name}.csr", "--ca", f"{above}.pem", "--profile", "ca")
            self.assertTrue(made["certificate"]["is_authority"])
        self.assertEqual(made["checked"],
                         "against mid.pem alone: its own authority was not at hand")
        self.cert("new", "evil.example")
        self.cert("new", "shop.test")
        # low.pem holds mid's certificate too, but not the root with its limits.
        made = self.cert("sign", "evil.example.csr", "--ca", "low.pem")
        self.assertEqual(made["checked"],
                         "against low.pem as far as mid, whose own authority was not at hand")
        whole = self.path("low.pem").read_text() + self.path("ca.pem").read_text()
        self.path("whole.pem").write_text(whole)
        text = self.refused("HF-CERT-CONSTRAINED", 34, "sign", "evil.example.csr", "--ca",
                            "whole.pem", "--ca-key", "low.key", "--force")  # fmt: skip
        self.assertIn("Nothing was written", text)
        made = self.cert("sign", "shop.test.csr", "--ca", "whole.pem", "--ca-key", "low.key")
        self.assertEqual(made["checked"],
                         "good for everybody who trusts Shop Root CA, by whole.pem")
        self.assertEqual(len(split(self.path("shop.test.pem").read_text())), 3)

    def test_path_length_of_those_above(self):
        self.authority("--path-length", "1")
        self.cert("new", "--ca", "Mid CA", "--csr", "--out", "mid")
        made = self.sign("mid.csr", "--profile", "ca")
        self.assertEqual(made["checked"], "good for everybody who trusts ca.pem")
        self.cert("new", "--ca", "Low CA", "--csr", "--out", "low")
        whole = self.path("mid.pem").read_text() + self.path("ca.pem").read_text()
        self.path("mid.pem").write_text(whole)
        self.refused("HF-CERT-PATH-LENGTH", 34, "sign", "low.csr", "--ca", "mid.pem",
                     "--profile", "ca")  # fmt: skip

    def test_word_in_the_subject_is_no_name(self):
        self.authority()
        for name in ("ann", "shop.test", "ann@shop.test"):
            tool("openssl", "req", "-new", "-newkey", "ed25519", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", self.path("k"), "-out", self.path(f"{name}.csr"))  # fmt: skip
        made = self.sign("ann.csr", "--profile", "client")
        self.assertEqual(made["certificate"]["names"], [])
        self.assertEqual(self.sign("shop.test.csr", "--profile", "client")["certificate"]["names"],
                         [])  # fmt: skip
        for name in ("ann", "ann@shop.test"):
            self.refused("HF-CONFIG-EMPTY", 2, "sign", f"{name}.csr", "--ca", "ca.pem", "--force")
        done = self.place.run("cert", "sign", "shop.test.csr", "--ca", "ca.pem", "--force")
        self.assertIn("the server's name is that of the subject", done.stdout)

    def test_names_that_a_profile_has_no_place_for(self):
        self.authority()
        self.cert("new", "shop.test")
        for profile in ("ca", "ocsp"):
            made = self.sign("shop.test.csr", "--profile", profile, "--force")
            self.assertEqual(made["certificate"]["names"], [])
            self.assertIn(f"its names (shop.test): --profile {profile} has none", made["dropped"])

    def test_all_that_can_be_said(self):
        self.authority()
        self.cert("new", "shop.test", "--key-type", "p384")
        made = self.sign(
            "shop.test.csr", "--must-staple", "--crl-url", "http://ca.test/ca.crl", "--ocsp-url",
            "http://ca.test/ocsp", "--issuer-url", "http://ca.test/ca.cer", "--policy",
            "2.23.140.1.2.1",
        )  # fmt: skip
        certificate = made["certificate"]
        self.assertEqual(certificate["crl_urls"], ["http://ca.test/ca.crl"])
        self.assertEqual(certificate["ocsp_urls"], ["http://ca.test/ocsp"])
        self.assertEqual(certificate["issuer_urls"], ["http://ca.test/ca.cer"])
        self.assertEqual(certificate["policies"], ["domain validated (2.23.140.1.2.1)"])
        self.assertTrue(certificate["must_staple"])
        text = tool("openssl", "x509", "-in", self.path("shop.test.pem"), "-noout", "-text")
        for words in (
            "status_request",
            "URI:http://ca.test/ca.crl",
            "OCSP - URI:http://ca.test/o",
            "CA Issuers - URI:http://ca.test/ca.cer",
            "Policy: 2.23.140.1.2.1",
        ):
            self.assertIn(words, text)

    def test_options_leave_the_request_alone_that_follows_them(self):
        self.authority()
        self.cert("new", "shop.test")
        urls = ["http://ca.test/1.crl", "http://ca.test/2.crl"]
        made = self.cert("sign", "--ca", "ca.pem", "--crl-url", urls[0], "--crl-url", urls[1],
                         "shop.test.csr")  # fmt: skip
        self.assertEqual(made["certificate"]["crl_urls"], urls)

    def test_never_beyond_the_authoritys_dates(self):
        self.authority("--days", "10")
        self.cert("new", "shop.test")
        made = self.sign("shop.test.csr")
        self.assertLess(made["certificate"]["seconds_left"], 10 * 86400 + 1)
        self.assertGreater(made["certificate"]["seconds_left"], 10 * 86400 - 3600)
        text = self.refused("HF-CONFIG-UNSUPPORTED", 2, "sign", "shop.test.csr", "--ca", "ca.pem",
                            "--days", "11", "--force")  # fmt: skip
        self.assertIn("would end after that of its authority", text)

    def test_authorities_that_may_not(self):
        self.authority()
        self.cert("new", "shop.test")
        self.sign("shop.test.csr")
        text = self.refused("HF-CERT-NOT-CA", 34, "sign", "shop.test.csr", "--ca", "shop.test.pem",
                            "--ca-key", "shop.test.key")  # fmt: skip
        self.assertIn("is not an authority", text)
        text = self.refused("HF-KEY-FIT", 3, "sign", "shop.test.csr", "--ca", "ca.pem", "--ca-key",
                            "shop.test.key")  # fmt: skip
        self.assertIn("shop.test.key is not the key of ca.pem", text)
        self.cert("new", "--ca", "Old CA", "--csr", "--key", "ca.key", "--out", "old")
        tool("openssl", "x509", "-req", "-in", self.path("old.csr"), "-signkey",
             self.path("ca.key"), "-out", self.path("old.pem"), "-days", "-1", "-extfile",
             self.extensions())  # fmt: skip
        self.refused("HF-CERT-EXPIRED", 31, "sign", "shop.test.csr", "--ca", "old.pem", "--ca-key",
                     "ca.key")  # fmt: skip

    def extensions(self):
        """An authority's, for openssl."""
        self.path("ext").write_text("basicConstraints=critical,CA:true\n")
        return self.path("ext")

    def test_wrong_input(self):
        self.authority()
        self.cert("new", "shop.test")
        self.path("junk.csr").write_text("junk")
        broken = self.path("shop.test.csr").read_text().replace("MI", "MJ", 1)
        self.path("broken.csr").write_text(broken)
        rest = ["--ca", "ca.pem", "--ca-key", "ca.key"]
        self.refused("HF-FILE-MISSING", 3, "sign", "none.csr", *rest)
        self.refused("HF-REQUEST", 3, "sign", "junk.csr", *rest)
        self.refused("HF-REQUEST", 3, "sign", "broken.csr", *rest)
        self.refused("HF-PEM", 3, "sign", "ca.pem", *rest)
        self.refused("HF-FILE-MISSING", 3, "sign", "shop.test.csr", "--ca", "none.pem")
        self.refused("HF-FILE-MISSING", 3, "sign", "shop.test.csr", "--ca", "ca.pem", "--ca-key",
                     "none.key")  # fmt: skip
        self.refused("HF-PEM", 3, "sign", "shop.test.csr", "--ca", "ca.pem", "--ca-key", "ca.pem")
        self.path("shop.test.pem").write_text("mine")
        self.refused("HF-FILE-EXISTS", 3, "sign", "shop.test.csr", *rest)
        self.assertEqual(self.path("shop.test.pem").read_text(), "mine")
        self.cert("new", "--subject", "CN=Ann Smith")
        text = self.refused("HF-CONFIG-EMPTY", 2, "sign", "ann-smith.csr", *rest)
        self.assertIn("The request names no server", text)

    def test_tampered_request(self):
        self.authority()
        self.cert("new", "shop.test")
        der = bytearray(tool("openssl", "req", "-in", self.path("shop.test.csr"), "-outform", "DER",
                             text=False))  # fmt: skip
        at = der.rindex(b"shop.test")
        der[at : at + 4] = b"bank"
        self.path("bank.csr").write_bytes(der)
        self.refused("HF-REQUEST-SIGNATURE", 3, "sign", "bank.csr", "--ca", "ca.pem")

    def test_lines_for_people(self):
        self.authority()
        self.cert("new", "shop.test", "--client")
        done = self.place.run("cert", "sign", "shop.test.csr", "--ca", "ca.pem")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Signed shop.test.pem for shop.test (server, 90 days, until", done.stdout)
        self.assertIn("Left out", done.stdout)
        self.assertIn("clientAuth", done.stdout)
        self.assertIn("handfast serve . --cert shop.test.pem --key shop.test.key", done.stdout)


if __name__ == "__main__":
    unittest.main()
