"""What it costs and what there is: quotes and balances, asked for with patience and only when needed."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.errors import GatewayError
from providers.model import Balance, Gateway, Quote
from storage.balances import Known

from .compose import Offer

FRESH = timedelta(seconds=10)  # SMSC may be asked ten times a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What an offer costs and whether the money is there. None: not known; `trouble` may say why.

    `currency`: what the gateway counted money in when it last answered.
    """

    quote: Quote | None
    balance: Balance | None
    trouble: GatewayError | None = None
    currency: str | None = None


async def price(
    gateway: Gateway, offered: Offer, patience: timedelta, *, known: Balance | None = None
) -> Price:
    """Ask for quote and balance at the same time, no longer than `patience`. Never raises for a gateway.

    A balance that is `known` is not asked for.
    """
    quote, balance = await asyncio.gather(
        _asked(_quote(gateway, offered), patience), _asked(_balance(gateway, known), patience)
    )
    troubles = [one for one in (balance, quote) if isinstance(one, GatewayError)]
    return Price(
        quote=quote if isinstance(quote, Quote) else None,
        balance=balance if isinstance(balance, Balance) else None,
        trouble=troubles[0] if troubles else None,
    )


async def _asked(
    answer: Coroutine[Any, Any, Quote | Balance | None], patience: timedelta
) -> Quote | Balance | GatewayError | None:
    try:
        async with asyncio.timeout(patience.total_seconds()):
            return await answer
    except TimeoutError:
        return None
    except GatewayError as error:
        return error


async def _balance(gateway: Gateway, known: Balance | None) -> Balance:
    return known or await gateway.balance()


async def _quote(gateway: Gateway, offered: Offer) -> Quote | None:
    """The sum over as many requests as the sending will take."""
    can = gateway.capabilities
    if not can.quote:
        return None
    whole = offered.submission()
    cost, refused = Decimal(0), 0
    currency: str | None = None
    for start in range(0, len(whole.sms), can.batch_max):
        part = await gateway.quote(replace(whole, sms=whole.sms[start : start + can.batch_max]))
        if part.cost is None:
            return None
        cost, refused, currency = cost + part.cost, refused + (part.refused or 0), part.currency
    return Quote(cost=cost, segments=offered.segments, refused=refused, currency=currency)


def fresh(known: Known | None, now: datetime) -> Balance | None:
    """A known balance that is too young to be asked for again."""
    return known.balance if known is not None and timedelta(0) <= now - known.at < FRESH else None
