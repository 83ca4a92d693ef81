"""Many runs: which kills are dealt to which scenario, and the sum of what came of them."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from .oracle import Count
from .play import Kill, Outcome, Run, Server, play, rehearse, server
from .points import ON_THE_WIRE, in_source
from .scenarios import Scenario, quiet, scenarios_of

FIRST_MOMENTS = 2.0  # seconds after a start in which everything of a scenario happens
ROTATION = [point for point in in_source() if point.startswith("rotation")]
RECOVERY = 60  # points passed by a start and what it finds to do


@dataclass(frozen=True, slots=True)
class Passed:
    """How often a scenario passes each point when nothing strikes."""

    scenario: Scenario
    points: Counter[str]


Dealer = Callable[[str, Sequence[Passed], Random], Iterator[Run]]


@dataclass(kw_only=True)
class Campaign:
    """What is wanted, and what has been counted so far."""

    seed: str
    kills: int
    until: float  # by time.monotonic
    least: int = 0  # kills that are wanted even when the time is over
    variant: str | None = None
    struck: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    counts: dict[str, Count] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)  # by gateway
    runs: Counter[str] = field(default_factory=Counter)
    guilty: list[Outcome] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.killed.total()

    @property
    def over(self) -> bool:
        return self.total >= self.kills or (time.monotonic() >= self.until and self.total >= self.least)

    async def lane(self, kind: str, folder: Path, dealer: Dealer) -> None:
        """Play what the dealer gives for one gateway, until it is enough."""
        folder.mkdir(parents=True)  # noqa: ASYNC240 - nobody waits here for anything quicker
        random = Random(f"{self.seed}/{folder.name}")  # noqa: S311 - repeatable, not secret
        async with server(folder / "server.log") as warm:
            first, *_ = scenarios = scenarios_of(kind)
            (folder / "warm").mkdir()
            await rehearse(first, folder / "warm", kind, warm)
            template = folder / "warm" / "template"
            passed = [await self._probe(scenario, kind, folder, template, warm) for scenario in scenarios]
            for number, run in enumerate(dealer(kind, passed, random)):
                if self.over:
                    return
                await self._play(run, folder / f"run-{number}", template, warm)

    async def _probe(
        self, scenario: Scenario, kind: str, folder: Path, template: Path, warm: Server
    ) -> Passed:
        """Play a scenario without a kill, to see which points it passes."""
        run = Run(scenario=scenario, kind=kind, kills=(), variant=self.variant)
        outcome = await self._play(run, folder / f"probe-{scenario.__name__}", template, warm)
        return Passed(scenario, Counter(outcome.passed))

    async def _play(self, run: Run, folder: Path, template: Path, warm: Server) -> Outcome:
        folder.mkdir()  # noqa: ASYNC240 - as above
        outcome = await play(run, folder, template, warm)
        self.struck.update(outcome.struck)
        self.passed.update(outcome.passed)
        self.killed[run.kind] += len(outcome.struck)
        self.runs[run.kind] += 1
        count = self.counts.setdefault(run.kind, Count())
        count += outcome.count
        if outcome.count.guilt:
            self.guilty.append(outcome)
            (folder / "transcript").write_text(outcome.transcript, "utf-8")
        else:
            shutil.rmtree(folder)
        return outcome


def deal(kind: str, passed: Sequence[Passed], random: Random) -> Iterator[Run]:
    """For ever: every point of every scenario, on the wire and at any moment, in an order of its own."""
    while True:
        first = [
            (one.scenario, kill) for one in passed for kill in [*_inside(one, random), *_outside(one, random)]
        ]
        random.shuffle(first)
        for point in ROTATION:
            yield Run(scenario=quiet, kind=kind, kills=[Kill(point=point, hit=1), Kill(hit=2)], rotates=True)
        for scenario, kill in first:
            kills = [kill]
            while len(kills) < 6 and random.random() < 0.8:
                kills.append(_again(random))
            yield Run(scenario=scenario, kind=kind, kills=kills)


def _inside(one: Passed, random: Random) -> list[Kill]:
    """One kill a point: at its first hit, its second, one in the middle or its last."""
    return [
        Kill(point=point, hit=random.choice([1, min(2, hits), (hits + 1) // 2, hits]))
        for point, hits in one.points.items()
    ]


def _outside(one: Passed, random: Random) -> list[Kill]:
    shown = one.points["notifier.say asks"] or 1
    edited = one.points["notifier.show asks"] or 1
    recalls = bool(one.points["track.recall asks"])
    return [
        *(Kill(on="submission", hit=1, done=done) for done in (True, True, True, False)),
        *(Kill(on="recall", hit=1, done=done) for done in (True, False) if recalls),
        *(Kill(on="shown", hit=random.randint(1, shown)) for _ in range(3)),
        *(Kill(on="edited", hit=random.randint(1, edited)) for _ in range(3)),
        *(Kill(after=random.uniform(0, FIRST_MOMENTS)) for _ in range(4)),
    ]


def _again(random: Random) -> Kill:
    """One more kill, while it recovers from the last."""
    if random.random() < 0.1:
        return Kill(on="submission", hit=1, done=random.random() < 0.7)
    return Kill(hit=random.randint(1, RECOVERY))


def every_point_once(kinds: Sequence[str]) -> Dealer:
    """A dealer for a short campaign: the first hit of every point once, dealt out over the gateways."""

    def dealer(kind: str, passed: Sequence[Passed], random: Random) -> Iterator[Run]:
        mine = kinds.index(kind)
        for number, point in enumerate(in_source()):
            if number % len(kinds) != mine and not point.startswith(ONLY_SOMEWHERE):
                continue
            if point in ROTATION:
                yield Run(scenario=quiet, kind=kind, kills=[Kill(point=point, hit=1)], rotates=True)
            elif passing := [one.scenario for one in passed if one.points[point]]:
                kills = [Kill(point=point, hit=1), _again(random)]
                yield Run(scenario=random.choice(passing), kind=kind, kills=kills)
        for kill in _outside(passed[0], random)[:6]:
            yield Run(scenario=passed[0].scenario, kind=kind, kills=[kill])

    return dealer


# Points that not every gateway brings the program to.
ONLY_SOMEWHERE = (
    "turn.told",
    "senders",
    "web",
    "pushes",
    "track.recall",
    "track.stop",
    "track.no",
    "money.quote",
)

COLUMNS = (
    ("runs", 6),
    ("kills", 6),
    ("orders", 7),
    ("recipients", 11),
    ("accepted", 9),
    ("doubts", 7),
    ("left", 5),
    ("duplicates", 11),
    ("lost", 5),
    ("false+", 7),
    ("false-", 7),
    ("unsettled", 10),
    ("wrong", 6),
)


def table(campaign: Campaign) -> str:
    """The figures by gateway and in all."""
    total = Count()
    lines = ["gateway     " + "".join(f"{name:>{width}}" for name, width in COLUMNS)]
    for kind, count in campaign.counts.items():
        total += count
        lines.append(_line(kind, campaign.runs[kind], campaign.killed[kind], count))
    lines.append(_line("all", campaign.runs.total(), campaign.total, total))
    existing = {*in_source(), *ON_THE_WIRE}
    hit = existing & campaign.struck.keys()
    lines.append(
        f"points: killed at {len(hit)} of {len(existing)}, passed {len(existing & {*campaign.passed, *hit})}"
    )
    return "\n".join(lines)


def _line(name: str, runs: int, kills: int, count: Count) -> str:
    figures = (
        runs,
        kills,
        count.orders,
        count.recipients,
        count.acceptances,
        count.doubts,
        count.doubts_left,
        count.duplicates,
        count.lost,
        count.false_accepted,
        count.false_rejected,
        count.doubts_unsettled,
        len(count.wrong),
    )
    return f"{name:<12}" + "".join(
        f"{figure:>{width}}" for figure, (_, width) in zip(figures, COLUMNS, strict=True)
    )
