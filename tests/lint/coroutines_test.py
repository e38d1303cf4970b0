"""The coroutine lint flags every bad line, and no good one."""

import unittest
from pathlib import Path

import coroutines

HERE = Path(__file__).parent


def cases(name):
    blocks = (HERE / name).read_text().split("\n\n")[1:]
    return [block.strip("\n") for block in blocks if block.strip()]


class Coroutines(unittest.TestCase):
    def test_flags_every_bad_line(self):
        self.assertGreater(len(cases("coroutine_bad_lines.cc.txt")), 50)
        for case in cases("coroutine_bad_lines.cc.txt"):
            with self.subTest(case):
                self.assertTrue(list(coroutines.check(f"void f() {{\n{case}\n}}\n")))

    def test_accepts_every_good_line(self):
        for case in cases("coroutine_good_lines.cc.txt"):
            with self.subTest(case):
                self.assertEqual([], list(coroutines.check(f"void f() {{\n{case}\n}}\n")))

    def test_accepts_all_good_lines_as_one_file(self):
        together = "\n".join(cases("coroutine_good_lines.cc.txt"))
        self.assertEqual([], list(coroutines.check(together)))

    def test_names_the_line(self):
        text = "int a;\n// co_await\nvoid f() {\n  use(co_await g());\n}\n"
        findings = list(coroutines.check(text))
        self.assertEqual([4], [line for line, _ in findings])


if __name__ == "__main__":
    unittest.main()
