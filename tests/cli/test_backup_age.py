"""A backup that is too old, or was never made, is told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask import Flask

from booking.cli.backing_up import back_up, tell_when_old
from booking.core import clock


def test_a_backup_that_is_old_or_missing_is_told(app: Flask, tmp_path: Path) -> None:
    """Holds sec_J12."""
    settings = replace(app.extensions["settings"], instance=tmp_path)
    app.extensions["settings"] = settings
    now = clock.now()
    with app.app_context():
        assert tell_when_old(now=now, base_url="")
        back_up(tmp_path / "backups", settings)
        assert not tell_when_old(now=now + timedelta(hours=25), base_url="")
        assert tell_when_old(now=now + timedelta(hours=27), base_url="")
        app.extensions["settings"] = replace(settings, backup_alarm_hours=0)
        assert not tell_when_old(now=now + timedelta(hours=27), base_url="")
