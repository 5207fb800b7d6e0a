"""Arrows only point downwards."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# In a process of its own: it configures logging and silences every logger there is.
LINT = "from importlinter.cli import lint_imports as lint; raise SystemExit(lint(no_cache=True))"


def test_every_import_points_downwards() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINT], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
