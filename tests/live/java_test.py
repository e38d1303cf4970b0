"""Java's JSSE as a client of `handfast serve`."""

import pathlib
import unittest

import peers

SOURCE = pathlib.Path(__file__).parent / "java" / "Client.java"


class Java(peers.LiveTest):
    def test_jsse_with_our_server(self):
        for kind in peers.KEYS:
            for group in ("x25519", "secp256r1", "secp521r1,x25519"):
                with peers.handfast_serve(self.files, (kind,)) as server:
                    code, output, errors = peers.run(
                        ["java", f"-Djdk.tls.namedGroups={group}", SOURCE, server.port,
                         self.files.ca, *peers.SUITES], timeout=120)
                    self.assertEqual(code, 0, f"{kind} {group}: {output} {errors}")
                    self.assertEqual(output.count("Hello, peer"), len(peers.SUITES))
                    for suite in peers.SUITES:
                        self.assertIn(suite, output)


if __name__ == "__main__":
    peers.need("java", "openssl")
    unittest.main(verbosity=2)
