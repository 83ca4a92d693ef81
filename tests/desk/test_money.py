"""What is known of the money: asked for only when it is not fresh, and shown with its age."""

from datetime import timedelta
from decimal import Decimal

import pytest

from desk import money
from providers.errors import NotReached
from providers.model import Balance
from storage.balances import Known

from ..storage.seeds import NOON
from .scripted_gateway import ScriptedGateway, capable, raising
from .test_compose import PATIENT, to_price

SECOND = timedelta(seconds=1)
TEN, RICH = Balance(amount=Decimal(10), currency="RUB"), Balance(amount=Decimal("1000.00"), currency="RUB")
KNOWN = Known(balance=TEN, at=NOON)


@pytest.mark.parametrize(
    ("after", "spent", "balance", "age"),
    [
        (3 * SECOND, None, TEN, 3 * SECOND),
        (3 * SECOND, -SECOND, TEN, 3 * SECOND),
        (3 * SECOND, SECOND, RICH, None),
        (money.FRESH, None, RICH, None),
        (-SECOND, None, RICH, None),  # the clock was set back
    ],
    ids=["fresh", "sent before", "sent since", "old", "from the future"],
)
async def test_a_balance_is_asked_for_unless_it_is_fresh(
    after: timedelta, spent: timedelta | None, balance: Balance, age: timedelta | None
) -> None:
    known = Known(balance=TEN, at=NOON, spent_at=None if spent is None else NOON + spent)
    gateway = ScriptedGateway(capable())
    price = await money.price(gateway, to_price(), PATIENT, known=known, now=NOON + after)
    assert (price.balance, price.age, price.trouble) == (balance, age, None)


async def test_where_the_gateway_does_not_tell_the_last_word_stands_with_its_age() -> None:
    gateway = ScriptedGateway(capable())
    gateway.on_balance = raising(NotReached())
    price = await money.price(gateway, to_price(), PATIENT, known=KNOWN, now=NOON + 90 * SECOND)
    assert (price.balance, price.age) == (TEN, 90 * SECOND)
    assert isinstance(price.trouble, NotReached)
