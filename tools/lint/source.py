"""What the lints share: the files of the tree, their text without comments and strings, reports."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Numbers stand here so that the digit separator of 1'000 does not open a character literal.
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | R"(?P<mark>[^()\\\s]*)\((?P<raw>.*?)\)(?P=mark)"
      | "(?P<string>(?:\\.|[^"\\\n])*)"
      | (?P<number>\b[0-9](?:'?[\w.])*)
      | '(?P<char>(?:\\.|[^'\\\n])+)'""",
    re.VERBOSE | re.DOTALL,
)


def files(*patterns, excluding=()):
    """Paths under ROOT that git tracks or would track, given as git pathspecs."""
    specs = [*patterns, *(f":!{pattern}" for pattern in excluding)]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *specs]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def code_only(text):
    """`text` with comments and the insides of literals as spaces; every line stays where it was."""

    def blank(match):
        for group in ("comment", "raw", "string", "char"):
            if match[group]:
                start, end = (at - match.start() for at in match.span(group))
                whole = match[0]
                return whole[:start] + re.sub(r"[^\n]", " ", whole[start:end]) + whole[end:]
        return match[0]

    return _TOKEN.sub(blank, text)


def line_of(text, offset):
    """The number of the line that holds `offset`."""
    return text.count("\n", 0, offset) + 1


def finish(findings):
    """Prints findings (path, line, what is wrong) and ends the program, with 1 if there are any."""
    for path, line, message in sorted(findings):
        print(f"{Path(path).relative_to(ROOT)}:{line}: {message}")
    sys.exit(1 if findings else 0)
