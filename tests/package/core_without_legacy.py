"""Looks through the symbols of both libraries: what is old is in one of them alone.

core_without_legacy.py NM CORE LEGACY
"""

import subprocess
import sys

NAMESPACE = "handfast::legacy::"


def symbols_of(nm, library):
    """The defined and the wanted symbols in which the namespace of the old mechanisms stands."""
    listing = subprocess.run([nm, "--demangle", library], capture_output=True, text=True,
                             check=True).stdout
    return [line for line in listing.splitlines() if NAMESPACE in line]


def main(nm, core, legacy):
    found, there = symbols_of(nm, core), symbols_of(nm, legacy)
    print("\n".join(found))
    print(f"{len(found)} symbols of {NAMESPACE} in the core, {len(there)} in their own library")
    return 1 if found or not there else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
