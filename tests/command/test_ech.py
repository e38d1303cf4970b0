"""Encrypted Client Hello in the command: keys made, names hidden, and what a wrong key leads to."""

import base64
import json
import stat
import unittest

from serving import Workplace


def setUpModule():
    """One workplace for all, with a certificate for the hidden name and one for the public one."""
    global PLACE
    PLACE = Workplace()
    for name in ("secret.test", "front.test", "localhost"):
        done = PLACE.run("cert", "dev", name)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)


def tearDownModule():
    """Clears it away."""
    PLACE.close()


def make_key(name, public_name="front.test"):
    """A fresh key in the file `name`; the document of it."""
    path = PLACE.path / name
    path.unlink(missing_ok=True)
    done = PLACE.run("ech", "new", "--json", "--public-name", public_name, "--out", path)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return path, json.loads(done.stdout)


def serve(*keys):
    """A server of all three names."""
    certificates = [
        part
        for name in ("localhost", "secret.test", "front.test")
        for part in ("--cert", PLACE.path / f"{name}.pem")
    ]
    return PLACE.serve(*certificates, *(part for key in keys for part in ("--ech", key)))


def visit(server, *arguments):
    """One connection to `serve` for the name that is to be hidden."""
    return PLACE.run(
        "connect", "--ca", PLACE.authority, "--sni", "secret.test", *arguments,
        f"localhost:{server.port}",
    )


class Keys(unittest.TestCase):
    def test_are_made(self):
        path, made = make_key("made.pem")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        text = path.read_text()
        self.assertEqual(text.count("-----BEGIN"), 2)
        self.assertLess(text.index("BEGIN PRIVATE KEY"), text.index("BEGIN ECHCONFIG"))
        listed = base64.b64decode(made["config_list"])
        self.assertIn(b"front.test", listed)
        self.assertEqual(made["record"], f'HTTPS 1 . ech="{made["config_list"]}"')

    def test_are_not_overwritten(self):
        path, _ = make_key("kept.pem")
        before = path.read_bytes()
        command = ("ech", "new", "--public-name", "front.test", "--out", path)
        self.assertEqual(PLACE.run(*command).returncode, 3)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(PLACE.run(*command, "--force").returncode, 0)
        self.assertNotEqual(path.read_bytes(), before)

    def test_are_for_host_names(self):
        for name in ("192.0.2.1", "a_b.test", ""):
            done = PLACE.run("ech", "new", "--public-name", name)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("is not a name", done.stderr)

    def test_need_a_command(self):
        done = PLACE.run("ech")
        self.assertEqual(done.returncode, 2)
        self.assertIn("new", done.stderr)


class Names(unittest.TestCase):
    def test_are_hidden(self):
        path, made = make_key("key.pem")
        with serve(path) as server:
            for wish in (path, made["config_list"]):
                done = visit(server, "--json", "--ech", wish)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                report = json.loads(done.stdout)
                self.assertEqual(report["ech"], "accepted")
                self.assertTrue(report["trusted"])
            told = visit(server, "--ech", path)
            self.assertIn("accepted", told.stdout)
            self.assertIn("front.test", told.stdout)

    def test_are_hidden_by_an_older_key_too(self):
        old, _ = make_key("old.pem")
        new, made = make_key("new.pem")
        other, _ = make_key("other.pem")
        with serve(new, old) as server:
            self.assertEqual(json.loads(visit(server, "--json", "--ech", old).stdout)["ech"],
                             "accepted")
            refused = json.loads(visit(server, "--json", "--ech", other).stdout)
            self.assertEqual(refused["facts"]["ech_retry_configs"], made["config_list"],
                             "the new one alone")

    def test_are_not_told_to_a_server_without_the_key(self):
        mine, _ = make_key("mine.pem")
        theirs, made = make_key("theirs.pem")
        with serve(theirs) as server:
            done = visit(server, "--json", "--ech", mine)
            self.assertEqual(done.returncode, 21)
            report = json.loads(done.stdout)
            self.assertEqual(report["code"], "HF-ECH-REJECTED")
            self.assertEqual(report["facts"]["ech_retry_configs"], made["config_list"])
            told = visit(server, "--ech", mine)
            self.assertEqual(told.returncode, 21)
            self.assertIn(made["config_list"][:16], told.stderr)
            again = visit(server, "--json", "--ech", report["facts"]["ech_retry_configs"])
            self.assertEqual(json.loads(again.stdout)["ech"], "accepted")
        with serve() as server:
            report = json.loads(visit(server, "--json", "--ech", mine).stdout)
            self.assertEqual(report["code"], "HF-ECH-REJECTED")
            self.assertIsNone(report["facts"]["ech_retry_configs"])

    def test_go_in_clear_beside_grease(self):
        with serve() as server:
            for wish, outcome in (("grease", "greased"), ("off", "not offered")):
                report = json.loads(visit(server, "--json", "--ech", wish).stdout)
                self.assertEqual(report["ech"], outcome)
            self.assertIn("in clear", visit(server, "--ech", "grease").stdout)
            self.assertNotIn("ECH ", visit(server).stdout)

    def test_are_not_hidden_by_what_is_no_list(self):
        with serve() as server:
            for wish in ("no-such-file", "AAAA", "AD7+DQA6"):
                done = visit(server, "--ech", wish)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_need_a_key_that_is_one(self):
        done = PLACE.run("serve", "--ech", PLACE.path / "localhost.pem", PLACE.site)
        self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    unittest.main()
