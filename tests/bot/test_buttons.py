"""A pressed button: spent before its effect, once and in time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.handlers import buttons
from bot.words import Words
from storage import drafts
from storage.db import open_database

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
GONE = "This button no longer works. Nothing was done."


@pytest.mark.parametrize("action", sorted(buttons.ACTIONS))
async def test_what_is_spent_or_too_old_has_no_effect(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(effect: Any, button: drafts.Button) -> str:
        return f"did {button.action}"

    monkeypatch.setitem(buttons.ACTIONS, action, act)
    turn = SimpleNamespace(words=Words("en", ZoneInfo("UTC")))
    async with open_database(tmp_path / "desk.db") as database, database.write() as tx:
        token = await drafts.add_button(
            tx, action=action, chat_id=1, person_id=1, subject={}, expires_at=NOON + timedelta(minutes=1)
        )
        button = await drafts.button(tx, token)

        async def pressed(now: datetime) -> str:
            effect: Any = SimpleNamespace(tx=tx, now=now, turn=turn)
            return await buttons._pressed(effect, button, token)

        assert await pressed(NOON + timedelta(minutes=1)) == GONE
        assert await pressed(NOON) == f"did {action}"
        assert await pressed(NOON) == GONE
