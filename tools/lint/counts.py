"""Checks that the counts of files and lines in ARCHITECTURE.md are those of the tree."""

import re

from source import ROOT, finish

ARCHITECTURE = ROOT / "ARCHITECTURE.md"

_ROW = re.compile(r"^\| [^|]+ \| (?P<files>\d+) / (?P<lines>\d+) \| (?P<where>.+) \|$")
_FILE = re.compile(r"`(?P<path>[\w/.]+)` \((?P<lines>\d+)\)")


def check(text, size_of):
    """Yields (line, what is wrong); `size_of` gives a path's count of lines."""
    for number, line in enumerate(text.splitlines(), 1):
        row = _ROW.match(line)
        if not row:
            continue
        named = [(match["path"], int(match["lines"])) for match in _FILE.finditer(row["where"])]
        for path, claimed in named:
            if size_of(path) != claimed:
                yield number, f"{path} has {size_of(path)} lines, not {claimed}"
        if len(named) != int(row["files"]):
            yield number, f"{len(named)} files are named, {row['files']} are claimed"
        if sum(claimed for _, claimed in named) != int(row["lines"]):
            yield number, f"the files named have {sum(lines for _, lines in named)} lines together"


def lines_of(path):
    file = ROOT / path
    return len(file.read_text().splitlines()) if file.is_file() else None


def main():
    findings = check(ARCHITECTURE.read_text(), lines_of)
    finish([(ARCHITECTURE, line, complaint) for line, complaint in findings])


if __name__ == "__main__":
    main()
