"""One run: a scenario is played while the program is killed and started again, until all is at rest."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from sandbox.faults import Kind
from sandbox.telegram import Event

from .oracle import Count, judge
from .points import ROOT
from .program import Life
from .scenarios import PATIENCE, Scenario, Story
from .world import World, copy_template, outside

LOOK_EVERY = 0.02  # seconds: nobody tells when the database of another process comes to rest
LIVES = 12  # then it is called hopeless

On = Literal["submission", "recall", "shown", "edited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """When one life ends.

    `point` and `hit` as in `Life`. `on`: the far side kills it on the hit-th submission or recall, with or
    without having `done` what it was asked, or as soon as the hit-th message of the bot is shown or edited.
    `after`: so many seconds after its start.
    """

    point: str | None = None
    hit: int | None = None
    on: On | None = None
    done: bool = True
    after: float | None = None

    def __str__(self) -> str:
        if self.on is not None:
            return f"{self.on} {'done' if self.done else 'received'} x{self.hit}"
        return f"after {self.after:.2f} s" if self.after is not None else f"{self.point or 'any'} x{self.hit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is played."""

    scenario: Scenario
    kind: str
    kills: Sequence[Kill]
    variant: str | None = None
    patience: float = PATIENCE  # seconds for each answer and for what is left at the end
    rotates: bool = False  # the kills strike `smsdesk rotate-keys`, and the scenario comes after it

    def __str__(self) -> str:
        kills = ", ".join(str(kill) for kill in self.kills)
        what = "rotation" if self.rotates else self.scenario.__name__
        return f"{what} {self.kind} [{kills}]"


@dataclass(kw_only=True)
class Outcome:
    run: Run
    count: Count
    struck: list[str] = field(default_factory=list)  # the points at which the program was killed
    passed: list[str] = field(default_factory=list)  # all points passed in all lives
    transcript: str = ""


class ServerEnded(Exception):
    """The warm process is gone, and nothing more can be played in its lane; in one line."""


class Server:
    """A `tests.crash.program`, which starts one life after another. Raises ServerEnded when it is gone."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def start(self, life: Life) -> int:
        """Its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(life.line())
        return await self._told("pid")

    async def ended(self) -> int:
        """How it ended, a signal negative."""
        return await self._told("status")

    async def _told(self, what: str) -> int:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            status = await self._process.wait()
            said = self._log.read_text("utf-8", "replace").split("\n")
            last = next((one.strip() for one in reversed(said) if one.strip()), "nothing")
            raise ServerEnded(f"the warm process ended with {status}; its log says: {last}")
        told: dict[str, int] = json.loads(line)
        return told[what]


@asynccontextmanager
async def server(log: Path) -> AsyncIterator[Server]:
    """A warm process that prints into `log`."""
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.program", stdin=PIPE, stdout=PIPE, stderr=file, cwd=ROOT
        )
    try:
        yield Server(process, log)
    finally:
        with suppress(ProcessLookupError):
            process.kill()  # it may be the program itself just then, which would not read on
        await process.wait()


class Asleep(Exception):
    """A rehearsal ends where the program would be stopped: it is the warm process itself."""


