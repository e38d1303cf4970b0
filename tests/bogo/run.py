#!/usr/bin/env python3
"""Runs BoringSSL's TLS test runner against the shim, and writes down how it went.

    HANDFAST_BOGO_RUNNER=PATH tests/bogo/run.py [--shim PATH] [--test GLOBS] [--report FILE]

The runner is a Go program that is not part of this project: README.md says how to build it. Without
it nothing is run, and the exit code is 77 (skipped).
"""

import argparse
import collections
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CONFIG = HERE / "config.json"
SKIPPED = 77

# Names every test and runs none.
LISTING_SHIM = """#!/bin/sh
case "$*" in *-is-handshaker-supported*) echo No ;; *) exit 89 ;; esac
"""


def main():
    options = parse_options()
    runner = os.environ.get("HANDFAST_BOGO_RUNNER")
    if not runner:
        print("skipped: HANDFAST_BOGO_RUNNER does not name BoringSSL's test runner")
        return SKIPPED
    runner = runner_program(pathlib.Path(runner))
    with tempfile.TemporaryDirectory(prefix="handfast-bogo-") as folder:
        results, missing = run(runner, options, pathlib.Path(folder))
        names = list_tests(runner, pathlib.Path(folder)) if options.report else None
    counts = collections.Counter(results.values())
    failed = sorted(name for name, result in results.items() if result == "FAIL")
    for name in failed:
        print("failed:", name)
    if names is not None:
        disabled, stale = sort_disabled(names)
        for pattern in stale:
            print("config.json disables what is not there:", pattern)
        options.report.write_text(report(names, counts, disabled, missing), encoding="utf-8")
        failed += stale
    print(f"{counts['PASS']} passed, {len(failed)} failed, {counts['SKIP']} skipped")
    return 1 if failed or not counts["PASS"] else 0


def parse_options():
    parser = argparse.ArgumentParser(description="Runs BoringSSL's TLS tests against the shim.")
    parser.add_argument("--shim", type=pathlib.Path,
                        default=os.environ.get("HANDFAST_BOGO_SHIM",
                                               ROOT / "build/release/bin/bogo_shim"))
    parser.add_argument("--test", default="", help="patterns of names, with ; between them")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--report", type=pathlib.Path,
                        help="write what the project shows as docs/conformance.md")
    options = parser.parse_args()
    if options.report and options.test:
        parser.error("a report is about all tests")
    return options


def runner_program(path):
    """The runner's test binary, or the one inside the folder where `go test -c` left it."""
    return path / "runner.test" if path.is_dir() else path


def run(runner, options, folder):
    """Runs the tests. Returns the result of each by its name, and what is not implemented, by how
    many tests wanted it first."""
    results = folder / "results.json"
    missing = folder / "unimplemented"
    missing.touch()
    ended = subprocess.run(
        [runner, "-test.timeout", "90m", "-shim-path", options.shim, "-shim-config", CONFIG,
         "-num-workers", str(options.workers), "-allow-unimplemented", "-pipe",
         "-test", options.test, "-json-output", results],
        env=os.environ | {"HANDFAST_BOGO_UNIMPLEMENTED": str(missing)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if not results.exists():
        print(ended.stdout)
        sys.exit("the runner gave no results")
    print(*details_of_failures(ended.stdout), sep="\n")
    tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
    return ({name: test["actual"] for name, test in tests.items()},
            collections.Counter(missing.read_text(encoding="utf-8").split("\n")[:-1]))


def details_of_failures(output):
    is_of_failure = False
    for line in output.splitlines():
        if line.startswith(("PASSED (", "UNIMPLEMENTED (", "FAILED (")):
            is_of_failure = line.startswith("FAILED")
        if is_of_failure:
            yield line


def list_tests(runner, folder):
    """The names of all tests of the runner."""
    shim = folder / "list"
    shim.write_text(LISTING_SHIM, encoding="utf-8")
    shim.chmod(0o755)
    results = folder / "names.json"
    subprocess.run([runner, "-test.timeout", "90m", "-shim-path", shim, "-num-workers", "2",
                    "-allow-unimplemented", "-pipe", "-json-output", results],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return sorted(json.loads(results.read_text(encoding="utf-8"))["tests"])


def sort_disabled(names):
    """How many tests are disabled for each reason, and the patterns that disable none."""
    disabled = collections.Counter()
    left = set(names)
    stale = []
    patterns = json.loads(CONFIG.read_text(encoding="utf-8"))["DisabledTests"]
    for pattern, reason in patterns.items():
        if not fnmatch.filter(names, pattern):
            stale.append(pattern)
        matched = set(fnmatch.filter(left, pattern))
        disabled[reason] += len(matched)
        left -= matched
    return disabled, stale


def report(names, counts, disabled, missing):
    lines = [
        "# Conformance",
        "",
        "What BoringSSL's TLS test runner (BoGo) says of Handfast, written by"
        " `tests/bogo/run.py --report`.",
        "",
        "| outcome | tests |",
        "| --- | --- |",
        f"| passed | {counts['PASS']} |",
        f"| failed | {counts['FAIL']} |",
        f"| not implemented: the shim ends with 89 | {counts['SKIP']} |",
        f"| disabled, for the reasons below | {disabled.total()} |",
        f"| all | {len(names)} |",
        "",
        "## Disabled",
        "",
        "| why | tests |",
        "| --- | --- |",
        *rows(disabled),
        "",
        "## Not implemented",
        "",
        *(missing_table(missing) if missing else ["Nothing: all other tests are run."]),
    ]
    return "\n".join(lines) + "\n"


def missing_table(missing):
    return [
        "By what the shim met first and does not have: a flag, or a part of Handfast.",
        "",
        "| what | tests |",
        "| --- | --- |",
        *rows(missing, mark="`"),
    ]


def rows(counter, mark=""):
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return [f"| {mark}{what}{mark} | {count} |" for what, count in ordered]


if __name__ == "__main__":
    sys.exit(main())
