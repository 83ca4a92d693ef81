"""What customers write: stored once, and told in every chat of the account."""

from collections.abc import Sequence
from datetime import datetime

from providers.faces import Inbound
from storage import accounts, chats, inbound, outbox
from storage.accounts import Account
from storage.db import Transaction


async def take(tx: Transaction, account: Account, came: Sequence[Inbound], now: datetime) -> None:
    """Store and announce what is new."""
    for sms in came:
        number = await inbound.add(
            tx,
            account_id=account.id,
            key=sms.key,
            msisdn=sms.msisdn,
            to=sms.to,
            text=sms.text,
            at=sms.at,
            now=now,
        )
        if number is None:
            continue
        for chat_id in await accounts.chats_of(tx, account.id):
            await outbox.say(
                tx,
                chat_id=chat_id,
                thread_id=0,
                kind="inbound",
                content={
                    "account": account.name,
                    "msisdn": sms.msisdn,
                    "to": sms.to,
                    "text": sms.text,
                    "at": sms.at.isoformat(),
                },
                language=await chats.language_of(tx, chat_id),
                priority=outbox.Priority.ALERT,
                now=now,
            )
