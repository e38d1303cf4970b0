"""The OpenSSL of the next Debian, both directions: what that of Debian 12 has not. Hybrid groups,
compressed certificates, raw public keys."""

import os
import pathlib
import sys
import unittest

import peers

OPENSSL = pathlib.Path(os.environ["HANDFAST_PEERS"]) / "openssl" / "openssl"
REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
GROUPS = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024", "MLKEM1024")


class NewerOpenSsl(peers.LiveTest):
    def s_server(self, *options):
        port = peers.free_port()
        return peers.Server(
            [OPENSSL, "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_3", "-www", *options],
            port)

    def pair(self, kind):
        return ("-cert", self.files.certificate(kind), "-key", self.files.key(kind))

    def s_client(self, port, *options):
        code, output, errors = peers.run(
            [OPENSSL, "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
             "-ign_eof", *options], input=REQUEST)
        self.assertEqual(code, 0, output + errors)
        self.assertIn("Hello, peer", output)
        return output

    def trusting_client(self, port, *options):
        return self.s_client(port, "-CAfile", self.files.ca, "-verify_return_error",
                             "-verify_hostname", "localhost", *options)

    def test_hybrid_groups(self):
        def serve(kind, group):
            return self.s_server(*self.pair(kind), *(("-groups", group) if group else ()))

        def ask(port, suite, groups):
            del suite
            # It sends shares of those with a star.
            only = ("-groups", ":".join(f"*{group}" for group in groups)) if groups else ()
            self.trusting_client(port, *only)

        self.check_hybrids(serve, ask, GROUPS)

    def test_compressed_certificates_of_servers(self):
        for algorithm in ("zlib", "zstd"):
            for kind in ("ecdsa", "rsa"):
                with self.s_server(*self.pair(kind), "-cert_comp") as server:
                    report = self.connect(server.port, "--compress", algorithm)
                    self.check_trust(report)
                    self.assertEqual(report["certificate_compression"], algorithm)
                    self.assertIsNone(self.connect(server.port)["certificate_compression"])
                with peers.handfast_serve(self.files, (kind,), "--compress", algorithm) as server:
                    self.trusting_client(server.port)
                    self.assertEqual(server.handshake()["certificate_compression"], algorithm)
                    self.trusting_client(server.port, "-no_rx_cert_comp")
                    self.assertIsNone(server.handshake()["certificate_compression"])

    def test_compressed_certificates_of_clients(self):
        ours = ("--cert", self.files.certificate("client"), "--key", self.files.key("client"))
        for algorithm in ("zlib", "zstd"):
            with self.s_server(*self.pair("ecdsa"), "-CAfile", self.files.client_ca,
                               "-Verify", "1", "-verify_return_error") as server:
                report = self.connect(server.port, *ours, "--compress", algorithm)
                self.assertEqual(report["client_certificate"]["shown"], True)
                self.assertEqual(report["client_certificate_compression"], algorithm)
            with peers.handfast_serve(self.files, ("ecdsa",), "--compress", algorithm,
                                      "--client-ca", self.files.client_ca) as server:
                self.trusting_client(server.port, *self.pair("client"))
                event = server.handshake()
                self.assertEqual(event["client_certificate"]["subject"], "CN=client")
                self.assertEqual(event["client_certificate_compression"], algorithm)

    def test_raw_public_keys(self):
        public = {kind: self.files.public_key(kind) for kind in ("ecdsa", "ed25519", "client")}
        for kind in ("ecdsa", "ed25519"):
            with self.s_server(*self.pair(kind), "-enable_server_rpk") as server:
                report = self.connect(server.port, "--raw-key", "--pin-key", public[kind])
                self.assertEqual((report["trusted"], report["certificate_type"]),
                                 (True, "RawPublicKey"))
            with peers.HandfastServer(self.files.site, "--show-key",
                                      self.files.key(kind)) as server:
                # It can be told to take one, but not which.
                output = self.s_client(server.port, "-enable_server_rpk")
                self.assertIn("Server raw public key", output)
                self.assertIsNone(server.handshake()["client_certificate"])


if __name__ == "__main__":
    if not OPENSSL.exists():
        print("skipped: there is no newer OpenSSL; ./dev test unpacks one on Debian 12")
        sys.exit(77)
    unittest.main(verbosity=2)
