"""The record of processing is printed from the schema, so that it cannot fall behind."""

import re
from dataclasses import replace

from flask import Flask

from booking.core.db import Base
from booking.core.settings import Retention
from booking.rights.rules import REACH

ROW = re.compile(r"^\| (\w+) \| (.+?) \| (patients|staff|the clinic) \| (.+?) \| (\S+) \|$", re.M)


def printed(app: Flask) -> str:
    return app.test_cli_runner().invoke(args=["processing"]).output


def test_every_table_and_column_is_in_it_and_says_whose_it_is(app: Flask) -> None:
    """Holds sec_H6."""
    rows = {name: rest for name, *rest in ROW.findall(printed(app))}
    assert set(rows) == set(Base.metadata.tables)
    for name, table in Base.metadata.tables.items():
        words, about, columns, erased = rows[name]
        assert len(words) > 10, name
        assert (about == "patients") is (name in REACH), name
        assert erased == (REACH[name].erased if name in REACH else "–")
        assert len(columns.split(", ")) == len(table.columns), name
    assert "response (sealed)" in rows["answers_version"][2]
    assert rows["credential"][1] == "staff"


def test_it_says_how_long_by_the_clinics_own_settings(app: Flask) -> None:
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(
        settings, records_kept_years=11, retention=Retention(messages=37)
    )
    told = printed(app)
    assert "11 years after the last visit" in told
    assert "messages: 37 days" in told
