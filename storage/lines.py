"""One customer, one login, several chats: each chat may have connected the login as an account of its own.

A customer who writes there writes to each of these accounts, and has a conversation with each: what somebody
does about one of them is done about all.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from . import accounts, said
from .conversations import Conversation
from .db import Transaction, alone
from .said import Answer
from .schema import conversations
from .vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who has any of these conversations, None: nobody; and what was last answered in them."""

    conversation_ids: tuple[int, ...]
    claimed_by: int | None
    claimer: str | None
    answer: Answer | None


async def standing(tx: Transaction, vault: Vault, talk: Conversation) -> Standing:
    """The customer's conversations with this login, whichever chats have them. Raises VaultError.

    Until the transaction ends nobody else is at them.
    """
    await alone(tx, f"conversations/{talk.msisdn}")
    alike = await accounts.alike(tx, talk.account_id, vault)
    columns = [conversations.c[one] for one in ("id", "claimed_by", "claimer", "answer_id")]
    theirs = sa.and_(conversations.c.account_id.in_(alike), conversations.c.msisdn == talk.msisdn)
    rows = list(await tx.execute(sa.select(*columns).where(theirs).order_by(conversations.c.id)))
    claimed = next((row for row in rows if row.claimed_by is not None), None)
    last = max((row.answer_id for row in rows if row.answer_id is not None), default=None)
    return Standing(
        conversation_ids=tuple(row.id for row in rows),
        claimed_by=None if claimed is None else claimed.claimed_by,
        claimer=None if claimed is None else claimed.claimer,
        answer=None if last is None else await said.answer(tx, last),
    )
