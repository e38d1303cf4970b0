"""Checks that a test provokes every reason of the table of reasons."""

import re

from source import ROOT, code_only, files, finish, line_of

HEADER = ROOT / "include/handfast/reason.h"
TABLE = ROOT / "src/error/faults.h"

_EXPECTATION = re.compile(r"\bEXPECT_(?:FAILS|REFUSED)\(")
_ROW = re.compile(r"\bby_(?:client|server),\s*Reason::(\w+)")  # a row of expect_refusals
_REASON = re.compile(r"\bReason::(\w+)")
_CODE = re.compile(r'Fault\{Reason::(\w+), "(HF-[A-Z0-9-]+)"')


def reasons(header):
    """Yields (name, line) of each enumerator but `count`."""
    code = code_only(header)
    start = code.index("{", code.index("enum class Reason"))
    for match in re.finditer(r"^\s*(\w+),", code[start : code.index("}", start)], re.M):
        if match[1] != "count":
            yield match[1], line_of(code, start + match.start(1))


def provoked(test):
    """The reasons that stand in an expectation, or in a row of a table of refusals."""
    code = code_only(test)
    found = set(_ROW.findall(code))
    for match in _EXPECTATION.finditer(code):
        found.update(_REASON.findall(_arguments(code, match.end())))
    return found


def codes(table):
    """The stable code of each reason, "HF-..."."""
    return dict(_CODE.findall(table))


def names_code(script, code):
    """Whether `code` stands in `script`, and not only as the start of a longer one."""
    return re.search(re.escape(code) + r"(?![\w-])", script) is not None


def _arguments(code, start):
    """The text from `start` up to the parenthesis that closes the call."""
    depth = 1
    for at in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return code[start:at]
    return code[start:]


def main():
    found = set()
    for path in files("tests/**/*.cc", "tests/*.cc"):
        found |= provoked(path.read_text())
    scripts = "\n".join(path.read_text() for path in files("tests/command/*.py", "tests/live/*.py"))
    code_of = codes(TABLE.read_text())
    finish(
        [
            (HEADER, line, f"no test provokes {name} ({code_of[name]})")
            for name, line in reasons(HEADER.read_text())
            if name not in found and not names_code(scripts, code_of[name])
        ]
    )


if __name__ == "__main__":
    main()
