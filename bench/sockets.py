"""`handfast serve` beside nginx over loopback: the same file and keys, driven by wrk and h2load.

    sockets.py HANDFAST PEER [--nginx PROGRAM] [--seconds S] [--rounds N] [--write FOLDER]

Each server has one worker, and then two (of `serve`: loops), each on a processor of its own; who
drives it has the others, or shares them where there are no others. One worker is measured again
where all is on one processor, so that the rate counts what both take. Both servers speak TLS 1.3
with X25519, AES-128-GCM and a chain of ECDSA keys, and resume nothing. Whoever asks takes part of
the machine, too, and more of it than the server in a handshake; so beside the rate stands the
processor time of the server for one request, which is what a busy server is limited by.
"""

import argparse
import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import report

CONNECTIONS = 32
BURST = 400  # connections at once; of nginx, 511 may wait to be accepted
SIZE = 1024  # of the file
NGINX = """
daemon off; master_process on; worker_processes {workers}; error_log {folder}/error.log error;
pid {folder}/nginx.pid; worker_rlimit_nofile 4096;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 60s; server_tokens off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl reuseport; root {folder}/site;
    ssl_certificate {folder}/ecdsa-chain.pem; ssl_certificate_key {folder}/ecdsa-key.pem;
    ssl_protocols TLSv1.3; ssl_ecdh_curve X25519;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; ssl_conf_command NumTickets 0;
    ssl_session_tickets off; ssl_session_cache off;
  }}
}}
"""


class Server:
    """A server and its children; ended with the block."""

    def __init__(self, command, port, processors, folder):
        self.command = ["taskset", "-c", ",".join(map(str, processors)), *map(str, command)]
        self.port = port
        self.log = folder / "server.log"

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log,
                                            start_new_session=True)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait(self):
        for _ in range(100):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit(f"sockets.py: no server came up: {self.log.read_text(errors='replace')}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def spent(self):
        """Processor time so far of the server and its children, in seconds."""
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.process.pid:  # the session
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("handfast", type=pathlib.Path)
    parser.add_argument("peer", type=pathlib.Path)
    parser.add_argument("--nginx", default="nginx")
    parser.add_argument("--seconds", type=float, default=2, help="a load and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", type=pathlib.Path)
    words = parser.parse_args()
    for program in ("wrk", "h2load", "taskset", words.nginx):
        if shutil.which(program) is None:
            sys.exit(f"sockets.py: {program} is not here")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as name:
        os.umask(0o022)
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)  # nginx's workers may be somebody else
        (folder / "site").mkdir()
        (folder / "site" / "file.bin").write_bytes(b"x" * SIZE)
        subprocess.run([words.peer.resolve(), "chains", folder], check=True)
        found = measure(words, folder)
    print(table(found))
    if words.write:
        report.splice(words.write / "performance.md", "sockets",
                      report.markdown(lines(found), HEAD))


def measure(words, folder):
    """{measure: {server: [(rate, seconds a request), ...]}}"""
    found = {}
    servers = ["handfast", "nginx"]
    for _ in range(words.rounds):
        for (where, (workers, own, others)), name in itertools.product(places().items(), servers):
            port = free_port()
            with Server(command(name, words, folder, port, workers), port, own, folder) as server:
                for what, load in loads(port, words.seconds).items():
                    row = found.setdefault(f"{what}, {where}", {})
                    before = server.spent()
                    rate, count = load(others)
                    share = (server.spent() - before) / count
                    row.setdefault(name, []).append((rate, share))
        servers.reverse()  # nobody is always first
    return found


def places():
    """{where: (workers, processors of the server, of who drives it)}"""
    processors = sorted(os.sched_getaffinity(0))
    one = processors[:1]
    return {"1 worker": (1, one, processors[1:] or one),
            "all on one processor": (1, one, one),
            "2 workers": (2, processors[:2], processors[2:] or processors)}


