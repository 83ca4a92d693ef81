"""One call: from the configuration to the gateway, and from there to what is printed and the exit code."""

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import structlog

from desk.clock import utc_now
from providers.errors import GatewayError, Unsupported
from providers.model import Gateway

from ..config import ConfigError, load
from ..gateways import reach
from ..logs import configure
from ..options import CONFIG
from ..settings import Settings
from .failures import Doubt, Failure, failure
from .inputs import ACCOUNT, JSON
from .lookup import Found, NoAccount, find
from .offers import has
from .output import clean, dumps, to_json, to_text

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an operation has to work with: a gateway, whose it is, and the moment it began."""

    gateway: Gateway
    account: Found
    settings: Settings
    now: datetime

    @property
    def region(self) -> str:
        return self.settings.limits.region

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.desk.zone)


Perform = Callable[..., Awaitable[object]]


class Operations(click.Group):
    """Commands that end with 0 or 1, and tell mistakes in what was typed in JSON where that is wanted."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        as_json = "--json" in args
        with _mistakes_told(as_json=as_json):
            context = super().make_context(info_name, args, parent, **extra)
        context.obj = as_json
        return context

    def invoke(self, ctx: click.Context) -> object:
        with _mistakes_told(as_json=ctx.obj):
            return super().invoke(ctx)


@contextmanager
def _mistakes_told(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        sys.exit(_print(failure(error), as_json=as_json))


def operation(group: click.Group) -> Callable[[Perform], Perform]:
    """Make a function a command of the group, with the options that all have. Its name is the function's."""

    def register(perform: Perform) -> Perform:
        @functools.wraps(perform)
        def command(config: Path, account: str, as_json: bool, **given: Any) -> None:
            sys.exit(_print(_outcome(perform, config, account, given), as_json=as_json))

        group.command(_name(perform))(CONFIG(ACCOUNT(JSON(command))))
        return perform

    return register


def _name(perform: Perform) -> str:
    return perform.__name__.replace("_", "-")


def _print(outcome: object, *, as_json: bool) -> int:
    """Say what came out, where it belongs. Returns the exit code."""
    if isinstance(outcome, Failure) and not as_json:
        click.echo(f"✖ {clean(outcome.words)}", err=True)
        return 1
    tree = outcome.json() if isinstance(outcome, Failure) else to_json(outcome)
    click.echo(dumps(tree) if as_json else to_text(tree))
    return 1 if isinstance(outcome, Failure) else 0


def _outcome(perform: Perform, config: Path, account: str, given: Mapping[str, Any]) -> object:
    """The result of the operation, or the Failure that came instead."""
    try:
        settings = load(config)
        configure(settings.log.level, settings.log.format, settings.secrets())
        return asyncio.run(_perform(perform, settings, account, given))
    except (ConfigError, NoAccount, GatewayError, Doubt, click.UsageError) as error:
        return failure(error)
    except KeyboardInterrupt:
        return Failure(kind="interrupted", reason="interrupted", words="interrupted; there is no answer")
    except Exception as error:
        # Through the log, which hides secrets; a bare traceback would not.
        log.exception("stopped by a failure")
        return Failure(
            kind="failure", reason=type(error).__name__, words="stopped by a failure; the log above has it"
        )


async def _perform(perform: Perform, settings: Settings, account: str, given: Mapping[str, Any]) -> object:
    found = await find(settings, account)
    secrets = [value for name, value in found.secrets.items() if name != "login"]
    configure(settings.log.level, settings.log.format, [*settings.secrets(), *secrets])
    async with reach(settings.gateways) as open_gateway:
        try:
            gateway = open_gateway(found.gateway, found.secrets, found.name)
        except ValueError:  # pydantic's words would have the value in them
            raise NoAccount(f"{found.name}: login or password cannot be used as given") from None
        if not has(type(gateway), gateway.capabilities, _name(perform)):
            raise Unsupported(raw=f"{gateway.kind} has no {_name(perform)}; capabilities shows what it has")
        return await perform(Call(gateway=gateway, account=found, settings=settings, now=utc_now()), **given)
