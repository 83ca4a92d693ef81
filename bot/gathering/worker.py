"""The worker that makes campaigns of lists: fetches a file, has it read, gives it a text, shows the card.

One list at a time, the oldest first, by whoever speaks with Telegram. What is to be done stands in the
database, so a list that was being read when the process ended is read anew. The work itself is done aside,
see `desk.aside`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from desk.clock import Bell
from desk.outage import Halt
from desk.reading import Problem
from storage import audiences, rhythms
from storage.audiences import Audience
from storage.outage import Unavailable

from .calling_up import call_up
from .filling import fill
from .reading import read
from .work import Lost, NotFetched, Tools, Work

log = structlog.get_logger(__name__)

PAUSE = timedelta(seconds=5)  # after Telegram could not be reached


def _job(todo: Audience) -> Callable[[Work], Awaitable[None]]:
    """What is to be done with a list."""
    if todo.state != "to-read":
        return fill
    return call_up if todo.file_id is None else read


class Gatherer:
    """See the module."""

    def __init__(self, tools: Tools, bell: Bell) -> None:
        self._tools = tools
        self.bell = bell
        self._stopping = Halt()
        self._job: asyncio.Task[None] | None = None
        self._again_at: datetime | None = None
        self.on_said: list[Bell] = []  # whoever shows what was said

    async def run(self) -> None:
        while not self._stopping:
            try:
                if not await self._round():
                    await self.bell.nap(self._again_at)
            except Unavailable as error:
                await self._stopping.rest("gatherer", error)

    async def _round(self) -> bool:
        """Do what is to be done with one list. False: with none, for now. Raises Unavailable."""
        waits = self._again_at is not None and self._again_at > self._tools.clock()
        if waits or self._tools.leases.face() is None:
            return False
        async with self._tools.database.read() as tx:
            todo = await audiences.next_to_do(tx)
        if todo is None:
            return False
        self._again_at = None
        self._job = asyncio.create_task(self._do(todo))
        await asyncio.wait([self._job])
        if not self._job.cancelled():
            self._job.result()
        for bell in self.on_said:
            bell.ring()
        return True

    def stop(self) -> None:
        """What is being read is read anew at the next start."""
        self._stopping.want()
        if self._job is not None:
            self._job.cancel()
        self.bell.ring()

    async def _do(self, todo: Audience) -> None:
        with TemporaryDirectory(prefix="smsdesk-") as folder:
            try:
                async with self._tools.database.read() as tx:
                    zone = await rhythms.zone_of(tx, todo.chat_id) or self._tools.zone
                await self._try(Work(todo=todo, tools=self._tools, folder=Path(folder), zone=zone))
            except Lost:
                log.info("a list is left to another process", audience=todo.id)

    async def _try(self, work: Work) -> None:
        """Whatever comes of it is said in the chat. Raises Lost, Unavailable."""
        try:
            await _job(work.todo)(work)
        except Problem as problem:
            await work.refuse(work.problem(problem))
        except NotFetched as error:
            if error.gone:
                await work.refuse(work.words("list-gone"))
            else:
                self._again_at = self._tools.clock() + PAUSE
        except (Lost, Unavailable):
            raise
        except Exception:
            # It would break again, and hold up every list behind it.
            log.exception("a list broke", audience=work.todo.id)
            await work.refuse(work.words("list-broke"))
