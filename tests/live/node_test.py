"""Node's https module, both directions."""

import pathlib
import unittest

import peers

CURVE = {"x25519": "X25519", "secp256r1": "P-256", "secp521r1": "P-521"}
FOLDER = pathlib.Path(__file__).parent / "node"


class Node(peers.LiveTest):
    def node_server(self, kind, group):
        port = peers.free_port()
        return peers.Server(
            ["node", FOLDER / "server.js", port, self.files.certificate(kind), self.files.key(kind),
             CURVE[group] if group else "-"], port)

    def test_our_client_with_node(self):
        self.check_matrix(self.node_server)

    def test_node_with_our_server(self):
        # OpenSSL inside it sends a share of the first group only.
        self.check_clients(self.ask, {"x25519": "secp521r1", "secp256r1": "secp521r1"})

    def ask(self, port, suite, groups):
        curves = ":".join(CURVE[group] for group in groups) if groups else "-"
        code, output, errors = peers.run(
            ["node", FOLDER / "client.js", port, self.files.ca, suite or "-", curves])
        self.assertEqual(code, 0, f"{suite} {groups}: {output} {errors}")
        self.assertIn(suite or "TLS_", output)
        self.assertIn("Hello, peer", output)


if __name__ == "__main__":
    peers.need("node", "openssl")
    unittest.main(verbosity=2)
