"""Words of the clinic's own on pages: which pages, what to check, and how text is set. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from booking.core.errors import N_

PAGES = ("privacy", "terms")
"""Pages with words of the clinic's own; kept as "page/privacy" and "page/terms"."""

CHECKLIST: Mapping[str, str] = {
    "no-claims": N_("it does not say or hint that a visit cures, prevents or improves anything"),
    "no-stories": N_("it holds no stories, reviews or figures about how others fared"),
    "no-replacing": N_("nothing in it could delay care from a doctor, midwife or hospital"),
    "true": N_("everything it says about our work is true today"),
    "law": N_("somebody who knows the law where we are has read it"),
}
"""What whoever reviews a page has looked for, each as the end of "I have checked that"."""


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph, or a list: `kind` is "heading", "text" or "list"."""

    kind: str
    lines: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """Yield the parts of a plain text, set apart by empty lines.

    A line that begins with "## " is a heading, lines that begin with "- " are a list.
    """
    for part in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line.strip() for line in part.split("\n") if line.strip()]
        while lines and lines[0].startswith("## "):
            yield Block("heading", (lines.pop(0)[3:].strip(),))
        if lines and all(line.startswith("- ") for line in lines):
            yield Block("list", tuple(line[2:].strip() for line in lines))
        elif lines:
            yield Block("text", tuple(lines))
