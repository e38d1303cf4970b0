"""A transparency log for tests, RFC 6962: it signs what it is told, and servers show that."""

import base64
import hashlib
import ssl
import struct
import time

from making import tool

# Where an extension of s_server's goes: answers of a ClientHello in a Certificate of TLS 1.3.
CONTEXT = 0x0080 | 0x1000
SIGNED_CERTIFICATE_TIMESTAMP = 18


def prefixed(content, width=2):
    """A vector with its length."""
    return len(content).to_bytes(width, "big") + content


def der(tag, *parts):
    """An element of DER."""
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    if 128 <= size < 256:
        length = bytes([0x81, size])
    return bytes([tag]) + length + content


def moment(seconds):
    """A GeneralizedTime."""
    return der(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def staple_with(sct_list, folder, issuer, certificate):
    """The file of an OCSP response that holds such a list (§3.3), signed by the issuer: OpenSSL
    makes none."""
    request, data = folder / "sct.req", folder / "sct.data"
    signature, response = folder / "sct.sig", folder / "sct.ocsp"
    tool("openssl", "ocsp", "-issuer", issuer.certificate, "-cert", certificate, "-no_nonce",
         "-reqout", request)  # fmt: skip
    certificate_id = request.read_bytes()[8:]  # inside of four SEQUENCEs that are short
    key_hash = certificate_id[37:57]
    extension_id = bytes.fromhex("060a2b06010401d679020405")  # 1.3.6.1.4.1.11129.2.4.5
    extension = der(0x30, extension_id, der(0x04, der(0x04, sct_list)))
    now = time.time()
    single = der(0x30, certificate_id, der(0x80), moment(now - 60),
                 der(0xA0, moment(now + 3600)), der(0xA1, der(0x30, extension)))  # fmt: skip
    told = der(0x30, der(0xA2, der(0x04, key_hash)), moment(now - 60), der(0x30, single))
    data.write_bytes(told)
    tool("openssl", "dgst", "-sha256", "-sign", issuer.key, "-out", signature, data)
    algorithm = der(0x30, bytes.fromhex("06082a8648ce3d040302"))  # ecdsa-with-SHA256
    basic = der(0x30, told, algorithm, der(0x03, b"\0", signature.read_bytes()))
    kind = bytes.fromhex("06092b0601050507300101")  # id-pkix-ocsp-basic
    response.write_bytes(
        der(0x30, der(0x0A, b"\0"), der(0xA0, der(0x30, kind, der(0x04, basic))))
    )
    return response


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
        when = struct.pack("!Q", int(seconds * 1000))
        certified = ssl.PEM_cert_to_DER_cert(certificate)
        data, signature = self.folder / "sct.data", self.folder / "sct.sig"
        data.write_bytes(b"\0\0" + when + b"\0\0" + prefixed(certified, 3) + b"\0\0")
        tool("openssl", "dgst", "-sha256", "-sign", self.key, "-out", signature, data)
        return b"\0" + self.id + when + b"\0\0" + b"\4\3" + prefixed(signature.read_bytes())

    def sct_list(self, certificate, seconds):
        """A SignedCertificateTimestampList of one, §3.3."""
        return prefixed(prefixed(self.timestamp(certificate, seconds)))

    def server_info(self, certificate, seconds):
        """The file of `s_server -serverinfo` that shows one such timestamp beside the leaf."""
        sct_list = self.sct_list(certificate, seconds)
        extension = struct.pack("!IH", CONTEXT, SIGNED_CERTIFICATE_TIMESTAMP) + prefixed(sct_list)
        label = "SERVERINFOV2 FOR SCTS"
        path = self.folder / "sct.info"
        path.write_text(
            f"-----BEGIN {label}-----\n"
            f"{base64.encodebytes(extension).decode()}"
            f"-----END {label}-----\n"
        )
        return path
