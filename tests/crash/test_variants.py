"""The harness sees: every bad variant of our own code is caught, by the run that is meant to catch it.

Each run is played as it is first, and must come out clean; else it would prove nothing.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from .play import Kill, Run, Server, play, rehearse, server
from .scenarios import orders, quiet, trouble

ACCEPTED = Kill(on="submission", hit=1)

# What catches each variant, at Devino REST, which cannot be asked, and which words tell of it.
CAUGHT_BY = {
    "requeue-at-start": (Run(scenario=orders, kind="devino_rest", kills=[ACCEPTED]), "duplicates"),
    "mark-after-send": (
        Run(scenario=orders, kind="devino_rest", kills=[Kill(point="submit.send answered", hit=1)]),
        "duplicates",
    ),
    "retry-on-time-out": (Run(scenario=trouble, kind="devino_rest", kills=[]), "duplicates"),
    "rescue-by-age": (Run(scenario=orders, kind="devino_rest", kills=[ACCEPTED]), "duplicates"),
    "cursor": (
        Run(scenario=orders, kind="devino_rest", kills=[Kill(point="submit.claim committed", hit=1)]),
        "lost",
    ),
    "check-then-act": (
        # Once for the command, once for the first press.
        Run(scenario=orders, kind="devino_rest", kills=[Kill(point="turn.effect committed", hit=2)]),
        "I7",
    ),
    "bell-only": (
        Run(scenario=quiet, kind="devino_rest", kills=[Kill(point="track.reports asks", hit=1)]),
        "does not come to rest",
    ),
    "acknowledge-first": (
        Run(scenario=orders, kind="devino_rest", kills=[Kill(point="updates.store begun", hit=1)]),
        "nothing of the kind",
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def warm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Server, Path]]:
    """A warm process and a database to begin with."""
    folder = tmp_path_factory.mktemp("warm")
    async with server(folder / "server.log") as process:
        await rehearse(orders, folder, "devino_rest", process)
        yield process, folder / "template"


@pytest.mark.parametrize("variant", CAUGHT_BY)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_harness_catches_it(warm: tuple[Server, Path], tmp_path: Path, variant: str) -> None:
    run, words = CAUGHT_BY[variant]
    process, template = warm
    for name in ("sound", "bad"):
        (tmp_path / name).mkdir()
    sound = await play(run, tmp_path / "sound", template, process)
    assert sound.count.guilt == []
    bad = await play(replace(run, variant=variant, patience=15), tmp_path / "bad", template, process)
    assert any(words in one for one in bad.count.guilt), bad.count.guilt
