"""`handfast cert dev --trust` and `--remove`, on a system and a home folder of the test's own."""

import json
import os
import unittest

from making import MakingCase, run_tool, tool


class Trust(MakingCase):
    """Nothing outside the workplace is read or changed."""

    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        self.root = self.path("root")
        self.place.environment["HOME"] = str(self.home)
        for folder in ("usr/local/share/ca-certificates", "usr/share/ca-certificates",
                       "etc/ssl/certs", "etc/ca-certificates/update.d"):  # fmt: skip
            (self.root / folder).mkdir(parents=True)
        (self.root / "etc/ca-certificates.conf").touch()
        self.bundle = self.root / "etc/ssl/certs/ca-certificates.crt"

    def change(self, *arguments, code=0):
        """Runs `cert dev --root`; returns its document."""
        done = self.place.run("cert", "dev", "--json", "--root", self.root, *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def outcomes(self, document):
        """How it went with each store."""
        return {store["store"]: store["outcome"] for store in document["stores"]}

    def database(self, folder):
        """A browser's store without certificates."""
        path = self.home / folder
        path.mkdir(parents=True)
        tool("certutil", "-N", "-d", f"sql:{path}", "--empty-password")
        return path

    def names_in(self, path):
        """What a browser's store holds."""
        return run_tool("certutil", "-L", "-d", f"sql:{path}").stdout

    def test_system(self):
        self.cert("new", "--ca", "Another CA", "--out", "another")
        another = self.root / "usr/local/share/ca-certificates/another.crt"
        self.path("another.pem").rename(another)
        made = self.change("localhost", "--trust")
        self.assertEqual(made["certificate_file"], "localhost.pem")
        self.assertEqual(self.outcomes(made), {"the system": "done"})
        root = self.place.authority.read_text()
        self.assertIn(root, self.bundle.read_text())
        # It is what programs of that system would believe.
        tool("openssl", "verify", "-CAfile", self.bundle, "-untrusted", self.path("localhost.pem"),
             self.path("localhost.pem"))  # fmt: skip
        self.assertEqual(self.outcomes(self.change("--remove")), {"the system": "done"})
        self.assertNotIn(root, self.bundle.read_text())
        self.assertIn(another.read_text(), self.bundle.read_text())
        self.assertEqual(self.outcomes(self.change("--remove")), {"the system": "nothing_to_do"})

    def test_browsers(self):
        stores = [self.database(".pki/nssdb"), self.database(".mozilla/firefox/x.default")]
        document = self.change("localhost", "--trust")
        wanted = dict.fromkeys(["the system", "Chromium", "Firefox (x.default)"], "done")
        self.assertEqual(self.outcomes(document), wanted)
        for path in stores:
            self.assertRegex(self.names_in(path), r"Handfast development root +C,,")
        # A new authority takes the place of the old one.
        self.change("other.example", "--trust")
        for path in stores:
            self.assertEqual(self.names_in(path).count("Handfast development root"), 1)
        self.change("--remove")
        for path in stores:
            self.assertNotIn("Handfast", self.names_in(path))

    def test_says_what_it_did_and_how_to_undo_it(self):
        done = self.place.run("cert", "dev", "localhost", "--trust", "--root", self.root)
        self.assertIn("Trusted by the system", done.stdout)
        self.assertIn("update-ca-certificates", done.stdout)
        self.assertIn("Undo", done.stdout)
        self.assertIn("handfast cert dev --remove", done.stdout)

    def test_sudo_only_if_told(self):
        fake = self.path("bin")
        fake.mkdir()
        for name in ("sudo", "update-ca-certificates", "certutil"):
            (fake / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {self.path("log")}\n')
            (fake / name).chmod(0o755)
        self.place.environment["PATH"] = f"{fake}:{os.environ['PATH']}"
        self.change("localhost", "--trust")
        self.assertNotIn("sudo", self.path("log").read_text())
        if os.geteuid() == 0:
            return  # every folder is open to root
        (self.root / "usr/local/share/ca-certificates").chmod(0o555)
        self.path("log").unlink()
        document = self.change("--trust", code=3)
        self.assertEqual(self.outcomes(document), {"the system": "left_alone"})
        self.assertTrue(all(c.startswith("sudo ") for c in document["stores"][0]["commands"]))
        self.assertFalse(self.path("log").exists())
        self.assertEqual(self.outcomes(self.change("--trust", "--sudo")), {"the system": "done"})
        self.assertIn("sudo install -m 644", self.path("log").read_text())

    def test_what_is_missing(self):
        text = self.refused("HF-FILE-MISSING", 3, "dev", "--trust", "--root", self.root)
        self.assertIn("There is no development authority on this computer yet", text)
        self.place.run("cert", "dev", "localhost")
        self.root = self.path("elsewhere")
        document = self.change("--trust", code=3)
        self.assertEqual(self.outcomes(document), {"the system": "left_alone"})
        done = self.place.run("cert", "dev", "--trust", "--remove", "--root", self.root)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
