"""Named points the program passes: where a test kills, stops or breaks it to see what survives.

Every write passes three (`Database.write`): `<name> begun`, `<name> done` when its statements have run, and
`<name> committed`. Every call to a gateway or to Telegram in the workers passes two: `<name> asks` and
`<name> answered`. In production nothing happens at any of them.
"""

from collections.abc import Callable

_armed: Callable[[str], None] | None = None


def fault(point: str) -> None:
    """Pass a point."""
    if _armed is not None:
        _armed(point)


def arm(strike: Callable[[str], None] | None) -> None:
    """Have `strike` called with the name of every point passed from now on; None: no longer."""
    global _armed
    _armed = strike
