"""Commands. Each calls one function and says in one line what it did."""

import click
from flask import Flask


def install(app: Flask) -> None:
    """Register the commands with `flask --app wsgi`."""

    @app.cli.command("audit-verify")
    def audit_verify() -> None:
        """Walk the audit chain and say whether it is whole."""
        from booking.audit.actions import verify

        broken = verify()
        click.echo("The audit chain is whole." if broken is None else f"Broken at row {broken}.")
        if broken is not None:
            raise SystemExit(1)
