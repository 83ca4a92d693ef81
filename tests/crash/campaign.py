"""Many runs: which kills are dealt to which scenario, and the sum of what came of them."""

import asyncio
import itertools
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from .oracle import Count
from .play import Kill, Outcome, Run, Server, play, rehearse, server
from .points import ON_THE_WIRE, in_source, unreached
from .scenarios import Scenario, quiet, scenarios_of

FIRST_MOMENTS = 2.0  # seconds after a start in which everything of a scenario happens
ROTATION = [point for point in in_source() if point.startswith("rotation")]
MOMENTS = ("any moment 1", "any moment 2", "any moment 3", "any moment 4")  # of these, so many a round
RECOVERY = 60  # points passed by a start and what it finds to do
AGAIN = 0.8  # how likely one more kill is while it recovers
BUNDLE = 4  # points that one run of the first round is killed at


@dataclass(frozen=True, slots=True)
class Passed:
    """How often a scenario passes each point when nothing strikes."""

    scenario: Scenario
    points: Counter[str]


@dataclass(frozen=True, slots=True)
class Lane:
    """One warm process, which plays what is dealt to one gateway."""

    kind: str
    folder: Path
    warm: Server

    @property
    def template(self) -> Path:
        """A database to begin with."""
        return self.folder / "warm" / "template"


@dataclass(kw_only=True)
class Campaign:
    """What is wanted, and what has been counted so far."""

    seed: str
    kills: int
    until: float  # by time.monotonic
    rounds: int | None = None  # how often every point is to be struck; None: until it is enough otherwise
    least: int = 0  # kills that are wanted even when the time is over
    variant: str | None = None
    struck: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    counts: dict[str, Count] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)  # by gateway
    runs: Counter[str] = field(default_factory=Counter)
    guilty: list[Outcome] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)  # the folders of the guilty

    @property
    def total(self) -> int:
        return self.killed.total()

    @property
    def over(self) -> bool:
        return self.total >= self.kills or (time.monotonic() >= self.until and self.total >= self.least)

    async def play(self, folder: Path, kinds: Sequence[str], lanes: int = 1) -> None:
        """Play in so many lanes a gateway, side by side, until it is enough. Raises a group of ServerEnded.

        First each scenario once without a kill, which tells what there is to strike.
        """
        async with AsyncExitStack() as stack:
            made: list[Lane] = []
            for kind, number in ((kind, number) for kind in kinds for number in range(lanes)):
                own = folder / f"{kind}-{number}"
                own.mkdir(parents=True)
                made.append(Lane(kind, own, await stack.enter_async_context(server(own / "server.log"))))
            passed: dict[str, list[Passed]] = {kind: [] for kind in kinds}
            async with asyncio.TaskGroup() as group:
                for place, lane in enumerate(made):
                    share = itertools.islice(scenarios_of(lane.kind), place % lanes, None, lanes)
                    group.create_task(self._probe(lane, share, passed[lane.kind]))
            async with asyncio.TaskGroup() as group:
                for place, lane in enumerate(made):
                    hand = deal([one.kind for one in made], place, passed, self.seed, self.rounds)
                    group.create_task(self._play_all(lane, hand))

    async def _probe(self, lane: Lane, scenarios: Iterable[Scenario], passed: list[Passed]) -> None:
        """Warm a lane, and play scenarios without a kill, to see which points they pass."""
        (lane.folder / "warm").mkdir()
        await rehearse(scenarios_of(lane.kind)[0], lane.folder / "warm", lane.kind, lane.warm)
        for scenario in scenarios:
            run = Run(scenario=scenario, kind=lane.kind, kills=(), variant=self.variant)
            outcome = await self._play(run, lane, lane.folder / f"probe-{scenario.__name__}")
            passed.append(Passed(scenario, Counter(outcome.passed)))

    async def _play_all(self, lane: Lane, hand: Iterable[Run]) -> None:
        for number, run in enumerate(hand):
            if self.over:
                return
            await self._play(run, lane, lane.folder / f"run-{number}")

    async def _play(self, run: Run, lane: Lane, folder: Path) -> Outcome:
        folder.mkdir()  # noqa: ASYNC240 - nobody waits here for anything quicker
        outcome = await play(run, folder, lane.template, lane.warm)
        self.struck.update(outcome.struck)
        self.passed.update(outcome.passed)
        self.killed[run.kind] += len(outcome.struck)
        self.runs[run.kind] += 1
        count = self.counts.setdefault(run.kind, Count())
        count += outcome.count
        if outcome.count.guilt:
            self.guilty.append(outcome)
            self.kept.append(folder)
            (folder / "transcript").write_text(outcome.transcript, "utf-8")
        else:
            shutil.rmtree(folder)
        return outcome


def tidy(folder: Path, kept: Collection[Path]) -> None:
    """Remove what lanes have left in a folder, but for the runs that are kept; and the folder, if none is."""
    for lane in folder.iterdir():
        for path in set(lane.iterdir()) - set(kept):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if not any(lane.iterdir()):
            lane.rmdir()
    if not any(folder.iterdir()):
        folder.rmdir()


