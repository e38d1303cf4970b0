"""The floor lint lets includes go down, and only down."""

import unittest

import floors

EVERYTHING = {
    "include/handfast/error.h", "include/handfast/verdict.h", "include/handfast/connection.h",
    "src/base/secret.h",
    "src/error/faults.h", "src/codec/reader.h", "src/crypto/hash.h", "src/crypto/openssl/digest.h",
    "src/der/reader.h", "src/message/hello.h", "src/x509/path.h", "src/handshake/task.h",
    "src/net/stream.h", "tools/handfast/diagram.h",
}  # fmt: skip


def flagged(path, include):
    text = f"// first line\n#include {include}\n"
    return bool(list(floors.check(path, text, EVERYTHING.__contains__)))


class Floors(unittest.TestCase):
    def test_accepts_what_lies_below(self):
        for path, include in [
            ("src/codec/writer.h", '"base/secret.h"'),
            ("src/x509/path.cc", '"der/reader.h"'),
            ("src/x509/path.cc", '"x509/path.h"'),
            ("src/base/secret.h", '"handfast/error.h"'),
            ("src/x509/path.h", '"handfast/verdict.h"'),
            ("src/handshake/task.h", '"handfast/verdict.h"'),
            ("src/error/error.cc", '"base/secret.h"'),
            ("src/crypto/openssl/digest.cc", '"crypto/hash.h"'),
            ("src/crypto/openssl/digest.cc", "<openssl/evp.h>"),
            ("src/legacy/openssl/rsa.cc", "<openssl/evp.h>"),
            ("src/compression/zlib.cc", "<zlib.h>"),
            ("src/connection/connection.cc", '"handfast/connection.h"'),
            ("src/connection/connection.cc", '"handshake/task.h"'),
            ("src/net/stream.cc", '"net/stream.h"'),
            ("include/handfast/connection.h", "<span>"),
            ("tools/handfast/main.cc", '"handfast/connection.h"'),
            ("tools/handfast/main.cc", '"handfast/diagram.h"'),
            ("tools/handfast/main.cc", "<map>"),
        ]:
            with self.subTest(path=path, include=include):
                self.assertFalse(flagged(path, include))

    def test_refuses_what_does_not(self):
        for path, include in [
            ("src/base/secret.h", '"codec/reader.h"'),
            ("src/base/secret.h", '"error/faults.h"'),
            ("src/codec/reader.h", '"crypto/hash.h"'),
            ("src/crypto/hash.h", '"crypto/openssl/digest.h"'),
            ("src/message/hello.cc", '"x509/path.h"'),
            ("src/x509/path.cc", '"message/hello.h"'),
            ("src/der/reader.h", '"handfast/verdict.h"'),
            ("src/handshake/task.h", '"handfast/connection.h"'),
            ("src/handshake/task.h", "<openssl/evp.h>"),
            ("src/legacy/cbc.cc", "<openssl/evp.h>"),
            ("src/handshake/task.h", "<zlib.h>"),
            ("src/crypto/hash.h", "<brotli/decode.h>"),
            ("tools/handfast/main.cc", "<zstd.h>"),
            ("src/net/stream.cc", '"base/secret.h"'),
            ("src/base/secret.h", '"base/missing.h"'),
            ("src/base/secret.h", '"reader.h"'),
            ("src/new/thing.h", "<span>"),
            ("include/handfast/connection.h", '"base/secret.h"'),
            ("include/handfast/connection.h", "<functional>"),
            ("tools/handfast/main.cc", '"diagram.h"'),
            ("tools/handfast/main.cc", '"base/secret.h"'),
            ("tools/handfast/main.cc", "<openssl/evp.h>"),
        ]:
            with self.subTest(path=path, include=include):
                self.assertTrue(flagged(path, include))

    def test_names_the_line(self):
        text = '#include "base/secret.h"\n#include "handshake/task.h"\n'
        found = list(floors.check("src/codec/reader.h", text, EVERYTHING.__contains__))
        self.assertEqual([2], [line for line, _ in found])


if __name__ == "__main__":
    unittest.main()
