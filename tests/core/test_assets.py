"""The display font and the day board's sheet."""

import gzip
from pathlib import Path

from fontTools.ttLib import TTFont

from booking.core import assets

SHEETS = Path(__file__).parents[2] / "static" / "css"


def test_the_font_is_cut_renamed_and_comes_with_its_licence(tmp_path: Path) -> None:
    assert assets.prepare(tmp_path) == "The display font is ready."
    made = tmp_path / "vendor" / assets.FONT_FILE
    assert made.stat().st_size < 20_000
    names = {record.nameID: str(record) for record in TTFont(made)["name"].names}
    assert names[1] == names[4] == "Clinic Serif"
    # The licence reserves "Source" for the unchanged font; the copyright line must stay.
    assert not any("Source" in text for number, text in names.items() if number not in (0, 13))
    assert "Reserved Font Name" in names[0]
    assert "SIL Open Font License" in (tmp_path / "vendor" / "clinic-serif-LICENSE.txt").read_text()
    assert assets.font_ready(tmp_path)


def test_preparing_again_leaves_the_font_alone(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / assets.FONT_FILE).write_bytes(b"mine")
    assets.prepare(tmp_path)
    assert (tmp_path / "vendor" / assets.FONT_FILE).read_bytes() == b"mine"


def test_the_board_sheet_is_the_one_the_code_writes() -> None:
    assert (SHEETS / "grid.css").read_text() == assets.grid_sheet()


def test_style_sheets_stay_within_their_weight() -> None:
    weight = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in SHEETS.glob("*.css")}
    patient = weight["tokens.css"] + weight["base.css"] + weight["patient.css"]
    assert patient < 15_000
    assert patient - weight["patient.css"] + weight["staff.css"] + weight["grid.css"] < 15_000


def test_the_script_is_small() -> None:
    script = SHEETS.parent / "js" / "site.js"
    assert len(gzip.compress(script.read_bytes(), 9)) < 8_000


def test_no_sheet_reaches_outside_the_site_or_names_a_side() -> None:
    """Left and right would not mirror for languages written from right to left. Holds sec_K3."""
    for file in SHEETS.glob("*.css"):
        text = file.read_text()
        assert "http" not in text
        assert "@import" not in text
        for word in ("-left", "-right", "left:", "right:"):
            assert word not in text, f"{file.name} says {word}"
