"""`make crash`: kill the program thousands of times and print what the gateways got.

Some lanes a gateway, each with a warm process of its own, side by side. A run is a scenario with one planned
kill and, more often than not, further ones while it recovers.
"""

import argparse
import asyncio
import resource
import secrets
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from .campaign import Campaign, table, tidy
from .play import ServerEnded
from .points import ON_THE_WIRE, in_source, unreached
from .world import KINDS


async def kill_all(kinds: list[str], kills: int, seconds: float, lanes: int, seed: str) -> bool:
    """Whether all that must be zero is."""
    folder = Path(tempfile.mkdtemp(prefix="smsdesk-crash-"))
    campaign = Campaign(seed=seed, kills=kills, until=time.monotonic() + seconds)
    begun = time.monotonic()
    telling = asyncio.create_task(_tell_progress(campaign))
    try:
        await campaign.play(folder, kinds, lanes)
    finally:
        telling.cancel()
        tidy(folder, campaign.kept)
    print(f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {time.monotonic() - begun:.0f} s, seed {seed}\n")
    print(table(campaign))
    missing = {*in_source(), *ON_THE_WIRE} - campaign.struck.keys()
    reasons = unreached()
    print(f"\nnot killed at: {', '.join(sorted(missing - reasons.keys())) or 'none'}")
    print("\nout of reach:")
    for name, reason in sorted(
        {(point.partition(" ")[0], reasons[point]) for point in missing & reasons.keys()}
    ):
        print(f"  {name}: {reason}")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(one.ru_utime + one.ru_stime for one in used)
    print(f"\n{processor:.0f} s of processor, {processor / max(campaign.total, 1):.2f} s a kill")
    for outcome in campaign.guilty:
        print(f"\n✖ {outcome.run}\n  " + "\n  ".join(outcome.count.guilt))
    for kept in campaign.kept:
        print(f"\nwhat is left of it: {kept}")
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
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that nothing is left behind
    try:
        held = asyncio.run(kill_all(given.kind or list(KINDS), given.kills, given.seconds, given.lanes, seed))
    except* ServerEnded as several:
        sys.exit(f"✖ {several.exceptions[0]}")
    except* KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
