"""Keeps files, functions and lines small enough to be read."""

import re
from bisect import bisect_right

from source import ROOT, code_only, files, finish, line_of

FILE_LINES = 600
TEST_FILE_LINES = 900
FUNCTION_LINES = 80
COROUTINE_LINES = 150
COLUMNS = 100

_DIRECTIVE = re.compile(r"^[ \t]*#(?:.*\\\n)*.*", re.M)
_SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")


def functions(text):
    """Yields (first line, last line, is it a coroutine) of each function that is not in another."""
    code = _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), code_only(text))
    breaks = [match.start() for match in re.finditer(r"[;{}]", code)]
    depth, inside, parentheses = 0, None, 0
    for match in re.finditer(r"[(){}]", code):
        char, at = match[0], match.start()
        if inside is None and char in "()":
            parentheses += 1 if char == "(" else -1
        elif char == "{" and inside is not None:
            depth += 1
        elif char == "{" and parentheses == 0:
            before = bisect_right(breaks, at - 1) - 1
            start = breaks[before] + 1 if before >= 0 else 0
            if _is_function(code[start:at]):
                inside, depth = start, 1
        elif char == "}" and inside is not None:
            depth -= 1
            initialiser = code[at + 1 :].lstrip()[:1] in ("{", ",")  # as in `A() : a_{1} {`
            if depth == 0 and not initialiser:
                first = inside + len(code[inside:at]) - len(code[inside:at].lstrip())
                body = code[first:at]
                coroutine = bool(re.search(r"\bco_(await|return)\b", body))
                yield line_of(code, first), line_of(code, at), coroutine
                inside = None


def _is_function(head):
    """Whether the text between the last ; { } and a { opens a function's body."""
    head = re.sub(r"\[\[.*?\]\]|alignas\([^()]*\)|<[^<>]*>", "", head, flags=re.S)
    return "(" in head and not _SCOPE.search(head.split("(")[0]) and not re.search(r"=\s*$", head)


def check(path, text):
    """Yields (line, what is wrong) for the file `path`, relative to the root."""
    lines = text.splitlines()
    limit = TEST_FILE_LINES if path.startswith("tests/") else FILE_LINES
    if len(lines) > limit:
        yield len(lines), f"{len(lines)} lines; a file has at most {limit}"
    table = False  # rows that clang-format leaves alone may be as long as they are
    for number, line in enumerate(lines, 1):
        table = (table or "clang-format off" in line) and "clang-format on" not in line
        if len(line) > COLUMNS and not table:
            yield number, f"{len(line)} columns; a line has at most {COLUMNS}"
    if path.endswith((".h", ".cc")):
        for first, last, coroutine in functions(text):
            kind = "coroutine" if coroutine else "function"
            limit = COROUTINE_LINES if coroutine else FUNCTION_LINES
            if last - first + 1 > limit:
                yield first, f"{last - first + 1} lines; a {kind} has at most {limit}"


def main():
    """Checks the code; vectors are data."""
    findings = []
    for path in files("*.h", "*.cc", "*.py", "*.sh", "dev", ".ci/run", excluding=["tests/vectors"]):
        found = check(path.relative_to(ROOT).as_posix(), path.read_text())
        findings += [(path, line, message) for line, message in found]
    finish(findings)


if __name__ == "__main__":
    main()
