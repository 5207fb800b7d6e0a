"""Run what was asked for, in order, and say what came out."""

import os
import platform
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from booking.cli.bench import alone, report, rivals, served
from booking.cli.bench.clinic import Size
from booking.cli.bench.place import Assemble, Place, place
from booking.cli.bench.report import Figure

PARTS = ("offers", "http", "intake", "booking")
SMALL, LARGE = Size(practitioners=20), Size(practitioners=200, rows=1_000_000, forms=5_000)
FORMS = Size(practitioners=40, forms=5_000)
QUICK = Size(practitioners=20, rows=12_000, forms=50)
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command was told; no `parts` is all of them, `shape` one of SHAPES."""

    parts: Collection[str]
    server: str
    shape: str
    quick: bool


def run(options: Options, *, assemble: Assemble, say: Say, note: Say) -> None:
    """Measure and print. What is printed on the way goes to `note`, the result to `say`."""
    figures: list[Figure] = []
    before = os.getloadavg()[0]
    for figure in _measured(options, assemble, note):
        note(f"{figure.what}: {figure.measured}")
        figures.append(figure)
    conditions = _conditions(before)
    if options.shape == "json":
        say(report.as_json(figures, conditions))
        return
    told = "; ".join(f"{name}: {value}" for name, value in conditions.items())
    draw = report.as_markdown if options.shape == "markdown" else report.as_text
    say(f"{told}\n\n{draw(figures)}")


def _measured(options: Options, assemble: Assemble, note: Say) -> Iterator[Figure]:
    parts = options.parts or PARTS
    with ExitStack() as stack:

        def made(size: Size) -> Place:
            note(f"Making a clinic of {size.practitioners} practitioners …")
            return stack.enter_context(place(size, server=options.server, assemble=assemble))

        small = made(QUICK if options.quick else SMALL)
        if {"offers", "http"} & set(parts):
            large = small if options.quick else made(LARGE)
            if "offers" in parts:
                yield from alone.measure(small, large, quick=options.quick)
            if "http" in parts:
                yield from served.measure(small, large, quick=options.quick)
        if "intake" in parts:
            forms = small if options.quick else made(FORMS)
            yield from served.measure_lists(forms, quick=options.quick)
        if "booking" in parts:
            yield from rivals.measure(small, quick=options.quick)


def _conditions(load: float) -> dict[str, str]:
    return {
        "cores": str(os.cpu_count()),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "load before": f"{load:.2f}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
