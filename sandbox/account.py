"""One login at one stand-in gateway: its money, its sender names, and every message it ever sent."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sandbox.handset import NOT_YET_LEFT, Moment, Stage, life_of, so_far
from sandbox.journal import Accepted, Cancelled, Journal

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Message:
    """An accepted message and its life so far; cancelling writes the rest of the life off."""

    accepted: Accepted
    life: tuple[Moment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """What a gateway has decided to accept for one MSISDN; fields as in `journal.Accepted`."""

    msisdn: str
    text: str
    sender: str
    segments: int
    gateway_ids: tuple[str, ...]


class Account:
    """`balance` and `price` (of one segment) in the gateway's currency; `pace` in seconds, see `handset`.

    `senders`: the approved names. Any 11 to 15 digits are approved too, and an empty set approves everything.
    """

    def __init__(
        self,
        *,
        login: str,
        password: str,
        balance: Decimal | str,
        price: Decimal | str,
        journal: Journal | None,
        pace: float,
        clock: Clock | None,
    ) -> None:
        self.login = login
        self.password = password
        self.balance = Decimal(balance)
        self.price = Decimal(price)
        self.senders = {"ACME", "SHOP", "INFO"}
        self.journal = Journal() if journal is None else journal
        self.pace = pace
        self.now = clock or utc_now
        self.accepts_half = False  # set while a request breaks down in the midst of its batch
        self.blind = 0  # so many lookups by our own id find nothing yet, as right after an acceptance
        self.backdated = False  # set while the beginning of each message's life is told as its present

    def approves(self, sender: str) -> bool:
        """Whether messages may go out under this name."""
        return not self.senders or sender in self.senders or re.fullmatch(r"[0-9]{11,15}", sender) is not None

    @property
    def default_sender(self) -> str:
        """The name used when a request gives none."""
        return min(self.senders, default="INFO")

    def accept(
        self,
        gateway: str,
        batch: Sequence[Sms],
        *,
        ref: str | None,
        send_at: datetime | None,
        request_id: str,
        kind: str = "sms",
    ) -> list[Message]:
        """Take the money, write the journal, and start the lives of one request's messages.

        Whether there is money enough is for the gateway to check first: each has its own way to say no.
        """
        now = self.now()
        entries = [
            Accepted(
                gateway=gateway,
                login=self.login,
                msisdn=sms.msisdn,
                text=sms.text,
                sender=sms.sender,
                gateway_ids=sms.gateway_ids,
                ref=ref,
                send_at=send_at,
                accepted_at=now,
                segments=sms.segments,
                request_id=request_id,
                kind=kind,
            )
            for sms in (batch[: (len(batch) + 1) // 2] if self.accepts_half else batch)
        ]
        self.balance -= self.price * sum(entry.segments for entry in entries)
        self.journal.accept(entries)
        return [Message(entry, life_of(entry.msisdn, now, send_at, self.pace)) for entry in entries]

    def cancel(self, messages: Iterable[Message], *, request_id: str) -> None:
        """Stop these messages, which must be cancellable, and give their money back."""
        now, entries = self.now(), []
        for message in messages:
            accepted = message.accepted
            message.life = (*so_far(message.life, now), Moment(Stage.CANCELLED, now))
            self.balance += self.price * accepted.segments
            entries.append(
                Cancelled(
                    gateway=accepted.gateway,
                    login=accepted.login,
                    msisdn=accepted.msisdn,
                    gateway_ids=accepted.gateway_ids,
                    ref=accepted.ref,
                    cancelled_at=now,
                    request_id=request_id,
                )
            )
        self.journal.cancel(entries)

    def sees(self) -> bool:
        """Whether this lookup by our own id finds what is there."""
        self.blind, was = max(0, self.blind - 1), self.blind
        return was == 0

    def lived(self, message: Message) -> list[Moment]:
        """The stages this message has been in by now, latest last."""
        return so_far(message.life, self.now())[: 1 if self.backdated else None]

    def stage(self, message: Message) -> Stage:
        """Where this message is now."""
        return self.lived(message)[-1].stage

    def cancellable(self, message: Message) -> bool:
        """Whether it has not left for the operator yet."""
        return self.stage(message) in NOT_YET_LEFT
