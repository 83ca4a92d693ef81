"""/stats: how many messages of this chat came to what, and their picture."""

import asyncio

from telegram import Update

from desk import statistics
from desk.ask import in_time
from desk.statistics import Period
from providers.errors import GatewayError
from providers.faces import Counts, Statistics
from storage import accounts
from storage.accounts import Account
from storage.statistics import tallies

from .. import answers
from ..answers import Counted
from ..keyboards import Screen
from ..turn import Turn


async def command(update: Update, turn: Turn) -> None:
    """`/stats [period]`, by our own ledger, with the gateways' figures beside it."""
    services = turn.services
    period = statistics.read_period(turn.argument, turn.zone, services.clock())
    if period is None:
        html = turn.words("stats-usage", typed=turn.argument[:40], days=statistics.LONGEST)
        await turn.answer(Screen(html=html))
        return
    async with services.database.read() as tx:
        here = await accounts.of_chat(tx, turn.chat.id)
        counted = await tallies(tx, turn.chat.id, period.since, period.until)
        known = {one.id for one in here}
        gone = [await accounts.get(tx, one) for one in sorted({t.account_id for t in counted} - known)]
    if not here and not gone:
        await turn.answer(Screen(html=turn.words("accounts-none", role=turn.rank)))
        return
    told = await asyncio.gather(*(_by_gateway(turn, account, period) for account in here))
    gateways = dict(zip((one.id for one in here), told, strict=True))
    rows = [
        Counted(account=one, states=statistics.by_state(counted, one.id), gateway=gateways.get(one.id))
        for one in [*here, *gone]
    ]
    outcomes = statistics.by_day(counted, period)
    async with turn.effect() as effect:
        for screen in answers.statistics(turn.words, period, rows, outcomes):
            await effect.say(screen)


async def _by_gateway(turn: Turn, account: Account, period: Period) -> Statistics | GatewayError | None:
    """What the gateway counts; None where it does not, or where asking is no use while it is stopped."""
    gateway = turn.services.switchboard.gateway(account)
    if not isinstance(gateway, Counts) or account.stopped is not None:
        return None
    until = min(period.until, turn.services.clock())
    if until <= period.since:
        return None
    return await in_time(
        gateway.statistics(period.since, until), turn.services.settings.submit.balance_timeout
    )
