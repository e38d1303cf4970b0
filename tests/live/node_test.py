"""Node's https module, both directions."""

import pathlib
import unittest

import peers

CURVE = {"x25519": "X25519", "secp256r1": "P-256"}
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
        for kind in peers.KEYS:
            with peers.handfast_serve(self.files, (kind,)) as server:
                for suite in peers.SUITES:
                    for groups in ("X25519", "P-256", "P-521:X25519", "P-521:P-256"):
                        code, output, errors = peers.run(
                            ["node", FOLDER / "client.js", server.port, self.files.ca, suite,
                             groups])
                        self.assertEqual(code, 0, f"{kind} {suite} {groups}: {output} {errors}")
                        self.assertIn(suite, output)
                        self.assertIn("Hello, peer", output)


if __name__ == "__main__":
    peers.need("node", "openssl")
    unittest.main(verbosity=2)
