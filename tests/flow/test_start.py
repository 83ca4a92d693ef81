"""What keeps the bot from starting, in words, before anything can go wrong in the middle."""

import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.app import CannotStart, build

from .desk import Stands, working


async def test_a_missing_key_is_found_at_the_start_and_named(world: Stands, tmp_path: Path) -> None:
    settings = world.settings(tmp_path)
    async with working(settings):
        await world.connect("smsc")
    settings.security.key_file.write_bytes(Fernet.generate_key())
    with pytest.raises(CannotStart, match=r"no key opens accounts/1: .* \(smsc, smsc\)"):
        async with working(settings):
            pass
    settings.security.key_file.unlink()
    with pytest.raises(CannotStart, match=r"smsdesk.key is missing, and the database beside it needs it"):
        async with working(settings):
            pass
    assert list(tmp_path.glob("*.key")) == []  # noqa: ASYNC240 - a new key would hide that the old one is gone


async def test_one_of_us_is_told_why_a_forwarded_command_did_nothing(desk: Stands) -> None:
    forwarded = {"type": "hidden_user", "sender_user_name": "Bo", "date": 1}
    said = desk.chat.say(desk.anna, "/balance", forward_origin=forwarded)
    answer = await desk.answer(said.id)
    assert answer.text.startswith("I only take commands that you write here yourself.")


async def test_the_clock_is_watched_over_the_time_in_which_the_machine_slept(
    world: Stands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept, awake = [0.0], time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda which: awake(which) + slept[0])
    async with build(world.settings(tmp_path)) as bot:
        assert not await bot.clock_watch.look()
        slept[0] += 3600  # and the clock on the wall stood still meanwhile: it has been set back
        assert await bot.clock_watch.look()
