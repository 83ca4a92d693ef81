"""Ledgers to measure with: an account, a confirmed campaign with its card, and a long past."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from storage import accounts, cards, ledger
from storage.accounts import Account
from storage.db import Database
from storage.ledger import NewCampaign
from storage.vault import Vault

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
CHAT = -100500
TEXT = "Your order is ready"
LOGIN = "bench"  # and the password: of a stand-in that takes any
A_BATCH = 1_000


def msisdns(count: int) -> tuple[str, ...]:
    """Of people to whom nothing special happens in the stand-ins: they go by the last two digits."""
    return tuple(f"790{place:07d}0" for place in range(count))


async def begin(
    database: Database, vault: Vault, count: int, *, gateway: str = "smsc", now: datetime = NOW
) -> tuple[Account, int]:
    """A fresh account and a campaign of so many messages that may leave now. Returns both."""
    async with database.write() as tx:
        account = await accounts.add(
            tx,
            name="bench",
            gateway=gateway,
            sender_id="ACME",
            secrets={"login": LOGIN, "password": LOGIN},
            vault=vault,
            chats=[CHAT],
            created_by=1,
            provisioned=False,
            now=now,
        )
        new = NewCampaign(
            chat_id=CHAT,
            thread_id=0,
            account_id=account.id,
            author_id=1,
            author="Anna",
            text=TEXT,
            sender_id="ACME",
            send_at=None,
            validity=None,
            msisdns=msisdns(count),
            segments=1,
            due_at=now,
        )
        campaign_id = await ledger.create(tx, new, now)
        await cards.add(
            tx,
            campaign_id=campaign_id,
            chat_id=CHAT,
            thread_id=0,
            message_id=1,
            language="en",
            cancel_token=LOGIN,
            now=now,
        )
    return account, campaign_id


# By the database itself: through the ledger a million would take minutes.
_NUMBERS = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {})"
_FILL = (
    "INSERT INTO campaigns (chat_id, thread_id, account_id, author_id, author, text, created_at)"
    " SELECT {chat}, 0, 1, 1, 'Anna', 'text', '{now}' FROM n WHERE n <= {requests}",
    "INSERT INTO attempts (account_id, campaign_id, ref, started_at, ended_at, outcome)"
    " SELECT 1, n + 1, 'old-' || n, '{now}', '{now}', 'accepted' FROM n WHERE n <= {requests}",
    "INSERT INTO messages (campaign_id, account_id, msisdn, state, segments, due_at, ref, gateway_ids,"
    " accepted_at, check_at) SELECT 2 + n % {requests}, 1, 79040000000 + n, 'accepted', 1, '{now}', 'old',"
    " '[]', '{now}', CASE WHEN n <= {due} THEN '{now}' ELSE '{later}' END FROM n",
    "INSERT INTO attempt_messages (attempt_id, message_id, live)"
    " SELECT campaign_id - 1, id, 1 FROM messages WHERE state = 'accepted'",
    "INSERT INTO events (message_id, at, source, was, told, moved)"
    " SELECT id, '{now}', 'submit', 'submitting', 'accepted', 1 FROM messages WHERE state = 'accepted'",
)


async def wait_for_reports(database: Database, awaiting: int, due: int) -> None:
    """So many messages more, of which so many are to be asked about at NOW, the others a day later.

    For an SQLite database of `begin`.
    """
    numbers = _NUMBERS.format(awaiting)
    times = [f"{at:%Y-%m-%d %H:%M:%S.%f}" for at in (NOW, NOW + timedelta(days=1))]
    async with database.write() as tx:
        for statement in _FILL:
            await tx.exec_driver_sql(_filled(statement, numbers, awaiting, due, times))


def _filled(statement: str, numbers: str, awaiting: int, due: int, times: Sequence[str]) -> str:
    into, _, rows = statement.partition(" SELECT ")
    requests = max(awaiting // A_BATCH, 1)
    values = rows.format(chat=CHAT, requests=requests, due=due, now=times[0], later=times[1])
    return f"{into} {numbers} SELECT {values}"
