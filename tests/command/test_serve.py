"""`handfast serve`: content, certificates, clients that misbehave, many and large."""

import concurrent.futures
import ctypes
import errno
import hashlib
import os
import platform
import re
import resource
import select
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

from serving import HANDFAST, Workplace, read_response, send_request

LISTING = re.compile(rb'href="\./([^"]*)"')


class ServeCase(unittest.TestCase):
    """A site with a few files, and no server yet."""

    def setUp(self):
        self.place = Workplace()
        self.addCleanup(self.place.close)
        self.site = self.place.site
        (self.site / "index.html").write_text("<h1>Welcome</h1>\n")
        (self.site / "ten.txt").write_bytes(b"0123456789")
        (self.site / "docs").mkdir()
        (self.site / "docs/a <b>&.txt").write_text("odd name\n")
        (self.site / "docs/.hidden").write_text("hidden\n")


class Content(ServeCase):
    """What one server answers."""

    def setUp(self):
        super().setUp()
        self.server = self.place.serve()
        self.addCleanup(self.server.stop)

    def test_index_and_content_type(self):
        status, headers, content = self.server.ask("/")
        self.assertEqual((status, content), (200, b"<h1>Welcome</h1>\n"))
        self.assertEqual(headers["content-type"], "text/html; charset=utf-8")
        event = self.server.event(event="request", target="/")
        self.assertEqual((event["status"], event["size"], event["alpn"]), (200, 17, "http/1.1"))
        self.assertGreater(event["handshake_ms"], 0)

    def test_head_has_no_content(self):
        status, headers, content = self.server.ask("/ten.txt", "HEAD")
        self.assertEqual((status, content, headers["content-length"]), (200, b"", "10"))

    def test_empty_file(self):
        (self.site / "empty").touch()
        status, headers, content = self.server.ask("/empty")
        self.assertEqual((status, headers["content-length"], content), (200, "0", b""))

    def test_listing_is_escaped(self):
        status, _, content = self.server.ask("/docs/")
        self.assertEqual(status, 200)
        self.assertIn(b"a &lt;b&gt;&amp;.txt", content)
        self.assertNotIn(b"<b>", content)
        self.assertNotIn(b"hidden", content)
        link = LISTING.search(content)[1].decode()
        self.assertEqual(self.server.ask("/docs/" + link)[2], b"odd name\n")

    def test_long_listing_is_cut_and_says_so(self):
        (self.site / "many").mkdir()
        for i in range(1000):
            (self.site / f"many/{i}").touch()
        content = self.server.ask("/many/")[2]
        self.assertEqual(len(LISTING.findall(content)), 1000)
        self.assertNotIn(b"more than 1000 entries", content)
        (self.site / "many/last").touch()
        content = self.server.ask("/many/")[2]
        self.assertEqual(len(LISTING.findall(content)), 1000)
        self.assertIn(b"more than 1000 entries", content)

    def test_head_makes_no_listing(self):
        status, headers, _ = self.server.ask("/docs/", "HEAD")
        self.assertEqual((status, headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertNotIn("content-length", headers)  # nobody counted

    def test_folder_without_slash_is_redirected(self):
        status, headers, _ = self.server.ask("/docs?x=1")
        self.assertEqual((status, headers["location"]), (301, "/docs/"))

    def test_redirect_never_leaves_the_host(self):
        (self.site / "evil.example").mkdir()
        status, headers, _ = self.server.ask("//evil.example")
        self.assertEqual((status, headers["location"]), (301, "/evil.example/"))

    def test_absolute_form_and_percent_encoding(self):
        self.assertEqual(self.server.ask("https://localhost/ten.txt")[2], b"0123456789")
        self.assertEqual(self.server.ask("/%74en.t%78t")[2], b"0123456789")

    def test_ranges(self):
        for asked, status, content, sent in [
            ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
            ("bytes=7-", 206, b"789", "bytes 7-9/10"),
            ("bytes=-3", 206, b"789", "bytes 7-9/10"),
            ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
            ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
            ("bytes=4-2", 200, b"0123456789", None),
            ("bytes=0-1,4-5", 200, b"0123456789", None),
            ("lines=1-2", 200, b"0123456789", None),
        ]:
            with self.subTest(asked):
                got = self.server.ask("/ten.txt", headers=[f"Range: {asked}"])
                self.assertEqual((got[0], got[2]), (status, content))
                self.assertEqual(got[1].get("content-range"), sent)
        status, headers, _ = self.server.ask("/ten.txt", headers=["Range: bytes=10-"])
        self.assertEqual((status, headers["content-range"]), (416, "bytes */10"))

    def test_unchanged_files_are_not_sent_again(self):
        _, headers, _ = self.server.ask("/ten.txt")
        tag, date = headers["etag"], headers["last-modified"]
        for condition, status in [
            (f"If-None-Match: {tag}", 304),
            (f'If-None-Match: "other", W/{tag}', 304),
            ("If-None-Match: *", 304),
            ('If-None-Match: "other"', 200),
            (f"If-Modified-Since: {date}", 304),
            ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", 200),
            ("If-Modified-Since: yesterday", 200),
        ]:
            with self.subTest(condition):
                self.assertEqual(self.server.ask("/ten.txt", headers=[condition])[0], status)
        changed = ["Range: bytes=0-1", 'If-Range: "other"']
        self.assertEqual(self.server.ask("/ten.txt", headers=changed)[0], 200)
        unchanged = ["Range: bytes=0-1", f"If-Range: {tag}"]
        self.assertEqual(self.server.ask("/ten.txt", headers=unchanged)[0], 206)

    def test_several_requests_on_one_connection(self):
        with self.server.connect() as connection:
            for _ in range(3):
                send_request(connection, "/ten.txt")
                self.assertEqual(read_response(connection)[2], b"0123456789")
            # All at once: the answers come in the order of the requests.
            send_request(connection, "/ten.txt")
            send_request(connection, "/missing")
            send_request(connection, "/")
            reader = connection.makefile("rb")
            heads = []
            for _ in range(3):
                heads.append(int(reader.readline().split()[1]))
                size = 0
                for line in iter(reader.readline, b"\r\n"):
                    if line.lower().startswith(b"content-length:"):
                        size = int(line.split(b":")[1])
                reader.read(size)
            self.assertEqual(heads, [200, 404, 200])
        self.assertIsNone(self.server.event(event="request", target="/missing")["handshake_ms"])

    def test_http_10_is_closed_after_the_answer(self):
        with self.server.connect() as connection:
            connection.sendall(b"GET /ten.txt HTTP/1.0\r\n\r\n")
            self.assertTrue(connection.makefile("rb").read().endswith(b"\r\n\r\n0123456789"))

    def test_nothing_outside_the_folder_is_served(self):
        (self.place.path / "secret.txt").write_text("secret\n")
        (self.site / "out").symlink_to(self.place.path / "secret.txt")
        (self.site / "up").symlink_to("../secret.txt")
        (self.site / "root").symlink_to("/")
        (self.site / "in").symlink_to("ten.txt")
        for target in [
            "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/docs/../../secret.txt",
            "/docs/%2e%2e%2f%2e%2e%2fsecret.txt", "/out", "/up", "/root/etc/passwd",
            "/docs/.hidden", "//etc/passwd", "/%00", "/%zz", "secret.txt",
        ]:  # fmt: skip
            with self.subTest(target):
                status, _, content = self.server.ask(target)
                self.assertIn(status, (400, 403, 404))
                self.assertNotIn(b"secret\n", content)
                self.assertNotIn(b"root:", content)
        self.assertEqual(self.server.ask("/in")[2], b"0123456789")
        listing = self.server.ask("/docs/")[2]
        self.assertNotIn(b"hidden", listing)

    def test_private_keys_are_not_served(self):
        self.assertEqual(self.place.run("cert", "dev", "a.test", "--out", "site").returncode, 0)
        self.assertEqual(self.server.ask("/a.test.pem")[0], 200)
        self.assertEqual(self.server.ask("/a.test.key")[0], 403)
        chain = (self.site / "a.test.pem").read_text()
        both = chain * 20 + (self.site / "a.test.key").read_text()
        (self.site / "both.pem").write_text(both)
        self.assertEqual(self.server.ask("/both.pem")[0], 403)

    def test_special_files_are_not_opened(self):
        os.mkfifo(self.site / "pipe")
        self.assertEqual(self.server.ask("/pipe")[0], 403)

    def test_other_methods(self):
        status, headers, _ = self.server.ask("/", "DELETE")
        self.assertEqual((status, headers["allow"]), (405, "GET, HEAD"))
        with self.server.connect() as connection:
            send_request(connection, "/", "POST", ["Content-Length: 3"])
            status, headers, _ = read_response(connection)
            self.assertEqual((status, headers["connection"]), (405, "close"))

    def test_requests_that_are_none(self):
        for request, status in [
            (b"nonsense\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20000 + b"\r\n\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", 413),
        ]:
            with self.subTest(request[:60]), self.server.connect() as connection:
                connection.sendall(request)
                self.assertEqual(read_response(connection)[0], status)

    def test_only_a_few_empty_lines_may_come_before_a_request(self):
        for pieces, status in [
            ([b"\r\n" * 4, b"\r\n" * 4], 200),
            ([b"\r\n"] * 9, 400),
            ([b"\r\n" * 8192], 400),
        ]:
            with self.subTest(len(pieces)), self.server.connect(timeout=5) as connection:
                for piece in pieces:
                    connection.sendall(piece)
                if status == 200:
                    send_request(connection, "/ten.txt")
                self.assertEqual(read_response(connection)[0], status)
                # A request in time forgives the lines before it.
                if status == 200:
                    connection.sendall(b"\r\n" * 8)
                    send_request(connection, "/ten.txt")
                    self.assertEqual(read_response(connection)[0], 200)

    def test_log_escapes_what_a_client_sends(self):
        self.server.ask("/%1b[31m\x1b[31m\x7f")
        event = self.server.event(event="request", status=400)
        self.assertNotIn("\x1b", str(event))

    def test_close_notify_is_sent(self):
        with self.server.connect() as connection:
            send_request(connection, "/", headers=["Connection: close"])
            while connection.recv(4096):  # ssl raises SSLEOFError without close_notify
                pass

    def test_close_notify_comes_in_the_packet_of_the_answer(self):
        def packets(connection):  # with data, received; tcpi_data_segs_in of struct tcp_info
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 156)
            return struct.unpack_from("=I", info, 152)[0]

        asked = [("/ten.txt", "GET"), ("/docs/", "GET"), ("/missing", "GET"), ("/ten.txt", "HEAD")]
        with self.place.serve("--tickets", "0") as server:
            for target, method in asked:
                with server.connect() as connection:
                    before = packets(connection)
                    send_request(connection, target, method, ["Connection: close"])
                    while connection.recv(4096):
                        pass
                    self.assertEqual(packets(connection) - before, 1, target)

    def test_a_large_file_comes_whole_before_close_notify(self):
        content = os.urandom((1 << 20) + 7)
        (self.site / "big").write_bytes(content)
        for part, expected in ("0-", content), ("5-300000", content[5:300001]):
            headers = [f"Range: bytes={part}", "Connection: close"]
            with self.server.connect() as connection:
                send_request(connection, "/big", headers=headers)
                answer = connection.makefile("rb").read()  # to close_notify
            self.assertEqual(answer.partition(b"\r\n\r\n")[2], expected)

    def test_a_file_that_shrinks_cuts_the_connection(self):
        self.cut_off(["Connection: keep-alive"])

    def test_a_last_file_that_shrinks_cuts_the_connection(self):
        self.cut_off(["Connection: close"])

    def cut_off(self, headers):
        big = self.site / "big"
        with open(big, "wb") as file:
            file.truncate(64 << 20)
        with self.server.connect() as connection:
            send_request(connection, "/big", headers=headers)
            connection.recv(1)
            os.truncate(big, 1 << 20)
            with self.assertRaises((ssl.SSLError, OSError)):
                while connection.recv(1 << 20):
                    pass
        self.server.event(event="request", cut_off=True)


class Certificates(ServeCase):
    """Which certificate is shown to whom."""

    def test_sni_chooses_between_two(self):
        for name in ("one.test", "two.test"):
            self.assertEqual(self.place.run("cert", "dev", name).returncode, 0)
        pairs = ["--cert", "one.test.pem", "--key", "one.test.key"]
        pairs += ["--cert", "two.test.pem", "--key", "two.test.key"]
        with self.place.serve(*pairs) as server:
            for name in ("one.test", "two.test"):
                with server.connect(name) as connection:
                    names = connection.getpeercert()["subjectAltName"]
                    self.assertEqual(names, (("DNS", name),))
                shown = subprocess.run(
                    ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
                     "-servername", name, "-CAfile", str(self.place.authority),
                     "-verify_return_error"],
                    input="", capture_output=True, text=True, timeout=30, check=False,
                )  # fmt: skip
                self.assertIn("Verify return code: 0 (ok)", shown.stdout)
                self.assertRegex(shown.stdout, rf"subject=CN = {re.escape(name)}")
            with self.assertRaisesRegex(ssl.SSLError, "(?i)unrecognized.name"):
                server.connect("three.test")
            self.assertEqual(server.event(event="failure")["code"], "HF-SNI-UNKNOWN")

    def test_key_beside_the_certificate_is_found(self):
        self.place.run("cert", "dev", "one.test")
        with self.place.serve("--cert", "one.test.pem") as server:
            self.assertEqual(server.ask("/ten.txt", name="one.test")[2], b"0123456789")

    def test_client_that_does_not_trust_is_told_of(self):
        with self.place.serve() as server:
            with self.assertRaises(ssl.SSLCertVerificationError):
                context = ssl.create_default_context()
                with socket.create_connection(("127.0.0.1", server.port)) as plain:
                    context.wrap_socket(plain, server_hostname="localhost")
            event = server.event(event="failure")
            self.assertEqual(event["code"], "HF-ALERT")
            self.assertIn("unknown_ca (48)", event["why"])

    def test_faults_of_the_files(self):
        self.place.run("cert", "dev", "one.test")
        self.place.run("cert", "dev", "two.test")
        (self.place.path / "junk.pem").write_text("junk\n")
        for arguments, code, exit_code in [
            (["--cert", "none.pem"], "HF-FILE-MISSING", 3),
            (["--cert", "one.test.pem", "--key", "none.key"], "HF-FILE-MISSING", 3),
            (["--cert", "junk.pem"], "HF-PEM", 3),
            (["--cert", "one.test.pem", "--key", "junk.pem"], "HF-PEM", 3),
            (["--cert", "one.test.pem", "--key", "two.test.key"], "HF-KEY-FIT", 3),
            # A folder cannot be read by anybody, not even by root.
            (["--cert", "one.test.pem", "--key", "site"], "HF-FILE-READ", 3),
            (["--listen", "nonsense"], "HF-NET-ADDRESS", 2),
            (["--listen", "192.0.2.1:0"], "HF-NET-UNREACHABLE", 11),
        ]:
            with self.subTest(arguments):
                done = self.place.run("serve", "site", *arguments)
                self.assertEqual(done.returncode, exit_code, done.stderr)
                self.assertIn(code, done.stderr)
        done = self.place.run("serve", "missing-folder")
        self.assertEqual((done.returncode, "HF-FILE-MISSING" in done.stderr), (3, True))
        done = self.place.run("serve", "site", "--key", "one.test.key")
        self.assertEqual(done.returncode, 2)

    def refused(self, where, **options):
        """The lines of a server that cannot listen there."""
        done = self.place.run("serve", "site", "--listen", where, **options)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        return done.stderr.splitlines()

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            where = f"127.0.0.1:{taken.getsockname()[1]}"
            lines = self.refused(where)
        why = "another program listens on this port already"
        self.assertEqual(lines[0][2:], f"Cannot listen at {where}: {why}.")
        self.assertIn("handfast serve site --listen localhost:0", lines[1])
        self.assertIn("HF-NET-IN-USE", lines[-1])

    def test_port_that_the_system_forbids(self):
        lines = self.refused("127.0.0.1:443", preexec_fn=forbid_ports)
        why = "the system does not let you listen on this port"
        self.assertEqual(lines[0][2:], f"Cannot listen at 127.0.0.1:443: {why}.")
        self.assertIn("choose a port from 1024 on", lines[1])
        self.assertIn("HF-NET-PORT", lines[-1])


class Clients(ServeCase):
    """Clients that are silent, slow, wrong, or leave."""

    def wait_closed(self, plain):
        """Waits until the server has ended the connection; returns what it said before."""
        plain.settimeout(20)
        said = b""
        try:
            while piece := plain.recv(4096):
                said += piece
        except ConnectionResetError:
            pass
        return said

    def test_silent_client_is_dropped(self):
        with self.place.serve("--timeout", "0.5") as server:
            with socket.create_connection(("127.0.0.1", server.port)) as plain:
                start = time.monotonic()
                self.wait_closed(plain)
                self.assertGreater(time.monotonic() - start, 0.4)
            event = server.event(event="failure")
            self.assertEqual(event["code"], "HF-NET-TIMEOUT")
            self.assertIn("ClientHello in 0.5 s", event["why"])

    def test_slow_client_is_dropped(self):
        hello = client_hello()
        with self.place.serve("--timeout", "1") as server:
            with socket.create_connection(("127.0.0.1", server.port)) as plain:
                start = time.monotonic()
                for byte in hello:
                    try:
                        plain.sendall(bytes([byte]))
                    except OSError:
                        break
                    if select.select([plain], [], [], 0.2)[0]:
                        break
                self.assertLess(time.monotonic() - start, 10)
                self.wait_closed(plain)
            self.assertIn("no whole ClientHello", server.event(event="failure")["why"])

    def test_client_that_stops_after_its_hello_is_dropped(self):
        with self.place.serve("--timeout", "0.5") as server:
            with socket.create_connection(("127.0.0.1", server.port)) as plain:
                plain.sendall(client_hello())
                self.assertGreater(len(self.wait_closed(plain)), 500)
            self.assertIn("handshake in 1 s", server.event(event="failure")["why"])

    def test_idle_client_is_sent_away_with_close_notify(self):
        with self.place.serve("--timeout", "0.05") as server, server.connect() as connection:
            send_request(connection, "/ten.txt")
            read_response(connection)
            self.assertEqual(connection.recv(1), b"")

    def test_client_that_does_not_read_is_dropped(self):
        with open(self.site / "large", "wb") as file:
            file.truncate(1 << 30)
        with self.place.serve("--timeout", "0.2") as server, server.connect() as connection:
            send_request(connection, "/large")
            event = server.event(event="request", target="/large")
            self.assertTrue(event["cut_off"])
            self.assertLess(event["size"], 1 << 28)

    def test_plain_http_is_refused(self):
        with self.place.serve() as server:
            with socket.create_connection(("127.0.0.1", server.port)) as plain:
                plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.wait_closed(plain)
            self.assertEqual(server.event(event="failure")["code"], "HF-PLAIN-HTTP")
            self.assertEqual(len([e for e in server.events if e["event"] == "failure"]), 1)
            self.assertEqual(server.ask("/ten.txt")[0], 200)

    def test_client_that_hangs_up_is_told_of(self):
        with self.place.serve() as server:
            with socket.create_connection(("127.0.0.1", server.port)) as plain:
                plain.sendall(client_hello())
                plain.recv(1)
            event = server.event(event="failure")
            self.assertIn(event["code"], ("HF-HANGUP", "HF-NET-LOST"))

    def test_full_server_makes_room(self):
        with self.place.serve("--connections", "3") as server:
            kept = [server.connect() for _ in range(3)]
            for connection in kept:
                send_request(connection, "/ten.txt")
                read_response(connection)
            self.assertEqual(server.ask("/ten.txt")[0], 200)
            self.assertEqual(kept[0].recv(1), b"")  # the longest idle, with close_notify
            for connection in kept:
                connection.close()

    def test_full_server_ends_unfinished_requests(self):
        with self.place.serve("--connections", "3") as server:
            kept = [server.connect() for _ in range(3)]
            for connection in kept:
                connection.sendall(b"G")
            time.sleep(0.3)  # until it is known that they are no idle ones
            self.assertEqual(server.ask("/ten.txt")[0], 200)
            self.assertEqual(kept[0].recv(1), b"")  # the oldest, with close_notify
            self.assertIn("others", server.event(event="failure")["why"])
            for connection in kept:
                connection.close()

    def test_full_server_ends_the_slowest_response(self):
        with open(self.site / "large", "wb") as file:
            file.truncate(1 << 30)
        with self.place.serve("--connections", "2", "--timeout", "1") as server:
            with server.connect() as slow, server.connect() as fast:
                send_request(slow, "/large")
                send_request(fast, "/large")
                end = time.monotonic() + 2
                while time.monotonic() < end:
                    fast.recv(65536)
                self.assertEqual(server.ask("/ten.txt")[0], 200)
                self.assertTrue(server.event(event="request", target="/large")["cut_off"])
                with self.assertRaises(OSError):
                    while slow.recv(1 << 20):
                        pass
                self.assertGreater(len(fast.recv(1)), 0)

    def test_full_server_lets_responses_end_that_are_fast(self):
        with open(self.site / "large", "wb") as file:
            file.truncate(1 << 30)
        with self.place.serve("--connections", "1") as server, server.connect() as fast:
            send_request(fast, "/large")
            fast.recv(65536)
            with self.assertRaises(OSError):
                server.connect()
            self.assertGreater(len(fast.recv(1)), 0)

    def test_server_without_descriptors_sheds_and_recovers(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))

        with self.place.serve("--connections", "1000", preexec_fn=few_files) as server:
            crowd = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
            time.sleep(0.5)
            for plain in crowd:
                plain.close()
            time.sleep(0.5)
            self.assertEqual(server.ask("/ten.txt")[0], 200)


