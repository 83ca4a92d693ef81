"""A card that is sent anew may be in the chat already when the program dies: the next one says so."""

from pathlib import Path

from .play import Kill, Run, play, server
from .scenarios import deleted


async def test_a_card_sent_anew_at_a_crash_comes_once_or_says_that_it_is_a_repeat(tmp_path: Path) -> None:
    played = tmp_path / "played"
    played.mkdir()
    # The confirm card, the answer to /cancel, and the card that was deleted.
    run = Run(scenario=deleted, kind="smsc", kills=[Kill(on="shown", hit=3)])
    async with server(tmp_path / "server.log") as process:
        outcome = await play(run, played, None, process)
    assert outcome.struck == ["message shown, not answered"]
    assert outcome.count.guilt == []
    assert outcome.transcript.count("(repeat) #1") == 1
