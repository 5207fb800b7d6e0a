"""Forms on paper, as PDF: what she said, in two pages for a typical form; and a blank one."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from flask_babel import gettext as _
from fpdf import FPDF

from booking.intake.rules.questionnaire import Item, Kind, Questionnaire, questions
from booking.intake.views.words import Section, label

FAMILY = "Source Serif Pro"
MARGIN, GAP = 12.0, 8.0  # mm
SMALL, LARGE = 8.0, 14.0  # pt
LINE = 3.6  # mm
BLANK_ROWS = 6


class Sheet(FPDF):
    """An A4 sheet with the embedded font; two columns for answers."""

    def __init__(self, *, foot: str) -> None:
        super().__init__(format="A4")
        self.foot = foot
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(FAMILY, style, _font(name))
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        self.add_page()

    def footer(self) -> None:
        """The clinic and the number of the page, on each."""
        self.set_y(-MARGIN)
        self.set_font(FAMILY, size=SMALL)
        self.cell(0, 4, f"{self.foot}  {self.page_no()}/{{nb}}", align="R")

    def heading(self, text: str, below: str) -> None:
        """The name on top, and one line below it."""
        self.set_font(FAMILY, "B", LARGE)
        self.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
        self.set_font(FAMILY, size=SMALL)
        self.multi_cell(0, LINE, below, new_x="LMARGIN", new_y="NEXT")
        self.ln(2)


@cache
def _font(name: str) -> str:
    return str(files("font_source_serif_pro").joinpath("files", f"SourceSerifPro-{name}.ttf"))


def answers_pdf(sections: Sequence[Section], *, name: str, below: str, foot: str) -> bytes:
    """What she said, section by section, in two columns. Everything is translated before."""
    sheet = Sheet(foot=foot)
    sheet.heading(name, below)
    with sheet.text_columns(ncols=2, gutter=GAP, text_align="LEFT") as columns:
        for section in sections:
            sheet.set_font(FAMILY, "B", SMALL + 1.5)
            columns.write(f"{section.title}\n")
            for row in section.rows:
                sheet.set_font(FAMILY, size=SMALL)
                columns.write(f"{row.question}: ")
                sheet.set_font(FAMILY, "B", SMALL)
                columns.write("; ".join(row.lines) + "\n")
            sheet.set_font(FAMILY, size=SMALL)
            for word, names in ((_("No to"), section.no), (_("Left out"), section.left_out)):
                if names:
                    columns.write(f"{word}: {', '.join(names)}\n")
            columns.write("\n")
    return bytes(sheet.output())


def blank_pdf(asked: Questionnaire, *, title: str, helping: Sequence[str], foot: str) -> bytes:
    """Every question with boxes to tick and lines to write on; urgent help comes first."""
    sheet = Sheet(foot=foot)
    sheet.heading(title, "\n".join(helping))
    for section in asked.sections:
        sheet.set_font(FAMILY, "B", SMALL + 3)
        sheet.multi_cell(0, 6, _(section.text), new_x="LMARGIN", new_y="NEXT")
        if section.intro:
            _line(sheet, _(section.intro))
        for item in (each for page in section.items for each in questions(page)):
            _blank_question(sheet, item)
    return bytes(sheet.output())


def _blank_question(sheet: Sheet, item: Item) -> None:
    sheet.set_font(FAMILY, "B", SMALL)
    sheet.multi_cell(0, LINE, label(item), new_x="LMARGIN", new_y="NEXT")
    sheet.set_font(FAMILY, size=SMALL)
    if item.kind is Kind.GROUP:
        heads = "   |   ".join(label(each) for each in item.items if not each.later)
        _line(sheet, heads)
        for _row in range(BLANK_ROWS):
            _line(sheet, "_" * 96)
        return
    boxes = "    ".join(f"[  ] {_(option.text)}" for option in item.options)
    if item.in_person and not item.options:
        boxes = "[  ] " + _("I'd rather talk about this in person")
    if boxes:
        _line(sheet, boxes)
    if item.kind is not Kind.CHOICE:
        _line(sheet, "_" * 96)


def _line(sheet: Sheet, text: str) -> None:
    sheet.set_font(FAMILY, size=SMALL)
    sheet.multi_cell(0, LINE + 1, text, new_x="LMARGIN", new_y="NEXT")
