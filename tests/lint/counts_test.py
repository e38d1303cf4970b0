"""The lint of counts sees a figure that the tree does not have."""

import unittest

import counts

SIZES = {"a.cc": 10, "b/c.h": 5}


class Counts(unittest.TestCase):
    def complaints(self, row):
        return [what for _, what in counts.check("# Title\n\n" + row, SIZES.get)]

    def test_is_content_with_the_truth(self):
        row = "| add it | 2 / 15 | in `a.cc` (10), then `b/c.h` (5) |"
        self.assertEqual([], self.complaints(row))

    def test_sees_a_file_that_grew(self):
        self.assertEqual(
            ["a.cc has 10 lines, not 9"], self.complaints("| add it | 1 / 9 | in `a.cc` (9) |")
        )

    def test_sees_a_file_that_is_gone(self):
        self.assertEqual(
            ["d.cc has None lines, not 9"], self.complaints("| add it | 1 / 9 | in `d.cc` (9) |")
        )

    def test_sees_a_wrong_sum(self):
        row = "| add it | 3 / 16 | in `a.cc` (10), then `b/c.h` (5) |"
        self.assertEqual(2, len(self.complaints(row)))

    def test_leaves_other_tables_alone(self):
        self.assertEqual([], self.complaints("| 0 | `src/base` | `Secret` (wiped) |"))


if __name__ == "__main__":
    unittest.main()
