"""Who of a list is on the stop-list of the account that is to send is left out before anything is offered.

The list is looked at again in the transaction of each claim: somebody may be put onto it after ✅.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from desk.audience import Frozen
from desk.recipients import STOPPED, Dropped
from providers.sms import mask
from storage import accounts, audiences
from storage.accounts import Account

from .. import bulk_cards
from .work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """How many stay, how many do not, and the first of these: MSISDNs, and in which row each stands."""

    stay: int
    count: int
    first: Sequence[str]
    rows: Sequence[int]

    def reasons(self, reading: Mapping[str, Any] | None) -> dict[str, int]:
        """What was dropped when the list was read, and who is left out, by reason."""
        dropped: dict[str, int] = dict((reading or {}).get("dropped", {}))
        return dropped | ({STOPPED: self.count} if self.count else {})


async def leave_out(work: Work, account: Account) -> LeftOut:
    """Leave out whom this account may not write to, and nobody else. Raises Lost."""
    audience_id = work.todo.id
    for places in await work.spans():
        async with work.database.write("gather.leave_out") as tx:
            await work.is_ours(tx)
            await audiences.leave_out(tx, audience_id, account.id, places)
    async with work.database.read() as tx:
        stay, count = await audiences.divided(tx, audience_id)
        first = await audiences.page(tx, audience_id, 0, bulk_cards.LISTED, stopped=True)
    return LeftOut(
        stay=stay, count=count, first=[one.msisdn for one in first], rows=[one.row for one in first]
    )


async def told(work: Work, frozen: Frozen) -> Frozen:
    """What is said of a list that was just written down, where it is clear which account is to send.

    Raises Lost.
    """
    async with work.database.read() as tx:
        usable = await accounts.of_chat(tx, work.todo.chat_id)
    named = [one for one in usable if work.request.account in {None, one.name}]
    if len(named) != 1:
        return frozen
    found = await leave_out(work, named[0])
    stopped = [
        Dropped(place=row, raw=mask(msisdn), why=STOPPED)
        for row, msisdn in zip(found.rows, found.first, strict=True)
    ]
    return replace(
        frozen,
        count=found.stay,
        dropped=found.reasons({"dropped": frozen.dropped}),
        first_dropped=sorted([*frozen.first_dropped, *stopped], key=lambda one: one.place),
    )
