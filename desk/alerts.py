"""Alarms about an account: what is wrong with it, and what of that is to be told.

An alarm is told once when it comes up. It is told again only when it is worse than it was told, or when
somebody snoozed it and it is not over by then. When it is over, its card says so. All of it follows from what
the database holds, so whoever looks, and however often, tells nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any

from providers.errors import AccountBlocked, AuthFailed, InsufficientFunds, NotReached, OutcomeUnknown
from storage import accounts, balances, lateness, outbox, watches
from storage.accounts import Account
from storage.balances import Known, Probe
from storage.db import Transaction
from storage.lateness import Stuck
from storage.outbox import Priority
from storage.watches import Alarm, Watch

from . import burn, quiet

REFUSALS = frozenset({AuthFailed.kind, AccountBlocked.kind, InsufficientFunds.kind})
SILENCE = frozenset({NotReached.kind, OutcomeUnknown.kind})
TRIES = 2  # in vain, before a gateway is out: one request may be lost on its way


class Kind(StrEnum):
    BALANCE = "balance"
    OUTAGE = "outage"  # the gateway does not answer
    REFUSED = "refused"  # it does not take the login, or has stopped the account
    QUEUE = "queue"  # messages that should have left have not


class Level(IntEnum):
    """How low a balance is; each is told once."""

    LOW = 1
    HALF = 2  # of the threshold
    ZERO = 3
    NEGATIVE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """`outage`: so long a gateway may be silent; `stuck`: so long a message may wait after its time."""

    outage: timedelta
    stuck: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an account. `rate`: money a day; `chats`: those that use it."""

    account: Account
    chats: frozenset[int]
    known: Known | None
    rate: Decimal | None
    probe: Probe | None
    stuck: Stuck | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something to be told. `facts`: what its card says, ready for JSON."""

    kind: Kind
    facts: Mapping[str, Any]
    level: int = 1
    amount: Decimal | None = None


async def facts_of(tx: Transaction, account_id: int, times: Times, now: datetime) -> Facts:
    """What is known of an account now."""
    samples = await balances.history(tx, account_id, now - burn.WINDOW)
    return Facts(
        account=await accounts.get(tx, account_id),
        chats=frozenset(await accounts.chats_of(tx, account_id)),
        known=await balances.known(tx, account_id),
        rate=burn.rate(samples, now),
        probe=await balances.probed(tx, account_id),
        stuck=await lateness.stuck(tx, account_id, now, times.stuck),
    )


# What is wrong


def troubles(watch: Watch, facts: Facts, times: Times, now: datetime) -> dict[Kind, Trouble]:
    """All that is wrong with an account, as far as this watch wants to hear of it."""
    found = (
        _balance(watch, facts),
        _outage(facts, times, now),
        _refused(watch, facts),
        _queue(facts),
    )
    return {one.kind: one for one in found if one is not None}


def level(watch: Watch, facts: Facts) -> Level | None:
    """How low the balance is for this watch; None: it is not, or nobody knows."""
    if facts.known is None:
        return None
    amount = facts.known.balance.amount
    left = burn.days_left(facts.known.balance, facts.rate)
    if watch.below is not None and amount <= watch.below:
        half = amount * 2 <= watch.below
    elif watch.days is not None and left is not None and left <= watch.days:
        half = left * 2 <= watch.days
    else:
        return None
    if amount <= 0:
        return Level.NEGATIVE if amount < 0 else Level.ZERO
    return Level.HALF if half else Level.LOW


def _balance(watch: Watch, facts: Facts) -> Trouble | None:
    found = level(watch, facts)
    if found is None or facts.known is None:
        return None
    return Trouble(
        kind=Kind.BALANCE,
        level=found,
        amount=facts.known.balance.amount,
        facts=money(watch, facts),
    )


def money(watch: Watch, facts: Facts) -> dict[str, Any]:
    """What a card tells of money, ready for JSON."""
    if facts.known is None:
        return {}
    told = facts.known.balance
    left = burn.days_left(told, facts.rate)
    return {
        "amount": str(told.amount),
        "currency": told.currency,
        "credit": None if told.credit is None else str(told.credit),
        "rate": None if facts.rate is None else str(facts.rate),
        "left": None if left is None else str(left),
        "below": None if watch.below is None else str(watch.below),
        "days": watch.days,
        "at": facts.known.at.isoformat(),
    }


def _outage(facts: Facts, times: Times, now: datetime) -> Trouble | None:
    probe = facts.probe
    if probe is None or probe.trouble not in SILENCE or probe.since is None or probe.tries < TRIES:
        return None
    if now - probe.since < times.outage:
        return None
    return Trouble(kind=Kind.OUTAGE, facts={"trouble": probe.trouble, "since": probe.since.isoformat()})


def _refused(watch: Watch, facts: Facts) -> Trouble | None:
    """The chats of a stopped account have heard of it when it stopped, each with its ▶."""
    stopped = facts.account.stopped
    if stopped is not None and watch.chat_id not in facts.chats:
        return Trouble(kind=Kind.REFUSED, facts={"trouble": stopped, "code": None})
    probe = facts.probe
    if probe is None or probe.trouble not in REFUSALS:
        return None
    return Trouble(kind=Kind.REFUSED, facts={"trouble": probe.trouble, "code": probe.code})


def _queue(facts: Facts) -> Trouble | None:
    """What waits behind a stopped account is told with that."""
    if facts.stuck is None or facts.account.stopped is not None:
        return None
    told = {"count": facts.stuck.count, "since": facts.stuck.since.isoformat()}
    return Trouble(kind=Kind.QUEUE, facts=told)


# What is to be told of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """Tell of it, for the first time or again."""

    trouble: Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Lower:
    """Remember that the balance is lower by now than when it was told."""

    alarm: Alarm
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Let the card say that it is over."""

    alarm: Alarm


