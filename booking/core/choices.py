"""One choice of a select, radio or tick field. Pairs still work in WTForms 3.3, with a warning."""

from typing import Any

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types


def choice(value: str, label: Any) -> Any:
    """Return the choice `value`, shown as `label` (text, possibly translated later)."""
    return SelectChoice(value, label)
