"""Servers from Debian that begin in clear and go over to TLS, each with its configuration in a
folder that goes with the test. As root they run as "nobody", but for Postfix, which wants to be
root."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import unittest

import peers

UNPRIVILEGED = "nobody"
UNPACKED = pathlib.Path(os.environ.get("HANDFAST_PEERS", "build/peers")).absolute()


def find(*places):
    """The first of these programs that is installed; a pattern's last match is its newest."""
    for place in places:
        found = sorted(pathlib.Path("/").glob(place.lstrip("/")))
        if found and os.access(found[-1], os.X_OK):
            return found[-1]
    return None


def needs(daemon):
    """Skips a test, visibly, where the daemon cannot run."""
    if daemon.program is None:
        return unittest.skip(f"{daemon.__name__} is not installed; ./dev says when it installs it")
    if not daemon.is_unprivileged and os.geteuid() != 0:
        return unittest.skip(f"{daemon.__name__} runs as root alone")
    return lambda test: test


class Daemon(peers.Server):
    """A daemon in a folder of its own, as somebody who may do nothing else. With `tls` false it has
    no certificate."""

    program = None
    is_unprivileged = True
    environment = None  # that of the test

    def __init__(self, files, kind="ecdsa", tls=True):
        self.tls = tls
        self._folder = tempfile.TemporaryDirectory(prefix="handfast-daemon-")
        self.folder = pathlib.Path(self._folder.name)
        self.certificate = self._copy(files.certificate(kind))
        self.key = self._copy(files.key(kind))
        self.key.chmod(0o600)
        self.authority = self._copy(files.ca)
        self.user = {}
        self.name = pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0 and self.is_unprivileged:
            self.name = UNPRIVILEGED
            entry = pwd.getpwnam(self.name)
            self.user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            for path in (self.folder, *self.folder.iterdir()):
                self.own(path)
        command = self.prepare()
        super().__init__(command, self.port, cwd=self.folder, env=self.environment, **self.user)

    def prepare(self):
        """Writes what the daemon reads, sets `port`, and returns its command."""
        raise NotImplementedError

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        self.own(path)
        return path

    def make(self, name):
        """A folder of the daemon's own."""
        path = self.folder / name
        path.mkdir()
        self.own(path)
        return path

    def own(self, path):
        """Gives `path` to whom the daemon runs as."""
        if self.user:
            os.chown(path, self.user["user"], self.user["group"])

    def run(self, *command):
        subprocess.run([str(word) for word in command], check=True, capture_output=True,
                       cwd=self.folder, timeout=120, env=self.environment, **self.user)

    def _copy(self, source):
        target = self.folder / source.name
        shutil.copy(source, target)
        return target

    def stop(self):
        with contextlib.closing(self._process.stdin):
            output = super().stop()
        self._folder.cleanup()
        return output


class Postfix(Daemon):
    """SMTP."""

    program = find("/usr/lib/postfix/sbin/master")
    is_unprivileged = False

    def prepare(self):
        self.port = peers.free_port()
        self.folder.chmod(0o755)
        owner = pwd.getpwnam("postfix")
        for name in ("queue", "data"):
            (self.folder / name).mkdir()
        for name in ("active bounce corrupt defer deferred flush hold incoming maildrop pid "
                     "private public saved trace").split():
            (self.folder / "queue" / name).mkdir()
            if name != "pid":
                os.chown(self.folder / "queue" / name, owner.pw_uid, owner.pw_gid)
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        self.write("main.cf", f"""
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
daemon_directory = {self.program.parent}
command_directory = /usr/sbin
maillog_file_prefixes = {self.folder}
maillog_file = {self.folder}/log
myhostname = localhost
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_tls_security_level = {"may" if self.tls else "none"}
smtpd_tls_cert_file = {self.certificate}
smtpd_tls_key_file = {self.key}
""")
        self.write("master.cf", f"""
127.0.0.1:{self.port} inet n - n - - smtpd
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
cleanup unix n - n - 0 cleanup
postlog unix-dgram n - n - 1 postlogd
""")
        return [self.program, "-c", self.folder, "-d"]


