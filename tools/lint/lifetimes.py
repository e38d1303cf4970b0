"""Keeps a range-for from walking over what is already gone.

Before C++23's P2718, which neither compiler has, `for (x : f().g())` destroys what f() returns
before the first turn. What a loop walks over is therefore a name, one call, or a view (std::span,
std::views) of something that has a name.
"""

import re

from source import code_only, files, finish, line_of

_LOOP = re.compile(r"\bfor\s*\(")
_MESSAGE = "a loop reaches into what a call returns, which is gone by then; name it first"


def ranges(code):
    """Yields (offset, range) for each range-for of `code`."""
    for match in _LOOP.finditer(code):
        depth, colon = 1, None
        for at in range(match.end(), len(code)):
            char = code[at]
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(char, 0)
            if depth == 0:
                if colon is not None:
                    yield match.start(), " ".join(code[colon + 1 : at].split())
                break
            if char == ";" and depth == 1:
                colon = None  # an init statement, or no range-for at all
            elif char == ":" and depth == 1 and ":" not in (code[at - 1], code[at + 1]):
                colon = colon or at


def reaches_into_a_call(expression):
    """Whether a range is more than a name, a call, or a view of a name."""
    views = r"(?:(?:std::span(?:<[^<>]*>)?|Bytes)\([\w:.]+\)"
    views += r"|std::views::\w+\([\w:.]+(?:, [^()]*)?\))"
    rest = re.sub(views, "view", re.sub(r"\{.*\}", "list", expression))
    before = None
    while before != rest:  # the arguments of calls live as long as the statement that names them
        before = rest
        rest = re.sub(r"\([^()]*\)", "@", rest)
    rest = re.sub(r"\bview(?:\.(?:first|last|subspan)@)*", "view", rest)
    return bool(re.search(r"@ ?(?:\.|->|\[)|^\*.*@", rest))


def check(text):
    """Yields (line, what is wrong) for a file."""
    code = code_only(text)
    for offset, expression in ranges(code):
        if reaches_into_a_call(expression):
            yield line_of(code, offset), _MESSAGE


def main():
    """Checks all code."""
    findings = []
    for path in files("*.h", "*.cc"):
        findings += [(path, line, message) for line, message in check(path.read_text())]
    finish(findings)


if __name__ == "__main__":
    main()