Step = Raise | Lower | End


def steps(found: Mapping[Kind, Trouble], up: Mapping[str, Alarm], facts: Facts, now: datetime) -> list[Step]:
    """What has to be done so that people know what is wrong now, and hear nothing twice."""
    made = (_step(found.get(kind), up.get(kind), facts, now) for kind in Kind)
    return [one for one in made if one is not None]


def _step(wanted: Trouble | None, told: Alarm | None, facts: Facts, now: datetime) -> Step | None:
    if told is None:
        return None if wanted is None else Raise(trouble=wanted)
    if wanted is not None and (wanted.level > told.level or _is_awake(told, now)):
        return Raise(trouble=wanted)
    if told.kind != Kind.BALANCE:
        return End(alarm=told) if wanted is None else None
    if facts.known is None or told.amount is None:
        return None
    amount = facts.known.balance.amount
    if amount < told.amount:
        return Lower(alarm=told, amount=amount)
    # One that only lasts longer because less is sent has not been topped up.
    return End(alarm=told) if wanted is None and amount > told.amount else None


def _is_awake(told: Alarm, now: datetime) -> bool:
    return told.snoozed_until is not None and told.snoozed_until <= now


async def look(tx: Transaction, account_id: int, times: Times, now: datetime) -> bool:
    """Whether anything has to be done about the alarms of an account."""
    facts = await facts_of(tx, account_id, times, now)
    for watch in await watches.of_account(tx, account_id):
        up = await watches.alarms_of(tx, watch.id)
        if steps(troubles(watch, facts, times, now), up, facts, now):
            return True
    return False


async def settle(tx: Transaction, account_id: int, times: Times, now: datetime) -> None:
    """Raise, lower and end the alarms of an account, each with its notice, in one transaction."""
    watching = await watches.of_account(tx, account_id, held=True)
    facts = await facts_of(tx, account_id, times, now)
    for watch in watching:
        up = await watches.alarms_of(tx, watch.id)
        for step in steps(troubles(watch, facts, times, now), up, facts, now):
            match step:
                case Raise(trouble=trouble):
                    await _raise(tx, watch, facts, trouble, now)
                case Lower(alarm=alarm, amount=amount):
                    await watches.lower(tx, alarm, amount)
                case End(alarm=alarm):
                    await _end(tx, watch, facts, alarm, now)


async def _raise(tx: Transaction, watch: Watch, facts: Facts, trouble: Trouble, now: datetime) -> None:
    told = {**_whose(watch, facts), **trouble.facts, "kind": trouble.kind, "level": int(trouble.level)}
    urgent = trouble.kind != Kind.BALANCE or trouble.level >= Level.ZERO
    notice_id = await outbox.say(
        tx,
        chat_id=watch.chat_id,
        thread_id=watch.thread_id,
        kind="alert",
        content=told,
        language=watch.language,
        priority=Priority.ALERT,
        now=now,
        held_until=None if urgent else await quiet.until(tx, watch.chat_id, now, home_id=watch.home_id),
    )
    alarm = Alarm(
        watch_id=watch.id,
        kind=trouble.kind,
        level=trouble.level,
        amount=trouble.amount,
        snoozed_until=None,
        notice_id=notice_id,
    )
    await watches.raise_alarm(tx, alarm)


async def _end(tx: Transaction, watch: Watch, facts: Facts, alarm: Alarm, now: datetime) -> None:
    """One that nobody has seen yet is not told at all."""
    await watches.end(tx, alarm)
    if await watches.hush(tx, alarm.notice_id):
        return
    told = {**_whose(watch, facts), **money(watch, facts), "kind": alarm.kind, "of": alarm.notice_id}
    await outbox.say(
        tx,
        chat_id=watch.chat_id,
        thread_id=watch.thread_id,
        kind="alert-over",
        content=told,
        language=watch.language,
        priority=Priority.ALERT,
        now=now,
    )


def _whose(watch: Watch, facts: Facts) -> dict[str, Any]:
    return {
        "watch_id": watch.id,
        "home_id": watch.home_id,
        "account_id": facts.account.id,
        "name": facts.account.name,
        "gateway": facts.account.gateway,
        "place": watch.title,
    }
