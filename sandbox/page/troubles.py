"""The switches for trouble: each goes on and stays on until somebody switches it off."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from sandbox import faults as gateway_faults
from sandbox.stand import Stand
from sandbox.telegram import Fault, TelegramServer

NAMES = ("down", "lost", "poor", "flood")
POOR = Decimal("1.00")  # less than one SMS costs


class Troubles:
    """`down`: the gateways refuse connections. `lost`: they accept and never answer. `poor`: hardly any money
    is left. `flood`: Telegram tells the bot to wait.

    `hang`: seconds that the bot waits for an answer in vain. `retry_after`: seconds that Telegram names.
    """

    def __init__(self, telegram: TelegramServer, stands: Sequence[Stand]) -> None:
        self.on: set[str] = set()
        self.hang = 4.0
        self.retry_after = 3
        self._telegram = telegram
        self._stands = stands
        self._ports: dict[Stand, int] = {}
        self._lost: dict[Stand, gateway_faults.Fault] = {}
        self._money: dict[Stand, Decimal] = {}
        self._flood: list[Fault] = []
        self._busy = asyncio.Lock()

    async def switch(self, name: str, on: bool) -> None:
        """Switch a trouble on or off. ValueError: there is no such trouble."""
        if name not in NAMES:
            raise ValueError(f"no trouble is called {name!r}; there are {', '.join(NAMES)}")
        async with self._busy:
            if on is (name in self.on):
                return
            match name:
                case "down":
                    await (self._go_down() if on else self._come_up())
                case "lost":
                    self._lose(on)
                case "poor":
                    self._impoverish(on)
                case "flood":
                    self._hold_back(on)
            (self.on.add if on else self.on.discard)(name)

    async def _go_down(self) -> None:
        for stand in self._stands:
            self._ports[stand] = int(stand.origin.rpartition(":")[2])
            await stand.stop()

    async def _come_up(self) -> None:
        for stand in self._stands:
            await stand.start(port=self._ports[stand])

    def _lose(self, on: bool) -> None:
        for stand in self._stands:
            if on:
                stand.faults.hang = self.hang
                self._lost[stand] = stand.faults.add("send*", kind="accept_then_hang", times=None)
            else:
                stand.faults.remove(self._lost.pop(stand))

    def _impoverish(self, on: bool) -> None:
        for stand in self._stands:
            if on:
                self._money[stand], stand.balance = stand.balance, POOR
            else:
                stand.balance = self._money.pop(stand)

    def _hold_back(self, on: bool) -> None:
        if on:
            self._flood = [
                self._telegram.faults.add(method, kind="429", retry_after=self.retry_after, times=None)
                for method in ("sendMessage", "editMessageText")
            ]
        else:
            for fault in self._flood:
                self._telegram.faults.remove(fault)
