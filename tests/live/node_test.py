"""Node's https module, both directions."""

import os
import pathlib
import platform
import unittest

import peers

HYBRIDS = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024")
CURVE = {"x25519": "X25519", "secp256r1": "P-256", "secp521r1": "P-521",
         **{group: group for group in HYBRIDS}}
FOLDER = pathlib.Path(__file__).parent / "node"
MACHINE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
FROM_NPM = pathlib.Path(os.environ.get("HANDFAST_PEERS", "build/peers"),
                        "node_modules", f"node-linux-{MACHINE}", "bin", "node")


class Node(peers.LiveTest):
    node = "node"

    def node_server(self, kind, group):
        port = peers.free_port()
        return peers.Server(
            [self.node, FOLDER / "server.js", port, self.files.certificate(kind),
             self.files.key(kind)], port, env=peers.wishes(groups=group and CURVE[group]))

    def ask(self, port, suite, groups):
        curves = ":".join(CURVE[group] for group in groups) if groups else None
        code, output, errors = peers.run(
            [self.node, FOLDER / "client.js", port, self.files.ca],
            env=peers.wishes(suite=suite, groups=curves))
        self.assertEqual(code, 0, f"{suite} {groups}: {output} {errors}")
        self.assertIn(suite or "TLS_", output)
        self.assertIn("Hello, peer", output)


class AnyNode(Node):
    def test_our_client_with_node(self):
        self.check_matrix(self.node_server)

    def test_sessions_of_node_go_on(self):
        self.check_resumption(lambda: self.node_server("ecdsa", None), renews=False)

    def test_node_with_our_server(self):
        # OpenSSL inside it sends a share of the first group only.
        self.check_clients(self.ask, {"x25519": "secp521r1", "secp256r1": "secp521r1"})


class NodeFromNpm(Node):
    """Node 26, which has OpenSSL 3.5 inside."""

    node = FROM_NPM

    def test_hybrid_groups(self):
        if not FROM_NPM.exists():
            self.skipTest("Node 26 is not there; ./dev test takes it from npm, where there is npm")
        self.check_hybrids(self.node_server, self.ask, HYBRIDS)


if __name__ == "__main__":
    peers.need("node", "openssl")
    unittest.main(verbosity=2)
