"""The SMS that confirms to a customer that they get no more: where the owner of this desk wants one.

It is an SMS as any other, with a card, within the account's hours and limits. The stop-list alone, which
holds the number already, lets it pass.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from desk import compose
from desk.compose import Offer, Rules
from desk.reading import Problem, Request
from providers.gateways import KINDS
from storage import accounts, campaigns, cards, chats, drafts, ledger, said
from storage.accounts import Account
from storage.db import Transaction
from storage.drafts import Place
from storage.vault import Vault

from . import rations
from .announcements import LASTING
from .config import Settings
from .words import Words

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """By whose word the number was put on the list. `id` 0: the customer's own."""

    id: int
    name: str


# Within it one STOP comes by every account of a login: they are asked for what came at different times.
ONCE_IN = timedelta(hours=1)
CUSTOMER = Author(id=0, name="SMS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewells:
    """As the configuration wants them."""

    settings: Settings
    rules: Rules
    vault: Vault

    async def by_own_word(self, tx: Transaction, account: Account, msisdn: str, now: datetime) -> int | None:
        """`say` to a customer who wrote STOP, shown in the first chat of the account."""
        for chat_id in await accounts.chats_of(tx, account.id):
            place = Place(chat_id=chat_id, thread_id=0, person_id=CUSTOMER.id)
            return await say(
                tx, self.settings, self.rules, self.vault, account, msisdn, place, by=CUSTOMER, now=now
            )
        return None


async def say(
    tx: Transaction,
    settings: Settings,
    rules: Rules,
    vault: Vault,
    account: Account,
    msisdn: str,
    place: Place,
    *,
    by: Author,
    now: datetime,
) -> int | None:
    """Let the confirmation go, in the transaction that put the number on the list; its campaign.

    None: the configuration has none, or it may not go, of which the log tells why; or it went by an account
    of another chat with the same login, which hears of the same STOP.
    """
    text = settings.inbox.stop_confirmation
    if text is None or not msisdn.isdecimal():
        return None
    others = set(await accounts.alike(tx, account.id, vault)) - {account.id}
    if await campaigns.farewell_since(tx, others, msisdn, now - ONCE_IN):
        return None
    sent = await said.last_sent(tx, account.id, msisdn)
    request = Request(
        numbers=(f"+{msisdn}",),
        text=text,
        account=account.name,
        sender_id=None if sent is None else sent.sender_id,
    )
    try:
        compose.choose(request, [account])
        offered = compose.offer(request, account, KINDS[account.gateway].capabilities, rules, now)
    except Problem as problem:
        log.warning("a stop is not confirmed", account=account.name, why=problem.word)
        return None
    content = compose.as_json(offered)
    content["cost"] = await rations.estimate(tx, settings.limits, account.id, offered.segments)
    words = Words(await chats.language_of(tx, place.chat_id), rules.zone)
    full = await rations.refusal(tx, words, settings.limits, content, person_id=by.id, now=now)
    if full is not None:
        log.warning("a stop is not confirmed", account=account.name, why="limits")
        return None
    return await _begin(tx, offered, place, words.language, by=by, cost=content["cost"], now=now)


async def _begin(
    tx: Transaction,
    offered: Offer,
    place: Place,
    language: str,
    *,
    by: Author,
    cost: str | None,
    now: datetime,
) -> int:
    """Nobody confirmed it, so there is no time to take it back, but ✖ while it waits for its hour."""
    campaign_id = await ledger.create(
        tx,
        ledger.NewCampaign(
            chat_id=place.chat_id,
            thread_id=place.thread_id,
            account_id=offered.account_id,
            author_id=by.id,
            author=by.name,
            text=offered.text,
            sender_id=offered.sender_id,
            send_at=offered.send_at,
            validity=None,
            msisdns=offered.audience.msisdns,
            segments=offered.each,
            reserved=None if cost is None else Decimal(cost),
            due_at=now if offered.send_at is None or offered.hands_over else offered.send_at,
            past_stops=True,
        ),
        now,
    )
    cancel = await drafts.add_button(
        tx,
        action="cancel",
        chat_id=place.chat_id,
        person_id=None,
        subject={"campaign_id": campaign_id},
        expires_at=(offered.send_at or now) + LASTING,
    )
    await cards.add(
        tx,
        campaign_id=campaign_id,
        chat_id=place.chat_id,
        thread_id=place.thread_id,
        message_id=None,
        language=language,
        cancel_token=cancel,
        now=now,
    )
    return campaign_id
