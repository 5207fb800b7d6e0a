"""The mailbox page: what the demo has sent. Registered in the demo only."""

from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, render_template

from booking.access.gate import public
from booking.core.errors import NotFound
from booking.demo import mailbox

bp = Blueprint("demo", __name__)
PAGE = 100


def install(app: Flask) -> None:
    """Add the mailbox pages, if this is the demo; nowhere else do they exist."""
    if app.extensions["settings"].demo:
        app.register_blueprint(bp)


@bp.get("/demo/mailbox")
@public
def messages() -> str:
    """List the newest messages."""
    shown, count = mailbox.newest(_folder(), PAGE), mailbox.count(_folder())
    return render_template("demo/mailbox.html", letters=shown, count=count)


@bp.get("/demo/mailbox/<int:number>")
@public
def message(number: int) -> str:
    """Show one message. Raises NotFound."""
    return render_template("demo/message.html", letter=_letter(number))


@bp.get("/demo/mailbox/<int:number>.eml")
@public
def source(number: int) -> Response:
    """Hand over one message exactly as it was sent. Raises NotFound."""
    response = Response(_letter(number).source, mimetype="message/rfc822")
    response.headers["Content-Disposition"] = f'attachment; filename="message-{number}.eml"'
    return response


def _letter(number: int) -> mailbox.Letter:
    try:
        return mailbox.letter(_folder(), number)
    except LookupError as missing:
        raise NotFound from missing


def _folder() -> Path:
    folder: Path = current_app.extensions["settings"].instance / "mail"
    return folder
