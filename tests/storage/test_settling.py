"""What is set aside for a campaign, and what of it is left when its gateway has told the price."""

from datetime import timedelta
from decimal import Decimal

import pytest

from providers.model import MessageState
from storage import rations
from storage.db import Database
from storage.rations import Whose
from storage.schema import attempts, campaigns, messages

from .seeds import NOON, begin

S = MessageState


async def spent(database: Database, account_id: int) -> Decimal:
    async with database.read() as tx:
        told = await rations.money_given(tx, Whose(account_id=account_id), NOON - timedelta(hours=1))
    ((_, amount),) = told
    return amount


@pytest.mark.parametrize(
    ("states", "costs", "counted"),
    [
        ([S.QUEUED, S.QUEUED], [], "10"),  # nothing has left: all of it is set aside
        ([S.DELIVERED, S.QUEUED], ["4"], "10"),  # the rest may still cost what was said
        ([S.DELIVERED, S.UNCERTAIN], ["12"], "12"),  # it is dearer than was said already
        ([S.DELIVERED, S.DELIVERED], ["4", "3.50"], "7.50"),  # settled
        ([S.DELIVERED, S.ACCEPTED], ["4", None], "10"),  # of one request nobody told the price
        ([S.DELIVERED, S.CANCELLED], ["4"], "4"),
        ([S.CANCELLED, S.CANCELLED], [], "0"),
    ],
)
async def test_money_is_set_aside_and_settled_by_the_real_price(
    database: Database, states: list[MessageState], costs: list[str | None], counted: str
) -> None:
    account_id, campaign_id = await begin(database, len(states))
    async with database.write() as tx:
        await tx.execute(campaigns.update().values(reserved=Decimal(10)))
        ids = list(await tx.scalars(messages.select().with_only_columns(messages.c.id)))
        for message_id, state in zip(ids, states, strict=True):
            await tx.execute(messages.update().where(messages.c.id == message_id).values(state=state))
        for number, cost in enumerate(costs):
            await tx.execute(
                attempts.insert().values(
                    account_id=account_id,
                    campaign_id=campaign_id,
                    ref=f"r{number}",
                    started_at=NOON,
                    ended_at=NOON,
                    outcome="accepted",
                    cost=None if cost is None else Decimal(cost),
                )
            )
    assert await spent(database, account_id) == Decimal(counted)
