"""Starts `handfast serve` for a test and ends it."""

import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
HANDFAST = os.environ.get("HANDFAST", str(ROOT / "build/release/bin/handfast"))


def run(*arguments, **options):
    """Runs handfast to its end."""
    options.setdefault("timeout", 60)
    return subprocess.run(
        [HANDFAST, *map(str, arguments)], capture_output=True, text=True, check=False, **options
    )


class Workplace:
    """A temporary folder with a development authority of its own."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="handfast-")
        self.path = pathlib.Path(self._folder.name)
        self.site = self.path / "site"
        self.site.mkdir()
        self.environment = {**os.environ, "XDG_DATA_HOME": str(self.path / "data"), "TZ": "UTC"}
        self.authority = self.path / "data/handfast/dev-ca.pem"

    def close(self):
        """Removes the folder."""
        self._folder.cleanup()

    def run(self, *arguments, **options):
        """Runs handfast inside the workplace."""
        return run(*arguments, cwd=self.path, env=self.environment, **options)

    def serve(self, *arguments, **options):
        """Starts a server for `site`."""
        return Server(self, *arguments, **options)


class Server:
    """`handfast serve --json` on a free port; a context manager that stops it."""

    def __init__(self, workplace, *arguments, **options):
        self.workplace = workplace
        self.host = options.pop("host", "127.0.0.1")
        command = [HANDFAST, "serve", "--json", "--listen", f"{self.host}:0"]
        command += [*map(str, arguments), str(workplace.site)]
        self.process = subprocess.Popen(
            command,
            cwd=workplace.path,
            env=workplace.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        first = self.process.stdout.readline()
        if not first:
            raise AssertionError(f"serve did not start: {self.process.stderr.read()}")
        self.start = json.loads(first)
        self.port = self.start["port"]
        self.events = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.events.append(json.loads(line))
                self._changed.notify_all()

    def event(self, timeout=10, **wanted):
        """The first event with these members; waits for it."""

        def find():
            for event in self.events:
                if all(event.get(name) == value for name, value in wanted.items()):
                    return event
            return None

        with self._changed:
            if not self._changed.wait_for(find, timeout):
                raise AssertionError(f"no event {wanted} among {self.events}")
            return find()

    def stop(self, signal_number=signal.SIGTERM):
        """Stops the server and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            code = self.process.wait(timeout=30)
        finally:
            self.process.kill()
            self._reader.join()
            self.process.stdout.close()
            self.process.stderr.close()
        return code

    def connect(self, name="localhost", timeout=20):
        """A TLS connection that trusts the workplace's authority."""
        context = ssl.create_default_context(cafile=str(self.workplace.authority))
        context.set_alpn_protocols(["http/1.1"])
        plain = socket.create_connection((self.host, self.port), timeout)
        # Not the default: an end without close_notify is no end.
        return context.wrap_socket(plain, server_hostname=name, suppress_ragged_eofs=False)

    def ask(self, target, method="GET", headers=(), name="localhost"):
        """One request on a connection of its own: (status, headers, content)."""
        with self.connect(name) as connection:
            send_request(connection, target, method, (*headers, "Connection: close"))
            return read_response(connection, method)


def send_request(connection, target, method="GET", headers=()):
    """Sends a request's head."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode("latin-1"))


def read_response(connection, method="GET"):
    """Reads one response: (status, headers in lower case, content)."""
    reader = connection.makefile("rb")
    status = int(reader.readline().split()[1])
    headers = {}
    for line in iter(reader.readline, b"\r\n"):
        name, value = line.decode("latin-1").split(":", 1)
        headers[name.lower()] = value.strip()
    has_content = method != "HEAD" and status != 304
    content = reader.read(int(headers["content-length"])) if has_content else b""
    return status, headers, content