class Dovecot(Daemon):
    """IMAP, POP3, LMTP and ManageSieve, each on a port of its own; `port` is IMAP's."""

    program = find("/usr/sbin/dovecot")

    def prepare(self):
        self.ports = {name: peers.free_port() for name in ("imap", "pop3", "lmtp", "sieve")}
        self.port = self.ports["imap"]
        group = subprocess.run(["id", "-gn", self.name], check=True,
                               capture_output=True).stdout.decode().strip()
        logins = "\n".join(f"""
service {service}-login {{
  chroot =
  inet_listener {name} {{
    address = 127.0.0.1
    port = {self.ports[name]}
  }}
  inet_listener {name}s {{
    port = 0
  }}
}}
""" for service, name in (("imap", "imap"), ("pop3", "pop3"), ("managesieve", "sieve")))
        return [self.program, "-F", "-c", self.write("dovecot.conf", f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap pop3 lmtp sieve
default_internal_user = {self.name}
default_internal_group = {group}
default_login_user = {self.name}
ssl = {"yes" if self.tls else "no"}
ssl_cert = <{self.certificate}
ssl_key = <{self.key}
passdb {{
  driver = static
  args = password=test
}}
userdb {{
  driver = static
  args = home={self.folder}/mail uid={self.name} gid={group}
}}
mail_location = maildir:~/mail
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.ports["lmtp"]}
  }}
}}
{logins}
""")]


class Slapd(Daemon):
    """LDAP."""

    program = find("/usr/sbin/slapd")

    def prepare(self):
        self.port = peers.free_port()
        tls = f"""
TLSCertificateFile {self.certificate}
TLSCertificateKeyFile {self.key}
TLSCACertificateFile {self.authority}
"""
        pid = f"pidfile {self.folder}/pid\n"
        config = self.write("slapd.conf", pid + (tls if self.tls else ""))
        return [self.program, "-f", config, "-h", f"ldap://127.0.0.1:{self.port}", "-d", "0"]


class PostgreSql(Daemon):
    """PostgreSQL."""

    program = find("/usr/lib/postgresql/*/bin/postgres")

    def prepare(self):
        self.port = peers.free_port()
        data = self.folder / "data"
        self.run(self.program.with_name("initdb"), "--pgdata", data, "--auth", "trust",
                 "--username", "postgres", "--no-sync", "--no-locale")
        settings = {"ssl": "on" if self.tls else "off", "ssl_cert_file": self.certificate,
                    "ssl_key_file": self.key, "fsync": "off"}
        return [self.program, "-D", data, "-p", self.port, "-h", "127.0.0.1", "-k", self.folder,
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]


class MariaDb(Daemon):
    """MariaDB, which speaks the protocol of MySQL; without tables of rights it lets in anybody."""

    program = find("/usr/sbin/mariadbd")

    def prepare(self):
        self.port = peers.free_port()
        data = self.make("data")
        return [self.program, "--no-defaults", f"--datadir={data}", "--skip-grant-tables",
                "--skip-innodb", "--default-storage-engine=Aria", f"--socket={self.folder}/socket",
                f"--pid-file={self.folder}/pid", "--bind-address=127.0.0.1", f"--port={self.port}",
                "--skip-log-bin", *((f"--ssl-cert={self.certificate}", f"--ssl-key={self.key}")
                                    if self.tls else ("--skip-ssl",))]


class Inn(Daemon):
    """NNTP: a server for readers, with no news. It makes itself "nobody" once it listens."""

    program = find(str(UNPACKED / "inn/usr/lib/news/bin/nnrpd-ssl"))
    is_unprivileged = False

    def prepare(self):
        self.port = peers.free_port()
        tls = f"""
