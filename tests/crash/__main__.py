"""`make crash`: kill the program thousands of times and print what the gateways got.

Some lanes a gateway, each with a warm process of its own, side by side. A run is a scenario with one planned
kill and, more often than not, further ones while it recovers.
"""

import argparse
import asyncio
import resource
import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from .campaign import Campaign, deal, table
from .points import ON_THE_WIRE, OUT_OF_REACH, in_source
from .world import KINDS


async def kill_all(kinds: list[str], kills: int, seconds: float, lanes: int, seed: str) -> bool:
    """Whether all that must be zero is."""
    folder = Path(tempfile.mkdtemp(prefix="smsdesk-crash-"))
    campaign = Campaign(seed=seed, kills=kills, until=time.monotonic() + seconds)
    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(_tell_progress(campaign), name="progress")
        for kind in kinds:
            for lane in range(lanes):
                group.create_task(campaign.lane(kind, folder / f"{kind}-{lane}", deal))
    print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {time.monotonic() - begun:.0f} s, seed {seed}\n")
    print(table(campaign))
    missing = sorted({*in_source(), *ON_THE_WIRE} - campaign.struck.keys())
    print(f"\nnever killed at: {', '.join(missing) or 'none'}")
    for point in missing:
        if point in OUT_OF_REACH:
            print(f"  {point}: {OUT_OF_REACH[point]}")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(one.ru_utime + one.ru_stime for one in used)
    print(f"\n{processor:.0f} s of processor, {processor / max(campaign.total, 1):.2f} s a kill")
    for outcome in campaign.guilty:
        print(f"\n✖ {outcome.run}\n  " + "\n  ".join(outcome.count.guilt))
    if campaign.guilty:
        print(f"\nwhat is left of these runs: {folder}")
    return not campaign.guilty and campaign.total >= kills


async def _tell_progress(campaign: Campaign) -> None:
    told = 0
    while not campaign.over:
        await asyncio.sleep(10)
        print(f"{campaign.total} kills, {len(campaign.guilty)} runs that went wrong", file=sys.stderr)
        for outcome in campaign.guilty[told:]:
            print(f"✖ {outcome.run}", *outcome.count.guilt, sep="\n  ", file=sys.stderr)
        told = len(campaign.guilty)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=2000, help="how many kills are enough")
    parser.add_argument("--seconds", type=float, default=1800, help="give up after this time")
    parser.add_argument("--seed", default=None, help="repeats the choice of kills")
    parser.add_argument("--lanes", type=int, default=2, help="warm processes a gateway, side by side")
    parser.add_argument("--kind", action="append", choices=KINDS, help="only this gateway; may be repeated")
    given = parser.parse_args()
    seed = given.seed or secrets.token_hex(4)
    held = asyncio.run(kill_all(given.kind or list(KINDS), given.kills, given.seconds, given.lanes, seed))
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
