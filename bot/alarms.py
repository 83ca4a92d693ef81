"""From a notice about an alarm or a digest to its screen, and what becomes of one that cannot be posted."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from telegram.error import BadRequest, TelegramError

from desk import alerts as deciding
from desk import burn, quiet
from desk import digest as digesting
from desk.alerts import Kind
from storage import balances, chats, outbox, people, watches
from storage.db import Transaction
from storage.outbox import Notice, Priority

from . import alerts
from .keyboards import Curve, Screen
from .settings import Settings
from .words import Words

# Notices that an administrator gets where they cannot be posted.
RELAYED = frozenset({"alert", "alert-over", "alert-set", "digest", "quiet"})
KINDS = RELAYED | {"undelivered"}
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
        case "quiet":
            return Screen(html=alerts.quiet(words, [(one, count) for one, count in content["failed"]]))
        case _:
            return await _undelivered(tx, notice, zone, now, button)


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


async def _undelivered(
    tx: Transaction, notice: Notice, zone: ZoneInfo, now: datetime, button: Button
) -> Screen | None:
    """The same for an administrator, with its buttons, and why it comes to them."""
    told = notice.content
    content = {**told["content"], "of": told["of"], "anew": True}
    shown = await screen(tx, replace(notice, kind=told["kind"], content=content), zone, now, button)
    if shown is None:
        return None
    words = Words(notice.language, zone)
    return replace(shown, html=alerts.undelivered(words, told["where"], told["error"], shown.html))


async def relay(
    tx: Transaction, notice: Notice, error: TelegramError, admins: frozenset[int], now: datetime
) -> None:
    """Tell the administrators, in private, what could not be posted: nothing of this kind is lost.

    A card that is gone cannot be edited: then its end is told as a message of its own.
    """
    if notice.kind not in RELAYED:
        return
    if notice.kind == "alert-over" and isinstance(error, BadRequest) and not notice.content.get("anew"):
        await _say_anew(tx, notice, now)
        return
    for admin in await people.admins(tx, admins):
        if admin == notice.chat_id:
            continue
        await outbox.say(
            tx,
            chat_id=admin,
            thread_id=0,
            kind="undelivered",
            content={
                "kind": notice.kind,
                "content": dict(notice.content),
                "of": notice.content.get("of", notice.id),
                "where": notice.content.get("place") or str(notice.chat_id),
                "error": str(error)[:200],
            },
            language=await chats.language_of(tx, admin),
            priority=Priority.ALERT,
            now=now,
        )


async def _say_anew(tx: Transaction, notice: Notice, now: datetime) -> None:
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
