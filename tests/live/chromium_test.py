"""Chromium, headless, opens a page that `handfast serve` serves, and trusts the development
authority as a user's browser does: through the certificate store of its profile."""

import os
import pathlib
import tempfile
import unittest

import peers

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]


class Chromium(peers.LiveTest):
    def dump(self, url, home):
        return peers.run(
            ["chromium", *FLAGS, f"--user-data-dir={home}/profile", "--dump-dom", url], timeout=90,
            env=dict(os.environ, HOME=str(home)))

    def test_a_page_is_shown_once_the_authority_is_trusted(self):
        with tempfile.TemporaryDirectory(prefix="handfast-home-") as folder:
            home = pathlib.Path(folder)
            code, output, errors = peers.run(
                [peers.HANDFAST, "cert", "dev", "localhost", "--out", home],
                env=dict(os.environ, HOME=str(home), XDG_DATA_HOME=str(home / "data")))
            self.assertEqual(code, 0, output + errors)
            authority = next((home / "data").rglob("*ca*.pem"))
            leaf = next(home.glob("localhost*.pem"))
            server = peers.HandfastServer(
                self.files.site, "--cert", leaf, "--key", leaf.with_suffix(".key"),
                "--compress", "zstd,zlib,brotli")
            with server:
                url = f"https://localhost:{server.port}/index.html"
                _, before, _ = self.dump(url, home)
                self.assertNotIn("Hello, peer", before)
                store = home / ".pki" / "nssdb"
                store.mkdir(parents=True, exist_ok=True)
                for command in (["certutil", "-N", "--empty-password"],
                                ["certutil", "-A", "-n", "dev", "-t", "C,,", "-i", authority]):
                    code, output, errors = peers.run([*command, "-d", f"sql:{store}"])
                    self.assertEqual(code, 0, output + errors)
                _, after, errors = self.dump(url, home)
                self.assertIn("Hello, peer", after, errors)
                event = server.handshake()
                self.assertEqual((event["target"], event["status"]), ("/index.html", 200))
                self.assertEqual(event["group"], "X25519MLKEM768")
                self.assertEqual(event["certificate_compression"], "brotli")


if __name__ == "__main__":
    peers.need("chromium", "certutil", "openssl")
    unittest.main(verbosity=2)
