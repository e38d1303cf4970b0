"""What the lints see of a file: code, without comments and literals, each line in its place."""

import unittest

from source import code_only, line_of


class Source(unittest.TestCase):
    def test_blanks_comments(self):
        self.assertEqual("a;       \nb;", code_only("a; // b;{\nb;"))
        self.assertEqual("a       \n     b", code_only("a /* { x\n } */b"))

    def test_blanks_the_inside_of_literals(self):
        self.assertEqual('f("    ");', code_only('f("//;{");'))
        self.assertEqual('f("    ");', code_only('f("a\\"b");'))
        self.assertEqual("f(' ', '  ');", code_only("f('{', '\\'');"))
        self.assertEqual('f(R"x(    )x");', code_only('f(R"x( )" )x");'))

    def test_takes_no_digit_separator_for_a_literal(self):
        self.assertEqual("1'000 + 2'000;", code_only("1'000 + 2'000;"))
        self.assertEqual("0xFF'FFu", code_only("0xFF'FFu"))

    def test_keeps_every_line(self):
        text = 'a /* \n\n */ R"(\n)" // x\nb'
        self.assertEqual(text.count("\n"), code_only(text).count("\n"))
        self.assertEqual(5, line_of(text, text.index("b")))


if __name__ == "__main__":
    unittest.main()
