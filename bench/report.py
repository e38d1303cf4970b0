"""The comparison as a table for the terminal, as docs/performance.md, and as a plot."""

import math
import xml.sax.saxutils

import rows

TITLES = {"handfast": "Handfast", "libssl": "OpenSSL", "gnutls": "GnuTLS", "wolfssl": "wolfSSL",
          "rustls": "rustls", "go": "Go"}
COLOURS = {"libssl": "#c44e52", "gnutls": "#8172b3", "wolfssl": "#dd8452", "rustls": "#937860",
           "go": "#4c9fb0"}
OURS = "#2a7f4f"


def time(seconds):
    if seconds is None:
        return "–"
    if seconds < 1e-6:
        return f"{seconds * 1e9:.0f} ns"
    return f"{seconds * 1e6:.{1 if seconds < 1e-4 else 0}f} µs"


def times(ratio):
    return "–" if ratio is None else f"{ratio:.{1 if ratio < 9.95 else 0}f}x"


def verdict(figures, row, peers):
    """On our aim beside libssl; where there is none, beside whoever is fastest."""
    if not row.bar:
        return beside_all({peer: ratio for peer in peers
                           if (ratio := figures.ratio(peer, row)) is not None})
    ratio = figures.ratio("libssl", row)
    return (f"met ({row.bar:g}x)" if ratio >= row.bar
            else f"missed: {ratio:.2f}x of {row.bar:g}x")


def beside_all(ratios):
    if not ratios:
        return ""
    nearest = min(ratios, key=ratios.get)
    return "ahead of all" if ratios[nearest] > 1 else f"behind {TITLES[nearest]}"


def grid(figures, measured, libraries):
    """The lines of the table of times, as lists of cells; a line of one cell heads a group."""
    peers = [one for one in libraries if one != "handfast"]
    group = None
    for row in measured:
        if row.group != group:
            group = row.group
            yield [group]
        cells = [row.name, time(figures.median("handfast", row))]
        for peer in peers:
            median = figures.median(peer, row)
            cells.append("–" if median is None else
                         f"{time(median)}, {times(figures.ratio(peer, row))}")
        yield [*cells, verdict(figures, row, peers)]


def head(libraries):
    return ["", *(TITLES[one] for one in libraries), "verdict"]


def spreads(figures, measured, libraries):
    """The same lines: between what Handfast's times lay, and the ratios of its peers."""
    group = None
    for row in measured:
        if row.group != group:
            group = row.group
            yield [group]
        yield [row.name, *("–" if figures.median(one, row) is None else
                           spread(figures, row, one) for one in libraries)]


def spread(figures, row, library):
    if library == "handfast":
        return " – ".join(map(time, rows.tenths(sorted(figures.rounds[library, row.key]))))
    return " – ".join(f"{one:.2f}" for one in rows.tenths(figures.ratios(library, row)))


def spread_head(libraries):
    return ["spread, 10 – 90 %", *(TITLES[one] for one in libraries)]


def heap(figures, libraries):
    for field, title in rows.HEAP:
        ours = figures.heap["handfast"][field]
        theirs = {peer: figures.heap[peer][field] for peer in libraries[1:]
                  if field in figures.heap.get(peer, {})}
        yield [title, f"{ours:,}",
               *(f"{theirs[peer]:,}, {times(theirs[peer] / ours)}" if peer in theirs else "–"
                 for peer in libraries[1:]),
               heap_verdict(field, ours, theirs)]


def heap_verdict(field, ours, theirs):
    if field.endswith("_allocations"):
        return f"{'met' if ours <= rows.MOST_ALLOCATIONS else 'missed'} ({rows.MOST_ALLOCATIONS})"
    if field == "server_bytes":
        met = "met" if ours <= theirs["libssl"] * rows.MOST_OF_LIBSSL else "missed"
        return f"{met} (1/{1 / rows.MOST_OF_LIBSSL:.0f}): 1/{theirs['libssl'] / ours:.1f}"
    return beside_all({peer: size / ours for peer, size in theirs.items()})


def table(figures, measured, libraries):
    return "\n".join([
        *aligned([head(libraries), *grid(figures, measured, libraries), ["memory"],
                  *heap(figures, libraries)]), "",
        *lacks(figures, measured), "",
        *aligned([spread_head(libraries), *spreads(figures, measured, libraries)])])


def aligned(lines):
    """Lines of cells as text; a line of one cell heads a group."""
    widths = [max(len(line[i]) for line in lines if len(line) > 1)
              for i in range(len(lines[0]))]
    for line in lines:
        if len(line) == 1:
            yield f"\n{line[0]}"
        else:
            first = f"  {line[0]:<{widths[0]}}"
            yield "  ".join([first, *(f"{cell:>{width}}" for cell, width in
                                      zip(line[1:], widths[1:]))]).rstrip()


