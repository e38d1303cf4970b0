"""GnuTLS's gnutls-serv and gnutls-cli, both directions."""

import unittest

import peers

PRIORITY_GROUP = {"x25519": "GROUP-X25519", "secp256r1": "GROUP-SECP256R1"}
PRIORITY_CIPHER = {
    "TLS_AES_128_GCM_SHA256": "AES-128-GCM",
    "TLS_AES_256_GCM_SHA384": "AES-256-GCM",
    "TLS_CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
}
ONLY_13 = "NORMAL:-VERS-ALL:+VERS-TLS1.3"


class GnuTls(peers.LiveTest):
    def gnutls_serv(self, kind, group):
        port = peers.free_port()
        groups = f":-GROUP-ALL:+{PRIORITY_GROUP[group]}" if group else ""
        return peers.Server(
            ["gnutls-serv", "--port", port, "--http", "--priority", ONLY_13 + groups,
             "--x509certfile", self.files.certificate(kind), "--x509keyfile", self.files.key(kind)],
            port)

    def test_our_client_with_gnutls_serv(self):
        self.check_matrix(self.gnutls_serv)

    def test_gnutls_cli_with_our_server(self):
        count = 0
        for kind in peers.KEYS:
            with peers.handfast_serve(self.files, (kind,)) as server:
                for suite, cipher in PRIORITY_CIPHER.items():
                    for first in ("", "+GROUP-SECP521R1:"):  # its share is sent, and not wanted
                        for group in PRIORITY_GROUP.values():
                            groups = f"-GROUP-ALL:{first}+{group}"
                            self.request(server.port, suite,
                                         f"{ONLY_13}:-CIPHER-ALL:+{cipher}:{groups}")
                            count += 1
        print(f"{count} handshakes of gnutls-cli", flush=True)

    def request(self, port, suite, priority):
        code, output, errors = peers.run(
            ["gnutls-cli", "--port", port, "--x509cafile", self.files.ca, "--priority", priority,
             "--sni-hostname", "localhost", "--verify-hostname", "localhost", "127.0.0.1"],
            input=b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertEqual(code, 0, f"{priority}: {output} {errors}")
        self.assertIn("Hello, peer", output)
        self.assertIn("Status: The certificate is trusted.", output)
        self.assertIn(suite.split("_")[1], output.upper())


if __name__ == "__main__":
    peers.need("gnutls-serv", "gnutls-cli", "openssl")
    unittest.main(verbosity=2)
