"""What an account and a person may send and spend in a time: asked before a card is shown, and at its ✅."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from desk import compose, limits
from desk.limits import Amount, Full
from storage import accounts, balances, campaigns, rations
from storage.db import Transaction, alone
from storage.rations import Whose

from .settings import Limits
from .words import Html, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Ration:
    """At most so much of `messages` or `money` within any `span`, for an `account` or a `person`."""

    whose: str
    of: str
    span: str
    most: Amount


def of_settings(settings: Limits) -> list[Ration]:
    """Those that the owner of this desk has set, the shortest span first."""
    found = []
    for span in limits.SPANS:
        ending = "" if span == "hour" else f"_{span}"
        for whose in ("account", "person"):
            for of in ("messages", "money"):
                most: Amount = getattr(settings, f"{whose}_{of}{ending}")
                found += [Ration(whose=whose, of=of, span=span, most=most)] if most else []
    return found


async def estimate(tx: Transaction, settings: Limits, account_id: int, segments: int) -> str | None:
    """What so many segments will cost, by the last price of one, as a draft keeps it; None: nobody knows."""
    before = await campaigns.last_price(tx, account_id)
    each = settings.segment_price if before is None else before
    return str(each * segments) if each else None


async def refusal(
    tx: Transaction,
    words: Words,
    settings: Limits,
    content: Mapping[str, Any],
    *,
    person_id: int,
    now: datetime,
) -> Html | None:
    """Why a draft of this content of this person would be too much when it is to leave; None: it would not.

    Whoever else confirms for the same account or person waits until the transaction ends.
    """
    rules = of_settings(settings)
    if not rules:
        return None
    account_id: int = content["account_id"]
    await accounts.lock(tx, account_id)
    if any(one.whose == "person" for one in rules):
        await alone(tx, f"rations/{person_id}")
    at = now if content["send_at"] is None else datetime.fromisoformat(content["send_at"])
    count = compose.count_of(content)
    cost = None if content.get("cost") is None else Decimal(content["cost"])
    for rule in rules:
        amount: Amount | None = count if rule.of == "messages" else cost
        if amount is None:
            return words("limit-unpriced")
        whose = Whose(account_id=account_id) if rule.whose == "account" else Whose(person_id=person_id)
        read = rations.messages_given if rule.of == "messages" else rations.money_given
        span = limits.SPANS[rule.span]
        full = limits.full(await read(tx, whose, at - span), at=at, amount=amount, limit=rule.most, span=span)
        if full is not None:
            return await _told(tx, words, rule, full, amount, count, account_id)
    return None


async def _told(
    tx: Transaction, words: Words, rule: Ration, full: Full, amount: Amount, count: int, account_id: int
) -> Html:
    free = words("limit-free", free="never" if full.free_at is None else words.time(full.free_at))
    if rule.of == "messages":
        return words(
            "limit-messages",
            whose=rule.whose,
            span=rule.span,
            limit=int(rule.most),
            left=int(full.left),
            count=count,
            free=free,
        )
    known = await balances.known(tx, account_id)
    currency = None if known is None else known.balance.currency

    def money(one: Amount) -> str:
        return words.money(Decimal(one), currency)

    return words(
        "limit-money",
        whose=rule.whose,
        span=rule.span,
        limit=money(full.limit),
        left=money(full.left),
        cost=money(amount),
        fits=limits.fitting(full.left, amount, count),
        count=count,
        free=free,
    )
