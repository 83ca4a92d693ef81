"""A campaign to many, killed five times: the ledger ends with what the gateway has. See `make big`."""

from pathlib import Path

from .big import kill_big

RECIPIENTS, KILLS = 6000, 5


async def test_u55_a_campaign_killed_five_times_ends_with_what_the_gateway_has(tmp_path: Path) -> None:
    found = await kill_big(tmp_path, RECIPIENTS, KILLS, latency=0.1)
    assert found.lives == KILLS + 1
    assert found.faults
    assert found.left_behind == []
    assert (found.twice, found.at_gateway) == (0, len(found.accepted))
    assert found.right
