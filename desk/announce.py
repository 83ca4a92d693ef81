"""What people must hear of: failures, doubts, stopped accounts. Written in the transaction that caused it."""

from collections.abc import Sequence
from datetime import datetime

from providers.errors import AccountStopped
from providers.model import MessageState
from storage import accounts, cards, ledger, outbox
from storage.db import Transaction
from storage.ledger import Moved

# A delivered message is silent: its card says so. These are not.
LOUD = frozenset(
    {
        MessageState.REJECTED,
        MessageState.UNDELIVERED,
        MessageState.EXPIRED,
        MessageState.UNTRACKED,
        MessageState.UNCERTAIN,
    }
)


async def failures(tx: Transaction, moved: Sequence[Moved], now: datetime) -> None:
    """Announce the loud ones among these changes, one announcement a campaign."""
    for campaign_id in sorted({one.campaign_id for one in moved if one.to in LOUD}):
        ids = [one.message_id for one in moved if one.campaign_id == campaign_id and one.to in LOUD]
        await of_messages(tx, campaign_id, ids, now)


async def of_messages(tx: Transaction, campaign_id: int, message_ids: Sequence[int], now: datetime) -> None:
    """Announce these messages of a campaign as failed or doubtful, in reply to its card."""
    card = await cards.of(tx, campaign_id)
    if card is None:
        return
    await outbox.say_failed(
        tx,
        chat_id=card.chat_id,
        thread_id=card.thread_id,
        language=card.language,
        campaign_id=campaign_id,
        message_ids=message_ids,
        now=now,
    )


async def stop_account(tx: Transaction, account_id: int, error: AccountStopped, now: datetime) -> None:
    """Stop an account and tell every chat that uses it, once."""
    if not await accounts.stop(tx, account_id, error.kind):
        return
    account = await accounts.get(tx, account_id)
    await cards.redraw(tx, await ledger.waiting_for(tx, account_id), now)
    for chat_id, waiting in await ledger.chats_waiting(tx, account_id):
        await outbox.say(
            tx,
            chat_id=chat_id,
            thread_id=0,
            kind="account-stopped",
            content={
                "account_id": account_id,
                "name": account.name,
                "gateway": account.gateway,
                "kind": error.kind,
                "code": error.code,
                "entry": error.entry,
                "waiting": waiting,
            },
            language=await cards.language_of(tx, chat_id),
            priority=outbox.Priority.ALERT,
            now=now,
        )


async def late(tx: Transaction, campaign_id: int, now: datetime) -> None:
    """Ask whether a campaign that missed its time should still go."""
    card = await cards.of(tx, campaign_id)
    if card is None:
        return
    await outbox.say(
        tx,
        chat_id=card.chat_id,
        thread_id=card.thread_id,
        kind="late",
        content={"campaign_id": campaign_id},
        language=card.language,
        priority=outbox.Priority.ALERT,
        now=now,
        campaign_id=campaign_id,
    )
