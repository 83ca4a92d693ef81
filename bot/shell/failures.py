"""What keeps a call from its result: a kind for programs, and for people what happened and what to do now."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import click
import structlog

from providers.errors import GatewayError, OutcomeUnknown, Unsupported

from ..config import ConfigError
from ..words import Words
from .output import Json

log = structlog.get_logger(__name__)

# What happened, by kind of error; the reason dictionary has it by the gateway's codes.
TROUBLES = {
    "auth_failed": "the gateway refuses login or password, or this machine's address",
    "insufficient_funds": "the gateway says there is no money",
    "account_blocked": "the gateway has blocked the account or this machine's address",
    "not_reached": "the gateway cannot be reached",
    "throttled": "the gateway asks to wait; try again in a minute",
    "outcome_unknown": "no answer of the gateway could be read",
    "request_refused": "the gateway refused the request",
    "unsupported": "the gateway has no such thing; nobody was asked",
}
# What to do about an account. The advice of the reason dictionary is for a chat, where ▶ wakes it again.
_REMEDIES = {
    "auth_failed": "Check its login and password, and at the gateway the list of allowed addresses.",
    "insufficient_funds": "Top it up.",
    "account_blocked": "Wait half an hour; if it stays so, ask the gateway's support.",
}
# What the dictionary's other advice has people write in a chat, and what that is called here.
_WRITTEN = {"from=": "--from ", "at=": "--at ", "valid=": "--validity ", "kind=": "--kind ", "/": ""}
_WRITTEN_IN_CHATS = re.compile(r"\b(?:from|at|valid|kind)=|(?<!\w)/(?=[a-z])")
_WORDS = Words("en", ZoneInfo("UTC"))


class Doubt(Exception):
    """A change at a gateway of which nobody knows whether it was made; `look`: where that can be seen.

    `cause` None: we were interrupted.
    """

    def __init__(self, look: str, *, ref: str | None, cause: Exception | None) -> None:
        super().__init__(look)
        self.look = look
        self.ref = ref
        self.cause = cause


@contextmanager
def changing(look: str, *, ref: str | None = None) -> Iterator[None]:
    """What is asked for in here changes something. Raises Doubt unless the gateway itself says it did not."""
    try:
        yield
    except asyncio.CancelledError:
        raise Doubt(look, ref=ref, cause=None) from None
    except OutcomeUnknown as error:
        raise Doubt(look, ref=ref, cause=error) from None
    except GatewayError:
        raise
    except Exception as error:
        log.exception("stopped by a failure")
        raise Doubt(look, ref=ref, cause=error) from None


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


def failure(error: Exception) -> Failure:
    """What an error comes to."""
    match error:
        case Doubt():
            return _of_doubt(error)
        case Unsupported():
            return Failure(kind=error.kind, reason=error.reason or error.kind, words=_why(error))
        case GatewayError():
            return Failure(kind=error.kind, code=error.code, reason=error.reason, words=_why(error))
        case ConfigError():
            return Failure(kind="config", reason="\n".join(error.problems), words="\n✖ ".join(error.problems))
        case click.UsageError():
            told = error.format_message()
            usage = f"\n  {error.ctx.get_usage()}" if error.ctx is not None else ""
            return Failure(kind="usage", reason=told, words=told + usage)
    return Failure(kind="account", reason=str(error), words=str(error))


def _of_doubt(doubt: Doubt) -> Failure:
    code: str | None = None
    reason: str | None = None
    match doubt.cause:
        case None:
            why = "interrupted"
        case GatewayError() as error:
            code, reason, why = error.code, error.reason, _said(TROUBLES[error.kind], error)
        case error:
            reason, why = type(error).__name__, "stopped by a failure; the log above has it"
    words = f"{why}\n  It may have been done. Do not repeat it before you have looked: {doubt.look}"
    return Failure(kind=OutcomeUnknown.kind, code=code, reason=reason, words=words, ref=doubt.ref)


def _why(error: GatewayError) -> str:
    """What happened and what to do: by the reason dictionary or by the kind; and what the gateway wrote."""
    entry = f"entry-{error.entry}"
    known = _WORDS.has(entry)
    happened = _WORDS.plain(entry) if known else TROUBLES[error.kind]
    remedy = _REMEDIES.get(error.kind) or (_advice(entry) if known else None)
    return _said(happened if remedy is None else f"{happened.removesuffix('.')}. {remedy}", error)


def _advice(entry: str) -> str:
    return _WRITTEN_IN_CHATS.sub(lambda found: _WRITTEN[found[0]], _WORDS.plain(f"{entry}.next"))


def _said(words: str, error: GatewayError) -> str:
    code = f" (code {error.code})" if error.code else ""
    return f"{words}{code}\n  {' '.join(error.raw.split())}" if error.raw else f"{words}{code}"
