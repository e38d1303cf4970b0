"""A lab of authorities, certificates with one fault each, and servers that misbehave."""

import os
import pathlib
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

from serving import HANDFAST

NOW = time.time()
DAY = 86400

CONFIGURATION = """
[ca]
default_ca = lab
[lab]
database = {folder}/index
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = optional
[req]
distinguished_name = empty
[empty]
"""

AUTHORITY = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n"
LEAF = "basicConstraints=CA:false\n"
USAGE = "keyUsage=critical,digitalSignature\n"
PURPOSE = "extendedKeyUsage=serverAuth\n"
NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
SERVER = LEAF + USAGE + PURPOSE + NAMES


def openssl(*arguments, **options):
    """Runs openssl and returns what it prints."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, check=False, **options
    )
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments}: {done.stderr.decode()}")
    return done.stdout


class Party:
    """A key and a certificate for it."""

    def __init__(self, folder, name):
        self.name = name
        self.key = folder / f"{name}.key"
        self.certificate = folder / f"{name}.pem"


class Lab:
    """A folder with a root, an intermediate below it, another root, and leaves made on demand."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="handfast-lab-")
        self.path = pathlib.Path(self._folder.name)
        (self.path / "index").touch()
        (self.path / "serial").write_text("1000\n")
        (self.path / "crlnumber").write_text("2A\n")
        self.configuration = self.path / "ca.cnf"
        self.configuration.write_text(CONFIGURATION.format(folder=self.path))
        self._made = {}
        self.root = self.self_signed("root", "Lab Root", AUTHORITY)
        self.stranger = self.self_signed("stranger", "Strange Root", AUTHORITY)
        self.intermediate = self.signed("intermediate", "Lab Intermediate", AUTHORITY, self.root)

    def close(self):
        """Removes the folder."""
        self._folder.cleanup()

    def _request(self, name, common_name, kind):
        party = Party(self.path, name)
        if kind == "ec":
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-out", party.key)  # fmt: skip
        else:
            openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind}",
                    "-out", party.key)  # fmt: skip
        request = self.path / f"{name}.csr"
        openssl("req", "-new", "-key", party.key, "-subj", f"/CN={common_name}",
                "-config", self.configuration, "-out", request)  # fmt: skip
        return party, request

    def signed(self, name, common_name, extensions, issuer, **how):
        """A certificate that `issuer` signs. `how`: begins, ends (days from now), kind, digest."""
        if name in self._made:
            return self._made[name]
        party, request = self._request(name, common_name, how.get("kind", "ec"))
        extension_file = self.path / f"{name}.ext"
        extension_file.write_text(extensions)
        signer = [] if issuer else ["-selfsign"]
        issuer = issuer or party
        openssl("ca", "-batch", "-notext", "-config", self.configuration, *signer,
                "-in", request, "-out", party.certificate, "-extfile", extension_file,
                "-keyfile", issuer.key, *(["-cert", issuer.certificate] if not signer else []),
                "-md", how.get("digest", "sha256"),
                "-startdate", stamp(how.get("begins", -1)),
                "-enddate", stamp(how.get("ends", 30.5)))  # fmt: skip
        self._made[name] = party
        return party

    def self_signed(self, name, common_name, extensions):
        """A certificate that signs itself."""
        return self.signed(name, common_name, extensions, None)

    def leaf(self, name="good", extensions=SERVER, issuer=None, **how):
        """A leaf for localhost, below the intermediate unless told otherwise."""
        return self.signed(name, "localhost", extensions, issuer or self.intermediate, **how)

    def revoke(self, party, reason="keyCompromise"):
        """Takes a certificate of the intermediate's back."""
        openssl("ca", "-config", self.configuration, "-revoke", party.certificate,
                "-crl_reason", reason, "-keyfile", self.intermediate.key,
                "-cert", self.intermediate.certificate)  # fmt: skip

    def revocation_list(self, name, issuer=None, days=7):
        """A list of what was taken back so far."""
        issuer = issuer or self.intermediate
        path = self.path / f"{name}.crl"
        openssl("ca", "-config", self.configuration, "-gencrl", "-crldays", days,
                "-keyfile", issuer.key, "-cert", issuer.certificate, "-out", path)  # fmt: skip
        return path

    def ocsp_response(self, party, days=7):
        """What the intermediate says of a certificate."""
        request, response = (self.path / f"{party.name}.{end}" for end in ("req", "ocsp"))
        openssl("ocsp", "-issuer", self.intermediate.certificate, "-cert", party.certificate,
                "-no_nonce", "-reqout", request)  # fmt: skip
        openssl("ocsp", "-index", self.path / "index", "-CA", self.intermediate.certificate,
                "-rsigner", self.intermediate.certificate, "-rkey", self.intermediate.key,
                "-reqin", request, "-respout", response, "-ndays", days)  # fmt: skip
        return response

    def bundle(self, name, *parties):
        """Several certificates in one file."""
        path = self.path / f"{name}.bundle"
        path.write_text("".join(party.certificate.read_text() for party in parties))
        return path


def stamp(days):
    """A moment so many days from now, as openssl wants it."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(NOW + days * DAY))


class OpensslServer:
    """`openssl s_server` on a free port; a context manager that ends it."""

    def __init__(self, party, *arguments, chain=None):
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0"]
        command += ["-cert", party.certificate, "-key", party.key]
        if chain:
            command += ["-cert_chain", chain]
        self.process = subprocess.Popen(
            [*map(str, command), *map(str, arguments)],
            stdin=subprocess.PIPE,  # it ends where its input does
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.port = self._read_port()
        self._drain = threading.Thread(target=self.process.stdout.read)
        self._drain.start()

    def _read_port(self):
        for line in self.process.stdout:
            if line.startswith(b"ACCEPT "):
                return int(line.rsplit(b":", 1)[1])
        raise AssertionError("s_server did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._drain.join()
        self.process.stdin.close()
        self.process.stdout.close()


class RawServer:
    """A TCP server that hands each connection to `serve`; a context manager."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._serve(connection)
                except OSError:
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(30)
        if self._thread.is_alive():
            raise AssertionError("a connection was not served to its end")


def read_exactly(connection, size):
    """So many bytes, or fewer at the end."""
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def read_record(connection):
    """One TLS record, or nothing at the end."""
    header = read_exactly(connection, 5)
    if len(header) < 5:
        return b""
    return header + read_exactly(connection, struct.unpack("!H", header[3:])[0])


def hang_up(connection):
    """Closes without a reset: what came is read first."""
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass


def reset(connection):
    """Closes with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def cut_after(port, records):
    """Serves the first so many records of the TLS server at `port`, then hangs up."""

    def serve(client):
        with socket.create_connection(("127.0.0.1", port), 10) as server:
            server.sendall(read_record(client))
            for _ in range(records):
                client.sendall(read_record(server))
            hang_up(client)

    return serve


def python_server(party, chain, talk):
    """A RawServer whose connections are TLS by Python; `talk` gets each of them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, party.key)

    def serve(connection):
        # Not the default: an end without close_notify is left to `talk`.
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as tls:
            talk(tls)

    return RawServer(serve)


def free_port():
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(*arguments, **options):
    """Runs `handfast connect` to its end. Without `input` it finds nothing to read."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **options.pop("environment", {})}
    if "input" not in options:
        options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [HANDFAST, "connect", *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=60,
        env=environment,
        **options,
    )


def start_connect(*arguments):
    """Starts `handfast connect`, and leaves its end to the caller."""
    return subprocess.Popen(
        [HANDFAST, "connect", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