def deal(
    kinds: Sequence[str],
    place: int,
    passed: Mapping[str, Sequence[Passed]],
    seed: str,
    rounds: int | None = None,
) -> Iterator[Run]:
    """What one of several lanes is to play, of these gateways: its share of round after round, for ever.

    In each round everything that can be struck is aimed at once, somewhere: so a few kills are spread over
    all points and scenarios, and many come to each of them several times.
    """
    kind = kinds[place]
    found = {kind: _aims(scenarios) for kind, scenarios in passed.items()}
    dice = Random(f"{seed}/{place}")  # noqa: S311 - repeatable, not secret
    for number in itertools.count() if rounds is None else range(rounds):
        aims = _share(kinds, place, found, Random(f"{seed}, round {number}"))  # noqa: S311 - as above
        if number == 0:
            yield from _bundled(kind, aims, found[kind], dice)
        else:
            yield from (_run(kind, aim, found[kind][aim], dice) for aim in aims)


def _bundled(
    kind: str, aims: Sequence[str], found: Mapping[str, Sequence[Passed]], dice: Random
) -> list[Run]:
    """Every aim once, points at their first hit and several to a run: a start costs less than a scenario.

    In the order in which the scenario passes them, so that each comes after the one before.
    """
    runs: list[Run] = []
    points: dict[str, tuple[Passed, list[str]]] = {}
    for aim in aims:
        if aim in ROTATION or aim in MOMENTS or aim in ON_THE_WIRE:
            runs.append(_run(kind, aim, found[aim], dice, again=0.0))
        else:
            one = dice.choice(found[aim])
            points.setdefault(one.scenario.__name__, (one, []))[1].append(aim)
    for one, several in points.values():
        several.sort(key=list(one.points).index)
        bundles = -(-len(several) // BUNDLE)
        for first in range(bundles):
            kills = [Kill(point=point, hit=1) for point in several[first::bundles]]
            runs.append(Run(scenario=one.scenario, kind=kind, kills=kills))
    dice.shuffle(runs)
    return runs


def _run(kind: str, aim: str, passed: Sequence[Passed], dice: Random, again: float = AGAIN) -> Run:
    """A run with one planned kill, and further ones while it recovers."""
    if aim in ROTATION:
        return Run(scenario=quiet, kind=kind, kills=[Kill(point=aim, hit=1), Kill(hit=2)], rotates=True)
    one = dice.choice(passed)
    kills = [_kill(aim, one.points, dice)]
    while len(kills) < 6 and dice.random() < again:
        kills.append(_again(dice))
    return Run(scenario=one.scenario, kind=kind, kills=kills)


def _aims(passed: Sequence[Passed]) -> dict[str, list[Passed]]:
    """What a kill can be aimed at, and the scenarios in which it can be."""
    found: dict[str, list[Passed]] = {aim: list(passed) for aim in (*ROTATION, *MOMENTS, *ON_THE_WIRE)}
    for aim in ("recall received, not done", "recall done, not answered"):
        found[aim] = [one for one in passed if one.points["track.recall asks"]]
    for one in passed:
        for point in one.points:
            found.setdefault(point, []).append(one)
    return {aim: scenarios for aim, scenarios in found.items() if scenarios}


def _share(
    kinds: Sequence[str], place: int, found: Mapping[str, Mapping[str, object]], dice: Random
) -> list[str]:
    """The aims of one lane: each goes to the lane that has fewest, of those whose gateway comes to it."""
    aims = sorted({aim for each in found.values() for aim in each})
    dice.shuffle(aims)
    able = {aim: [lane for lane, kind in enumerate(kinds) if aim in found[kind]] for aim in aims}
    hands: list[list[str]] = [[] for _ in kinds]
    for aim in sorted(aims, key=lambda aim: len(able[aim])):
        hands[min(able[aim], key=lambda lane: len(hands[lane]))].append(aim)
    dice.shuffle(hands[place])
    return hands[place]


def _kill(aim: str, points: Counter[str], dice: Random) -> Kill:
    """At the first hit of a point, its second, one in the middle or its last."""
    if aim in MOMENTS:
        return Kill(after=dice.uniform(0, FIRST_MOMENTS))
    if aim.startswith("submission"):
        return Kill(on="submission", hit=1, done=aim == "submission accepted, not answered")
    if aim.startswith("recall"):
        return Kill(on="recall", hit=1, done=aim == "recall done, not answered")
    if aim == "message shown, not answered":
        return Kill(on="shown", hit=dice.randint(1, points["notifier.say asks"] or 1))
    if aim == "card edited, not answered":
        return Kill(on="edited", hit=dice.randint(1, points["notifier.show asks"] or 1))
    hits = points[aim]
    return Kill(point=aim, hit=dice.choice([1, min(2, hits), (hits + 1) // 2, hits]))


def _again(dice: Random) -> Kill:
    """One more kill, while it recovers from the last."""
    if dice.random() < 0.1:
        return Kill(on="submission", hit=1, done=dice.random() < 0.7)
    return Kill(hit=dice.randint(1, RECOVERY))


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
    beyond = unreached().keys() - hit
    lines.append(
        f"points: killed at {len(hit)} of {len(existing - beyond)} within reach,"
        f" passed {len(existing & {*campaign.passed, *hit})}; {len(beyond)} out of reach"
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
