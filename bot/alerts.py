"""Alarms, digests and what is set about them, as screens. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from desk.alerts import Kind, Level
from desk.digest import Figures
from storage.accounts import Account
from storage.chats import Group
from storage.rhythms import Digest, Rhythm
from storage.statistics import Failed
from storage.watches import Alarm, Watch

from . import cards, reasons
from .keyboards import Chart, Curve, Key, Screen
from .words import Html, Words

REASONS = 6  # of failures in a digest; the rest is counted together
LEVELS = {Level.LOW: "low", Level.HALF: "half", Level.ZERO: "zero", Level.NEGATIVE: "negative"}
PRESETS: Sequence[Mapping[str, Any]] = ({"below": "500"}, {"below": "1000"}, {"days": 3})

Told = Mapping[str, Any]  # the content of a notice, by desk.alerts


# Alarms


def alarm(words: Words, told: Told, *, snooze: str, check: str, curve: Curve | None) -> Screen:
    """What is wrong with an account; `snooze` and `check` are the tokens of its buttons."""
    keys = (
        Key(label=words.plain("button-check-now"), token=check),
        Key(label=words.plain("button-snooze"), token=snooze),
    )
    return Screen(html=_alarm(words, told), rows=(keys,), curve=curve)


def _alarm(words: Words, told: Told) -> Html:
    whose = _whose(words, told)
    match told["kind"]:
        case Kind.BALANCE:
            level = LEVELS[Level(told["level"])]
            return cards.joined(
                words("alert-balance", **whose, amount=_amount(words, told), level=level),
                _threshold_line(words, told),
                lasting(words, told),
            )
        case Kind.OUTAGE:
            since = words.time(datetime.fromisoformat(told["since"]))
            trouble = reasons.trouble(words, told["trouble"])
            return words("alert-outage", **whose, time=since, trouble=trouble)
        case Kind.REFUSED:
            trouble = reasons.trouble(words, told["trouble"], told["code"])
            return words("alert-refused", **whose, trouble=trouble)
        case _:
            since = words.time(datetime.fromisoformat(told["since"]))
            return words("alert-queue", **whose, time=since, count=told["count"])


def over(words: Words, told: Told) -> Html:
    """The end of an alarm, in the place of its card."""
    whose = _whose(words, told)
    match told["kind"]:
        case Kind.BALANCE:
            topped_up = words("alert-topped-up", **whose, amount=_amount(words, told))
            return cards.joined(topped_up, lasting(words, told))
        case Kind.OUTAGE:
            return words("alert-answers", **whose)
        case Kind.REFUSED:
            return words("alert-accepted", **whose)
        case _:
            return words("alert-flows", **whose)


def _whose(words: Words, told: Told) -> dict[str, str]:
    return {"name": told["name"], "gateway": cards.gateway_name(words, told["gateway"])}


def _amount(words: Words, told: Told) -> str:
    amount = words.money(Decimal(told["amount"]), told["currency"])
    if told["credit"] is None or not Decimal(told["credit"]):
        return amount
    credit = words.money(Decimal(told["credit"]), told["currency"])
    return words.plain("offer-balance-credit", amount=amount, credit=credit)


def _threshold_line(words: Words, told: Told) -> Html | None:
    if told["below"] is None:
        return None
    return words("alert-threshold", amount=words.money(Decimal(told["below"]), told["currency"]))


def lasting(words: Words, told: Told) -> Html:
    """How long the money lasts at the rate of the last days."""
    if told["left"] is None or told["rate"] is None:
        return words("alert-rate-unknown")
    rate = words.money(round(Decimal(told["rate"]), 2), told["currency"])
    return words("alert-lasts", days=days(words, Decimal(told["left"])), rate=rate)


def days(words: Words, left: Decimal) -> str:
    """A span in whole days: no more is told than there is."""
    return words.plain("alert-days", count=int(left))


def curve_of(words: Words, told: Told, past: Sequence[tuple[date, Decimal]]) -> Curve | None:
    """What there was at the end of each of the last days; None: a point is no line."""
    if len(past) < 2:
        return None
    return Curve(
        days=tuple(words.day(day) for day, _ in past),
        name=words.plain("alert-curve", name=told["name"]),
        values=tuple(amount for _, amount in past),
        line=None if told["below"] is None else Decimal(told["below"]),
    )


# The digest


def digest(words: Words, figures: Figures, title: str | None) -> Screen:
    """What was sent and what came of it; `title` of the chat whose figures they are, where it is another."""
    period = figures.period
    first, last = words.date_of(period.first), words.date_of(period.last)
    when = first if first == last else f"{first} – {last}"
    chat = "" if title is None else cards.isolated(title)
    heading = words("digest-title", when=when, chat=chat, zone=period.zone.key)
    waiting = words("digest-waiting", count=figures.waiting) if figures.waiting else None
    if not figures.sent:
        return Screen(html=cards.joined(heading, words("digest-nothing"), waiting))
    html = cards.joined(
        heading,
        words("digest-sent", count=figures.sent, delivered=str(figures.delivered)),
        _failed(words, figures.failed),
        *(
            words("digest-spent", name=one.account, cost=words.money(one.cost, one.currency))
            for one in figures.spent
        ),
        waiting,
    )
    chart = Chart(
        days=tuple(words.day(day) for day in figures.week.days),
        series=tuple(
            (str(outcome), words.plain(f"outcome-{outcome}"), tuple(counts))
            for outcome, counts in figures.chart.items()
        ),
    )
    return Screen(html=html, chart=chart)


def _failed(words: Words, failed: Sequence[Failed]) -> Html | None:
    if not failed:
        return None
    lines = [words("digest-reason", count=one.count, why=_reason(words, one)) for one in failed[:REASONS]]
    rest = sum(one.count for one in failed[REASONS:])
    more = words("digest-more", count=rest) if rest else None
    return cards.joined(words("digest-failed", count=sum(one.count for one in failed)), *lines, more)


def _reason(words: Words, one: Failed) -> Html:
    """The state, and the first sentence of why."""
    why = reasons.happened(words, one.state, one.entry, one.reason)
    return words("digest-why", state=words(f"state-{one.state}"), why=why)


def summed(words: Words, failed: Sequence[tuple[int, int]], *, crowded: bool) -> Html:
    """What was held in quiet hours, or because too much came at a time: failures by campaign."""
    lines = [words("quiet-failed", campaign=str(campaign_id), count=count) for campaign_id, count in failed]
    return cards.joined(
        words("crowded-title" if crowded else "quiet-title"),
        *cards.fitting(lines, lambda count: words("quiet-more", count=count)),
    )


# What is set


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """What the chat `here` has set: watches by account, alarms by watch."""

    accounts: Sequence[Account]
    watches: Mapping[int, Watch]
    alarms: Mapping[int, Sequence[Alarm]]
    rhythm: Rhythm
    digest: Digest | None
    here: int


def listing(words: Words, shown: Set, presets: Sequence[str], targets: Sequence[tuple[Group, str]]) -> Screen:
    """All that is set about alerts here; `presets` are the tokens of PRESETS."""
    html = cards.joined(
        words("alerts-title"),
        *(_watched(words, shown, one) for one in shown.accounts),
        _digest_line(words, shown),
        _rhythm_line(words, shown.rhythm),
        words("alerts-usage"),
    )
    offered = tuple(
        Key(label=threshold(words, preset), token=token)
        for preset, token in zip(PRESETS, presets, strict=False)
    )
    rows = (offered,) if offered else ()
    channels = tuple(
        (Key(label=words.plain("button-alerts-to", chat=group.title), token=token),)
        for group, token in targets
    )
    return Screen(html=html, rows=(*rows, *channels))


def threshold(words: Words, wanted: Mapping[str, Any]) -> str:
    """`≤ 500.00`, `≤ 3 days` or, where there is neither, only trouble."""
    if wanted.get("below") is not None:
        return words.plain("alerts-below", amount=words.money(Decimal(wanted["below"])))
    if wanted.get("days") is not None:
        return words.plain("alerts-days", days=days(words, Decimal(wanted["days"])))
    return words.plain("alerts-trouble")


def _place(words: Words, told: Watch | Digest, here: int) -> str:
    """Where something is told, in a word."""
    return words.plain("alerts-here") if told.chat_id == here else cards.isolated(told.title)


def _watched(words: Words, shown: Set, account: Account) -> Html:
    watch = shown.watches.get(account.id)
    whose = {"name": account.name, "gateway": cards.gateway_name(words, account.gateway)}
    if watch is None:
        return words("alerts-none", **whose)
    wanted = threshold(words, {"below": watch.below, "days": watch.days})
    return words(
        "alerts-line",
        **whose,
        threshold=wanted,
        chat=_place(words, watch, shown.here),
        up="yes" if shown.alarms.get(watch.id) else "no",
    )


def _digest_line(words: Words, shown: Set) -> Html:
    digest = shown.digest
    if digest is None:
        return words("alerts-no-digest")
    return words(
        "alerts-digest",
        every="weekly" if digest.weekly else "daily",
        time=clock(digest.minute),
        zone=shown.rhythm.zone,
        chat=_place(words, digest, shown.here),
    )


def _rhythm_line(words: Words, rhythm: Rhythm) -> Html:
    if rhythm.quiet_from is None or rhythm.quiet_to is None:
        return words("alerts-no-quiet", zone=rhythm.zone)
    start, end = clock(rhythm.quiet_from), clock(rhythm.quiet_to)
    return words("alerts-quiet", start=start, end=end, zone=rhythm.zone)


def clock(minute: int) -> str:
    """Minutes of the day as `09:30`."""
    return "{:02}:{:02}".format(*divmod(minute, 60))
