"""The reference: a page of Flask that does nothing."""

from flask import Flask
from flask.typing import ResponseReturnValue

PATH = "/hello"


def bare() -> Flask:
    """Return an application with one JSON page."""
    app = Flask("bare")

    @app.get(PATH)
    def hello() -> ResponseReturnValue:
        return {"hello": "world"}

    return app


app = bare()
