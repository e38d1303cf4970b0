"""Keeps the floors: a folder includes only from folders below it.

The table is that of ARCHITECTURE.md. Folders of one floor do not see each other, save where ALSO
says so; OpenSSL and the compressors are seen from their own folders; programs stand on the public
headers.
"""

import re
from pathlib import PurePosixPath

from source import ROOT, files, finish

FLOORS = {
    "src/base": 0,
    "src/error": 0,
    "src/codec": 1,
    "src/compression": 1,
    "src/crypto": 1,
    "src/crypto/openssl": 1,
    "src/crypto/native": 1,
    "src/der": 1,
    "src/message": 2,
    "src/x509": 2,
    "src/schedule": 3,
    "src/record": 3,
    "src/wire": 4,
    "src/handshake": 5,
    "src/heartbeat": 5,
    "src/connection": 6,
    "src/legacy": 6,
    "src/legacy/openssl": 6,
    "include/handfast": 7,
    "src/starttls": 7,
    "src/net": 7,
    "tools": 8,
}

# A public header of plain values stands where its words are first needed; the floors from there on
# may speak them too.
WORDS = {
    f"include/handfast/{name}.h": floor
    for floor, names in {
        0: ("bytes", "alert", "reason", "error", "result", "registry", "secret_bytes", "time"),
        2: ("certificate", "certificate_set", "container", "credential", "describe",
            "describe_extensions", "document", "explain", "imported_identity", "issue", "issue_crl",
            "issue_ocsp", "request", "revocation", "server_name", "transparency", "trust",
            "verdict", "verify"),
        4: ("buffers", "observer", "policy"),
        5: ("config", "delegated_credential", "early_data", "ech", "external_psk", "identity",
            "legacy", "operation", "resumption", "settled", "tickets"),
    }.items()
    for name in names
}

# What a folder may include besides itself and the floors below.
ALSO = {
    "src/error": {"src/base"},
    "src/crypto/openssl": {"src/crypto"},
    "src/crypto/native": {"src/crypto"},
    "src/heartbeat": {"src/handshake"},
    "src/connection": {"include/handfast"},  # it is what stands behind them
    "src/legacy/openssl": {"src/legacy"},
    "src/starttls": {"include/handfast"},
    "src/net": {"include/handfast"},
}

SEES_OPENSSL = ("src/crypto/openssl", "src/legacy/openssl")

COMPRESSORS = ("zlib.h", "brotli/", "zstd.h")

TOPS = ("src", "include", "tools")

# A program sees the library as its users do.
PUBLIC_ONLY = {"include/handfast", "src/net", "tools"}

HEAVY = {
    "algorithm", "coroutine", "format", "functional", "iostream", "map", "regex", "unordered_map",
}  # fmt: skip

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"(?P<own>[^"]+)"|<(?P<other>[^>]+)>)', re.M)


def folder_of(path):
    """The deepest folder of the table that holds `path`, or None."""
    return next((str(p) for p in PurePosixPath(path).parents if str(p) in FLOORS), None)


def check(path, text, exists):
    """Yields (line, what is wrong) for the includes of the file `path`, relative to the root."""
    folder = folder_of(path)
    if folder is None:
        yield 1, "stands in no folder of the table of floors"
        return
    for match in _INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start("own" if match["own"] else "other")) + 1
        if match["other"]:
            complaint = _foreign(folder, match["other"])
        else:
            complaint = _own(path, folder, match["own"], exists)
        if complaint:
            yield line, complaint


def _foreign(folder, header):
    if header.startswith("openssl/") and folder not in SEES_OPENSSL:
        return f"<{header}>: only {' and '.join(SEES_OPENSSL)} see OpenSSL"
    if header.startswith(COMPRESSORS) and folder != "src/compression":
        return f"<{header}>: only src/compression sees zlib, brotli and zstd"
    if folder == "include/handfast" and header in HEAVY:
        return f"<{header}>: too heavy for a public header"
    if header.startswith("handfast/"):
        return f'<{header}>: write "{header}"'
    return None


def _own(path, folder, header, exists):
    roots = ("include", "tools") if folder == "tools" else ("include", "src")
    places = [f"{root}/{header}" for root in roots]
    target = next((place for place in places if exists(place)), None)
    if target is None:
        return f'"{header}": no such file under {" or ".join(roots)}'
    target_folder = folder_of(target)
    if target_folder == folder or target_folder in ALSO.get(folder, ()):
        return None
    if target in WORDS and WORDS[target] <= FLOORS[folder]:
        return None
    if target_folder is None:
        return f'"{header}": stands in no folder of the table of floors'
    if folder in PUBLIC_ONLY and target_folder != "include/handfast":
        return f'"{header}": {folder} includes public headers only'
    if FLOORS[target_folder] >= FLOORS[folder]:
        return f'"{header}": {target_folder} is not below {folder}'
    return None


def main():
    """Checks every C++ file of the library and the command."""
    findings = []
    for path in files(*(f"{top}/*.{end}" for top in TOPS for end in ("h", "cc"))):
        name = path.relative_to(ROOT).as_posix()
        found = check(name, path.read_text(), lambda target: (ROOT / target).is_file())
        findings += [(path, line, message) for line, message in found]
    finish(findings)


if __name__ == "__main__":
    main()
