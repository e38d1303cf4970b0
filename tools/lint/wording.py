"""Refuses words that must not stand in the tree, each with its reason."""

import re

from source import ROOT, code_only, files, finish

CODE = ("src/*.h", "src/*.cc", "include/*.h", "tools/*.h", "tools/*.cc")
CPP = (*CODE, "tests/*.h", "tests/*.cc", "bench/*.h", "bench/*.cc")
BUILD = ("*.cmake", "*CMakeLists.txt", "CMakePresets.json", "dev", ".ci/*")
TEXT = (*CPP, *BUILD, "*.md", "*.py", "*.sh")

# This file and its test name what they refuse; vectors are other people's data.
EXCLUDED = ["tools/lint/wording.py", "tests/lint/wording_test.py", "tests/vectors"]

# Files that may touch memory by hand, and why.
RAW_MEMORY = {
    "src/crypto/openssl/dispatch.h": "a provider's functions come as one type and number",
    "src/net/listener.cc": "socket addresses",
    "src/net/stream.cc": "text as bytes, and bytes as text",
    "src/net/tcp.cc": "socket addresses",
    "src/net/wait.cc": "socket addresses",
}

# (where, in code without comments or in the whole text, what, why)
RULES = [
    (TEXT, "text", r"\b(?:TODO|FIXME|XXX|HACK)\b", "finish it, or say in a sentence what lacks"),
    (CODE, "text", r"(?i)\b(?:not implemented|for now|placeholder)\b", "finish it or drop it"),
    (TEXT, "text", r"(?<![\w.$}])/(?:home|work|farm|Users)/", "the path of one machine"),
    (CPP, "text", r"RFC\s?8446", "TLS 1.3 is RFC 9846, and its sections have moved"),
    (CPP, "code", r"\busing\s+namespace\s+std\s*;", "names of std are written out"),
    (CODE, "code", r"\b(?:memcpy|memmove|reinterpret_cast)\b", "bytes go by Reader and Writer"),
    (CODE, "code", r"(?<![:.>])\bget_(?!return_object)\w+", "name what it gives, without the verb"),
    (CODE, "code", r"\b\w*(?:Manager|Helper|Impl)\b|\butils?\b", "name what it is or does"),
]  # fmt: skip


def check(path, text, kinds):
    """Yields (line, what is wrong) for the rules whose file patterns are in `kinds`."""
    code = code_only(text) if path.endswith((".h", ".cc")) else text
    for kind, part, pattern, why in RULES:
        if kind not in kinds or ("memcpy" in pattern and path in RAW_MEMORY):
            continue
        for number, line in enumerate((code if part == "code" else text).splitlines(), 1):
            for match in re.finditer(pattern, line):
                yield number, f'"{match[0]}": {why}'


def main():
    """Checks each kind of file by its rules."""
    findings = []
    members = {kind: set(files(*kind, excluding=EXCLUDED)) for kind in (CODE, CPP, TEXT)}
    for path in sorted(members[TEXT]):
        kinds = [kind for kind, paths in members.items() if path in paths]
        found = check(path.relative_to(ROOT).as_posix(), path.read_text(), kinds)
        findings += [(path, line, message) for line, message in found]
    finish(findings)


if __name__ == "__main__":
    main()
