"""The wording lint refuses what its table lists, where the table says so."""

import unittest

import wording


def flagged(text, path="src/base/a.h", kinds=(wording.CODE, wording.CPP, wording.TEXT)):
    return bool(list(wording.check(path, text, kinds)))


class Wording(unittest.TestCase):
    def test_refuses(self):
        for text in [
            "// TODO: later",
            "int a;  // FIXME",
            'auto f = open("/home/somebody/file");',
            "// see /" "work/shared/x.md",  # in two, or this line would name such a path itself
            "// RFC 8446 §4.2.8: ...",
            "using namespace std;",
            "std::memcpy(a, b, n);",
            "auto p = reinterpret_cast<char*>(q);",
            "int get_size();",
            "class KeyManager;",
            "struct ConnectionImpl {",
            "namespace util {",
        ]:
            with self.subTest(text):
                self.assertTrue(flagged(text))

    def test_accepts(self):
        for text in [
            "// RFC 9846 §4.3.8 replaced RFC 5246",
            "// memcpy would do, but not here",
            "using namespace std::chrono_literals;",
            "std::get_if<Data>(&event);",
            "app->get_name();",
            "auto get_return_object() noexcept;",
            'fail("the utility of a manager");',
            '#include "base/homework/work.h"',
            "$root/" "work/x",
        ]:
            with self.subTest(text):
                self.assertFalse(flagged(text))

    def test_raw_memory_has_its_places(self):
        self.assertFalse(flagged("std::memcpy(a, b, n);", "src/net/tcp.cc"))
        as_test = ("tests/base/a_test.cc", (wording.CPP, wording.TEXT))
        self.assertFalse(flagged("std::memcpy(a, b, n);", *as_test))

    def test_every_place_for_raw_memory_has_a_reason(self):
        self.assertTrue(all(wording.RAW_MEMORY.values()))


if __name__ == "__main__":
    unittest.main()
