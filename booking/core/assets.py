"""What the pages need beside the style sheets: the display font, and the day board's grid.

Nothing here is downloaded. The font is cut out of an installed package; without it the
pages use the reader's own serif and look right.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FONT_FILE = "clinic-serif-400.woff2"
FAMILY = "Clinic Serif"
# Latin, Latin-1 and Latin Extended-A, the punctuation of our texts, and the pound and euro.
UNICODES = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *(0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, 0x20AC, 0x2212),
]

STEP_ROWS = 192
"""Rows of the day board: sixteen hours in steps of five minutes."""


def prepare(static_folder: Path) -> str:
    """Write the display font and its licence under `static_folder/vendor`; say what was done.

    Does nothing when the font is already there. When the packages it needs are missing it
    says so and leaves the folder as it was.
    """
    vendor = static_folder / "vendor"
    target = vendor / FONT_FILE
    if target.exists():
        return "The display font is ready."
    source = font_source()
    missing = [name for name in ("fontTools", "brotli") if find_spec(name) is None]
    if source is None or missing:
        wanted = ", ".join(missing) or "font-source-serif-pro"
        return f"No display font ({wanted} is not installed); pages use the reader's own serif."
    vendor.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    _subset(source, unfinished)
    shutil.copyfile(source.parent / "LICENSE.txt", vendor / "clinic-serif-LICENSE.txt")
    unfinished.replace(target)
    return "The display font is ready."


def font_ready(static_folder: Path) -> bool:
    """Whether the display font can be preloaded."""
    return (static_folder / "vendor" / FONT_FILE).exists()


def font_source() -> Path | None:
    """The installed font file the display font is cut from, or None."""
    package = find_spec("font_source_serif_pro")
    if package is None or package.origin is None:
        return None
    file = Path(package.origin).parent / "files" / "SourceSerifPro-Regular.ttf"
    return file if file.exists() else None


def _subset(source: Path, target: Path) -> None:
    """Cut `source` down to UNICODES and rename it: its licence reserves the name "Source"."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["kern", "liga", "lnum", "tnum", "ccmp", "locl", "mark"]
    options.name_IDs = ["*"]
    options.hinting = False
    options.notdef_outline = True
    with TTFont(source, lazy=True) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=UNICODES)
        cutter.subset(font)
        rename(font)
        subset.save_font(font, str(target), options)


def rename(font: Any) -> None:
    """Give every name record of a fontTools font the family FAMILY; keep notices and licence."""
    names = {
        1: FAMILY,
        3: f"{FAMILY} Regular 1",
        4: FAMILY,
        6: FAMILY.replace(" ", "") + "-Regular",
    }
    kept = {0, 5, 8, 9, 11, 12, 13, 14}  # copyright, version, makers, addresses, licence
    table = font["name"]
    for record in list(table.names):
        if record.nameID in names:
            record.string = names[record.nameID]
        elif record.nameID == 2:
            record.string = "Regular"
        elif record.nameID not in kept:
            table.names.remove(record)


def grid_sheet() -> str:
    """The day board's style sheet: class rN starts at step N of the day, sN is N steps long.

    A step is five minutes. Positions are classes because the pages allow no style attribute.
    """
    rows = range(STEP_ROWS)
    starts = "".join(f".r{row}{{grid-row-start:{row + 2}}}" for row in rows)
    spans = "".join(f".s{row + 1}{{grid-row-end:span {row + 1}}}" for row in rows)
    return (
        "/* Written by booking/core/assets.py: rN starts at five-minute step N, sN is N long. */\n"
        f"@media screen and (min-width:52.01rem){{\n{starts}\n{spans}\n}}\n"
    )
