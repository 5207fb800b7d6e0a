"""The commands as `flask --app wsgi` knows them."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import click
from flask import Flask

from booking.cli import keeping
from booking.core.settings import Settings

Assemble = Callable[[Settings | None], Flask]


class Instant(click.ParamType[datetime]):
    """An ISO instant with its offset, such as 2026-11-23T11:25Z."""

    name = "instant"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail("please give an instant like 2026-11-23T11:25Z", param, ctx)
        if instant.tzinfo is None:
            self.fail("please add the offset, as in 2026-11-23T11:25Z", param, ctx)
        return instant


def install(app: Flask, *, assemble: Assemble) -> None:
    """Register the commands with `flask --app wsgi`.

    `assemble` makes an application of other settings, or of the environment as it is by then.
    """
    keeping.install(app)
    _install_bench(app, assemble)
    _install_demo(app, assemble)
    _install_init(app, assemble)
    _install_worker(app)
    _install_words(app)


def _install_bench(app: Flask, assemble: Assemble) -> None:
    @app.cli.command("bench", with_appcontext=False)
    @click.argument("parts", nargs=-1, type=click.Choice(["offers", "http", "intake", "booking"]))
    @click.option("--database", "server", default="", help="A PostgreSQL server; else SQLite.")
    @click.option("--json", "shape", flag_value="json", help="Everything, for a program.")
    @click.option("--markdown", "shape", flag_value="markdown", help="As in docs/performance.md.")
    @click.option("--quick", is_flag=True, help="A small clinic and single rounds, to try it.")
    def bench(parts: tuple[str, ...], server: str, shape: str | None, quick: bool) -> None:  # noqa: FBT001
        """Measure offers, pages and bookings on a clinic of its own, beside a bare page.

        The database is made and removed; on a server a new one, beside those that are there.
        """
        from booking.cli.bench.run import Options, run

        options = Options(parts=parts, server=server, shape=shape or "text", quick=quick)
        note = partial(click.echo, err=True)
        run(options, assemble=assemble, say=click.echo, note=note)


def _install_demo(app: Flask, assemble: Assemble) -> None:
    @app.cli.command("demo", with_appcontext=False)
    @click.option("--port", default=8000, show_default=True, help="0 takes any free port.")
    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("instance/demo"),
        show_default=True,
        help="Where its files go.",
    )
    @click.option("--reset", is_flag=True, help="Throw the demo's files away and begin anew.")
    @click.option("--now", type=Instant(), help="Start its clock there: 2026-11-23T11:25Z")
    def demo(port: int, data: Path, reset: bool, now: datetime | None) -> None:  # noqa: FBT001
        """Run a made-up clinic on this machine: pages, worker and mailbox."""
        from booking.demo.folder import CannotRun
        from booking.demo.run import Options, run

        try:
            run(
                Options(port=port, data=data, reset=reset, now=now),
                assemble=assemble,
                say=click.echo,
            )
        except CannotRun as why:
            raise click.ClickException(str(why)) from why


def _install_init(app: Flask, assemble: Assemble) -> None:
    @app.cli.command("init", with_appcontext=False)
    @click.option(
        "--clinic",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="The clinic in a TOML file; docs/clinic.example.toml shows how.",
    )
    def init(clinic: Path | None) -> None:
        """Make keys and database, load the clinic, and print a link for its first owner."""
        from booking.cli.setting_up import CannotSetUp, set_up

        try:
            set_up(app.extensions["settings"], clinic, assemble=assemble, say=click.echo)
        except CannotSetUp as why:
            raise click.ClickException(str(why)) from why


def _install_worker(app: Flask) -> None:
    @app.cli.command("worker", with_appcontext=False)
    @click.option("--once", is_flag=True, help="Do what is due now, then stop.")
    def worker(once: bool) -> None:  # noqa: FBT001
        """Deliver mail until SIGTERM or Ctrl-C; a message in hand is finished first."""
        from booking.mail import jobs

        if once:
            jobs.run_once(app)
            return
        jobs.run_until_signalled(app, begun=lambda: click.echo("Delivering mail. Ctrl-C stops."))
        click.echo("The worker has stopped.")


def _install_words(app: Flask) -> None:
    @app.cli.command("words", with_appcontext=False)
    def words() -> None:
        """Bring the catalogs of the other languages up to date with the texts of the code."""
        from booking.cli.words import bring_up_to_date

        bring_up_to_date(click.echo)
