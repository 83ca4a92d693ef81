"""What breaks first beyond one machine: 100 accounts, 10,000 chats, 10 million messages a day?

Arithmetic with costs that the other scripts measured (docs/performance.md says where): what a message, a
campaign and a report cost of each resource, what there is of it, and how much the busiest hour wants. A fifth
of a day's messages come in that hour. Once with campaigns of 1,000, once with nothing but single SMS.

Prints a table, the resource that breaks first on top; nothing here has a goal.
"""

import sys
from dataclasses import dataclass

MESSAGES, ACCOUNTS, CHATS = 10_000_000, 100, 10_000  # a day
BUSIEST = 0.2 / 3600  # of a day's messages, in a second of the busiest hour

# Measured: seconds of one processor, calls, bytes.
BATCHED, SINGLE, REPORTED = 64e-6, 1.25e-3, 30e-6
DEVINO_CALLS, SMSC_CALLS = 2.6, 0.11  # reports asked for, a message
ROW_BYTES = 480  # a message with its attempt, three events and their indexes, in a ledger of bench.ledgers
DURABLE = 170  # commits a second of a busy disk, and so of one SQLite; of an idle one 5,000 were measured

# Stated by others.
TELEGRAM = 30  # messages and edits a second of one bot
DEVINO = 10  # calls a second of one login
DISK = 500.0  # GB
KEPT = 90  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much of a resource the busiest hour wants, and what helps when it is more than there is."""

    what: str
    wanted: float
    there: float
    remedy: str

    @property
    def share(self) -> float:
        return self.wanted / self.there


def uses(campaign: int) -> list[Use]:
    """With campaigns of so many messages."""
    messages = MESSAGES * BUSIEST
    campaigns = messages / campaign
    processor = messages * ((SINGLE if campaign == 1 else BATCHED) + 2 * REPORTED)
    edits = campaigns * (3 if campaign == 1 else 60)  # a card; of a large campaign an edit a minute
    batches = messages / min(campaign, 200)
    return [
        Use(
            what="Telegram, edits/s of one bot",
            wanted=edits,
            there=TELEGRAM,
            remedy="several bots, each for its own chats",
        ),
        Use(
            what="Devino, calls/s of one account",
            wanted=messages / ACCOUNTS * (DEVINO_CALLS + 1 / min(campaign, 200)),
            there=DEVINO,
            remedy="more accounts, or a longer first_check",
        ),
        Use(
            what="one processor",
            wanted=processor,
            there=1.0,
            remedy="replicas, each holding the leases of some accounts",
        ),
        Use(
            what="durable commits/s of one SQLite",
            wanted=2 * batches,
            there=DURABLE,
            remedy="PostgreSQL, whose commits share a write to the disk",
        ),
        Use(
            what=f"disk, GB of {KEPT} days",
            wanted=MESSAGES * KEPT * ROW_BYTES / 1e9,
            there=DISK,
            remedy="fewer days; PostgreSQL, messages and events partitioned by month",
        ),
    ]


def main() -> int:
    line = "{:<34}{:>14}{:>14}{:>8}  {}"
    print(f"{MESSAGES:,} messages a day, {ACCOUNTS} accounts, {CHATS:,} chats; the busiest hour")
    for campaign in (1_000, 1):
        print(line.format(f"campaigns of {campaign:,}", "wanted", "there is", "share", "remedy"))
        for use in sorted(uses(campaign), key=lambda one: -one.share):
            figures = (f"{use.wanted:,.2f}", f"{use.there:,.0f}", f"{use.share:.2f}")
            print(line.format(use.what, *figures, use.remedy))
    return 0


if __name__ == "__main__":
    sys.exit(main())
