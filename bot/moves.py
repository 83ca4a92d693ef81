"""Groups that become supergroups: Telegram gives them another id, and what is bound to them moves along."""

from datetime import datetime

import structlog

from storage import audit, chats
from storage.db import Transaction
from storage.vault import Vault

log = structlog.get_logger(__name__)

TELEGRAM = 777000  # the id of Telegram itself, which is who tells it


async def move(tx: Transaction, vault: Vault, chat_id: int, new_chat_id: int, now: datetime) -> None:
    """Move all that a chat had to its new id. Safe to repeat: Telegram tells it in several ways."""
    if not await chats.migrate(tx, chat_id, new_chat_id):
        return
    by = audit.By(person_id=TELEGRAM, person="Telegram", chat_id=chat_id)
    await audit.record(tx, vault, by, audit.MOVED, now=now, evidence={"to": new_chat_id})
    log.warning("a group has a new id: name it so where the configuration does", was=chat_id, now=new_chat_id)
