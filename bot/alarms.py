"""From a notice about an alarm or a digest to its screen."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from desk import alerts as deciding
from desk import burn, quiet
from desk import digest as digesting
from desk.alerts import Kind
from storage import balances, chats, outbox, watches
from storage.db import Transaction
from storage.outbox import Notice, Priority

from . import alerts
from .keyboards import Curve, Screen
from .settings import Settings
from .words import Words

KINDS = frozenset({"alert", "alert-over", "alert-set", "digest", "quiet"})
CHARTED = 14  # days

Button = Callable[[str, dict[str, Any]], Awaitable[str]]


def times_of(settings: Settings) -> deciding.Times:
    """When something is wrong enough to be told."""
    return deciding.Times(outage=settings.alerts.outage, stuck=settings.alerts.stuck)


async def screen(
    tx: Transaction, notice: Notice, zone: ZoneInfo, now: datetime, button: Button
) -> Screen | None:
    """What a notice shows; None: it is not so any more."""
    rhythm = await quiet.rhythm_of(tx, notice.chat_id, notice.content.get("home_id"))
    words = Words(notice.language, zone if rhythm is None else ZoneInfo(rhythm.zone))
    content = notice.content
    match notice.kind:
        case "alert":
            return await _alarm(tx, notice, words, now, button)
        case "alert-over":
            edits = None if content.get("anew") else await watches.shown_by(tx, content["of"])
            return Screen(html=alerts.over(words, content), edits=edits)
        case "alert-set":
            return Screen(html=words("alert-set", names=content["names"]))
        case "digest":
            return await _digest(tx, notice, words)
        case _:
            failed = [(one, count) for one, count in content["failed"]]
            return Screen(html=alerts.summed(words, failed, crowded=content.get("crowded", False)))


async def _alarm(
    tx: Transaction, notice: Notice, words: Words, now: datetime, button: Button
) -> Screen | None:
    told = notice.content
    up = (await watches.alarms_of(tx, told["watch_id"])).get(told["kind"])
    if up is None or up.notice_id not in {notice.id, told.get("of")}:
        return None
    subject = {"watch_id": told["watch_id"], "kind": told["kind"]}
    return alerts.alarm(
        words,
        told,
        snooze=await button("snooze", subject),
        check=await button("check-balance", subject),
        curve=await _curve(tx, words, told, now) if told["kind"] == Kind.BALANCE else None,
    )


async def _curve(tx: Transaction, words: Words, told: alerts.Told, now: datetime) -> Curve | None:
    samples = await balances.history(tx, told["account_id"], now - timedelta(days=CHARTED))
    today = words.today(now)
    return alerts.curve_of(words, told, burn.by_day(samples, today, CHARTED, words.zone))


async def _digest(tx: Transaction, notice: Notice, words: Words) -> Screen:
    told = notice.content
    first, last = date.fromisoformat(told["first"]), date.fromisoformat(told["last"])
    figures = await digesting.figures(tx, told["home_id"], first, last, ZoneInfo(told["zone"]))
    elsewhere = told["home_id"] != notice.chat_id
    return alerts.digest(words, figures, await chats.title(tx, told["home_id"]) if elsewhere else None)


async def said_anew(tx: Transaction, notice: Notice, now: datetime) -> bool:
    """Tell the end of an alarm as a message of its own: its card is gone. False: this was no such edit."""
    if notice.kind != "alert-over" or notice.content.get("anew"):
        return False
    await outbox.say(
        tx,
        chat_id=notice.chat_id,
        thread_id=notice.thread_id,
        kind=notice.kind,
        content={**notice.content, "anew": True},
        language=notice.language,
        priority=Priority.ALERT,
        now=now,
    )
    await outbox.mark(tx, [notice.id], "dead")
    return True
