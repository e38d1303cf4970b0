"""`handfast cert`: the development authority and what it may not do; showing certificates."""

import hashlib
import json
import re
import shutil
import socket
import ssl
import stat
import subprocess
import unittest

from lab import Lab
from serving import Workplace


def tool(*arguments, **options):
    """Runs another program; returns what it did."""
    options.setdefault("timeout", 60)
    return subprocess.run(
        list(map(str, arguments)), capture_output=True, text=True, check=False, **options
    )


def split(pem):
    """The PEM blocks of a file."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", pem, re.S)


class CertCase(unittest.TestCase):
    """A workplace with a development authority of its own."""

    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)
        self.data = self.place.path / "data/handfast"

    def dev(self, *arguments):
        """Makes a certificate; returns what `cert dev --json` says."""
        done = self.place.run("cert", "dev", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def refused(self, code, exit_code, *arguments):
        """Runs handfast, which must fail in this way; returns its text."""
        done = self.place.run(*arguments)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        self.assertIn(code, done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def path(self, name):
        """A file of the workplace."""
        return self.place.path / name


class Dev(CertCase):
    """`cert dev`"""

    def test_files_and_their_modes(self):
        made = self.dev("localhost", "shop.test")
        self.assertTrue(made["is_new_authority"])
        self.assertEqual(made["certificate_file"], "localhost+1.pem")
        self.assertEqual(made["certificate"]["names"], ["localhost", "shop.test"])
        self.assertEqual(made["certificate"]["key"], "ECDSA P-256")
        for path, mode in [
            (self.path("localhost+1.key"), 0o600),
            (self.path("localhost+1.pem"), 0o644),
            (self.data, 0o700),
            (self.data / "dev-ca.pem", 0o644),
            (self.data / "dev-signer.key", 0o600),
        ]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), mode, path)
        self.assertEqual(len(split(self.path("localhost+1.pem").read_text())), 2)

    def test_only_the_signers_key_is_kept(self):
        self.dev("localhost")
        keys = [path for path in self.data.iterdir() if "PRIVATE KEY" in path.read_text()]
        self.assertEqual(keys, [self.data / "dev-signer.key"])
        # And it is not the root's.
        public = tool("openssl", "pkey", "-in", keys[0], "-pubout").stdout
        root = tool("openssl", "x509", "-in", self.data / "dev-ca.pem", "-pubkey", "-noout").stdout
        signer = tool("openssl", "x509", "-in", self.data / "dev-signer.pem", "-pubkey", "-noout")
        self.assertEqual(public, signer.stdout)
        self.assertNotEqual(public, root)

    def test_chain_is_valid_for_openssl_and_gnutls(self):
        self.dev("localhost", "*.shop.test", "127.0.0.1", "::1")
        chain = self.path("localhost+3.pem")
        signer = self.data / "dev-signer.pem"
        for arguments in (["-verify_hostname", "any.shop.test"], ["-verify_ip", "::1"], []):
            done = tool(
                "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile",
                self.data / "dev-ca.pem", "-untrusted", signer, *arguments, chain,
            )  # fmt: skip
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(chain, encoding="ascii") as leaf:
            done = tool(
                "certtool", "--verify", "--load-ca-certificate", self.data / "dev-ca.pem",
                "--verify-hostname", "localhost", "--verify-purpose", "1.3.6.1.5.5.7.3.1",
                stdin=leaf,
            )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_authority_cannot_vouch_for_another_name(self):
        self.dev("localhost")
        for name, is_valid in [("DNS:deep.in.test", True), ("IP:127.9.9.9", True),
                               ("DNS:bank.example", False), ("IP:192.0.2.1", False),
                               ("DNS:localhost.example", False)]:  # fmt: skip
            leaf = self.path("forged.pem")
            request = tool(
                "openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.path("forged.key"),
                "-subj", "/CN=forged", "-addext", f"subjectAltName={name}",
            )  # fmt: skip
            signed = tool(
                "openssl", "x509", "-req", "-CA", self.data / "dev-signer.pem", "-CAkey",
                self.data / "dev-signer.key", "-copy_extensions", "copy", "-out", leaf,
                input=request.stdout,
            )  # fmt: skip
            self.assertEqual(signed.returncode, 0, signed.stderr)
            verified = tool(
                "openssl", "verify", "-CAfile", self.data / "dev-ca.pem", "-untrusted",
                self.data / "dev-signer.pem", leaf,
            )  # fmt: skip
            self.assertEqual(verified.returncode == 0, is_valid, verified.stderr)
            if not is_valid:
                self.assertIn("permitted subtree violation", verified.stderr)

    def test_same_command_renews(self):
        first = self.dev("localhost", "shop.test")["certificate"]
        second = self.dev("localhost", "shop.test")
        self.assertFalse(second["is_new_authority"])
        self.assertNotEqual(first["serial"], second["certificate"]["serial"])
        # Somebody may have pinned it.
        self.assertEqual(first["key_sha256"], second["certificate"]["key_sha256"])

    def test_other_names_do_not_overwrite_a_set(self):
        self.dev("localhost", "shop.test")
        key = self.path("localhost+1.key").read_text()
        text = self.refused("HF-FILE-EXISTS", 3, "cert", "dev", "localhost", "192.168.1.20")
        self.assertIn("localhost+1.pem is there already, for other names: localhost, shop.test.",
                      text)  # fmt: skip
        self.assertIn("--out DIR", text)
        self.assertEqual(self.path("localhost+1.key").read_text(), key)
        self.path("localhost+1.key").unlink()
        self.refused("HF-FILE-EXISTS", 3, "cert", "dev", "localhost", "192.168.1.20")
        self.dev("localhost", "192.168.1.20", "--force")

    def test_name_beyond_the_limits_makes_a_new_authority(self):
        self.dev("localhost")
        old = (self.data / "dev-ca.pem").read_text()
        made = self.dev("intern.example", "192.0.2.7")
        self.assertTrue(made["is_new_authority"])
        self.assertTrue(made["replaces_authority"])
        self.assertNotEqual(old, (self.data / "dev-ca.pem").read_text())
        self.assertIn("intern.example", made["authority_limits"])
        self.assertIn("192.0.2.7/32", made["authority_limits"])
        # What the old one could do, the new one can too; and it is kept from now on.
        self.assertFalse(self.dev("localhost")["is_new_authority"])
        self.assertFalse(self.dev("www.intern.example", "192.0.2.7")["is_new_authority"])
        self.assertTrue(self.dev("other.example")["is_new_authority"])
        self.assertFalse(self.dev("intern.example", "192.0.2.7")["is_new_authority"])

    def test_damaged_authority_is_made_anew(self):
        self.dev("localhost")
        (self.data / "dev-signer.pem").write_text("damaged\n")
        self.assertTrue(self.dev("localhost")["is_new_authority"])
        shutil.copy(self.path("localhost.key"), self.data / "dev-signer.key")
        self.assertTrue(self.dev("localhost")["is_new_authority"])
        self.assertFalse(self.dev("localhost")["is_new_authority"])

    def test_foreign_files_are_not_overwritten(self):
        for name in ("localhost.pem", "localhost.key"):
            with self.subTest(name):
                self.path(name).write_text("mine\n")
                text = self.refused("HF-FILE-EXISTS", 3, "cert", "dev", "localhost")
                self.assertIn(name, text)
                self.assertEqual(self.path(name).read_text(), "mine\n")
                self.path(name).unlink()
        self.path("localhost.pem").write_text("mine\n")
        self.dev("localhost", "--force")
        # A key that was exchanged is not ours any more.
        self.dev("shop.test")
        shutil.copy(self.path("localhost.key"), self.path("shop.test.key"))
        self.refused("HF-FILE-EXISTS", 3, "cert", "dev", "shop.test")

    def test_output_folder_and_file_names(self):
        self.path("keys").mkdir()
        made = self.dev("*.shop.test", "::1", "--out", "keys")
        self.assertEqual(made["certificate_file"], "keys/_wildcard.shop.test+1.pem")
        self.assertEqual(self.dev("::1")["key_file"], "--1.key")
        self.refused("HF-FILE-MISSING", 3, "cert", "dev", "a.test", "--out", "nowhere")

    def test_names_that_are_none(self):
        for name in ("*.test", "no spaces.test", "a..test", "-", "*.127.0.0.1", "x" * 64 + ".test"):
            with self.subTest(name):
                self.refused("HF-NAME-INVALID", 2, "cert", "dev", "--", name)
        self.assertEqual(self.place.run("cert", "dev").returncode, 2)
        self.assertEqual(self.place.run("cert").returncode, 2)

    def test_lines_for_people(self):
        done = self.place.run("cert", "dev", "localhost")
        self.assertIn("Made a development authority for this computer", done.stdout)
        self.assertIn("Made localhost.pem and localhost.key for localhost", done.stdout)
        self.assertIn("handfast serve . --cert localhost.pem", done.stdout)
        self.assertIn("https://localhost:8443/", done.stdout)
        self.assertNotIn("Beware", done.stdout)
        done = self.place.run("cert", "dev", "192.0.2.7", "::1")
        told = " ".join(done.stdout.split())
        self.assertIn("! Beware: it takes the place of another. What that one signed is not "
                      "believed any more", told)  # fmt: skip
        self.assertIn("https://192.0.2.7:8443/", done.stdout)
        self.assertIn("https://[::1]:8443/", self.place.run("cert", "dev", "::1").stdout)
        self.assertEqual(self.place.run("cert", "dev", "localhost", "--quiet").stdout, "")


class Show(CertCase):
    """`cert show`"""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def show(self, *arguments):
        """What `cert show --json` says of the certificates."""
        done = self.place.run("cert", "show", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)["certificates"]

    def test_agrees_with_openssl(self):
        self.dev("localhost", "*.shop.test", "127.0.0.1")
        path = self.path("localhost+2.pem")
        leaf, signer = self.show(path)
        printed = tool(
            "openssl", "x509", "-in", path, "-noout", "-serial", "-fingerprint", "-sha256",
            "-ext", "subjectAltName",
        ).stdout.lower()  # fmt: skip
        self.assertIn("serial=" + leaf["serial"], printed)
        self.assertIn(leaf["sha256"], printed.replace(":", ""))
        key = tool("openssl", "x509", "-in", path, "-pubkey", "-noout").stdout
        der = ssl.PEM_cert_to_DER_cert(key.replace("PUBLIC KEY", "CERTIFICATE"))
        self.assertEqual(leaf["key_sha256"], hashlib.sha256(der).hexdigest())
        self.assertEqual(leaf["names"], ["localhost", "*.shop.test", "127.0.0.1"])
        self.assertEqual(leaf["extended_key_usage"], ["serverAuth"])
        self.assertFalse(leaf["is_authority"])
        self.assertEqual((signer["is_authority"], signer["path_length"]), (True, 0))
        self.assertEqual(signer["permitted_names"], ["localhost", "test", "127.0.0.0/8", "::1/128"])

    def test_pem_and_der_give_the_same(self):
        pem = self.lab.root.certificate
        der = self.path("root.der")
        der.write_bytes(ssl.PEM_cert_to_DER_cert(split(pem.read_text())[0]))
        self.assertEqual(self.show(pem), self.show(der))
        again = self.place.run("cert", "show", "--pem", der).stdout
        self.assertEqual(split(again), split(pem.read_text()))

    def test_dates(self):
        done = self.place.run("cert", "show", self.lab.root.certificate)
        self.assertRegex(done.stdout, r"Validity +\d+ (days|hours) left \(until ")
        self.assertIn("(itself)", done.stdout)

    def test_chain_of_a_server_that_nobody_trusts(self):
        self.dev("localhost")
        with self.place.serve("--cert", "localhost.pem") as server:
            self.assertEqual(
                [c["sha256"] for c in self.show(f"localhost:{server.port}")],
                [c["sha256"] for c in self.show(self.path("localhost.pem"))],
            )
            done = self.place.run("cert", "show", "--pem", f"https://127.0.0.1:{server.port}/x")
            self.assertEqual(split(done.stdout), split(self.path("localhost.pem").read_text()))

    def test_what_holds_no_certificate(self):
        self.dev("localhost")
        text = self.refused("HF-PEM", 3, "cert", "show", "--pem", "localhost.key")
        self.assertIn("holds a private key, and no certificate", text)
        self.path("junk").write_bytes(b"junk\0")
        text = self.refused("HF-PEM", 3, "cert", "show", "junk")
        self.assertIn("holds no certificate", text)
        self.refused("HF-FILE-MISSING", 3, "cert", "show", "none.pem")
        text = self.refused("HF-FILE-READ", 3, "cert", "show", ".")
        self.assertIn(". is a folder, and a file is meant.", text)
        self.refused("HF-NET-ADDRESS", 2, "cert", "show", "not a host")
        whole = split(self.path("localhost.pem").read_text())[0]
        self.path("bad.pem").write_text(whole.replace("MII", "MIJ", 1))
        self.refused("HF-CERT-FORM", 34, "cert", "show", "bad.pem")

    def test_nobody_there(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            where = f"127.0.0.1:{unused.getsockname()[1]}"
            self.refused("HF-NET-REFUSED", 11, "cert", "show", where)


if __name__ == "__main__":
    unittest.main()
