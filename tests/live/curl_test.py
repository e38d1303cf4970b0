"""curl against `handfast serve`: every suite, group and kind of key."""

import unittest

import peers


class Curl(peers.LiveTest):
    def test_curl_with_our_server(self):
        count = 0
        for kind in peers.KEYS:
            with peers.handfast_serve(self.files, (kind,)) as server:
                for suite in peers.SUITES:
                    for curves in ("X25519", "P-256", "P-521:X25519", "P-521:P-256"):
                        out = self.files.folder / "out"
                        code, output, errors = peers.run(
                            ["curl", "--silent", "--show-error", "--verbose",
                             "--cacert", self.files.ca, "--tlsv1.3", "--tls13-ciphers", suite,
                             "--resolve", f"localhost:{server.port}:127.0.0.1",
                             "--curves", curves, "--output", out,
                             f"https://localhost:{server.port}/blob"])
                        self.assertEqual(code, 0, output + errors)
                        self.assertIn(suite, errors)
                        self.assertEqual(out.read_bytes(), (self.files.site / "blob").read_bytes())
                        count += 1
        print(f"{count} handshakes of curl", flush=True)

    def test_curl_refuses_another_name(self):
        with peers.handfast_serve(self.files) as server:
            code, _, _ = peers.run(
                ["curl", "--silent", "--cacert", self.files.ca, "--resolve",
                 f"other.test:{server.port}:127.0.0.1", f"https://other.test:{server.port}/"])
            self.assertNotEqual(code, 0)


if __name__ == "__main__":
    peers.need("curl", "openssl")
    unittest.main(verbosity=2)
