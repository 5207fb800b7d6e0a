"""Arrows only point downwards."""

import os

from importlinter.cli import lint_imports


def test_every_import_points_downwards() -> None:
    os.environ.setdefault("IMPORTLINTER_CACHE", "0")
    assert lint_imports(no_logo=True, no_cache=True) == 0
