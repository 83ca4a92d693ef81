"""Behind the gate: learn what people with a role are called and which language they read.

A role given by id comes without a name, the configuration has ids only, and what the bot says by itself is to
be in the language of whoever reads it.
"""

from telegram import Update

from storage import names
from storage.names import Known

from .turn import Turn
from .words import language_of


class Meeting:
    """The handler between the gate and all others; it writes only when something is new."""

    def __init__(self) -> None:
        self._met: dict[int, Known] = {}

    async def __call__(self, update: Update, turn: Turn) -> None:
        if turn.role is None:
            return
        person = turn.person
        met = Known(name=turn.name, language=language_of(person.language_code))
        if self._met.get(person.id) == met:
            return
        database = turn.services.database
        async with database.read() as tx:
            known = await names.get(tx, person.id)
        if known != met:
            async with database.write("meeting.learn") as tx:
                await names.learn(tx, person.id, met)
        self._met[person.id] = met
