"""Runs clang-tidy over the library and the command, where something changed since it was clean.

Takes the build folder whose compile_commands.json to use. Most of clang-tidy's time goes into the
standard headers, so the files of a folder are looked at together, as one file that includes them;
those whose local names clash are looked at in halves. What was clean leaves a stamp under
build/lint, named by everything the result hangs on: the command, the configuration, and the
content of the files and of every header of the project that they include.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from source import ROOT

TIDY = "clang-tidy-19"
STAMPS = ROOT / "build/lint"
TOGETHER = 10  # files; more would leave processors idle at the end


def batches(build):
    """Lists of sources of one folder, with the compiler's command for them."""
    entries = json.loads((build / "compile_commands.json").read_text())
    commands = {Path(entry["file"]): shlex.split(entry["command"]) for entry in entries}
    wanted = sorted(path for path in commands if _is_ours(path))
    for _, folder in groupby(wanted, lambda path: path.parent):
        sources = list(folder)
        command = _without_output(commands[sources[0]])
        count = -(-len(sources) // TOGETHER)
        for start in range(count):
            yield sources[start::count], command


def _is_ours(path):
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in ("src", "tools")


def _without_output(command):
    """The compiler and its flags, without the compiler cache, `-o` and what follows."""
    start = next(at for at, word in enumerate(command) if Path(word).name.startswith("clang++"))
    return command[start : command.index("-o")]


class Tidy:
    """Looks at batches; the flags' relative paths are relative to the build folder."""

    def __init__(self, build):
        version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
        self.configuration = version + (ROOT / ".clang-tidy").read_bytes()
        self.build = build

    def inspect(self, sources, command):
        """(were all of `sources` clean, what to print)."""
        names = ", ".join(str(source.relative_to(ROOT)) for source in sources)
        together = "".join(f'#include "{source}"\n' for source in sources)
        unit = STAMPS / f"{hashlib.sha256(together.encode()).hexdigest()[:16]}.cc"
        unit.write_text(together)
        stamp = STAMPS / self._fingerprint(unit, command)
        if stamp.exists():
            return True, ""
        start = time.monotonic()
        flags = ["--quiet", "--checks=-bugprone-suspicious-include"]  # of a .cc, as above
        # Files that may call deprecated functions say so for themselves, not for their neighbours.
        options = [*command[1:], "-Wno-deprecated-declarations"]
        result = self._run([TIDY, *flags, str(unit), "--", *options])
        if "[clang-diagnostic-error]" in result.stdout and len(sources) > 1:
            halves = [sources[::2], sources[1::2]]
            results = [self.inspect(half, command) for half in halves]
            return all(clean for clean, _ in results), "\n".join(text for _, text in results)
        if result.returncode == 0:
            stamp.touch()
            return True, f"{names}: clean, {time.monotonic() - start:.1f} s"
        if result.returncode < 0:
            return False, f"{names}: clang-tidy was ended by signal {-result.returncode}"
        return False, f"{result.stdout or result.stderr}{names}: not clean"

    def _fingerprint(self, unit, command):
        rule = self._run([*command, "-MM", "-MT", "x", str(unit)]).stdout
        inputs = {(self.build / name).resolve() for name in rule.replace("\\\n", " ").split()[1:]}
        digest = hashlib.sha256(self.configuration + repr(command).encode())
        for path in sorted(inputs):
            digest.update(f"\0{path}\0".encode() + path.read_bytes())
        return digest.hexdigest()

    def _run(self, command):
        return subprocess.run(command, cwd=self.build, capture_output=True, text=True)


def main():
    """Looks at everything, as much at a time as there are processors."""
    build = Path(sys.argv[1]).resolve()
    STAMPS.mkdir(parents=True, exist_ok=True)
    tidy = Tidy(build)
    all_clean = True
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for job in [pool.submit(tidy.inspect, *batch) for batch in batches(build)]:
            clean, text = job.result()
            all_clean = all_clean and clean
            if text:
                print(text, flush=True)
    sys.exit(0 if all_clean else 1)


if __name__ == "__main__":
    main()
