"""`handfast cert check` with lists and OCSP responses that OpenSSL wrote."""

import json
import pathlib
import subprocess
import tempfile
import time
import unittest

from serving import run

CONFIGURATION = """
[ca]
default_ca = authority_of_tests
[authority_of_tests]
dir = .
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
serial = serial
crlnumber = crlnumber
default_md = sha256
default_days = 30
default_crl_days = 7
policy = policy
unique_subject = no
copy_extensions = copy
crl_extensions = crl
[policy]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:shop.test
[responder]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
"""


class Revocation(unittest.TestCase):
    """An authority of OpenSSL's with a server `good`, one that it revoked, and a responder."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="handfast-")
        cls.path = pathlib.Path(cls.folder.name)
        (cls.path / "openssl.cnf").write_text(CONFIGURATION)
        (cls.path / "index.txt").write_text("")
        (cls.path / "serial").write_text("1001\n")
        (cls.path / "crlnumber").write_text("2a\n")
        cls.openssl(
            *"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key".split(),
            *"-out ca.pem -days 365 -subj /CN=OpenSSL-CA -extensions authority".split(),
        )
        cls.issue("good", "server")
        cls.issue("bad", "server")
        cls.issue("responder", "responder")
        cls.openssl("ca", "-revoke", "bad.pem", "-crl_reason", "keyCompromise")
        cls.openssl("ca", "-gencrl", "-out", "ca.crl")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def openssl(cls, command, *arguments):
        """Runs openssl in the folder; it must succeed."""
        options = ["-config", "openssl.cnf"] if command in ("ca", "req") else []
        subprocess.run(
            ["openssl", command, *options, *arguments],
            cwd=cls.path, check=True, capture_output=True, timeout=60,
        )

    @classmethod
    def issue(cls, name, section):
        """Makes NAME.key and NAME.pem."""
        cls.openssl(
            *"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes".split(),
            *f"-keyout {name}.key -out {name}.csr -subj /CN={name}".split(),
        )
        cls.openssl(
            *f"ca -batch -notext -in {name}.csr -out {name}.pem -extensions {section}".split()
        )

    def response(self, name, out, *arguments, signer="responder"):
        """Lets OpenSSL answer for NAME.pem into the file OUT."""
        self.openssl("ocsp", "-issuer", "ca.pem", "-cert", f"{name}.pem", "-reqout", "request.der")
        self.openssl(
            "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", f"{signer}.pem",
            "-rkey", f"{signer}.key", "-reqin", "request.der", "-respout", out, *arguments,
        )  # fmt: skip

    def check(self, name, *arguments):
        """Lets handfast check NAME.pem; gives the exit code, and what it says as JSON."""
        done = run(
            "cert", "check", "--json", f"{name}.pem", "--name", "shop.test", "--ca", "ca.pem",
            *arguments, cwd=self.path,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    def test_list(self):
        """A list proves one certificate good, and refuses the other."""
        code, told = self.check("good", "--crl", "ca.crl", "--revocation", "all")
        self.assertEqual(code, 0, told)
        self.assertIn("good, by CRL 42 of CN=OpenSSL-CA, ", json.dumps(told))
        code, told = self.check("bad", "--crl", "ca.crl")
        self.assertEqual((code, told["code"]), (33, "HF-CERT-REVOKED"))
        self.assertRegex(json.dumps(told), r"revoked on .* \(keyCompromise\), says CRL 42 of ")

    def test_list_in_der_and_of_a_folder(self):
        """As files come."""
        folder = self.path / "lists"
        folder.mkdir()
        self.openssl("crl", "-in", "ca.crl", "-outform", "DER", "-out", "lists/ca.crl")
        (folder / "README").write_text("lists of OpenSSL-CA\n")
        code, told = self.check("bad", "--crl", "lists")
        self.assertEqual((code, told["code"]), (33, "HF-CERT-REVOKED"))

    def test_list_that_ended(self):
        """A list is believed until the next one is due."""
        late = ["--at", "@" + str(int(time.time()) + 8 * 86_400)]
        code, _ = self.check("bad", "--crl", "ca.crl", *late)
        self.assertEqual(code, 0)
        code, told = self.check("good", "--crl", "ca.crl", "--revocation", "leaf", *late)
        self.assertEqual((code, told["code"]), (34, "HF-REVOCATION-UNKNOWN"))

    def test_file_without_a_list(self):
        """What is no list is told as a file's fault."""
        code, told = self.check("good", "--crl", "openssl.cnf")
        self.assertEqual((code, told["code"]), (3, "HF-PEM"))

    def test_response(self):
        """Of a responder whom the authority authorized, and of the authority itself."""
        for signer in ("responder", "ca"):
            self.response("good", "good.ocsp", "-ndays", "1", signer=signer)
            code, told = self.check("good", "--ocsp", "good.ocsp", "--revocation", "all")
            self.assertEqual(code, 0, told)
            self.response("bad", "bad.ocsp", "-ndays", "1", signer=signer)
            code, told = self.check("bad", "--ocsp", "bad.ocsp")
            self.assertEqual((code, told["code"]), (33, "HF-CERT-REVOKED"))
            self.assertIn("(keyCompromise), says the OCSP response of CN=", json.dumps(told))

    def test_response_by_key_and_with_sha256(self):
        """Other ways to name the responder and the certificate."""
        self.response("good", "key.ocsp", "-resp_key_id")
        code, told = self.check("good", "--ocsp", "key.ocsp", "--revocation", "leaf")
        self.assertEqual(code, 0, told)
        self.openssl(
            *"ocsp -sha256 -issuer ca.pem -cert good.pem -reqout request.der".split()
        )
        self.openssl(
            *"ocsp -index index.txt -CA ca.pem -rsigner responder.pem -rkey responder.key".split(),
            *"-reqin request.der -respout sha256.ocsp".split(),
        )
        code, told = self.check("good", "--ocsp", "sha256.ocsp", "--revocation", "leaf")
        self.assertEqual(code, 0, told)

    def test_response_that_does_not_fit(self):
        """Another certificate's, one signed by a server, one that is no response."""
        self.response("bad", "bad.ocsp")
        code, told = self.check("good", "--ocsp", "bad.ocsp")
        self.assertEqual((code, told["code"]), (34, "HF-OCSP-OTHER"))
        self.response("bad", "forged.ocsp", signer="good")
        code, told = self.check("bad", "--ocsp", "forged.ocsp")
        self.assertEqual((code, told["code"]), (34, "HF-OCSP-RESPONDER"))
        code, told = self.check("good", "--ocsp", "ca.pem")
        self.assertEqual((code, told["code"]), (34, "HF-OCSP-FORM"))


if __name__ == "__main__":
    unittest.main()
