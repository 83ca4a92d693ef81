"""Calls to the bot's webhook: each chat's updates in order, again and again until the bot says 2xx."""

import asyncio
from dataclasses import dataclass

import aiohttp

from sandbox.telegram.updates import Update
from sandbox.telegram.world import World

PROOF_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds; Telegram's own go up to two minutes
_PATIENCE = 10.0  # seconds for one answer


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call. `status` None: no answer came."""

    update_id: int
    status: int | None


class WebhookCaller:
    """Delivers while a webhook is set. Chats do not wait for one another: each has a queue of its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.deliveries: list[Delivery] = []
        self._busy: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            while True:
                for lane in await self._world.changes.wait_for(self._waiting, None):
                    self._busy.add(lane)
                    group.create_task(self._serve(session, lane))

    def _waiting(self) -> set[int]:
        """Chats with something to deliver that nobody is delivering."""
        if not self._world.webhook:
            return set()
        return {lane_of(update) for update in self._world.updates.pending} - self._busy

    async def _serve(self, session: aiohttp.ClientSession, lane: int) -> None:
        pause = _FIRST_PAUSE
        try:
            while self._world.webhook and (update := self._first(lane)) is not None:
                if await self._deliver(session, update):
                    self._world.updates.delivered(update["update_id"])
                    pause = _FIRST_PAUSE
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._busy.discard(lane)
            self._world.changes.ring()

    def _first(self, lane: int) -> Update | None:
        return next((one for one in self._world.updates.pending if lane_of(one) == lane), None)

    async def _deliver(self, session: aiohttp.ClientSession, update: Update) -> bool:
        webhook = self._world.webhook
        headers = {PROOF_HEADER: webhook["secret_token"]} if webhook["secret_token"] else {}
        status: int | None = None
        try:
            async with session.post(
                webhook["url"],
                json=update,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=_PATIENCE),
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            webhook["last_error_message"] = str(error) or type(error).__name__
        else:
            if not 200 <= status < 300:
                webhook["last_error_message"] = f"Wrong response from the webhook: {status} {answer.reason}"
        self.deliveries.append(Delivery(update["update_id"], status))
        self._world.changes.ring()
        return status is not None and 200 <= status < 300


def lane_of(update: Update) -> int:
    """The chat an update is of; 0 where it has none."""
    kind = next(key for key in update if key != "update_id")
    payload = update[kind]
    chat = payload.get("chat") or payload.get("message", {}).get("chat") or {}
    return int(chat.get("id", 0))
