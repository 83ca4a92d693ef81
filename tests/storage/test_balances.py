"""The last known balance of an account."""

from datetime import timedelta
from decimal import Decimal

from providers.model import Balance
from storage import balances
from storage.balances import Known
from storage.db import Database

from .seeds import NOON, begin


async def test_the_last_answer_is_kept_with_its_time(database: Database) -> None:
    account_id, _ = await begin(database)
    async with database.write() as tx:
        assert await balances.known(tx, account_id) is None
        first = Balance(amount=Decimal("10.50"), currency="RUB", credit=Decimal(5))
        await balances.keep(tx, account_id, first, NOON)
        assert await balances.known(tx, account_id) == Known(balance=first, at=NOON)
        later = NOON + timedelta(minutes=1)
        second = Balance(amount=Decimal("-0.10"))
        await balances.keep(tx, account_id, second, later)
        assert await balances.known(tx, account_id) == Known(balance=second, at=later)
