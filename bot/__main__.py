"""The command line: `smsdesk`, also `python -m bot`.

Each command loads what it needs, and nothing of what the others do.
"""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from . import memory
from .options import CONFIG

if TYPE_CHECKING:
    from .settings import Settings

log = structlog.get_logger(__name__)

STOP_WITHIN = 13.0  # seconds from the wish to the end; whoever stops services kills them soon after


class Program(click.Group):
    """The commands; those of the gateways are loaded when somebody asks for them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "gateway"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "gateway":
            return super().get_command(ctx, cmd_name)
        from .shell import gateway

        return gateway


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="smsdesk")
def main() -> None:
    """An SMS desk inside Telegram: one set of commands over four SMS gateways."""


def _load(config: Path) -> "Settings":
    from .config import ConfigError, load
    from .logs import configure

    try:
        settings = load(config)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(f"✖ {problem}", err=True)
        raise SystemExit(1) from None
    configure(settings.log.level, settings.log.format, settings.secrets())
    return settings


@main.command()
@CONFIG
def run(config: Path) -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    with memory.nothing_searched():
        settings = _load(config)
        from . import app  # noqa: F401 - `_run` loads it too, but there every module would be searched
    problem = asyncio.run(_run(settings))
    if problem is not None:
        click.echo(f"✖ {problem}", err=True)
        raise SystemExit(1)


async def _run(settings: "Settings") -> str | None:
    """Run to a graceful stop; the words of what kept it from starting, if something did."""
    from . import app

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wish() -> None:
        if not stop.is_set():
            _end_within(STOP_WITHIN)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, wish)
    try:
        await app.run(settings, stop)
    except app.CannotStart as error:
        return str(error)
    except Exception:
        # Through the log, which hides secrets; a bare traceback would not.
        log.exception("stopped by a failure")
        return "stopped by a failure; the log above has it"
    return None


def _end_within(seconds: float) -> None:
    """End this process by then, whatever hangs: a database that takes nothing can hold up each last write.

    A thread of its own, as a call into SQLite that waits for a lock can be cancelled by nobody.
    """
    timer = threading.Timer(seconds, _end)
    timer.daemon = True
    timer.start()


def _end() -> None:
    log.error("stopped before all was written down: the next start takes what was on the wire for uncertain")
    os._exit(1)


@main.command()
@CONFIG
def check(config: Path) -> None:
    """Say in words what is wrong with a configuration; exit 0 when nothing is."""
    from .checkup import examine, look_at_file

    findings = asyncio.run(examine(_load(config))) + look_at_file(config)
    for finding in findings:
        click.echo(f"{finding.mark} {finding.words}", err=not finding.well)
    sys.exit(0 if all(finding.well for finding in findings) else 1)


@main.command(name="rotate-keys")
@CONFIG
def rotate_keys(config: Path) -> None:
    """Make a new key, seal everything with it, and drop the old ones. The bot must be stopped.

    Run it as the user of the service.

    Copies of the database from before need the key file from before: keep the two as long as you keep those.
    """
    from desk.clock import utc_now

    from .rotation import CannotRotate, rotate

    try:
        rotated = asyncio.run(rotate(_load(config), utc_now))
    except CannotRotate as error:
        click.echo(f"✖ {error}", err=True)
        raise SystemExit(1) from None
    for owner in rotated.damaged:
        click.echo(f"✖ {owner} is damaged and opens with no key; it was left as it is", err=True)
    click.echo(
        f"✔ {rotated.rows} rows are sealed with the newest key, the only one left"
        + ("; an earlier run was carried on, run it again for a new key" if rotated.resumed else "")
    )


@main.command()
@CONFIG
@click.argument("path", type=click.Path(path_type=Path))
def backup(config: Path, path: Path) -> None:
    """Copy the database to PATH, also while the bot runs. The keys are not in it: keep those elsewhere.

    A database restored from such a copy sends nothing before somebody says so: see release-hold.
    """
    import sqlite3

    from storage.backup import back_up

    source = _load(config).storage.file
    if source is None:
        click.echo("✖ this is for SQLite; pg_dump copies a PostgreSQL database", err=True)
        raise SystemExit(1)
    if not path.parent.is_dir():
        click.echo(f"✖ the folder {path.parent} does not exist", err=True)
        raise SystemExit(1)
    try:
        back_up(source, path)
    except (OSError, sqlite3.Error) as error:
        click.echo(f"✖ {error}", err=True)
        raise SystemExit(1) from None
    click.echo(f"✔ {source} is copied to {path}")


@main.command(name="release-hold")
@CONFIG
def release_hold(config: Path) -> None:
    """Let a database that is held send again: what it has forgotten may be sent a second time."""
    from desk.clock import utc_now

    from .holding import CannotRelease, release

    try:
        cause = asyncio.run(release(_load(config), utc_now))
    except CannotRelease as error:
        click.echo(f"✖ {error}", err=True)
        raise SystemExit(1) from None
    click.echo(f"✔ the hold is released (it was: {cause})")


@main.command(name="demo")
@click.option("--tour", is_flag=True, help="Play the tour and exit: 0 only if every step held.")
@click.option("--port", default=8080, show_default=True, help="Where the chat page is.")
@click.option("--language", type=click.Choice(["en", "ru"]), help="Else that of the browser.")
@click.option(
    "--outside",
    type=click.Path(path_type=Path, file_okay=False),
    help="Leave the bot out, and write demo.toml into this folder, for smsdesk run.",
)
def demo_(tour: bool, port: int, language: str | None, outside: Path | None) -> None:
    """Try it without Telegram and without a gateway: the real bot over stand-ins on this machine."""
    from . import demo

    if tour and outside is not None:
        raise click.UsageError("--tour needs the bot, which --outside leaves out")
    sys.exit(asyncio.run(demo.run(tour_only=tour, port=port, language=language, outside=outside)))


if __name__ == "__main__":
    main()
