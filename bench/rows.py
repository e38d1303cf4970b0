"""The rows of the comparison: what is measured, and which ratio to libssl is wanted."""

import dataclasses
import statistics

SUITES = {"aes_128_gcm": "AES-128-GCM", "aes_256_gcm": "AES-256-GCM",
          "chacha20_poly1305": "ChaCha20-Poly1305"}
SIZES = {16384: "16 KiB", 1024: "1 KiB", 100: "100 B"}


@dataclasses.dataclass(frozen=True)
class Row:
    """One figure of a measure: `field` of what a program printed."""

    group: str
    name: str
    measure: str
    field: str
    bar: float = 0  # times faster than libssl; 0: none

    @property
    def key(self):
        return f"{self.measure}#{self.field}"


def sides(group, measure, client=0, server=0):
    return [Row(group, "client", measure, "client", client),
            Row(group, "server", measure, "server", server)]


ROWS = [
    *sides("TLS 1.3, full, ECDSA P-256", "handshake/tls13/ecdsa", 3.2, 2.9),
    *sides("TLS 1.3, full, RSA-2048", "handshake/tls13/rsa"),
    *sides("TLS 1.3, full, X25519MLKEM768", "hybrid/tls13"),
    *sides("TLS 1.3, resumed", "resumed/tls13", 2.8, 2.8),
    *sides("TLS 1.2, full, ECDSA P-256", "handshake/tls12/ecdsa", 2.5, 1.7),
    *sides("TLS 1.2, full, RSA-2048", "handshake/tls12/rsa"),
    *sides("TLS 1.2, resumed by ticket", "resumed/tls12", 4.2, 4.2),
    *(Row(f"{title}, a message", f"{size_title}, {way}", f"{way}/{suite}/{size}", "seconds",
          bars.get((suite, size, way), 0))
      for bars in [{("aes_128_gcm", 16384, "send"): 1.3, ("aes_128_gcm", 16384, "receive"): 1.35,
                    ("aes_128_gcm", 1024, "send"): 3, ("aes_128_gcm", 1024, "receive"): 2.8,
                    ("aes_128_gcm", 100, "send"): 7, ("aes_128_gcm", 100, "receive"): 6,
                    # As far as libcrypto's comes, where ours has not the instructions it needs.
                    **{("chacha20_poly1305", size, way): bar for way in ("send", "receive")
                       for size, bar in ((16384, 1), (1024, 1.3), (100, 1.3))}}]
      for suite, title in SUITES.items() for size, size_title in SIZES.items()
      for way in ("send", "receive")),
]

HEAP = [("client_bytes", "idle client, bytes"), ("server_bytes", "idle server, bytes"),
        ("client_allocations", "allocations of a client's handshake"),
        ("server_allocations", "allocations of a server's handshake")]
MOST_OF_LIBSSL = 1 / 20  # of an idle server's bytes
MOST_ALLOCATIONS = 10


def measures(rows):
    """Each once, in their order."""
    return list(dict.fromkeys(row.measure for row in rows))


class Figures:
    """What the rounds came to."""

    def __init__(self):
        self.rounds = {}   # (library, row key): a figure a round
        self.lacks = {}    # (library, measure): why
        self.heap = {}     # library: what it told of its heap
        self.versions = {}

    def add(self, library, told):
        measure = told.pop("measure")
        if "lacks" in told:
            self.lacks[library, measure] = told["lacks"]
        elif measure == "heap":
            self.heap[library] = told
        elif measure == "check":
            self.versions[library] = told["library"]
        else:
            for field, value in told.items():
                if isinstance(value, float):
                    self.rounds.setdefault((library, f"{measure}#{field}"), []).append(value)

    def median(self, library, row):
        found = self.rounds.get((library, row.key))
        return statistics.median(found) if found else None

    def ratios(self, library, row):
        """How many times as long it took as Handfast in the same round, by rising ratio."""
        pairs = zip(self.rounds.get((library, row.key), ()), self.rounds[("handfast", row.key)])
        return sorted(theirs / ours for theirs, ours in pairs)

    def ratio(self, library, row):
        found = self.ratios(library, row)
        return statistics.median(found) if found else None


def tenths(found):
    """Of what is sorted, what a tenth is under and what a tenth is over."""
    tenth = len(found) // 10
    return found[tenth], found[-1 - tenth]
