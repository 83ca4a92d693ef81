"""Quiet hours of staff: what is not urgent is held until they are over, and summed up then.

So are failures that come so many at a time that nobody would read them (`desk.announce`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from storage import outbox, rhythms
from storage.db import Transaction
from storage.outbox import Held, Priority
from storage.rhythms import Rhythm

from .hours import Hours, stretch

MINUTES = 24 * 60


def hours_of(rhythm: Rhythm) -> Hours | None:
    """When it is quiet; None: never."""
    if rhythm.quiet_from is None or rhythm.quiet_to is None:
        return None
    return Hours(start=_time(rhythm.quiet_from), end=_time(rhythm.quiet_to))


def _time(minute: int) -> time:
    return time(*divmod(minute % MINUTES, 60))


def quiet_until(rhythm: Rhythm, now: datetime) -> datetime | None:
    """When the quiet hours that `now` is in are over; None: it is not in any."""
    hours = hours_of(rhythm)
    if hours is None:
        return None
    found = stretch(hours, ZoneInfo(rhythm.zone), now)
    return found.end if found.start <= now else None


async def until(
    tx: Transaction, chat_id: int, now: datetime, *, home_id: int | None = None
) -> datetime | None:
    """Until when a chat is to be left in peace; None: it may be told now. `home_id` as for `rhythm_of`."""
    rhythm = await rhythm_of(tx, chat_id, home_id)
    return None if rhythm is None else quiet_until(rhythm, now)


async def rhythm_of(tx: Transaction, chat_id: int, home_id: int | None) -> Rhythm | None:
    """A chat's own rhythm; one that has none, as no channel has, goes by the chat that has it told."""
    own = await rhythms.of(tx, chat_id)
    return own if own is not None or home_id is None else await rhythms.of(tx, home_id)


async def release(tx: Transaction, now: datetime) -> bool:
    """Say what was held for quiet hours that are over: several failures of a place as one summary.

    Cards come as they are, as they have buttons. False: there was nothing.
    """
    over = [one for one in await outbox.held(tx, now) if await _keep_holding(tx, one, now) is None]
    for (chat_id, thread_id), told in _by_place(over).items():
        failed = [one for one in told if one.kind == "failed"]
        summed = failed if len(failed) > 1 else []
        await outbox.wake(tx, [one.id for one in told if one not in summed], now)
        if summed:
            await outbox.say(
                tx,
                chat_id=chat_id,
                thread_id=thread_id,
                kind="quiet",
                content={"failed": [[one.campaign_id, len(one.content["message_ids"])] for one in summed]}
                | ({"crowded": True} if all(one.content.get("crowded") for one in summed) else {}),
                language=summed[-1].language,
                priority=Priority.RESULT,
                now=now,
            )
            await outbox.mark(tx, [one.id for one in summed], "sent")
    return bool(over)


async def _keep_holding(tx: Transaction, one: Held, now: datetime) -> datetime | None:
    """Until when it is quiet still, where somebody has changed the hours meanwhile."""
    longer = await until(tx, one.chat_id, now, home_id=one.content.get("home_id"))
    if longer is not None:
        await outbox.hold(tx, one.id, longer)
    return longer


def _by_place(told: Iterable[Held]) -> Mapping[tuple[int, int], list[Held]]:
    places: dict[tuple[int, int], list[Held]] = {}
    for one in told:
        places.setdefault((one.chat_id, one.thread_id), []).append(one)
    return places
