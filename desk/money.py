"""What it costs and what there is: quotes and balances, asked for with patience and only when needed."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from providers.errors import GatewayError
from providers.model import Balance, Gateway, Quote, Submission
from storage.balances import Known
from storage.fault import fault

from .ask import in_time

FRESH = timedelta(seconds=10)  # SMSC may be asked ten times a minute


class Priced(Protocol):
    """What is to be sent, as one request that is only priced, and its segments."""

    @property
    def segments(self) -> int: ...

    def submission(self) -> Submission: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an offer costs and whether the money is there. None: not known; `trouble` may say why.

    `age`: how long ago the gateway told the balance; None: just now. `currency`: what it counted money in
    when it last answered. `about`: the whole was reckoned from a part, or from what was paid before.
    """

    quote: Quote | None
    balance: Balance | None
    trouble: GatewayError | None = None
    age: timedelta | None = None
    currency: str | None = None
    about: bool = False


async def price(
    gateway: Gateway,
    offered: Priced,
    patience: timedelta,
    *,
    known: Known | None = None,
    now: datetime | None = None,
) -> Price:
    """Ask for quote and balance at the same time, no longer than `patience`. Never raises for a gateway.

    A balance that is `known` is not asked for again while it is fresh at `now`, and stands in where the
    gateway does not tell.
    """
    known_now = None if now is None else fresh(known, now)
    quote, told = await asyncio.gather(
        in_time(_quote(gateway, offered), patience), in_time(_balance(gateway, known_now), patience)
    )
    troubles = [one for one in (told, quote) if isinstance(one, GatewayError)]
    asked = known_now is None and isinstance(told, Balance)
    return Price(
        quote=quote if isinstance(quote, Quote) else None,
        balance=told if isinstance(told, Balance) else None if known is None else known.balance,
        trouble=troubles[0] if troubles else None,
        age=None if asked or known is None or now is None else now - known.at,
        currency=None if known is None else known.balance.currency,
    )


async def _balance(gateway: Gateway, known: Balance | None) -> Balance:
    if known is not None:
        return known
    fault("money.balance asks")
    balance = await gateway.balance()
    fault("money.balance answered")
    return balance


async def _quote(gateway: Gateway, offered: Priced) -> Quote | None:
    """The sum over as many requests as the sending will take."""
    can = gateway.capabilities
    if not can.quote:
        return None
    whole = offered.submission()
    cost, refused = Decimal(0), 0
    currency: str | None = None
    for start in range(0, len(whole.sms), can.batch_max):
        fault("money.quote asks")
        part = await gateway.quote(replace(whole, sms=whole.sms[start : start + can.batch_max]))
        fault("money.quote answered")
        if part.cost is None:
            return None
        cost, refused, currency = cost + part.cost, refused + (part.refused or 0), part.currency
    return Quote(cost=cost, segments=offered.segments, refused=refused, currency=currency)


def cost_of(price: Price, *, segments: int, usual: Decimal) -> str | None:
    """What is set aside for it, as a draft keeps it; None: not known. `usual`: a segment's price, or 0."""
    if price.quote is not None and price.quote.cost is not None:
        return str(price.quote.cost)
    return str(usual * segments) if usual else None


def fresh(known: Known | None, now: datetime) -> Balance | None:
    """A known balance that is too young to be asked for again, and nothing was sent since."""
    if known is None or not timedelta(0) <= now - known.at < FRESH:
        return None
    spent = known.spent_at is not None and known.spent_at >= known.at
    return None if spent else known.balance


def reckoned(price: Price, *, priced: int, whole: int, before: Decimal | None) -> Price:
    """The price of the `whole` from that of the `priced` segments, or from what one cost `before`."""
    quote = price.quote
    if quote is not None and quote.cost is not None:
        if priced == whole:
            return price
        cost = quote.cost * whole / priced
        return replace(price, quote=Quote(cost=cost, segments=whole, currency=quote.currency), about=True)
    if before is None:
        return price
    return replace(
        price, quote=Quote(cost=before * whole, segments=whole, currency=price.currency), about=True
    )
