"""Runs clang-tidy over the library and the command, where something changed since it was clean.

Takes the build folder whose compile_commands.json to use. A file that was clean leaves a stamp
under build/lint, named by everything the result hangs on: the command, the configuration, and the
content of the file and of every header of the project that it includes.
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from source import ROOT

TIDY = "clang-tidy-19"
STAMPS = ROOT / "build/lint"


def commands(build):
    """{source: (folder, arguments)} of the files to look at."""
    entries = json.loads((build / "compile_commands.json").read_text())
    wanted = [entry for entry in entries if Path(entry["file"]).is_relative_to(ROOT)]
    return {
        Path(entry["file"]): (entry["directory"], _compiler_only(shlex.split(entry["command"])))
        for entry in wanted
        if Path(entry["file"]).relative_to(ROOT).parts[0] in ("src", "tools")
    }


def _compiler_only(arguments):
    """The command without the compiler cache and what it writes."""
    start = next(at for at, word in enumerate(arguments) if Path(word).name.startswith("clang++"))
    end = arguments.index("-o") if "-o" in arguments else len(arguments)
    return arguments[start:end]


def fingerprint(source, folder, arguments, configuration):
    """What the result for `source` hangs on, as one name."""
    listing = [*arguments, "-MM", "-MT", "x", str(source)]
    rule = subprocess.run(listing, cwd=folder, capture_output=True, check=True, text=True).stdout
    names = rule.replace("\\\n", " ").split()[1:]
    inputs = sorted({(Path(folder) / name).resolve() for name in names})
    digest = hashlib.sha256(f"{configuration}\0{arguments}".encode())
    for path in inputs:
        digest.update(f"\0{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def inspect(build, source, folder, arguments, configuration):
    """(was it clean, what to print) for one file."""
    name = source.relative_to(ROOT)
    stamp = STAMPS / fingerprint(source, folder, arguments, configuration)
    if stamp.exists():
        return True, None
    start = time.monotonic()
    command = [TIDY, "-p", str(build), "--quiet", str(source)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode == 0:
        stamp.touch()
        return True, f"{name}: clean, {time.monotonic() - start:.1f} s"
    return False, f"{result.stdout}{name}: not clean"


def main():
    """Looks at every file, as many at a time as there are processors."""
    build = Path(sys.argv[1]).resolve()
    STAMPS.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], capture_output=True, check=True, text=True).stdout
    configuration = version + (ROOT / ".clang-tidy").read_text()
    clean = True
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(inspect, build, source, folder, arguments, configuration)
            for source, (folder, arguments) in commands(build).items()
        ]
        for job in jobs:
            fine, text = job.result()
            clean = clean and fine
            if text:
                print(text, flush=True)
    print(f"{len(jobs)} files{'' if clean else ', not all of them clean'}")
    sys.exit(0 if clean else 1)


if __name__ == "__main__":
    main()