def command(name, words, folder, port, workers):
    if name == "nginx":
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, workers=workers), encoding="utf-8")
        return [words.nginx, "-e", folder / "error.log", "-p", folder, "-c", config]
    return [words.handfast.resolve(), "serve", folder / "site", "--listen", f"127.0.0.1:{port}",
            "--cert", folder / "ecdsa-chain.pem", "--key", folder / "ecdsa-key.pem", "--tls", "1.3",
            "--group", "x25519", "--suite", "TLS_AES_128_GCM_SHA256", "--tickets", "0", "--quiet",
            "--loops", str(workers)]


def loads(port, seconds):
    url = f"https://localhost:{port}/file.bin"
    return {
        "kept connections, wrk": lambda where: wrk(where, url, seconds, []),
        "kept connections, h2load": lambda where: h2load(where, url, seconds),
        "a handshake each, wrk": lambda where: wrk(where, url, seconds,
                                                   ["-H", "Connection: close"]),
        f"a handshake each, h2load, {BURST} at once": lambda where: h2load_bursts(where, url,
                                                                                 seconds),
    }


def wrk(where, url, seconds, more):
    output = run(where, ["wrk", "-t", threads(where), "-c", CONNECTIONS, "-d", f"{seconds:.0f}s",
                         *more, url])
    count = re.search(r"(\d+) requests in", output)
    errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    # A server that closes after each answer is read to its end: wrk calls that an error of reading.
    bad = errors and any(int(errors[i]) for i in ((1, 3, 4) if more else (1, 2, 3, 4)))
    if count is None or int(count[1]) == 0 or bad or "Non-2xx" in output:
        sys.exit(f"sockets.py: wrk failed:\n{output}")
    return float(re.search(r"Requests/sec: +([\d.]+)", output)[1]), int(count[1])


def h2load(where, url, seconds):
    return h2load_once(where, url, ["-c", CONNECTIONS, "-D", f"{seconds:.0f}"])


def h2load_bursts(where, url, seconds):
    """h2load keeps its connections: one request on each, and again."""
    spent, count = 0, 0
    while spent < seconds:
        rate, done = h2load_once(where, url, ["-c", BURST, "-n", BURST])
        spent += done / rate
        count += done
    return count / spent, count


def h2load_once(where, url, amount):
    output = run(where, ["h2load", "--h1", "-t", threads(where), *amount, url])
    done = re.search(r"(\d+) succeeded, 0 failed, 0 errored, 0 timeout", output)
    rate = re.search(r"finished in [^,]+, ([\d.]+) req/s", output)
    codes = re.search(r"status codes: (\d+) 2xx, 0 3xx, 0 4xx, 0 5xx", output)
    if done is None or rate is None or codes is None or int(codes[1]) == 0:
        sys.exit(f"sockets.py: h2load failed:\n{output}")
    return float(rate[1]), int(done[1])


def threads(where):
    return min(len(where), CONNECTIONS)


def run(where, words):
    done = subprocess.run(["taskset", "-c", ",".join(map(str, where)), *map(str, words)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=120)
    return done.stdout


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def lines(found):
    """A line a row: for each server the medians, how many times as fast as nginx in the same round,
    and between what that lay."""
    for what, servers in found.items():
        ours, theirs = servers["handfast"], servers["nginx"]
        rates = [mine[0] / other[0] for mine, other in zip(ours, theirs)]
        shares = [other[1] / mine[1] for mine, other in zip(ours, theirs)]
        verdict = "ahead" if statistics.median(rates) > 1 else "behind"
        yield [what, f"{middle(ours, 0):,.0f}", f"{middle(theirs, 0):,.0f}",
               f"{statistics.median(rates):.2f}x, {verdict}",
               f"{min(rates):.2f} – {max(rates):.2f}",
               f"{middle(ours, 1) * 1e6:.1f} µs", f"{middle(theirs, 1) * 1e6:.1f} µs",
               f"{statistics.median(shares):.2f}x"]


def middle(rounds, field):
    return statistics.median(figures[field] for figures in rounds)


HEAD = ["", "Handfast, 1/s", "nginx, 1/s", "ratio", "of all rounds", "Handfast, processor",
        "nginx, processor", "ratio"]


def table(found):
    rows = [HEAD, *lines(found)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join("  ".join([f"{row[0]:<{widths[0]}}", *(
        f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:]))]).rstrip() for row in rows)


if __name__ == "__main__":
    main()
