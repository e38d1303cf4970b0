"""Java's JSSE as a client of `handfast serve`."""

import pathlib
import unittest

import peers

SOURCES = (pathlib.Path(__file__).parent / "java").glob("*.java")


class Java(peers.LiveTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        code, output, errors = peers.run(
            ["javac", "-d", cls.files.folder, *SOURCES], timeout=120)
        assert code == 0, output + errors

    def test_jsse_with_our_server(self):
        # It sends two shares: of the first group of RFC 7748 and of the first of the NIST curves.
        self.check_clients(self.ask, {"x25519": "x448", "secp256r1": "secp521r1"})

    def ask(self, port, suite, groups):
        code, output, errors = peers.run(
            ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", self.files.folder, "Client",
             port, self.files.ca], timeout=120,
            env=peers.wishes(suite=suite, groups=groups and ",".join(groups)))
        self.assertEqual(code, 0, f"{suite} {groups}: {output} {errors}")
        self.assertIn("Hello, peer", output)
        self.assertIn(suite or "TLS_", output)


if __name__ == "__main__":
    peers.need("java", "javac", "openssl")
    unittest.main(verbosity=2)
