"""curl against `handfast serve`: every suite, group and kind of key."""

import unittest

import peers


CURVE = {"x25519": "X25519", "secp256r1": "P-256", "secp521r1": "P-521"}


class Curl(peers.LiveTest):
    def test_curl_with_our_server(self):
        # OpenSSL below it sends a share of the first group only.
        self.check_clients(self.ask, {"x25519": "secp521r1", "secp256r1": "secp521r1"})

    def ask(self, port, suite, groups):
        options = ["--tls13-ciphers", suite] if suite else []
        if groups:
            options += ["--curves", ":".join(CURVE[group] for group in groups)]
        out = self.files.folder / "out"
        code, output, errors = peers.run(
            ["curl", "--silent", "--show-error", "--verbose", "--cacert", self.files.ca,
             "--tlsv1.3", "--resolve", f"localhost:{port}:127.0.0.1", "--output", out, *options,
             f"https://localhost:{port}/blob"])
        self.assertEqual(code, 0, output + errors)
        self.assertIn(f"SSL connection using TLSv1.3 / {suite or 'TLS_'}", errors)
        self.assertEqual(out.read_bytes(), (self.files.site / "blob").read_bytes())

    def test_curl_says_who_it_is(self):
        def ask(port, pair):
            options = ["--cert", pair[0], "--key", pair[1]] if pair else []
            code, output, _ = peers.run(
                ["curl", "--silent", "--cacert", self.files.ca, "--tlsv1.3", "--resolve",
                 f"localhost:{port}:127.0.0.1", *options, f"https://localhost:{port}/index.html"])
            return code == 0 and "Hello, peer" in output

        self.check_client_certificates(ask)

    def test_curl_refuses_another_name(self):
        with peers.handfast_serve(self.files) as server:
            code, _, _ = peers.run(
                ["curl", "--silent", "--cacert", self.files.ca, "--resolve",
                 f"other.test:{server.port}:127.0.0.1", f"https://other.test:{server.port}/"])
            self.assertNotEqual(code, 0)


if __name__ == "__main__":
    peers.need("curl", "openssl")
    unittest.main(verbosity=2)
