"""A transparency log for tests, RFC 6962: it signs what it is told, and servers show that."""

import base64
import hashlib
import ssl
import struct

from making import tool

# Where an extension of s_server's goes: answers of a ClientHello in a Certificate of TLS 1.3.
CONTEXT = 0x0080 | 0x1000
SIGNED_CERTIFICATE_TIMESTAMP = 18


def prefixed(content, width=2):
    """A vector with its length."""
    return len(content).to_bytes(width, "big") + content


class Log:
    """A log with a key of its own."""

    def __init__(self, folder, name="log"):
        self.folder = folder
        self.key = folder / f"{name}.key"
        self.public_key = folder / f"{name}.pub"
        tool("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-out", self.key)  # fmt: skip
        tool("openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public_key)
        lines = self.public_key.read_text().splitlines()
        self.id = hashlib.sha256(base64.b64decode("".join(lines[1:-1]))).digest()

    def timestamp(self, certificate, seconds):
        """A SignedCertificateTimestamp for a certificate (PEM), §3.2."""
        moment = struct.pack("!Q", int(seconds * 1000))
        der = ssl.PEM_cert_to_DER_cert(certificate)
        data, signature = self.folder / "sct.data", self.folder / "sct.sig"
        data.write_bytes(b"\0\0" + moment + b"\0\0" + prefixed(der, 3) + b"\0\0")
        tool("openssl", "dgst", "-sha256", "-sign", self.key, "-out", signature, data)
        return b"\0" + self.id + moment + b"\0\0" + b"\4\3" + prefixed(signature.read_bytes())

    def server_info(self, certificate, seconds):
        """The file of `s_server -serverinfo` that shows one such timestamp beside the leaf."""
        sct_list = prefixed(prefixed(self.timestamp(certificate, seconds)))
        extension = struct.pack("!IH", CONTEXT, SIGNED_CERTIFICATE_TIMESTAMP) + prefixed(sct_list)
        label = "SERVERINFOV2 FOR SCTS"
        path = self.folder / "sct.info"
        path.write_text(
            f"-----BEGIN {label}-----\n"
            f"{base64.encodebytes(extension).decode()}"
            f"-----END {label}-----\n"
        )
        return path
