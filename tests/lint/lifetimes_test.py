"""The lint of lifetimes knows a loop over what is gone from one over what has a name."""

import unittest

import lifetimes


def complaints(statement):
    return len(list(lifetimes.check(f"void f() {{\n  {statement} {{}}\n}}\n")))


class Lifetimes(unittest.TestCase):
    def test_refuses_to_reach_into_what_a_call_returns(self):
        for loop in [
            'for (const auto& row : read_json(file).at("exceptions"))',
            'for (const auto& row : suite()["tests"])',
            "for (const auto& [a, b] : parts().items())",
            "for (int a : *read())",
            "for (int a : std::span(read()).subspan(1))",
            "for (int a : reader->all().names)",
            "for (int i = 0; int a : list()->of(i))",
            "for (int a : (flag ? one() : other()).list)",
        ]:
            with self.subTest(loop):
                self.assertEqual(1, complaints(loop))

    def test_leaves_names_calls_and_views_of_names(self):
        for loop in [
            "for (const auto& row : rows)",
            "for (const auto& row : file.rows)",
            "for (const auto& row : *rows)",
            "for (const auto& row : table_[i])",
            "for (const auto& row : read(file.text(), other().name))",
            "for (int a : file.rows())",
            "for (int a : {1, 2, f().g()})",
            "for (int a : std::span(rows).subspan(1, size()))",
            "for (int a : std::span<const int>(rows_).first(size_))",
            "for (int a : std::views::iota(0, size().all))",
            "for (int i = f().g(); i < f()[0]; ++i)",
            "for (auto i = a::b().begin(); i != a ? f().g : b; ++i)",
        ]:
            with self.subTest(loop):
                self.assertEqual(0, complaints(loop))


if __name__ == "__main__":
    unittest.main()
