"""From what Devino says of each segment to what became of the message: one question a segment."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..errors import AccountStopped, GatewayError, OutcomeUnknown, RequestRefused
from ..model import Kind, MessageRef, MessageState, Reason, Report, worst_segment
from ..wire import as_decimal, as_int
from . import dates
from .vocabulary import SILENT, STATE_ENTRY, STATES, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What Devino says of one id. `raw` is its state number, or in words why there is none."""

    gateway_id: str
    raw: str
    code: str | None = None
    state: MessageState | None = None
    reason: Reason | None = None
    price: Decimal | None = None
    at: datetime | None = None
    entry: str | None = None
    read: bool = False
    provisional: bool = False
    silence: bool = False


def segment(
    gateway_id: str,
    get: Callable[[str], object],
    states: dict[int, Standing] = STATES,
    entry: str = STATE_ENTRY,
    silent: Collection[int] = SILENT,
) -> Segment | None:
    """A segment from an answer whose values `get` gives by name, None if absent (section 3.7).

    None without a readable State: that is not 0, which is "delivered". An unreadable price or date is
    dropped and the state kept.
    """
    number = as_int(get("State"))
    if number is None:
        return None
    standing = states.get(number)
    told = (dates.read(get(name)) for name in ("ReportedDateUtc", "TimeStampUtc", "SubmittedDateUtc"))
    return Segment(
        gateway_id=gateway_id,
        raw=str(number),
        code=str(number),
        state=standing.state if standing else None,
        reason=standing.reason if standing else None,
        price=as_decimal(get("Price")),
        at=next((date for date in told if date is not None), None),
        entry=f"{entry}-{number}" if standing and standing.charged is not None else None,
        silence=number in silent,
    )


def together(segments: Sequence[Segment]) -> Segment:
    """Several segments, at least one, as one: the worst decides and lends its code, reason and time.

    The price is known only if that of each is.
    """
    state = worst_segment(one.state for one in segments)
    deciding = [one for one in segments if one.state == state]
    prices = [one.price for one in segments if one.price is not None]
    first = deciding[0]
    return Segment(
        gateway_id=first.gateway_id,
        raw=", ".join(dict.fromkeys(one.raw for one in segments)),
        code=first.code,
        state=state,
        reason=first.reason,
        price=sum(prices, Decimal(0)) if len(prices) == len(segments) else None,
        at=max((one.at for one in deciding if one.at is not None), default=None),
        entry=first.entry,
        read=all(one.read for one in segments),
        provisional=all(one.provisional for one in deciding),
        silence=state is None and all(one.silence for one in segments if one.state is None),
    )


Ask = Callable[[str, Kind], Awaitable[Segment]]


async def reports(refs: Sequence[MessageRef], ask: Ask, *, at_once: int) -> list[Report]:
    """A report on each message, from asking about each of its ids.

    An answer that cannot be read costs only its own message its report. Raises AccountStopped whenever it
    comes, and any other error only if nothing at all could be read.
    """
    asked = dict.fromkeys((gateway_id, ref.kind) for ref in refs for gateway_id in ref.gateway_ids)
    segments, errors = await _ask_all(list(asked), ask, at_once)
    errors.sort(key=lambda one: not isinstance(one, AccountStopped))
    if errors and (isinstance(errors[0], AccountStopped) or not segments):
        raise errors[0]
    found = [report(ref, [segments.get((one, ref.kind)) for one in ref.gateway_ids]) for ref in refs]
    return [one for one in found if one is not None]


_GIVE_UP = 8  # questions in a row without a readable answer: asking on would take minutes each
_Asked = tuple[str, Kind]


async def _ask_all(
    asked: Sequence[_Asked], ask: Ask, at_once: int
) -> tuple[dict[_Asked, Segment], list[GatewayError]]:
    """What could be read, by what was asked, and the errors. Stops early when asking on makes no sense."""
    queue = iter(asked)
    segments: dict[_Asked, Segment] = {}
    errors: list[GatewayError] = []
    stopped, in_vain = False, 0

    async def work() -> None:
        nonlocal stopped, in_vain
        for gateway_id, kind in queue:
            try:
                segments[gateway_id, kind] = await ask(gateway_id, kind)
                in_vain = 0
            except RequestRefused as refused:  # an answer too: of this id Devino tells nothing
                segments[gateway_id, kind] = Segment(
                    gateway_id=gateway_id,
                    raw=refused.raw,
                    code=refused.code,
                    entry=refused.entry,
                    silence=refused.entry is not None,
                )
                in_vain = 0
            except OutcomeUnknown as unread:
                errors.append(unread)
                in_vain += 1
            except GatewayError as halt:
                errors.append(halt)
                stopped = True
            if stopped or in_vain >= _GIVE_UP:
                return

    await asyncio.gather(*(work() for _ in range(at_once)))
    return segments, errors


def report(ref: MessageRef, segments: Sequence[Segment | None]) -> Report | None:
    """The report on a message from its segments, None in place of one that could not be read.

    None if what could not be read might have decided.
    """
    if not segments:
        return Report(msisdn=ref.msisdn, ref=ref.ref, state=None, raw="", silence=True)
    known = [one for one in segments if one is not None]
    state = worst_segment(one.state if one is not None else None for one in segments)
    if len(known) < len(segments) and state is None:
        return None
    whole = together(known)
    return Report(
        msisdn=ref.msisdn,
        ref=ref.ref,
        gateway_id=whole.gateway_id,
        state=state,
        raw=whole.raw,
        code=whole.code,
        reason=whole.reason,
        price=whole.price if len(known) == len(segments) else None,
        at=whole.at,
        read=whole.read,
        entry=whole.entry,
        provisional=whole.provisional,
        silence=whole.silence,
    )