class Scale(ServeCase):
    """Many at once, and much."""

    def test_a_thousand_connections_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with self.place.serve("--timeout", "60") as server:
            connections = []
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                for future in [pool.submit(server.connect, timeout=120) for _ in range(1000)]:
                    connections.append(future.result())
            # All are open now; each is used, the last ones first.
            for connection in reversed(connections):
                send_request(connection, "/ten.txt")
            for connection in connections:
                self.assertEqual(read_response(connection)[2], b"0123456789")
            for connection in connections:
                connection.close()
        self.assertEqual(server.event(event="stopped")["requests"], 1000)
        self.assertEqual(server.event(event="stopped")["failures"], 0)

    def test_a_gibibyte_through_curl(self):
        size = 1 << 30
        large = self.site / "large"
        block = os.urandom(1 << 20)
        expected = hashlib.sha256()
        with open(large, "wb") as file:
            file.truncate(size)
            for place in range(0, size, 64 << 20):  # mostly holes, but no two parts are the same
                file.seek(place + place // 7)
                file.write(place.to_bytes(8, "big") + block)
            file.truncate(size)
        with open(large, "rb") as file:
            while piece := file.read(1 << 20):
                expected.update(piece)
        with self.place.serve() as server:
            url = f"https://localhost:{server.port}/large"
            curl = subprocess.Popen(
                ["curl", "--silent", "--show-error", "--fail", "--max-time", "240", "--cacert",
                 str(self.place.authority), url],
                stdout=subprocess.PIPE,
            )  # fmt: skip
            got = hashlib.sha256()
            count = 0
            with curl.stdout as stream:
                while piece := stream.read(1 << 20):
                    got.update(piece)
                    count += len(piece)
            self.assertEqual(curl.wait(), 0)
        self.assertEqual(count, size)
        self.assertEqual(got.hexdigest(), expected.hexdigest())


class Stopping(ServeCase):
    """The end of a server."""

    def test_ctrl_c_lets_a_response_end(self):
        size = 8 << 20
        with open(self.site / "large", "wb") as file:
            file.truncate(size)
        server = self.place.serve()
        with server.connect() as connection, server.connect() as idle:
            send_request(idle, "/ten.txt")
            read_response(idle)
            send_request(connection, "/large")
            connection.recv(1)
            result = []
            stopper = threading.Thread(
                target=lambda: result.append(server.stop(signal.SIGINT))
            )
            stopper.start()
            self.assertEqual(idle.recv(1), b"")  # close_notify, at once
            count = 1
            while piece := connection.recv(1 << 20):
                count += len(piece)
            stopper.join()
        self.assertGreater(count, size)
        self.assertEqual(result, [0])
        self.assertEqual(server.event(event="stopped")["requests"], 2)

    def test_second_signal_ends_at_once(self):
        with open(self.site / "large", "wb") as file:
            file.truncate(1 << 30)
        server = self.place.serve()
        with server.connect() as connection:
            send_request(connection, "/large")
            connection.recv(1)
            server.process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            self.assertIsNone(server.process.poll())
            start = time.monotonic()
            self.assertEqual(server.stop(signal.SIGINT), 0)
            self.assertLess(time.monotonic() - start, 3)


class ForPeople(ServeCase):
    """The lines that people read."""

    def test_lines(self):
        environment = {**self.place.environment, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [HANDFAST, "serve", "site", "--listen", "127.0.0.1:0"],
            cwd=self.place.path,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = [process.stdout.readline() for _ in range(5)]
        port = int(re.search(r"https://127\.0\.0\.1:(\d+)/", lines[0])[1])
        self.assertIn("Ctrl-C stops", lines[0])
        curl = ["curl", "--silent", "--max-time", "30", "--cacert", str(self.place.authority)]
        url = f"https://localhost:{port}/ten.txt"
        got = subprocess.run([*curl, "--ipv4", url], capture_output=True, check=False)
        self.assertEqual(got.stdout, b"0123456789")
        line = process.stdout.readline()
        self.assertRegex(
            line,
            r"^\d\d:\d\d:\d\d 127\.0\.0\.1 TLS1\.3 x25519 +http/1\.1 new \d+\.\d ms +"
            r"GET /ten\.txt 200 10 B$",
        )
        subprocess.run([*curl[:-2], "--ipv4", url], capture_output=True, check=False)
        line = process.stdout.readline()
        self.assertIn("✗ the client left with alert unknown_ca (48): it does not trust", line)
        self.assertIn("your dev authority", line)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        self.assertEqual(process.wait(timeout=30), 0)
        self.assertEqual(rest, "Stopped after 1 request on 2 connections, 1 of which failed.\n")
        process.stdout.close()


def forbid_ports():
    """Lets the kernel refuse every port to this process and what it runs, as sandboxes do.

    A seccomp filter, since root could take any port otherwise, and in many containers everybody.
    """
    bind = 49 if platform.machine() == "x86_64" else 200
    load, jump_if_equal, give = 0x20, 0x15, 0x06
    refuse, allow = 0x0005_0000 | errno.EACCES, 0x7FFF_0000
    rules = [(load, 0, 0, 0), (jump_if_equal, 0, 1, bind)]
    rules += [(give, 0, 0, refuse), (give, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = struct.pack("HP", len(rules), ctypes.addressof(code))
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong]
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    if prctl(no_new_privileges, 1, None, 0, 0) or prctl(set_seccomp, filter_mode, program, 0, 0):
        raise OSError("no seccomp filter can be set")


def client_hello():
    """A ClientHello as Python's ssl sends it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


if __name__ == "__main__":
    unittest.main()
