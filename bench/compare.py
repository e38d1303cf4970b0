"""Handfast beside its peers: programs of each library take turns, and what they measured is told.

    compare.py PEER [--go PROGRAM] [--rustls PROGRAM] [--rounds N] [--seconds S] [--write FOLDER]
    compare.py PEER --quick [--record]

PEER is handfast_bench_peer, which has Handfast, libssl, GnuTLS and wolfSSL. `--quick` measures
Handfast and libssl alone, those rows that have a bar, and fails when Handfast is ahead by a quarter
less than bench/ratios.json has on record, and a while later still is; `--record` writes that file.
`--write` puts the tables into performance.md and makes performance.svg in FOLDER.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import report
import rows

RATIOS = pathlib.Path(__file__).parent / "ratios.json"
MOST_LOST = 0.25
PAUSE = 10  # seconds
WARMING = 4  # times that the first measure is made for nothing
# What decides how fast ciphers, hashes and curves can be.
FEATURES = ("adx", "avx2", "avx512ifma", "sha_ni", "vaes", "vpclmulqdq")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", type=pathlib.Path)
    parser.add_argument("--go", type=pathlib.Path)
    parser.add_argument("--rustls", type=pathlib.Path)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, default=0.06, help="a measure and round")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--write", type=pathlib.Path)
    words = parser.parse_args()
    if words.write and (words.rounds or 15) < 10:
        parser.error("what is written down wants ten rounds, or their spread means nothing")
    libraries = {name: [words.peer, name] for name in ("handfast", "libssl")}
    if words.quick:
        measured = [row for row in rows.ROWS if row.bar]
    else:
        measured = rows.ROWS
        libraries |= {name: [words.peer, name] for name in ("gnutls", "wolfssl")}
        libraries |= {name: [program] for name in ("rustls", "go")
                      if (program := getattr(words, name)) is not None}
    rounds = words.rounds or (9 if words.quick else 15)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([words.peer, "chains", folder], check=True)
        figures = measure(libraries, measured, folder, rounds, words.seconds)
        print(report.table(figures, measured, list(libraries)))
        if words.write:
            report.write(figures, measured, list(libraries), words.write, machine())
        if words.record:
            record(figures, measured)
        slow = slower(figures, measured) if words.quick else []
        if slow:  # a neighbour who takes the processor for a while is no loss of ours
            tell("measuring what was slow again, in a while")
            time.sleep(PAUSE)
            slow = slower(measure(libraries, slow, folder, rounds, words.seconds), slow)
    return 1 if slow else 0


def measure(libraries, measured, folder, rounds, seconds):
    """Each library does all measures once a round: whatever else runs falls on all alike."""
    figures = rows.Figures()
    for library, program in libraries.items():
        tell(f"checking that {library} does the same work")
        for told in run(program, folder, seconds, ["check", "heap"]):
            figures.add(library, told)
    order = list(libraries)
    for number in range(1, rounds + 1):
        tell(f"round {number} of {rounds}")
        for library in order:
            possible = [name for name in rows.measures(measured)
                        if (library, name) not in figures.lacks]
            # A processor that has just been woken up is slow for a while.
            warming = possible[:1] * WARMING
            for told in run(libraries[library], folder, seconds, warming + possible)[WARMING:]:
                figures.add(library, told)
        order = order[1:] + order[:1]  # nobody is always first
    return figures


def run(program, folder, seconds, measures):
    done = subprocess.run([*map(str, program), folder, str(seconds), *measures],
                          stdout=subprocess.PIPE, text=True, check=False, timeout=300)
    if done.returncode != 0:
        sys.exit(f"compare.py: {' '.join(map(str, program))} ended with {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def tell(text):
    print(f"{text} …", file=sys.stderr, flush=True)


# --- Against what is on record --------------------------------------------------------------------

def processor():
    """What the system says of the first processor, by name."""
    try:
        first = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def kind_of_processor():
    """Whose it is, and what matters of its instructions: ratios differ between these."""
    known = processor()
    flags = known.get("flags", "").split()
    return " ".join([platform.machine(), known.get("vendor_id", "of an unknown vendor"),
                     *(one for one in FEATURES if one in flags)])


def machine():
    """The processor by its name."""
    name = processor().get("model name")
    return f"{name} ({kind_of_processor()})" if name else kind_of_processor()


def records():
    return json.loads(RATIOS.read_text(encoding="utf-8")) if RATIOS.exists() else {}


def record(figures, measured):
    known = records()
    known[kind_of_processor()] = {row.key: round(figures.ratio("libssl", row), 2)
                                  for row in measured}
    RATIOS.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def wanted(row):
    """The ratio on record; for processors without one, the bar, or what others reached."""
    known = records()
    mine = known.get(kind_of_processor(), {})
    if row.key in mine:
        return mine[row.key]
    return min([row.bar, *(other.get(row.key, row.bar) for other in known.values())])


def slower(figures, measured):
    """Those rows in which Handfast is behind what is on record, which are told."""
    slow = []
    for row in measured:
        ratio = figures.ratio("libssl", row)
        if ratio < (1 - MOST_LOST) * wanted(row):
            slow.append(row)
            print(f"{row.group}, {row.name}: {ratio:.2f} times libssl; it was {wanted(row):.2f}")
    print(f"{len(slow)} of {len(measured)} rows lost more than a quarter of what is on record for "
          f"{kind_of_processor()}")
    return slow


if __name__ == "__main__":
    sys.exit(main())
