"""Feed every parser a great number of spoilt replies: `make nightly`. It takes too long for the test suite.

A line an operation. What breaks is printed with its body, and the same seed finds it again. The exit code is
1 then, and 0 if nothing but our own errors came out and no reply took longer than the watchdog allows.
"""

import argparse
import asyncio
import os
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random

from tests.providers.exchanges import METHODS
from tests.providers.mutations import spoilt, survives, watchdog


def feed(place: int, *, mutations: int, seed: str) -> tuple[str, bool]:
    """What came of one line of METHODS, in words, and whether all went well."""
    exchange = METHODS[place]
    random = Random(f"{seed} {exchange.name}")  # noqa: S311 - of test data
    others = [one.good.body for one in METHODS]
    refused, started = 0, time.perf_counter()

    async def all_of_them() -> str | None:
        nonlocal refused
        with watchdog() as start:
            for number in range(mutations):
                response = spoilt(exchange.good, random, others)
                start()
                try:
                    refused += await survives(exchange, response) is not None
                except BaseException as error:  # noqa: BLE001 - whatever it is, it is what was looked for
                    return f"{type(error).__name__}: {error} in mutation {number}: {response.body!r}"
        return None

    broken = asyncio.run(all_of_them())
    seconds = time.perf_counter() - started
    tally = broken or f"{mutations} replies, {refused} refused, {seconds:.1f} s"
    return f"{exchange.name}: {tally}", broken is None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="words that the name of an operation must have: smsc submit")
    parser.add_argument("--mutations", type=int, default=100_000, help="replies an operation")
    parser.add_argument("--seed", default=secrets.token_hex(4))
    asked = parser.parse_args()
    places = [place for place, one in enumerate(METHODS) if all(word in one.name for word in asked.only)]
    print(f"seed {asked.seed}, {len(places)} operations", flush=True)
    whole = bool(places)
    started = time.perf_counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for line, well in pool.map(partial(feed, mutations=asked.mutations, seed=asked.seed), places):
            print(line, flush=True)
            whole = whole and well
    print(f"{time.perf_counter() - started:.0f} s", "and all survived" if whole else "AND SOMETHING BROKE")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
