"""What people must hear of: failures, doubts, stopped accounts. Written in the transaction that caused it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from providers.errors import AccountStopped
from providers.model import MessageState
from storage import accounts, cards, chats, doubts, ledger, outbox
from storage.accounts import Account
from storage.db import Transaction
from storage.ledger import Moved

from . import quiet

# A delivered message is silent: its card says so. These are not. A doubt has a card of its own.
LOUD = frozenset(
    {
        MessageState.REJECTED,
        MessageState.UNDELIVERED,
        MessageState.EXPIRED,
        MessageState.UNTRACKED,
    }
)

# Failures of one chat within so short a time that are told one by one; those after them are summed up.
ONE_BY_ONE, CROWDED = 5, timedelta(minutes=1)
FEW = 3  # doubts of one campaign that have a card each


async def failures(tx: Transaction, moved: Sequence[Moved], now: datetime) -> None:
    """Announce the loud ones among these changes, one announcement a campaign."""
    for campaign_id in sorted({one.campaign_id for one in moved if one.to in LOUD}):
        ids = [one.message_id for one in moved if one.campaign_id == campaign_id and one.to in LOUD]
        await of_messages(tx, campaign_id, ids, now)


async def of_messages(tx: Transaction, campaign_id: int, message_ids: Sequence[int], now: datetime) -> None:
    """Announce these messages of a campaign as failed, in reply to its card, when its chat may be told."""
    card = await cards.of(tx, campaign_id)
    if card is None:
        return
    peace = await quiet.until(tx, card.chat_id, now)
    crowded = peace is None and await outbox.failed_since(tx, card.chat_id, now - CROWDED) >= ONE_BY_ONE
    if crowded:  # all at one moment: each a minute after it failed would come one by one again, only later
        peace = await outbox.failed_until(tx, card.chat_id, now) or now + CROWDED
    await outbox.say_failed(
        tx,
        chat_id=card.chat_id,
        thread_id=card.thread_id,
        language=card.language,
        campaign_id=campaign_id,
        message_ids=message_ids,
        now=now,
        held_until=peace,
        crowded=crowded,
    )


async def doubt(
    tx: Transaction, campaign_id: int, attempt_ids: Sequence[int], now: datetime, *, again: bool = False
) -> None:
    """Show the doubts of these attempts, of one campaign, in reply to its card. `again`: they are still open.

    One card each, but where a campaign has many it is one for all of them.
    """
    card = await cards.of(tx, campaign_id)
    if card is None:
        return
    every = [one.attempt_id for one in await doubts.of_campaign(tx, campaign_id)]
    if len(every) > FEW:
        attempt_ids = every
    content = {"attempt_ids": list(attempt_ids), "again": again}
    waiting = await outbox.replace_pending(tx, campaign_id, "doubt", content) if len(every) > FEW else None
    notice_id = waiting or await outbox.say(
        tx,
        chat_id=card.chat_id,
        thread_id=card.thread_id,
        kind="doubt",
        content=content,
        language=card.language,
        priority=outbox.Priority.ALERT,
        now=now,
        campaign_id=campaign_id,
    )
    await doubts.told(tx, attempt_ids, notice_id, now)


async def contradiction(
    tx: Transaction,
    campaign_id: int,
    message_id: int,
    *,
    says: str,
    over: bool,
    stopped: bool,
    now: datetime,
) -> None:
    """Tell what a gateway says too late of a message.

    `over`: a person has ended it; else it was queued again, and `stopped` says that it goes no second time.
    """
    content = {"message_id": message_id, "says": says, "over": over, "stopped": stopped}
    await _below_card(tx, campaign_id, "contradiction", content, now)


async def stop_account(tx: Transaction, account: Account, error: AccountStopped, now: datetime) -> None:
    """Stop an account and tell every chat that uses it, once.

    `account` as it was when it was used: a request that was under way with an old password says nothing of
    the new one.
    """
    if not await accounts.stop(tx, account.id, error.kind, sealed=account.sealed):
        return
    await cards.redraw(tx, await ledger.waiting_for(tx, account.id), now)
    for chat_id, waiting in await ledger.chats_waiting(tx, account.id):
        await outbox.say(
            tx,
            chat_id=chat_id,
            thread_id=0,
            kind="account-stopped",
            content={
                "account_id": account.id,
                "name": account.name,
                "gateway": account.gateway,
                "kind": error.kind,
                "code": error.code,
                "entry": error.entry,
                "waiting": waiting,
            },
            language=await chats.language_of(tx, chat_id),
            priority=outbox.Priority.ALERT,
            now=now,
        )


async def late(tx: Transaction, campaign_id: int, now: datetime) -> None:
    """Ask whether a campaign that missed its time should still go."""
    await _below_card(tx, campaign_id, "late", {"campaign_id": campaign_id}, now)


async def in_vain(tx: Transaction, campaign_id: int, message_id: int, refused: int, now: datetime) -> None:
    """Ask whether a campaign that is refused altogether should go on. `message_id`: one that tells why."""
    await _below_card(tx, campaign_id, "in-vain", {"message_id": message_id, "refused": refused}, now)


async def _below_card(
    tx: Transaction, campaign_id: int, kind: str, content: Mapping[str, Any], now: datetime
) -> None:
    """Say something where the card of a campaign stands, if it has one."""
    card = await cards.of(tx, campaign_id)
    if card is None:
        return
    await outbox.say(
        tx,
        chat_id=card.chat_id,
        thread_id=card.thread_id,
        kind=kind,
        content=content,
        language=card.language,
        priority=outbox.Priority.ALERT,
        now=now,
        campaign_id=campaign_id,
    )
