"""The far side of the model test: a gateway that keeps a journal, does what it is told wrong, and is asked.

What it accepted is the truth. It also checks, at the moment a request arrives, whether it may arrive at all.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from providers.errors import (
    AccountBlocked,
    AuthFailed,
    InsufficientFunds,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
)
from providers.model import MessageRef, MessageState, Reason, Receipt, Report, Submission, Verdict

from ..desk.scripted_gateway import taken

# What can go wrong with one submission, and the part of it that is accepted all the same: all, half, none.
FAULTS: dict[str, str] = {
    "none": "all",
    "not reached": "none",
    "throttled": "none",
    "too fast": "none",
    "wrong password": "none",
    "no money": "none",
    "blocked": "none",
    "refused": "none",
    "one number refused": "none",
    "lost before": "none",
    "lost after": "all",
    "lost in the middle": "half",
    "counts only": "all",
    "counts too few": "half",
    "one rejected": "but one",
}
LIVES: tuple[tuple[MessageState, ...], ...] = (
    (MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED),
    (MessageState.ACCEPTED, MessageState.SENT, MessageState.UNDELIVERED),
    (MessageState.ACCEPTED, MessageState.MODERATION, MessageState.REJECTED),
    (MessageState.ACCEPTED, MessageState.EXPIRED),
)


class FarSide:
    """`fault` is for the next submission. `allow` is asked of every number at the moment it arrives."""

    def __init__(self, allow: Callable[[str], None]) -> None:
        self.fault = "none"
        self.silent = False  # to those who ask for states
        self.flaps = False  # tells states that have passed
        self.meanwhile: Callable[[str], Awaitable[None]] | None = None  # happens while a request is under way
        self.accepted: Counter[str] = Counter()
        self._allow = allow
        self._stage: dict[tuple[str, str], int] = {}  # by ref and MSISDN

    def pass_time(self) -> None:
        """Everything that was accepted goes on by one stage."""
        self._stage = {key: stage + 1 for key, stage in self._stage.items()}

    async def submit(self, submission: Submission) -> Receipt:
        for sms in submission.sms:
            self._allow(sms.msisdn)
        fault, self.fault = self.fault, "none"
        msisdns = [sms.msisdn for sms in submission.sms]
        part = FAULTS[fault]
        half = msisdns[: (len(msisdns) + 1) // 2]
        for msisdn in {"all": msisdns, "half": half, "none": [], "but one": msisdns[1:]}[part]:
            self.accepted[msisdn] += 1
            self._stage[submission.ref, msisdn] = 0
        if self.meanwhile is not None:
            await self.meanwhile(msisdns[0])
        return self._answer(fault, submission)

    def _answer(self, fault: str, submission: Submission) -> Receipt:
        count = len(submission.sms)
        match fault:
            case "not reached":
                raise NotReached
            case "throttled":
                raise Throttled(retry_after=timedelta(seconds=3))
            case "too fast":
                raise Throttled(only_this=True)
            case "wrong password":
                raise AuthFailed
            case "no money":
                raise InsufficientFunds
            case "blocked":
                raise AccountBlocked
            case "refused":
                raise RequestRefused(reason=Reason.TEXT)
            case "one number refused":
                raise RequestRefused(reason=Reason.RECIPIENT, field="msisdn")
            case "lost before" | "lost after" | "lost in the middle":
                raise OutcomeUnknown
            case "counts only":
                return Receipt(verdicts=(), accepted=count, gateway_id="batch")
            case "counts too few":
                return Receipt(verdicts=(), accepted=(count + 1) // 2 if count > 1 else 0)
            case "one rejected":
                good = taken(submission).verdicts[1:]
                first = submission.sms[0].msisdn
                refused = Verdict(msisdn=first, state=MessageState.REJECTED, gateway_ids=())
                return Receipt(verdicts=(refused, *good))
        return taken(submission)

    async def reports(self, refs: Sequence[MessageRef]) -> list[Report]:
        if self.silent:
            raise OutcomeUnknown
        return [report for one in refs if (report := self.report(one.ref, one.msisdn)) is not None]

    def report(self, ref: str | None, msisdn: str) -> Report | None:
        """What became of it; None: never heard of."""
        if ref is None or (ref, msisdn) not in self._stage:
            return None
        life = LIVES[int(msisdn[-2:]) % len(LIVES)]
        stage = 0 if self.flaps else min(self._stage[ref, msisdn], len(life) - 1)
        return Report(msisdn=msisdn, ref=ref, state=life[stage], raw=str(life[stage]))

    @property
    def known(self) -> list[tuple[str, str]]:
        """Ref and MSISDN of all that was accepted."""
        return list(self._stage)