class Lives:
    """Starts the program whenever it dies, as a service manager would, and has it killed as planned."""

    def __init__(self, world: World, run: Run, server: Server, arguments: Sequence[str]) -> None:
        self._world = world
        self._run = run
        self._server = server
        self._arguments = arguments
        self._pid = 0
        self._over = False
        self._number = 0
        self._meanwhile: Callable[[sqlite3.Connection], None] | None = None
        self._woken = asyncio.Event()
        self._far: list[str] = []  # the far side's name of the kill of this life
        self._disarm: Callable[[], None] = lambda: None
        self.struck: list[str] = []
        self.slept = 0  # how often it was stopped for something to happen meanwhile
        self.may_strike = asyncio.Event()  # the first submission may be the one that kills

    async def run(self) -> None:
        """Live until `end`, or until a command is through. AssertionError: it ended as it may not."""
        while not self._over:
            kill = self._run.kills[self._number] if self._number < len(self._run.kills) else None
            assert self._number < LIVES, "it does not get up any more"
            life = self._life(kill)
            self._pid = await self._server.start(life)
            if self._over or self._meanwhile is not None:
                self._kill()
            far = asyncio.create_task(self._strike_from_far(kill)) if kill is not None else None
            try:
                status = await self._server.ended()
            finally:
                self._pid = 0
                if far is not None:
                    far.cancel()
                    await asyncio.gather(far, return_exceptions=True)
                self._disarm()
            if self._over or status == 0:
                return
            if self._meanwhile is not None:
                self._let_pass()
                continue
            self._number += 1
            if status != -signal.SIGKILL:
                raise AssertionError(f"the program ended by itself, with {status}:\n{_tail(life.log)}")
            self.struck.append(self._struck(life, kill))

    def end(self) -> None:
        """Kill it for good."""
        self._over = True
        self._kill()

    async def sleep(self, meanwhile: Callable[[sqlite3.Connection], None]) -> None:
        """Stop it, let something happen to its database, and start it again.

        It does not count as a kill, but may catch something on its way as one does.
        """
        self._meanwhile = meanwhile
        self.slept += 1
        self._kill()
        await self._woken.wait()

    def _let_pass(self) -> None:
        assert self._meanwhile is not None
        with closing(sqlite3.connect(self._world.database)) as connection, connection:
            self._meanwhile(connection)
        self._meanwhile = None
        self._woken.set()

    def _kill(self) -> None:
        """Kill this life. Between two lives there is nobody: whoever starts the next one looks again."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def passed(self) -> list[str]:
        """All points passed in all lives."""
        traces = sorted(self._world.folder.glob("trace-*"))
        return [point for trace in traces for point in trace.read_text("utf-8").splitlines()]

    def _life(self, kill: Kill | None) -> Life:
        folder = self._world.folder
        inside = kill is not None and kill.on is None and kill.after is None
        return Life(
            arguments=self._arguments,
            trace=str(folder / f"trace-{self._number:02}"),
            log=str(folder / f"log-{self._number:02}"),
            point=kill.point if kill is not None and inside else None,
            hit=kill.hit if kill is not None and inside else None,
            variant=self._run.variant,
        )

    def _struck(self, life: Life, kill: Kill | None) -> str:
        """The name of the point where it died."""
        if self._far:
            return self._far.pop()
        if kill is not None and kill.after is not None:
            return "any moment"
        return Path(life.trace).read_text("utf-8").splitlines()[-1]

    async def _strike_from_far(self, kill: Kill) -> None:
        """Kill this life from outside when its time comes."""
        if kill.after is not None:
            await asyncio.sleep(kill.after)
            self._kill()
        elif kill.on in {"shown", "edited"}:
            self._watch(kill)
        elif kill.on is not None:
            await self._hang(kill)

    def _watch(self, kill: Kill) -> None:
        """Telegram shows it, and before it can answer there is nobody to hear."""
        wanted = "sent" if kill.on == "shown" else "edited"
        seen = 0

        def watch(event: Event) -> None:
            nonlocal seen
            seen += event.kind == wanted
            if event.kind == wanted and seen == kill.hit:
                self._far.append(
                    "message shown, not answered" if wanted == "sent" else "card edited, not answered"
                )
                self._kill()

        end = self._world.telegram.subscribe(watch)

        def disarm() -> None:
            end()
            self._disarm = lambda: None

        self._disarm = disarm

    async def _hang(self, kill: Kill) -> None:
        """The gateway does it or not, writes its journal, and kills instead of answering."""
        await self.may_strike.wait()
        stand = self._world.stand
        before = len(stand.faults.applied)
        accepted = len(stand.journal.accepted)
        fault: Kind = "accept_then_hang" if kill.done else "hang"
        stand.faults.add("send*" if kill.on == "submission" else "cancel", kind=fault)
        # Others may be queued before it.
        await stand.wait_for(
            lambda: any(one.kind == fault for one in stand.faults.applied[before:]), PATIENCE
        )
        did = len(stand.journal.accepted) > accepted if kill.on == "submission" else kill.done
        names = {
            "submission": ("submission received, not accepted", "submission accepted, not answered"),
            "recall": ("recall received, not done", "recall done, not answered"),
        }
        self._far.append(names[str(kill.on)][did])
        self._kill()


def _tail(log: str) -> str:
    return Path(log).read_text("utf-8")[-3000:]


async def play(run: Run, folder: Path, template: Path | None, server: Server) -> Outcome:
    """Play one run in a folder of its own and judge it. `template`: a migrated database to begin with."""
    if template is not None:
        copy_template(template, folder)
    async with outside(folder, run.kind) as world:
        struck: list[str] = []
        if run.rotates:
            rotation = Lives(world, run, server, ["rotate-keys", "--config", str(world.config)])
            try:
                await rotation.run()
            except AssertionError as error:
                return Outcome(run=run, count=Count(wrong=[str(error)]), struck=rotation.struck)
            struck, run = rotation.struck, replace(run, kills=())
        lives = Lives(world, run, server, ["run", "--config", str(world.config)])
        story = Story(world, about_to_confirm=lives.may_strike.set, sleep=lives.sleep, patience=run.patience)
        living = asyncio.create_task(lives.run())
        telling = asyncio.create_task(_tell(run.scenario, story))
        await asyncio.wait({living, telling}, return_when=asyncio.FIRST_COMPLETED)
        wrong: list[str] = []
        if telling.done() and not telling.exception():
            lives.end()
        else:
            wrong.append(str(telling.exception() if telling.done() else living.exception()))
            telling.cancel()
            if not living.done():
                lives.end()
        await asyncio.gather(living, telling, return_exceptions=True)
        if isinstance(gone := living.exception(), ServerEnded):
            raise gone
        count = judge(story, len(lives.struck) + lives.slept)
        count.wrong += wrong
        return Outcome(
            run=run,
            count=count,
            struck=[*struck, *lives.struck],
            passed=lives.passed(),
            transcript=world.telegram.transcript(),
        )


async def _stay_awake(_: Callable[[sqlite3.Connection], None]) -> None:
    raise Asleep


async def _tell(scenario: Scenario, story: Story) -> None:
    resuming = asyncio.create_task(story.resume())
    try:
        await scenario(story)
        await rest(story.world, story.patience)
    finally:
        resuming.cancel()


OPEN = {
    "updates": "state = 'new'",
    "messages": "state IN ('queued', 'submitting', 'accepted', 'in_moderation', 'sent')",
    "cards": "wanted > shown",
    "outbox": "state IN ('pending', 'promised', 'sending')",
    "pushes": "state = 'new'",
}


async def rest(world: World, patience: float) -> None:
    """Wait until nothing is left to do. AssertionError: something stays open."""
    left: dict[str, int] = {}
    try:
        async with asyncio.timeout(patience):
            while left := _open(world):  # noqa: ASYNC110 - nobody rings from another process
                await asyncio.sleep(LOOK_EVERY)
    except TimeoutError:
        raise AssertionError(f"it does not come to rest: {left}") from None


def _open(world: World) -> dict[str, int]:
    """How much is left to do, by table."""
    left = {
        table: found
        for table, open_ in OPEN.items()
        if (found := world.count(f"SELECT count(*) FROM {table} WHERE {open_}"))  # noqa: S608 - our own words
    }
    unsettled = _unsettled(world)
    return (
        left
        | ({"doubts": unsettled} if unsettled else {})
        | ({"unconfirmed": len(world.telegram.pending_updates)} if world.telegram.pending_updates else {})
    )


def _unsettled(world: World) -> int:
    """Doubts that asking the gateway by our own id must end: by the message it has, or by its absence."""
    if world.kind not in {"sms_pager", "smsc"}:
        return 0
    return world.count("SELECT count(*) FROM messages WHERE state = 'uncertain'")


async def rehearse(scenario: Scenario, folder: Path, kind: str, server: Server) -> None:
    """Play once without a kill, in the warm process itself, so that its children find all caches filled.

    What is left in the folder is a database as it was after the first start, and its keys: a template.
    """
    async with outside(folder, kind) as world:
        for played in (False, True):
            if played:
                template = folder / "template"
                template.mkdir()
                copy_template(folder, template)
            life = Life(arguments=["run", "--config", str(world.config)], trace="", log="", in_place=True)
            pid = await server.start(life)
            await world.telegram.wait_for(lambda: world.telegram.is_polled, PATIENCE)
            if played:
                with suppress(Asleep):
                    await _tell(scenario, Story(world, sleep=_stay_awake))
            os.kill(pid, signal.SIGTERM)
            assert await server.ended() == 0
