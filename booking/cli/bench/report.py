"""What was measured, as text, as JSON, or as the table of docs/performance.md."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing measured. `target` is its number in docs/performance.md, empty without one.

    Names of numbers with a unit of their own are in UNITS: `ratio` is what part of the bare
    page's rate was reached, `times` how many times its CPU was used, `cpu_ms` the server's CPU a
    request; medians over rounds. `met` is None where there is no target.
    """

    target: str
    what: str
    database: str
    numbers: dict[str, float]
    wanted: str = ""
    met: bool | None = None
    reference: str = ""

    @property
    def measured(self) -> str:
        """Say the numbers with their units."""
        return ", ".join(_words(name, number) for name, number in self.numbers.items())

    @property
    def verdict(self) -> str:
        """Say whether the target is kept; nothing where there is none."""
        return "" if self.met is None else "yes" if self.met else "**no**"


UNITS = {
    "ratio": "{:.2f} of bare",
    "times": "{:.1f} × bare",
    "cpu_ms": "{:.2f} ms CPU",
    "per_second": "{:,.0f} a second",
    "p50_ms": "median {:.0f} ms",
    "p95_ms": "p95 {:.0f} ms one by one",
    "p95_normal_ms": "p95 {:.0f} ms while it answers",
    "while_hanging": "{:.2f} × while it hangs",
    "while_refusing": "{:.2f} × while it refuses",
    "p99_ms": "p99 {:.0f} ms",
    "worst_ms": "worst {:.0f} ms",
    "queries": "{:.0f} queries",
}
HEADINGS = ("#", "what", "database", "measured", "reference", "target", "met")


def _words(name: str, number: float) -> str:
    known = UNITS.get(name)
    return known.format(number) if known else f"{number:,.0f} {name.replace('_', ' ')}"


def middle(rounds: Iterable[float]) -> float:
    """Return the median of what rounds gave."""
    return median(list(rounds))


def as_text(figures: Sequence[Figure]) -> str:
    """Return a table for a terminal."""
    rows = [HEADINGS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines).replace("**", "")


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return the table that docs/performance.md shows."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(_row(figure) for figure in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def as_json(figures: Sequence[Figure], conditions: dict[str, str]) -> str:
    """Return everything for a program."""
    told = {"conditions": conditions, "figures": [asdict(figure) for figure in figures]}
    return json.dumps(told, indent=2, ensure_ascii=False)


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.target,
        figure.what,
        figure.database,
        figure.measured,
        figure.reference,
        figure.wanted,
        figure.verdict,
    )
