"""When each recipient of a list is to get it, where that goes by the recipients' own clocks."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from desk import bulk
from desk.bulk import Spread
from desk.reading import is_local, read_wall
from desk.wall_clock import by_own_clocks
from storage import audiences
from storage.accounts import Account
from storage.audiences import Kept

from .work import SEVERAL, Work


async def own_clocks(work: Work, account: Account) -> Spread | None:
    """Give each recipient a moment; None: all get it when the campaign leaves. Raises Problem, Lost.

    The desk keeps the schedule, where ⏸ is sure, so of whom nothing tells the zone gets it by the desk's.
    """
    rules, now, audience_id = work.rules, work.tools.clock(), work.todo.id
    if not is_local(work.request):
        async with work.database.write("gather.at_once") as tx:
            await work.is_ours(tx)
            await audiences.give_no_moments(tx, audience_id)
        return None
    wall = rules.wall(account.name, read_wall(work.request, now))
    ends: list[datetime] = []
    unknown = past = start = count = 0
    while True:
        async with work.database.read() as tx:
            several = await audiences.page(tx, audience_id, start, SEVERAL)
        if several:
            # Aside, as a thousand zones take a while to look up.
            moments, doubtful = await asyncio.to_thread(_moments, several, wall, rules.zone)
            async with work.database.write("gather.moments") as tx:
                await work.is_ours(tx)
                await audiences.give_moments(tx, audience_id, moments)
            unknown += doubtful
            past += sum(at <= now for at in moments.values())
            ends = [min([*ends, *moments.values()]), max([*ends, *moments.values()])]
            start = several[-1].place + 1
        count += len(several)
        if len(several) < SEVERAL:
            break
    bulk.check_past(work.request, past, count)
    return Spread(wall=wall, otherwise=rules.zone, earliest=ends[0], latest=ends[-1], unknown=unknown)


def _moments(several: Sequence[Kept], wall: datetime, zone: ZoneInfo) -> tuple[dict[int, datetime], int]:
    """By place, and of how many the zone is not known."""
    local = by_own_clocks([one.msisdn for one in several], wall, otherwise=zone)
    spans = local.settled().spans
    return {one.place: spans[one.msisdn].earliest for one in several}, local.unknown
