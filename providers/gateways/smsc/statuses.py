"""status.php: what became of messages, and their deletion from history (section 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ...errors import AccountStopped, GatewayError, OutcomeUnknown, RequestRefused
from ...model import MessageRef, MessageState, Report
from ...wire import HttpRequest, HttpResponse, Pace, Send, as_decimal, check_items, unreadable
from .codes import DOUBTFUL, READ, SILENCE, STATES, UNTOLD
from .config import Config
from .reply import digits, moment, read, read_done, word
from .request import Pairs, digest, post, window
from .sending import entry, failure, why

LIST_MAX = 1000  # ours: no limit is stated, and one such list a minute is all that may be asked

_ONE_BY_ONE = 5  # up to so many messages are asked for one by one
_LOOKUP = frozenset({"cn", "net", "mcc", "mnc", "rcn", "rnet"})


def build_status(config: Config, refs: Sequence[MessageRef]) -> HttpRequest:
    """The single form for one message, the multi form for several: two lists in the same order."""
    asked = [*_named(refs), ("all", "0")]
    request = post(config, "status", "status", asked, pace=_pace(config, refs))
    return replace(request, patient=True)  # asked by nobody who waits


def build_forget(config: Config, refs: Sequence[MessageRef]) -> HttpRequest:
    return post(config, "status.del", "status", [*_named(refs), ("del", "1")], pace=_pace(config, refs))


def _named(refs: Sequence[MessageRef]) -> Pairs:
    return [("id", ",".join(_id(one) for one in refs)), ("phone", ",".join(one.msisdn for one in refs))]


def _pace(config: Config, refs: Sequence[MessageRef]) -> Pace:
    """More than one multi request a minute is error 9, and more than five for one message (section 10)."""
    if len(refs) > 1:
        return window(config, "status-multi")
    return window(config, f"status-{digest(_id(refs[0]), refs[0].msisdn)}", most=5)


def _id(one: MessageRef) -> str:
    """The id of a message is ours; a gateway that answered with another one knows it by that."""
    return one.gateway_ids[0] if one.gateway_ids else one.ref


async def ask_reports(config: Config, ask: Send, refs: Sequence[MessageRef]) -> list[Report]:
    """A few messages are asked for one by one, which may be done at any time; more wait their minute.

    A refusal tells of its own messages that nothing is told. An error that is neither that nor an unreadable
    answer ends the asking; but for AccountStopped, what has been told by then is kept.
    """
    batches = [[one] for one in refs] if len(refs) <= _ONE_BY_ONE else [list(refs)]
    found: list[Report] = []
    unread: list[GatewayError] = []
    for batch in batches:
        try:
            found += parse_status(config, await ask(build_status(config, batch)), batch)
        except AccountStopped:
            raise
        except RequestRefused as refused:
            found += [_untold(one, refused) for one in batch]
        except OutcomeUnknown as error:  # costs only its own messages their reports
            unread.append(error)
        except GatewayError as error:
            unread.append(error)
            break
    if unread and not found:
        raise unread[0]
    return found


def _untold(one: MessageRef, refused: RequestRefused) -> Report:
    return Report(
        msisdn=one.msisdn,
        ref=one.ref,
        gateway_id=_id(one),
        state=None,
        raw=refused.raw,
        code=refused.code,
        entry=refused.entry,
        silence=True,
    )


async def ask_forget(config: Config, ask: Send, refs: Sequence[MessageRef]) -> None:
    for start in range(0, len(refs), LIST_MAX):
        read_done(await ask(build_forget(config, refs[start : start + LIST_MAX])), "status")


def parse_status(config: Config, response: HttpResponse, refs: Sequence[MessageRef]) -> list[Report]:
    """A bare object for one message, an array whose items also carry `id` and `phone` for several."""
    value = read(response, "status")
    if isinstance(value, dict) and "status" in value and len(refs) == 1:
        return [_report(config, refs[0], value)]
    if not isinstance(value, list):
        raise unreadable(response, "no status")
    check_items(response, value)
    items = [item for item in value if isinstance(item, dict) and "status" in item]
    said = {(word(item.get("id")), digits(item.get("phone"))): item for item in items}
    told = [(one, said[_id(one), one.msisdn]) for one in refs if (_id(one), one.msisdn) in said]
    return [_report(config, one, item) for one, item in told]


def _report(config: Config, one: MessageRef, item: Mapping[str, object]) -> Report:
    return report(one, item, at=moment(item.get("last_timestamp"), item.get("last_date"), config.zone))


def report(one: MessageRef, item: Mapping[str, object], *, at: datetime | None) -> Report:
    """What a status says of one message, asked for or pushed."""
    status, error = word(item.get("status")) or "", word(item.get("err"))
    state = STATES.get(status)
    failed = state in {MessageState.UNDELIVERED, MessageState.EXPIRED, MessageState.REJECTED}
    return Report(
        msisdn=one.msisdn,
        ref=one.ref,
        gateway_id=_id(one),
        state=MessageState.UNTRACKED if failed and error == UNTOLD else state,
        raw=status,
        code=failure(error),
        reason=why(status, error) if failed else None,
        price=as_decimal(item.get("cost")),
        at=at,
        read=status in READ,
        entry=entry(status, error),
        note=_lookup(item),
        provisional=status in DOUBTFUL,
        silence=status == SILENCE,
        absent=status == SILENCE,
    )


def _lookup(item: Mapping[str, object]) -> str | None:
    """What an HLR lookup found: country and network, and behind an arrow those where it roams."""
    if _LOOKUP.isdisjoint(item):
        return None
    home = _joined(item, ", ", "cn", "net") or _joined(item, "-", "mcc", "mnc")
    return " → ".join(filter(None, (home, _joined(item, ", ", "rcn", "rnet")))) or None


def _joined(item: Mapping[str, object], separator: str, *names: str) -> str:
    return separator.join(said for name in names if (said := word(item.get(name))))
