"""The lint of reasons knows what provokes a reason, and what only names it."""

import unittest

import reasons


class Reasons(unittest.TestCase):
    def test_lists_the_enumerators(self):
        header = "// Reason\nenum class Reason : int {\n  // a\n  one,\n  two,\n\n  count,\n};\n"
        self.assertEqual([("one", 4), ("two", 5)], list(reasons.reasons(header)))

    def test_sees_expectations(self):
        self.assertEqual({"one"}, reasons.provoked("EXPECT_FAILS(f(a, g()), Reason::one);"))
        self.assertEqual({"one"}, reasons.provoked("EXPECT_REFUSED(v,\n    Reason::one);"))

    def test_sees_rows_of_refusals(self):
        row = '{"what", by_client, Reason::one, {{1, drop(finished)}}},'
        self.assertEqual({"one"}, reasons.provoked(row))
        self.assertEqual({"two"}, reasons.provoked('{"what",\n by_server,\n Reason::two,'))

    def test_is_not_content_with_a_mention(self):
        for line in (
            "// EXPECT_FAILS(f(), Reason::one);",
            'log("EXPECT_FAILS(f(), Reason::one)");',
            "EXPECT_FAILS(f(), reason); use(Reason::one);",
            "const auto reason = Reason::one;",
        ):
            self.assertEqual(set(), reasons.provoked(line), line)

    def test_reads_codes_whole(self):
        table = 'Fault{Reason::one, "HF-KEY", x},\nFault{Reason::two, "HF-KEY-FIT", y},'
        self.assertEqual({"one": "HF-KEY", "two": "HF-KEY-FIT"}, reasons.codes(table))
        self.assertTrue(reasons.names_code('assert "HF-KEY" in text', "HF-KEY"))
        self.assertFalse(reasons.names_code('assert "HF-KEY-FIT" in text', "HF-KEY"))


if __name__ == "__main__":
    unittest.main()
