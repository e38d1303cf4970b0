"""Instructions that Handfast's work takes under callgrind, against bench/counts.json.

    counts.py PEER            fails when a count grew by more than 3 %
    counts.py PEER --record   writes the counts down, to be committed with what changed them

Unlike times these are the same on every run, and nearly so on every machine: Valgrind shows all
programs the same processor, with AES-NI and AVX2 and without VAES, AVX-512, ADX and SHA
extensions; so the twins for those are not counted here. What libcrypto and libc spend for us is
counted apart, and compared where libcrypto is the one on record: another one is no change of ours.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

COUNTS = pathlib.Path(__file__).parent / "counts.json"
MOST_GROWN = 0.03
PARTS = 4  # handshakes, or batches of messages, that each count is of: see main.cc
MESSAGES = 128  # a batch


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", type=pathlib.Path)
    parser.add_argument("--record", action="store_true")
    words = parser.parse_args()
    library, counted = count(words.peer)
    if not counted:
        sys.exit("counts.py: callgrind has counted nothing")
    if words.record:
        COUNTS.write_text(json.dumps({"on": library, "counts": counted}, indent=2) + "\n",
                          encoding="utf-8")
    recorded = json.loads(COUNTS.read_text(encoding="utf-8"))
    return compare(counted, recorded["counts"], library == recorded["on"])


def count(peer):
    """On which libcrypto, and what was counted."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([peer, "chains", folder], check=True)
        check = subprocess.run([peer, "handfast", folder, "0", "check"], check=True,
                               stdout=subprocess.PIPE)
        out = pathlib.Path(folder) / "callgrind.out"
        subprocess.run(["valgrind", "--quiet", "--tool=callgrind", "--collect-atstart=no",
                        f"--callgrind-out-file={out}", peer, "count", folder], check=True)
        counted = {}
        for path in sorted(pathlib.Path(folder).glob("callgrind.out.*")):
            name, objects = read(path)
            if name is not None:
                ours = sum(cost for object_of, cost in objects.items()
                           if pathlib.Path(object_of).name == peer.name)
                divisor = PARTS * (MESSAGES if name.startswith("message/") else 1)
                counted[name] = {"handfast": ours // divisor,
                                 "libraries": (sum(objects.values()) - ours) // divisor}
        return json.loads(check.stdout)["library"], counted


def read(path):
    """The name that the program gave the part, and what was spent in each object file."""
    name, current, inclusive = None, None, False
    files, costs = {}, collections.Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"desc: Trigger: Client Request: (.+)", line):
            name = found[1]
        elif found := re.match(r"(c?)ob=\((\d+)\)(?: (.+))?", line):
            if found[3]:
                files[found[2]] = found[3]
            if not found[1]:
                current = files[found[2]]
        elif line.startswith("calls="):
            inclusive = True  # the next line is of what was called, which is counted where it is
        elif found := re.match(r"[+*\-\d]\S* (\d+)$", line):
            if not inclusive:
                costs[current] += int(found[1])
            inclusive = False
    return name, costs


def compare(counted, recorded, same_libraries):
    if counted.keys() != recorded.keys():
        sys.exit("counts.py: what is counted is not what is on record: "
                 + ", ".join(sorted(counted.keys() ^ recorded.keys())))
    whose = ("handfast", "libraries") if same_libraries else ("handfast",)
    if not same_libraries:
        print("libcrypto is another one than that on record: what libraries do is not compared")
    worse = 0
    print(f"{'instructions':<36}{'now':>12}{'recorded':>12}")
    for name, was in recorded.items():
        for side in whose:
            now = counted[name][side]
            grown = now > was[side] * (1 + MOST_GROWN)
            worse += grown
            change = f"{now / was[side] - 1:>+9.1%}" if was[side] else ""
            print(f"{name + ', ' + side:<36}{now:>12,}{was[side]:>12,}{change}"
                  + ("  too many" if grown else ""))
    if worse:
        print(f"more than {MOST_GROWN:.0%} more. If it is worth that, record it in the same commit:"
              " ./dev bench --quick --record")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
