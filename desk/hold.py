"""Seeing to it that a database which has forgotten something sends nothing: what was last seen, and the hold.

What was last seen is kept in a small file outside the database. It is written after the commit it tells of,
so that a crash can leave it behind the database and never ahead: a database that is behind the file is none
that a crash has left.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from providers.model import MessageState, Reason
from storage import campaigns, checks, doubts, hold, leases, ledger
from storage.db import Database, Transaction
from storage.hold import Cause, Look
from storage.ledger import Change
from storage.outage import Unavailable

from . import metrics
from .clock import Bell, Clock
from .outage import Halt

log = structlog.get_logger(__name__)

AT_MOST_EVERY = 1.0  # seconds between two writings of the file


def read(path: Path) -> Look | None:
    """What was last seen; None: nothing yet. Raises OSError, and ValueError where it is no such file."""
    try:
        told = json.loads(path.read_text("utf-8"))
        marks = {str(name): (int(fence), int(count)) for name, (fence, count) in told["leases"].items()}
        return Look(
            instance=str(told["instance"]),
            marks=marks,
            decisions=int(told.get("decisions", 0)),  # which no file of an earlier version has
            server=told.get("server"),
        )
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} is not what was last seen of a database") from error


def write(path: Path, seen: Look) -> None:
    """Keep what is seen: whole or not at all, whatever happens meanwhile. Raises OSError."""
    told = {
        "about": "what smsdesk last saw of its database; without this file the next start holds the queue",
        "instance": seen.instance,
        "server": seen.server,
        "leases": dict(seen.marks),
        "decisions": seen.decisions,
    }
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(told, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


async def at_start(tx: Transaction, path: Path, silence: timedelta, now: datetime) -> Cause | None:
    """Hold everything if this database is not what was last seen. The cause, if it is held newly.

    Raises OSError and ValueError: the file cannot be read.
    """
    await hold.begin(tx)
    found = hold.difference(read(path), await hold.look(tx))
    if await hold.is_copy(tx):
        found = Cause.COPIED
    if found is None and await hold.is_silent(tx, await leases.time(tx, now), silence):
        found = Cause.SILENT
    if found is None or not await hold.hold(tx, found, now):
        return None
    log.warning("held: this database may have forgotten what was sent", cause=str(found))
    return found


class Memory:
    """What this process saw at its own last commits. The file may be a second behind: this never is.

    A database that was put back under it, or a stand-by in its place, lacks the last claim, and the next one
    would bring the count to where it was: so each must bring it further.
    """

    def __init__(self) -> None:
        self._began: Look | None = None
        self._least: dict[str, Look] = {}  # by lease, what its next commit must bring

    async def begin(self, database: Database) -> None:
        """Before the first commit. Raises Unavailable."""
        if self._began is None:
            async with database.read() as tx:
                self._began = await hold.here(tx)

    def difference(self, name: str, now: Look) -> Cause | None:
        """What is wrong with what a commit under this lease has brought; None: nothing."""
        least = self._least.get(name, self._began)
        # A hold gives the database a new name: what was before it a person has looked at.
        return None if least is None or least.instance != now.instance else hold.difference(least, now)

    def keep(self, name: str, now: Look) -> None:
        """It has been committed. Several may be told of out of order."""
        fence, count = now.marks[name]
        before = self._least.get(name)
        if before is None or before.instance != now.instance or before.marks[name] < (fence, count + 1):
            self._least[name] = replace(now, marks={name: (fence, count + 1)})

    def forget(self, name: str) -> None:
        """It is held now, and whoever ends that knows."""
        self._least.pop(name, None)
        self._began = None


OnHold = Callable[[Transaction, Cause, datetime], Awaitable[None]]


class Witness:
    """The worker that keeps the file, and holds a database that goes backwards while we work with it."""

    def __init__(self, database: Database, clock: Clock, bell: Bell, path: Path) -> None:
        self._database = database
        self._clock = clock
        self.bell = bell
        self._path = path
        self._seen: Look | None = None
        self._stopping = Halt()
        self.on_hold: list[OnHold] = []  # in the transaction of the hold
        self.on_told: list[Bell] = []

    async def see(self) -> None:
        """Keep what the database says of itself now. Raises Unavailable, OSError."""
        async with self._database.read() as tx:
            now = await hold.look(tx)
        if self._seen is not None and (found := hold.difference(self._seen, now)) is not None:
            now = await self._hold(found)
        if now != self._seen:
            await asyncio.to_thread(write, self._path, now)
            self._seen = now

    async def _hold(self, found: Cause) -> Look:
        at = self._clock()
        async with self._database.write("hold.hold") as tx:
            if await hold.hold(tx, found, at):
                log.error("held: the database has gone backwards", cause=str(found))
                for tell in self.on_hold:
                    await tell(tx, found, at)
            now = await hold.look(tx)
        for bell in self.on_told:
            bell.ring()
        return now

    async def run(self) -> None:
        while not self._stopping:
            await self.bell.nap(None)
            await self._try_to_see()
            await self._stopping.wait(AT_MOST_EVERY)
        await self._try_to_see()

    async def _try_to_see(self) -> None:
        try:
            await self.see()
        except Unavailable as error:
            await self._stopping.rest("witness", error)
        except OSError as error:
            # It lags behind then, which is safe; a full disk is told by others, too.
            log.warning("what was seen cannot be written down", error=error.strerror)

    def stop(self) -> None:
        self._stopping.want()
        self.bell.ring()


async def go_on(tx: Transaction, now: datetime) -> bool:
    """End the hold; gateways are asked at once about all that is under way. False: nothing was held."""
    if not await hold.release(tx, now):
        return False
    await checks.all_at_once(tx, now)
    await doubts.ask_all_now(tx, now)
    return True


async def cancel_rest(tx: Transaction, now: datetime) -> int | None:
    """End the hold and cancel all that has not left. How many messages; None: nothing was held."""
    if await hold.cause(tx) is None:
        return None
    cancelled = 0
    for campaign_id in await campaigns.waiting(tx):
        changes = [
            Change(message_id=one, to=MessageState.CANCELLED, reason=Reason.CANCELLED)
            for one in await ledger.queued(tx, campaign_id)
        ]
        moved = await ledger.apply(tx, changes, source="person", now=now)
        metrics.count_moved(moved)
        cancelled += len(moved)
        await campaigns.want_cancel(tx, campaign_id, now)
    await hold.decided(tx)
    await go_on(tx, now)
    return cancelled
