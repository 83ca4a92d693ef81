"""Everything a login ever sent through SMSC; it is found by an id and a number (sheet 13.9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.account import Account, Message

Verdict = tuple[int, int]  # status (sheet section 3) and delivery error (section 4)
WAITING: Verdict = (-1, 0)


@dataclass(slots=True, eq=False)
class Kept:
    """What stands under (id, number): a message, or None and the reason why it never was one.

    `int_id`: the server's own number, in order of acceptance. `pushed`: how many moments of its life were
    told to the client's URL.
    """

    message_id: str
    msisdn: str
    int_id: int
    message: Message | None
    refused: Verdict = WAITING
    pushed: int = 0


class Register:
    """`credit`: how far below zero the account may go, None without a credit limit.

    `entries`: the history, oldest first. `messages`: all ever accepted, those deleted from history too.
    """

    def __init__(self, account: Account, credit: Decimal | None) -> None:
        self.account = account
        self.credit = credit
        self.entries: list[Kept] = []
        self.messages: list[Message] = []
        self._by_key: dict[tuple[str, str], Kept] = {}
        self._next_id = 1
        self._next_int_id = 1

    def new_id(self) -> str:
        """An id of the server's own, decimal."""
        self._next_id += 1
        return str(self._next_id - 1)

    def can_pay(self, cost: Decimal) -> bool:
        """Whether the money, and the credit if there is one, are enough."""
        return cost <= self.account.balance + (self.credit or 0)

    def keep(self, message_id: str, msisdn: str, message: Message | None, refused: Verdict = WAITING) -> None:
        """Ids need not be unique: of two messages with the same id and number the later is found."""
        kept = Kept(message_id, msisdn, self._next_int_id, message, refused)
        self._next_int_id += 1
        self.entries.append(kept)
        if message is not None:
            self.messages.append(message)
        self._by_key[message_id, msisdn] = kept

    def find(self, message_id: str, msisdn: str | None) -> Kept | None:
        """What stands under this id and number."""
        return self._by_key.get((message_id, msisdn or ""))

    def forget(self, gone: Iterable[Kept]) -> None:
        """Delete from history."""
        for kept in gone:
            self.entries.remove(kept)
            if self._by_key.get((kept.message_id, kept.msisdn)) is kept:
                del self._by_key[kept.message_id, kept.msisdn]
