"""One call: from the configuration to the gateway, and from there to what is printed and the exit code."""

import asyncio
import functools
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import structlog

from desk.clock import utc_now
from providers.errors import GatewayError
from providers.model import Gateway

from ..checkup import TROUBLES
from ..config import ConfigError, load
from ..gateways import reach
from ..logs import configure
from ..settings import Settings
from ..words import Words
from .inputs import ACCOUNT, CONFIG, JSON
from .lookup import Found, NoAccount, find
from .output import Json, to_json, to_text

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


class Doubt(Exception):
    """A sending of which nobody knows whether it happened; `ref` is what to ask by."""

    def __init__(self, ref: str, error: GatewayError | None) -> None:
        super().__init__(ref)
        self.ref = ref
        self.error = error  # None: we were interrupted


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What kept a call from its result. `words` are for people, the rest for programs."""

    kind: str
    code: str | None = None
    reason: str | None = None
    words: str
    ref: str | None = None

    def json(self) -> Json:
        error: Json = {"kind": self.kind, "code": self.code, "reason": self.reason}
        return {"error": error} if self.ref is None else {"error": error, "ref": self.ref}


Perform = Callable[..., Awaitable[object]]


class Operation(click.Command):
    """A command whose mistakes in what was typed are told in JSON too, where that is asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        as_json = "--json" in args
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            if not as_json:
                raise
            sys.exit(_print(_failure(error), as_json=True))


def operation(group: click.Group) -> Callable[[Perform], Perform]:
    """Make a function a command of the group, with the options that all have. Its name is the function's."""

    def register(perform: Perform) -> Perform:
        @functools.wraps(perform)
        def command(config: Path, account: str, as_json: bool, **given: Any) -> None:
            sys.exit(_print(_outcome(perform, config, account, given), as_json=as_json))

        name = perform.__name__.replace("_", "-")
        group.command(name, cls=Operation)(CONFIG(ACCOUNT(JSON(command))))
        return perform

    return register


def _print(outcome: object, *, as_json: bool) -> int:
    """Say what came out, where it belongs. Returns the exit code."""
    if isinstance(outcome, Failure) and not as_json:
        click.echo(f"✖ {outcome.words}", err=True)
        return 1
    tree = outcome.json() if isinstance(outcome, Failure) else to_json(outcome)
    click.echo(json.dumps(tree, ensure_ascii=False, indent=2) if as_json else to_text(tree))
    return 1 if isinstance(outcome, Failure) else 0


def _outcome(perform: Perform, config: Path, account: str, given: Mapping[str, Any]) -> object:
    """The result of the operation, or the Failure that came instead."""
    try:
        settings = load(config)
        configure(settings.log.level, settings.log.format, settings.secrets())
        return asyncio.run(_perform(perform, settings, account, given))
    except (ConfigError, NoAccount, GatewayError, Doubt, click.UsageError) as error:
        return _failure(error)
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
        return await perform(Call(gateway=gateway, account=found, settings=settings, now=utc_now()), **given)


def _failure(error: Exception) -> Failure:
    match error:
        case Doubt(error=None):
            words = f"interrupted: it may have been sent. Do not repeat it; ask by ref {error.ref}"
            return Failure(kind="outcome_unknown", words=words, ref=error.ref)
        case Doubt(error=GatewayError() as cause):
            words = f"it may have been sent: {cause.raw}. Do not repeat it; ask by ref {error.ref}"
            return Failure(kind=cause.kind, code=cause.code, reason=cause.reason, words=words, ref=error.ref)
        case GatewayError():
            return Failure(kind=error.kind, code=error.code, reason=error.reason, words=_why(error))
        case ConfigError():
            return Failure(kind="config", reason="\n".join(error.problems), words="\n✖ ".join(error.problems))
        case click.UsageError():
            return Failure(kind="usage", reason=error.format_message(), words=error.format_message())
    return Failure(kind="account", reason=str(error), words=str(error))


def _why(error: GatewayError) -> str:
    """What happened and what to do: by the reason dictionary or by the kind; and what the gateway wrote."""
    words, entry = Words("en", ZoneInfo("UTC")), f"entry-{error.entry}"
    if words.has(entry):
        why = f"{words.plain(entry)} {words.plain(f'{entry}.next')}"
    else:
        why = TROUBLES.get(error.kind, error.kind)
    code = f" (code {error.code})" if error.code else ""
    return f"{why}{code}\n  {error.raw}" if error.raw else f"{why}{code}"