def lacks(figures, measured):
    """What a peer cannot do, a line a group of rows."""
    return list(dict.fromkeys(
        f"{TITLES[library]} without “{row.group}”: {why}"
        for (library, measure), why in figures.lacks.items()
        for row in measured if row.measure == measure))


# --- docs/performance.md --------------------------------------------------------------------------

def markdown(lines, header):
    yield "| " + " | ".join(header) + " |"
    yield "| --- |" + " ---: |" * (len(header) - 1)
    for line in lines:
        if len(line) == 1:
            yield f"| **{line[0]}** |" + " |" * (len(header) - 1)
        else:
            yield "| " + " | ".join(line) + " |"


def splice(path, mark, lines):
    """Puts lines between two marks of a page; the prose around them stays."""
    begin, end = (f"<!-- {mark}: {word} -->" for word in ("begin", "end"))
    before, rest = path.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    path.write_text(before + begin + "\n\n" + "\n".join(lines) + "\n\n" + end + after,
                    encoding="utf-8")


def write(figures, measured, libraries, folder, machine):
    lines = ["Medians over the rounds: of times, and of how many times as long as Handfast a peer "
             "took in the same round.", "",
             f"On {machine}; {len(next(iter(figures.rounds.values())))} rounds. " +
             "; ".join(figures.versions[one] for one in libraries) + ".", "",
             "![How many times as long the peers take](performance.svg)", "",
             *markdown(grid(figures, measured, libraries), head(libraries)), "",
             *markdown(heap(figures, libraries), head(libraries))]
    lines += ["", *(f"- {line}" for line in lacks(figures, measured)), "",
              "How far the rounds lay apart: a tenth of them lies below the first figure, and a "
              "tenth above the second; of Handfast the times, of its peers the ratios.", "",
              *markdown(spreads(figures, measured, libraries), spread_head(libraries))]
    splice(folder / "performance.md", "measured", lines)
    (folder / "performance.svg").write_text(plot(figures, measured, libraries), encoding="utf-8")


# --- docs/performance.svg -------------------------------------------------------------------------

LEFT, RIGHT, TOP, STEP, GROUP_STEP = 270, 40, 78, 22, 14
WIDTH = 940
TICKS = (0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20, 50)


def plot(figures, measured, libraries):
    """A line a row, a dot a peer: how many times as long it takes as Handfast."""
    peers = [one for one in libraries if one != "handfast"]
    ratios = [ratio for row in measured for peer in peers
              if (ratio := figures.ratio(peer, row)) is not None]
    most = max(ratios)
    least = max(tick for tick in TICKS if tick <= min(*ratios, 0.5))
    ticks = [tick for tick in TICKS if least <= tick < most * 1.1]

    def x_of(ratio):
        low, high = math.log(ticks[0]), math.log(most * 1.1)
        return LEFT + (math.log(ratio) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    body, y, group = [], TOP, None
    for row in measured:
        if row.group != group:
            group = row.group
            y += GROUP_STEP + STEP
            body.append(text(16, y, group, weight="600"))
        y += STEP
        body.append(text(LEFT - 12, y, row.name, anchor="end"))
        body.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y - 4}" y2="{y - 4}" '
                    'stroke="#8884" stroke-width="1"/>')
        for peer in peers:
            ratio = figures.ratio(peer, row)
            if ratio is not None:
                body.append(f'<circle cx="{x_of(ratio):.1f}" cy="{y - 4}" r="5" '
                            f'fill="{COLOURS[peer]}"><title>{TITLES[peer]}: {times(ratio)}'
                            '</title></circle>')
    bottom = y + 18
    rules = [f'<line x1="{x_of(tick):.1f}" x2="{x_of(tick):.1f}" y1="{TOP}" y2="{bottom}" '
             f'stroke="{OURS if tick == 1 else "#8886"}" stroke-width="{2 if tick == 1 else 1}"/>'
             + text(x_of(tick), TOP - 8, "Handfast" if tick == 1 else f"{tick:g}x",
                    anchor="middle", colour=OURS if tick == 1 else "#777")
             for tick in ticks]
    legend, x = [], 16
    for peer in peers:
        legend.append(f'<circle cx="{x + 5}" cy="50" r="5" fill="{COLOURS[peer]}"/>')
        legend.append(text(x + 15, 54, TITLES[peer]))
        x += 30 + 8 * len(TITLES[peer])
    height = bottom + 16
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        text(16, 26, "How many times as long as Handfast the same work takes", weight="600",
             size=16),
        *legend, *rules, *body, "</svg>", ""])


def text(x, y, words, anchor="start", weight="400", colour="#222", size=13):
    return (f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" '
            f'font-size="{size}" fill="{colour}">{xml.sax.saxutils.escape(words)}</text>')
