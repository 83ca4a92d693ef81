"""What is typed after a command: the options that several commands share, and how their values are read."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, TypeVar

import click

from providers.model import Kind, MessageRef, Sms, Submission
from providers.sms import BadNumber, parse_msisdn

from ..settings import parse_duration

_ENDS_OF_SPANS = frozenset("smhd")  # a time ends in a digit or in Z

F = TypeVar("F", bound=Callable[..., Any])

ACCOUNT = click.option(
    "--account", required=True, metavar="NAME", help="From the configuration, or one a chat has; NAME/ID too."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, errors too.")

KIND = click.option(
    "--kind", type=click.Choice([one.value for one in Kind]), default="sms", show_default=True
)
TO = click.option("--to", multiple=True, metavar="NUMBER", help="A recipient; give it again for more.")

_SENDING = (
    TO,
    click.option("--text", help="What they get; - reads it from the standard input."),
    click.option(
        "--text-for",
        nargs=2,
        multiple=True,
        metavar="NUMBER TEXT",
        help="A recipient with a text of its own.",
    ),
    click.option("--from", "sender_id", metavar="SENDER", help="The sender ID; else the account's."),
    KIND,
    click.option("--at", metavar="TIME", help="When; ISO 8601, in desk.zone where it has no zone."),
    click.option("--by-recipient-time", is_flag=True, help="--at is what each recipient's clock is to show."),
    click.option("--validity", metavar="SPAN", help="How long the network may try, such as 2h."),
    click.option(
        "--option", "options", multiple=True, metavar="NAME=VALUE", help="A switch of this gateway alone."
    ),
)
_REFS = (
    click.option("--ref", default="", help="Our reference, as `send` gave it. This or --id is needed."),
    click.option("--id", "ids", multiple=True, help="The gateway's id; give it again, one a segment."),
    click.option(
        "--to",
        multiple=True,
        metavar="NUMBER",
        help="Whom it went to, always needed; give it again for more.",
    ),
    KIND,
)


def sending(command: F) -> F:
    """The options that make a submission."""
    return _with(_SENDING, command)


def asking(command: F) -> F:
    """The options that name messages."""
    return _with(_REFS, command)


def period(since: str | None) -> Callable[[F], F]:
    """The options that make a period; `since`: where it begins when not told, None: nowhere."""
    typed = "ISO 8601, or so long ago: 7d, at most 366d."
    options = (
        click.option(
            "--since",
            default=since,
            show_default=since is not None,
            metavar="TIME",
            help=typed if since is not None else f"{typed} Without it there is no limit.",
        ),
        click.option(
            "--until",
            metavar="TIME",
            help="The same. Default: now."
            if since is not None
            else "The same. Without it there is no limit.",
        ),
    )
    return lambda command: _with(options, command)


def _with(options: Sequence[Callable[[F], F]], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def read_number(typed: str, region: str) -> str:
    """An MSISDN. Raises click.UsageError."""
    try:
        return parse_msisdn(typed, region=region)
    except BadNumber as error:
        raise click.UsageError(f"{typed!r} is not a number an SMS goes to ({error.fault})") from None


def read_submission(
    ref: str, given: dict[str, Any], *, sender_id: str | None, region: str, zone: tzinfo
) -> Submission:
    """A submission from the options of `sending`. Raises click.UsageError."""
    kind, text = Kind(given["kind"]), given["text"]
    if text == "-":
        text = sys.stdin.read().removesuffix("\n")
    if given["to"] and text is None and kind.has_text:
        raise click.UsageError("--text is missing")
    pairs = [(number, text or "") for number in given["to"]] + list(given["text_for"])
    sms = tuple(Sms(msisdn=read_number(number, region), text=words) for number, words in pairs)
    if not sms:
        raise click.UsageError("nobody to send to; give --to or --text-for")
    if len({one.msisdn for one in sms}) < len(sms):
        raise click.UsageError("a number is given twice")
    return Submission(
        ref=ref,
        sms=sms,
        sender_id=given["sender_id"] or sender_id,
        validity=None if given["validity"] is None else read_span(given["validity"]),
        send_at=_read_at(given, zone),
        by_recipient_time=given["by_recipient_time"],
        kind=kind,
        options=tuple(_read_option(one) for one in given["options"]),
    )


def _read_at(given: dict[str, Any], zone: tzinfo) -> datetime | None:
    at = None if given["at"] is None else _read_iso(given["at"])
    if not given["by_recipient_time"]:
        return None if at is None else _in_utc(at, zone)
    if at is None or at.tzinfo is not None:
        raise click.UsageError("--by-recipient-time needs --at without a zone")
    return at.replace(tzinfo=UTC)  # the digits are all that counts


def read_refs(given: dict[str, Any], *, region: str) -> list[MessageRef]:
    """The messages that the options of `asking` name, one a number. Raises click.UsageError."""
    if not given["ref"] and not given["ids"]:
        raise click.UsageError("give --ref or --id, whichever the gateway knows the message by")
    if not given["to"]:
        raise click.UsageError("--to is missing: a reference or an id may stand for several numbers")
    return [
        MessageRef(
            ref=given["ref"],
            msisdn=read_number(one, region),
            gateway_ids=given["ids"],
            kind=Kind(given["kind"]),
        )
        for one in given["to"]
    ]


def read_period(
    given: dict[str, Any], *, now: datetime, zone: tzinfo
) -> tuple[datetime | None, datetime | None]:
    """Since and until, None where not told. Raises click.UsageError."""
    since, until = (
        None if typed is None else _read_moment(typed, now, zone)
        for typed in (given["since"], given["until"])
    )
    if since is not None and since >= (until or now):
        raise click.UsageError("the period ends before it begins")
    return since, until


def _read_moment(typed: str, now: datetime, zone: tzinfo) -> datetime:
    try:
        return now - parse_duration(typed)
    except ValueError as error:
        if typed[-1:] in _ENDS_OF_SPANS:
            raise click.UsageError(f"{error}; write 7d, at most 366d, or a time: 2026-12-01T10:00") from None
        return _in_utc(_read_iso(typed), zone)


def _read_iso(typed: str) -> datetime:
    """A time as it is typed, with a zone or without."""
    try:
        return datetime.fromisoformat(typed)
    except ValueError:
        raise click.UsageError(f"{typed!r} is not a time; write it as 2026-12-01T10:00") from None


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise click.UsageError(f"{moment.isoformat()} is not a time the calendar has in UTC") from None


def read_span(typed: str) -> timedelta:
    """A time span such as 2h. Raises click.UsageError."""
    try:
        return parse_duration(typed)
    except ValueError as error:
        raise click.UsageError(f"{error}; write a span such as 2h") from None


def _read_option(typed: str) -> tuple[str, str]:
    name, equals, value = typed.partition("=")
    if not equals or not name:
        raise click.UsageError(f"{typed!r} is not NAME=VALUE")
    return name, value
