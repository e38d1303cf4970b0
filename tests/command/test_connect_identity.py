"""`handfast connect --cert`: clients that say who they are, against `serve --client-ca`."""

import json

from making import MakingCase


class Identity(MakingCase):
    """A server that lets in only clients of one authority."""

    def setUp(self):
        super().setUp()
        (self.place.site / "index.html").write_text("<h1>Members</h1>\n")
        for title, out in (("Members", "members"), ("Members", "namesakes"), ("Others", "others")):
            self.cert("new", "--ca", title, "--out", out)
        for name, issuer in (("ann", "members"), ("bob", "namesakes"), ("eve", "others")):
            self.cert("new", "--client", "--subject", f"CN={name}", "--out", name)
            self.cert("sign", f"{name}.csr", "--ca", f"{issuer}.pem", "--profile", "client")

    def demanding(self, how="require"):
        """A server that asks, with a development certificate for localhost."""
        return self.place.serve("--client-ca", "members.pem", "--client-auth", how)

    def connect(self, server, *arguments):
        """Fetches the page, trusting the server."""
        return self.place.run("connect", "--ca", self.place.authority, *arguments, "--get", "/",
                              f"localhost:{server.port}")  # fmt: skip

    def told(self, answer):
        """The words of a failure, without the breaks of its lines."""
        return " ".join(answer.stderr.split())

    def test_the_right_one_gets_in(self):
        with self.demanding() as server:
            answer = self.connect(server, "--cert", "ann.pem", "--key", "ann.key")
            self.assertEqual((answer.returncode, answer.stdout), (0, "<h1>Members</h1>\n"),
                             answer.stderr)  # fmt: skip
            self.assertIn("the server asked who you are, and was shown your certificate",
                          self.told(answer))  # fmt: skip
            self.assertIn("ann", json.dumps(server.event(event="request")))

    def test_the_key_is_found_beside_the_certificate(self):
        with self.demanding() as server:
            document = json.loads(self.connect(server, "--json", "--cert", "ann.pem").stdout)
        self.assertEqual((document["exit"], document["response"]["status"]), (0, 200))
        self.assertEqual(document["client_certificate"], {"asked": True, "shown": True})

    def test_one_of_another_authority_is_told_whose_are_taken(self):
        with self.demanding() as server:
            answer = self.connect(server, "--cert", "eve.pem", "--key", "eve.key")
            self.assertEqual((answer.returncode, answer.stdout), (35, ""), answer.stderr)
            told = self.told(answer)
            for words in ("The server wants a client certificate.",
                          "Your certificate was not shown, since it does not fit what the server "
                          "asked for. It takes those that were issued by: CN=Members.",
                          "exit 35 · HF-ALERT"):  # fmt: skip
                self.assertIn(words, told)
            self.assertEqual(server.event(event="failure")["code"], "HF-CLIENT-CERT")

    def test_one_of_a_namesake_is_shown_and_refused(self):
        with self.demanding() as server:
            answer = self.connect(server, "--cert", "bob.pem", "--key", "bob.key")
            self.assertEqual((answer.returncode, answer.stdout), (35, ""), answer.stderr)
            told = self.told(answer)
            self.assertIn("The server refused your certificate.", told)
            self.assertIn("It takes those that were issued by: CN=Members.", told)
            self.assertEqual(server.event(event="failure")["code"], "HF-CERT-UNKNOWN-CA")

    def test_without_one_nobody_gets_in(self):
        with self.demanding() as server:
            answer = self.connect(server)
            self.assertEqual((answer.returncode, answer.stdout), (35, ""), answer.stderr)
            told = self.told(answer)
            for words in ("The server wants a client certificate.",
                          "You showed none, and it lets nobody in without.",
                          "have one? handfast connect --cert me.pem --key me.key localhost:",
                          ):  # fmt: skip
                self.assertIn(words, told)
            document = json.loads(self.connect(server, "--json").stdout)
        self.assertEqual((document["ok"], document["exit"]), (False, 35))
        self.assertEqual(document["facts"]["authorities"], ["CN=Members"])
        self.assertFalse(document["facts"]["certificate_shown"])

    def test_without_one_some_servers_let_in(self):
        with self.demanding("request") as server:
            answer = self.connect(server)
            self.assertEqual((answer.returncode, answer.stdout), (0, "<h1>Members</h1>\n"),
                             answer.stderr)  # fmt: skip
            self.assertIn("the server asked who you are, and was shown nothing", self.told(answer))

    def test_whoever_lets_it_is_asked_after_the_handshake(self):
        later = ("--post-handshake-auth",)
        ann = ("--cert", "ann.pem", "--key", "ann.key")
        for options, shown in ((later + ann, "CN=ann"), (later, None), (ann, None)):
            with self.subTest(options=options), self.demanding("later") as server:
                answer = self.connect(server, "--json", "--diagram", *options)
                self.assertEqual(answer.returncode, 0, answer.stderr)
                document = json.loads(answer.stdout)
                self.assertEqual(document["response"]["status"], 200)
                is_asked = later[0] in options
                self.assertEqual(document["client_certificate"],
                                 {"asked": is_asked, "shown": shown is not None})  # fmt: skip
                told = server.event(event="request")["client_certificate"]
                self.assertEqual(told and told["subject"], shown)
                steps = [step["text"] for step in document["steps"]]
                self.assertEqual("CertificateRequest" in steps, is_asked)
                if is_asked:  # the request came first, and its answer last
                    asked = steps.index("CertificateRequest")
                    self.assertIn("application data", steps[:asked])
                    self.assertIn("application data", steps[asked:])

    def test_one_of_a_namesake_is_refused_after_the_handshake(self):
        with self.demanding("later") as server:
            answer = self.connect(server, "--post-handshake-auth", "--cert", "bob.pem", "--key",
                                  "bob.key")  # fmt: skip
            self.assertEqual((answer.returncode, answer.stdout), (35, ""), answer.stderr)
            self.assertIn("The server refused your certificate.", self.told(answer))
            self.assertEqual(server.event(event="failure")["code"], "HF-CERT-UNKNOWN-CA")

    def test_a_pair_that_is_none_is_told_before_anything_is_sent(self):
        for arguments, exit_code, sentence in (
            (["--cert", "ann.pem", "--key", "eve.key"], 3,
             "The key in eve.key does not belong to the certificate in ann.pem."),
            (["--cert", "missing.pem"], 3, "missing.pem cannot be used: there is no such file"),
            (["--key", "ann.key"], 2, "--key is the key of --cert, which is missing."),
        ):  # fmt: skip
            with self.subTest(arguments=arguments):
                answer = self.place.run("connect", *arguments, "localhost:1")
                self.assertEqual(answer.returncode, exit_code, answer.stderr)
                self.assertIn(sentence, self.told(answer))
