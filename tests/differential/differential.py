"""Judges generated chains by Handfast, OpenSSL and Go, and explains every disagreement by a rule.

    differential.py PROGRAM [CASES [FIRST]]
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
CASES = 100_000
NOW = 1_800_000_000
PEERS = ("openssl", "go")


def answers(program, cases, first, folder):
    """Yields (case, Handfast's answer, {peer: answer}, traits, text)."""
    questions, told = folder / "questions", folder / "answers"
    judge = folder / "judge"
    subprocess.run(["go", "build", "-o", judge, HERE / "go" / "judge.go"], check=True,
                   env={**os.environ, "GO111MODULE": "off", "GOFLAGS": ""})  # fmt: skip
    subprocess.run([program, str(first), str(cases), questions, told], check=True)
    with questions.open("rb") as lines:
        by_go = subprocess.run([judge, str(NOW)], stdin=lines, capture_output=True, check=True)
    go_lines = by_go.stdout.decode(errors="replace").splitlines()
    own_lines = told.read_text().splitlines()
    if not len(go_lines) == len(own_lines) == cases:
        raise SystemExit(f"{cases} cases, {len(own_lines)} answers, {len(go_lines)} of Go")
    for line, go_answer in zip(own_lines, go_lines):
        case, own, openssl, traits, text = line.split("\t")
        yield int(case), own, {"openssl": openssl, "go": go_answer}, traits, text


def fits(rule, peer, own, other, traits, text):
    """Whether `rule` explains that `peer` said `other` where Handfast said `own`."""
    return (
        peer in rule["peers"]
        and re.search(rule["handfast"], own)
        and re.search(rule["other"], other)
        and re.search(rule.get("traits", ""), traits)
        and re.search(rule.get("text", ""), text)
    )


def main():
    program = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else CASES
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    rules = json.loads((HERE / "disagreements.json").read_text())["rules"]
    explained = collections.Counter()
    counts = collections.Counter()
    unexplained = []
    with tempfile.TemporaryDirectory(prefix="handfast-differential-") as folder:
        for case, own, peers, traits, text in answers(program, cases, first, pathlib.Path(folder)):
            counts["accepted" if own == "yes" else "refused"] += 1
            for peer, other in peers.items():
                if (own == "yes") == (other == "yes"):
                    continue
                rule = next(
                    (r for r in rules if fits(r, peer, own, other, traits, text)), None
                )
                if rule:
                    explained[rule["name"], peer] += 1
                else:
                    unexplained.append((case, peer, own, other, traits, text))
    print(f"{cases} chains: {counts['accepted']} accepted, {counts['refused']} refused")
    for (name, peer), count in sorted(explained.items()):
        print(f"{count:7} {peer:8} {name}")
    for case, peer, own, other, traits, text in unexplained[:40]:
        print(f"unexplained {case}: handfast {own}; {peer} {other}; {traits} {text}")
    print(f"{len(unexplained)} disagreements without a rule")
    # Rules that explain nothing are out of date; small runs meet few of them.
    unused = {rule["name"] for rule in rules} - {name for name, _ in explained}
    if cases >= CASES and unused:
        print("rules that explain nothing:", ", ".join(sorted(unused)))
        return 1
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
