"""/connect, /accounts and /balance."""

import asyncio
from decimal import Decimal

from telegram import Update

from desk import burn, money
from desk.ask import in_time
from providers.errors import GatewayError
from providers.gateways import KINDS
from providers.model import Balance
from storage import accounts, balances, drafts
from storage.accounts import Account
from storage.balances import Known

from .. import answers, cards
from ..announcements import LASTING
from ..keyboards import Screen
from ..turn import Effect, Turn
from . import connecting, sharing


async def connect(update: Update, turn: Turn) -> None:
    """`/connect [gateway login password [sender]]`, in private only."""
    words = turn.argument.split()
    if not connecting.in_private(turn):
        await connecting.link_to_private(turn)
    elif not words:
        async with turn.effect() as effect:
            await connecting.ask_gateway(effect, turn.chat.id)
    elif words[0] not in KINDS or len(words) not in {3, 4}:
        await connecting.show_usage(turn)
    else:
        await connecting.try_and_store(
            turn,
            chat_id=turn.chat.id,
            gateway=words[0],
            login=words[1],
            password=words[2],
            sender_id=words[3] if len(words) == 4 else None,
        )


async def listing(update: Update, turn: Turn) -> None:
    """`/accounts`: each with its state; a stopped one can be resumed, one's own can be shared."""
    async with turn.effect() as effect:
        here = await accounts.of_chat(effect.tx, turn.chat.id)
        resume = {
            one.id: await drafts.add_button(
                effect.tx,
                action="resume",
                chat_id=turn.chat.id,
                person_id=None,
                subject={"account_id": one.id},
                expires_at=effect.now + LASTING,
            )
            for one in here
            if one.stopped is not None
        }
        share = {
            one.id: await sharing.share_token(effect, one) for one in here if sharing.may_share(turn, one)
        }
        await effect.say(cards.account_list(turn.words, here, resume, share))


async def balance(update: Update, turn: Turn) -> None:
    """`/balance`: all accounts of the chat, asked at the same time, but not what was asked just now."""
    async with turn.services.database.read() as tx:
        here = await accounts.of_chat(tx, turn.chat.id)
        known = {one.id: await balances.known(tx, one.id) for one in here}
    if not here:
        await turn.answer(Screen(html=turn.words("accounts-none", role=turn.rank)))
        return
    asked_at = turn.services.clock()
    found = await asyncio.gather(*(_ask(turn, account, known[account.id]) for account in here))
    async with turn.effect() as effect:
        rows: list[tuple[Account, Known | None, GatewayError | None]] = []
        for account, told in zip(here, found, strict=True):
            if isinstance(told, Balance):
                known[account.id] = Known(balance=told, at=asked_at)
                await balances.keep(effect.tx, account.id, told, asked_at)
            rows.append((account, known[account.id], told if isinstance(told, GatewayError) else None))
        rates = {one.id: await _rate(effect, one) for one in here}
        await effect.say(answers.balances(turn.words, rows, effect.now, rates))


async def _rate(effect: Effect, account: Account) -> Decimal | None:
    """What it spends a day."""
    samples = await balances.history(effect.tx, account.id, effect.now - burn.WINDOW)
    return burn.rate(samples, effect.now)


async def _ask(turn: Turn, account: Account, known: Known | None) -> Balance | GatewayError | None:
    """What the gateway says now; None: it was asked just before."""
    if money.fresh(known, turn.services.clock()) is not None:
        return None
    gateway = turn.services.switchboard.gateway(account)
    return await in_time(gateway.balance(), turn.services.settings.submit.balance_timeout)
