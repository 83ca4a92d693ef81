"""Incoming SMS while the program is killed and Telegram fails: `make incoming` has ten thousand."""

from pathlib import Path

from .incoming import play, told


async def test_every_sms_is_shown_once_or_once_more_and_marked(tmp_path: Path) -> None:
    outcome = await play(tmp_path, sms=150, kills=6, rate=60.0, seed="small", patience=300.0)
    assert outcome.count.guilt == [], told(outcome, 150)
    assert outcome.struck
    assert outcome.faults
