"""A request that met a dead-lock is tried again: the database rolled it back whole."""

import random
import time

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from booking.core.db import db

TRIES = 3
PASSING = {"40001", "40P01"}  # serialization failure, dead-lock detected (PostgreSQL's codes)


class RetryingFlask(Flask):
    """Runs a page again, at most twice, when its transaction lost a dead-lock.

    Nothing of such a transaction is stored, so the page may simply run again; any other error,
    an overlap above all, is an answer and passes.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        for _retry in range(TRIES - 1):
            try:
                return super().dispatch_request()
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in PASSING:
                    raise
                db.session.rollback()
                time.sleep(random.uniform(0.01, 0.1))  # noqa: S311 - only to part two rivals
        return super().dispatch_request()
