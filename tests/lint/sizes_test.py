"""The size lint counts files, lines, functions and coroutines."""

import unittest

import sizes


def body(lines, statement="f();"):
    return "\n".join([statement] * lines)


def complaints(text, path="src/base/a.cc"):
    return [message.split(";")[0] for _, message in sizes.check(path, text)]


class Sizes(unittest.TestCase):
    def test_counts_lines_of_a_file(self):
        self.assertEqual([], complaints("\n" * 600))
        self.assertEqual(["601 lines"], complaints("\n" * 601))
        self.assertEqual([], complaints("\n" * 900, "tests/base/a_test.cc"))
        self.assertEqual(["901 lines"], complaints("\n" * 901, "tests/base/a_test.cc"))

    def test_counts_columns(self):
        self.assertEqual([], complaints("x" * 100))
        self.assertEqual(["101 columns"], complaints("x" * 101))
        table = f"// clang-format off\n{'x' * 101}\n// clang-format on\n"
        self.assertEqual([], complaints(table))
        self.assertEqual(["101 columns"], complaints(f"{table}{'x' * 101}"))

    def test_counts_lines_of_a_function(self):
        for head in [
            "void f()",
            "int f(int a = 1) noexcept",
            "template <class T> requires std::is_class_v<T>\nauto f(T) -> int",
            "A::A(int a) : a_(a), b_{a}",
            "TEST(Name, claim)",
        ]:
            with self.subTest(head):
                lines = head.count("\n") + 1
                function = f"{head} {{\n{body(79 - lines)}\n}}"
                fitting = f"namespace a {{\nclass B final {{\n{function}\n}};\n}}"
                self.assertEqual([], complaints(fitting))
                self.assertEqual(["81 lines"], complaints(fitting.replace("f();", "f();\nf();", 1)))

    def test_counts_lines_of_a_coroutine(self):
        fitting = f"Task<void> f() {{\n{body(148, 'co_await f();')}\n}}"
        self.assertEqual([], complaints(fitting))
        self.assertEqual(["151 lines"], complaints(fitting.replace("{", "{\n", 1)))

    def test_does_not_take_a_class_or_a_table_for_a_function(self):
        for head in [
            "class [[gnu::visibility(\"default\")]] A",
            "struct alignas(16) A : B<(1 > 0)>",
            "inline constexpr std::array faults =",
            "namespace a::b",
            "enum class E : std::uint8_t",
        ]:
            with self.subTest(head):
                self.assertEqual([], complaints(f"{head} {{\n{body(100, 'x,')}\n}};"))

    def test_goes_on_after_a_function(self):
        first = "void f() { if (a) { b(); } }\n\n// a comment {\n"
        found = list(sizes.check("src/a.cc", f"{first}void g() {{\n{body(79)}\n}}\n"))
        self.assertEqual([(4, "81 lines; a function has at most 80")], found)


if __name__ == "__main__":
    unittest.main()
