"""What the tests of `handfast cert` share: a workplace, other programs, an authority."""

import json
import os
import pty
import re
import stat
import subprocess
import unittest

from serving import HANDFAST, Workplace


def tool(*arguments, **options):
    """Runs another program, which must succeed; returns its standard output."""
    done = run_tool(*arguments, **options)
    if done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.stdout}{done.stderr}")
    return done.stdout


def run_tool(*arguments, **options):
    """Runs another program; returns what it did."""
    options.setdefault("timeout", 60)
    options.setdefault("text", True)
    return subprocess.run(list(map(str, arguments)), capture_output=True, check=False, **options)


def split(pem):
    """The certificates of a PEM file."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", pem, re.S)


class MakingCase(unittest.TestCase):
    """A workplace in which certificates are made."""

    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)
        self.place.environment.pop("HANDFAST_PASSWORD", None)

    def path(self, name):
        """A file of the workplace."""
        return self.place.path / name

    def cert(self, command, *arguments, **options):
        """Runs `cert COMMAND --json`, which must succeed; returns the document."""
        done = self.place.run("cert", command, "--json", *arguments, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual(document["schema"], f"handfast.cert-{command}/1")
        self.assertTrue(document["ok"])
        return document

    def refused(self, code, exit_code, *arguments, **options):
        """Runs `cert`, which must fail in this way; returns its text."""
        done = self.place.run("cert", *arguments, **options)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        self.assertIn(code, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in ("EVP_", "error:", "terminate", ".cc:"):
            self.assertNotIn(word, done.stderr)
        return done.stderr

    def authority(self, *arguments, out="ca"):
        """Makes a root, ca.pem and ca.key."""
        return self.cert("new", "--ca", "Shop Root CA", "--out", out, *arguments)

    def mode(self, name):
        """Who may read a file."""
        return stat.S_IMODE(self.path(name).stat().st_mode)

    def type_passwords(self, arguments, *lines):
        """Runs `cert` at a terminal of its own; types a line whenever it asks for a password."""
        main, terminal = pty.openpty()
        process = subprocess.Popen(
            [HANDFAST, "cert", *map(str, arguments)],
            cwd=self.place.path,
            env=self.place.environment,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(terminal)
        try:
            asked = b""
            for line in lines:
                while not asked.endswith(b": "):
                    byte = process.stderr.read(1)
                    if not byte:
                        break
                    asked += byte
                asked += b"|"
                os.write(main, line)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(main)
        return process.returncode, out.decode(), (asked + err).decode()