tlscertfile: {self.certificate}
tlskeyfile: {self.key}
"""
        config = self.write("inn.conf", f"""
pathnews: {self.folder}
pathbin: {self.program.parent}
pathetc: {self.folder}
pathdb: {self.folder}
pathrun: {self.folder}
pathlog: {self.folder}
pathtmp: {self.folder}
pathspool: {self.folder}
pathoverview: {self.folder}
patharticles: {self.folder}
mta: "/bin/false %s"
domain: localhost
pathhost: localhost
fromhost: localhost
ovmethod: tradindexed
enableoverview: true
hismethod: hisv6
runasuser: {UNPRIVILEGED}
runasgroup: nogroup
{tls if self.tls else ""}
""")
        self.write("readers.conf", """
auth all { hosts: "*" default: "<any>" }
access all { users: "*" newsgroups: "*" }
""")
        self.write("storage.conf", 'method tradspool { class: 0 newsgroups: "*" }')
        for name in ("active", "newsgroups", "history", "tradspool.map"):
            self.write(name, "")
        owner = pwd.getpwnam(UNPRIVILEGED)
        for path in (self.folder, *self.folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        libraries = [UNPACKED / "inn/usr/lib/news", *(UNPACKED / "inn/usr/lib").glob("*-linux-gnu")]
        self.environment = {**os.environ, "INNCONF": str(config),
                            "LD_LIBRARY_PATH": ":".join(map(str, libraries))}
        for command in (["makedbz", "-i", "-o", "-s", "100", "-f", self.folder / "history"],
                        ["makehistory", "-O", "-x", "-F"]):
            self.run("setpriv", "--reuid", UNPRIVILEGED, "--regid", "nogroup", "--clear-groups",
                     self.program.with_name(command[0]), *command[1:])
        return [self.program, "-D", "-f", "-p", self.port, "-b", "127.0.0.1"]


class Prosody(Daemon):
    """XMPP for clients, and on `server_port` for servers."""

    program = find("/usr/bin/prosody")

    def prepare(self):
        self.port, self.server_port = peers.free_port(), peers.free_port()
        return [self.program, "-F", "--config", self.write("prosody.cfg.lua", f"""
daemonize = false
pidfile = "{self.folder}/pid"
data_path = "{self.folder}"
log = "*console"
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {self.port} }}
s2s_ports = {{ {self.server_port} }}
modules_enabled = {{ {'"tls",' if self.tls else ""} "saslauth", "s2s", "disco" }}
ssl = {{ key = "{self.key}", certificate = "{self.certificate}" }}
VirtualHost "localhost"
""")]


class Vsftpd(Daemon):
    """FTP."""

    program = find("/usr/sbin/vsftpd")

    def prepare(self):
        self.port = peers.free_port()
        empty = self.make("empty")
        return [self.program, self.write("vsftpd.conf", f"""
run_as_launching_user=YES
background=NO
listen=YES
listen_address=127.0.0.1
listen_port={self.port}
anonymous_enable=YES
anon_root={empty}
secure_chroot_dir={empty}
seccomp_sandbox=NO
ssl_enable={"YES" if self.tls else "NO"}
allow_anon_ssl=YES
rsa_cert_file={self.certificate}
rsa_private_key_file={self.key}
""")]


class Inspircd(Daemon):
    """IRC."""

    program = find("/usr/sbin/inspircd")

    def prepare(self):
        self.port = peers.free_port()
        config = self.write("irc.conf", f"""
<server name="irc.localhost" description="test" network="test">
<admin name="test" nick="test" email="test@localhost">
<bind address="127.0.0.1" port="{self.port}" type="clients">
<connect allow="*">
<module name="cap">
<module name="ssl_gnutls">
{'<module name="starttls">' if self.tls else ""}
<sslprofile name="Clients" provider="gnutls" certfile="{self.certificate}" keyfile="{self.key}">
""")
        return [self.program, "--nofork", "--nolog", "--nopid", "--config", config]
