"""The last known balance of an account."""

from datetime import timedelta
from decimal import Decimal

from providers.model import Balance
from storage import accounts, balances, ledger, queues
from storage.balances import Known
from storage.db import Database

from .seeds import NOON, VAULT, begin


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


async def test_what_is_sent_is_known_and_other_credentials_make_it_nothing(database: Database) -> None:
    account_id, _ = await begin(database)
    told = Balance(amount=Decimal(10))
    second = timedelta(seconds=1)

    async def known() -> Known | None:
        async with database.read() as tx:
            return await balances.known(tx, account_id)

    async with database.write() as tx:
        await balances.keep(tx, account_id, told, NOON)
        claim = await queues.claim(tx, account_id, limit=10, ref="ref", now=NOON + second)
    assert claim is not None
    assert await known() == Known(balance=told, at=NOON, spent_at=NOON + second)
    async with database.write() as tx:
        await ledger.close_attempts(
            tx, [ledger.Closing(attempt_id=claim.attempt_id, outcome="unknown", live=True)], NOON + 2 * second
        )
        await balances.keep(tx, account_id, told, NOON + second)  # asked before that ended
    assert await known() == Known(balance=told, at=NOON + second, spent_at=NOON + 2 * second)
    async with database.write() as tx:
        await accounts.replace_secrets(tx, account_id, {"login": "other"}, VAULT)
    assert await known() is None
