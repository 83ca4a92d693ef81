"""What came of a run, counted: the journals of the gateways are the truth, the database is the accused.

The names I1 to I20 are those of `docs/reliability.md`.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, fields

from providers.gateways import KINDS
from sandbox.telegram import Message

from .scenarios import STOPPED, Order, Story
from .world import World

AT_GATEWAY = {"accepted", "in_moderation", "sent", "delivered", "undelivered", "untracked"}
NOT_SENT = {"queued", "rejected", "cancelled", "skipped"}
DECIDED = {"assumed_sent", "abandoned"}  # by a person, and no person of ours does
LOUD = {"uncertain", "untracked", "undelivered", "rejected"}  # what somebody must be told of
REPEATS = ("(repeat) ", "(повтор) ")
SURE = "⚠ #"  # the question that follows 🔁
IN_DOUBT = " in doubt\n"  # the first line of a card that shows a doubt


@dataclass(kw_only=True)
class Count:
    """Figures that add up over runs. All but the first five must be 0."""

    orders: int = 0
    recipients: int = 0
    acceptances: int = 0
    doubts: int = 0  # messages that were UNCERTAIN at some time
    doubts_left: int = 0  # and at the end
    duplicates: int = 0
    lost: int = 0
    false_accepted: int = 0
    false_rejected: int = 0
    doubts_unsettled: int = 0  # left although the gateway can be asked by our own id
    wrong: list[str] = field(default_factory=list)  # everything else that must not be, in words

    def __iadd__(self, other: "Count") -> "Count":
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))
        return self

    @property
    def guilt(self) -> list[str]:
        """What must not be, in words; empty: all is well."""
        zeros = ("duplicates", "lost", "false_accepted", "false_rejected", "doubts_unsettled")
        return [f"{name}: {getattr(self, name)}" for name in zeros if getattr(self, name)] + self.wrong


@dataclass(frozen=True, slots=True)
class Row:
    """A message as the database has it."""

    campaign_id: int
    state: str
    accepted: bool  # it has been at the gateway, as far as we know


def judge(story: Story, crashes: int) -> Count:
    """Count one run that has come to rest after the program was ended so often without a word."""
    world = story.world
    rows = _rows(world)
    accepted, cancelled = world.journal("accepted"), world.journal("cancelled")
    ordered = {
        (order.text, number.removeprefix("+")): order
        for order in story.orders
        if order.wish != "dismiss"
        for number in order.numbers
    }
    count = Count(
        orders=len({order.text for order in ordered.values()}),
        recipients=len(ordered),
        acceptances=accepted.total(),
        doubts=world.count("SELECT count(*) FROM events WHERE told = 'uncertain' AND moved"),
        doubts_left=sum(row.state == "uncertain" for found in rows.values() for row in found),
        duplicates=sum(max(0, times - 1 - story.ordered_again(key[0])) for key, times in accepted.items()),
    )
    for key in ordered:
        _judge_message(count, ordered[key], rows.get(key, []), accepted[key], cancelled[key], world.kind)
    count.wrong += [f"nobody ordered {key}" for key in accepted.keys() - ordered.keys()]
    count.wrong += [f"nobody ordered {key}" for key in rows.keys() - ordered.keys()]
    count.wrong += _too_many_doubts(count, world.kind, story.orders, crashes + story.lost_answers)
    count.wrong += [*_unfinished(story), *_cards(world), *_untold(world)]
    count.wrong += _repeats(story, crashes)
    return count


def _rows(world: World) -> dict[tuple[str, str], list[Row]]:
    """The messages of the ledger by text and MSISDN."""
    found: dict[tuple[str, str], list[Row]] = {}
    with world.looking() as connection:
        for row in connection.execute(
            "SELECT coalesce(m.text, c.text) AS text, m.msisdn, m.campaign_id, m.state,"
            " m.accepted_at IS NOT NULL AS accepted FROM messages m JOIN campaigns c ON c.id = m.campaign_id"
        ):
            message = Row(row["campaign_id"], row["state"], bool(row["accepted"]))
            found.setdefault((row["text"], row["msisdn"]), []).append(message)
    return found


def _judge_message(
    count: Count, order: Order, rows: list[Row], accepted: int, cancelled: int, kind: str
) -> None:
    """I1, I2, I3 for one recipient of one order.

    What was to be sent is at the gateway or in doubt: no stand-in here refuses a number for good, so the
    ledger's word that it was refused, or was too late, is no excuse.
    """
    if not rows:
        count.lost += 1
        return
    if len(rows) > 1:
        count.wrong.append(f"I7: one order became {len(rows)} campaigns")
    state = rows[0].state
    at_gateway = state in AT_GATEWAY or (state in {"expired", "cancelled"} and rows[0].accepted)
    if not accepted and at_gateway:
        count.false_accepted += 1
        count.lost += 1
    elif not accepted and order.wish == "send" and state != "uncertain":
        count.lost += 1
    if state in DECIDED:
        count.wrong.append(f"nobody decided that a message is {state}")
    if accepted > cancelled and state in NOT_SENT:
        count.false_rejected += 1
    if state == "uncertain" and KINDS[kind].capabilities.lookup_by_ref:
        count.doubts_unsettled += 1


def _too_many_doubts(count: Count, kind: str, orders: list[Order], crashes: int) -> list[str]:
    """A crash leaves in doubt what is on the wire: no more than so many requests of one order."""
    largest = max((len(order.numbers) for order in orders), default=0)
    can = KINDS[kind].capabilities
    bound = crashes * can.in_flight * min(largest, can.batch_max)
    return [f"{count.doubts} doubts after {crashes} crashes"] if count.doubts > bound else []


def _unfinished(story: Story) -> list[str]:
    """I4, I5, I8: nothing is left open, nothing was parked, the sums hold and the file is sound."""
    world = story.world
    sizes = Counter({order.text: len(order.numbers) for order in story.orders if order.wish != "dismiss"})
    with world.looking() as connection:
        wrong = [
            f"{words}: {found}"
            for words, query in (
                (
                    "updates not handled",
                    f"SELECT count(*) - {story.damaged} FROM updates WHERE state != 'handled'",  # noqa: S608 - a number
                ),
                ("attempts open", "SELECT count(*) FROM attempts WHERE ended_at IS NULL"),
                (
                    "I5: more than one live attempt",
                    "SELECT count(*) FROM (SELECT 1 FROM attempt_messages WHERE live"
                    " GROUP BY message_id HAVING count(*) > 1)",
                ),
                ("foreign keys broken", "SELECT count(*) FROM pragma_foreign_key_check"),
            )
            if (found := connection.execute(query).fetchone()[0])
        ]
        for text, size in connection.execute(
            "SELECT coalesce(m.text, c.text), count(m.id) FROM campaigns c"
            " LEFT JOIN messages m ON m.campaign_id = c.id GROUP BY c.id, coalesce(m.text, c.text)"
        ):
            if sizes[text] != size:
                wrong.append(f"I4: {text} has {size} messages instead of {sizes[text]}")
        told = [row[0] for row in connection.execute("SELECT text FROM inbound")]
        if sorted(told) != sorted(story.incoming):
            wrong.append(f"I8: {len(story.incoming)} SMS came in, {len(told)} are here")
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    return wrong if sound == "ok" else [*wrong, f"the file is damaged: {sound}"]


def _cards(world: World) -> list[str]:
    """I10: every card shows where its messages stand."""
    wrong = []
    with world.looking() as connection:
        cards = connection.execute("SELECT campaign_id, chat_id, message_id FROM cards").fetchall()
        for campaign_id, chat_id, message_id in cards:
            stands = dict(
                connection.execute(
                    "SELECT state, count(*) FROM messages WHERE campaign_id = ? GROUP BY state",
                    (campaign_id,),
                ).fetchall()
            )
            chat = next(chat for chat in world.telegram.chats if chat.id == chat_id)
            card = None if message_id is None else chat.find(message_id)
            if card is None and chat.messages[message_id - 1].deleted and stands.keys() == {"uncertain"}:
                continue  # somebody deleted it, and nothing new has come up since
            if card is None or _shown(card) != stands:
                wrong.append(f"I10: card {campaign_id} shows {card and card.text!r} of {stands}")
    return wrong


def _untold(world: World) -> list[str]:
    """I9: of what went wrong, or may have, a notice of its own is in the chat."""
    with world.looking() as connection:
        wrong = {
            (row["campaign_id"], row["chat_id"])
            for row in connection.execute(
                "SELECT campaign_id, chat_id, state FROM messages m JOIN campaigns c ON c.id = m.campaign_id"
            )
            if row["state"] in LOUD
        }
    chats = {chat.id: chat for chat in world.telegram.chats}
    return [
        f"I9: nobody was told what became of #{campaign_id}"
        for campaign_id, chat_id in wrong
        if not any(_tells_of(one.text, campaign_id) for one in chats[chat_id].bot_messages)
    ]


def _tells_of(text: str, campaign_id: int) -> bool:
    return re.search(rf"(?m)^(\(repeat\) )?[^\w(]*#{campaign_id}: ", text) is not None


def _shown(card: Message) -> dict[str, int]:
    """What a card says: `Total 5: delivered 4 · undelivered 1`."""
    total = re.search(r"Total \d+: (.*)", card.text)
    counts = re.findall(r"([a-z ]+) (\d+)", total[1]) if total else []
    return {state.strip().replace(" ", "_"): int(number) for state, number in counts}


def _repeats(story: Story, crashes: int) -> list[str]:
    """I9: what is said is said once, but for repeats that say so where a crash explains them."""
    world = story.world

    def most_of(text: str) -> int:
        if text.startswith(SURE):
            return max(1, story.decisions_begun)
        if text.endswith(STOPPED):  # the notice, and the answers in the same words
            return 1 + story.refused
        # What is sent again may come to be in doubt again, within the same minute and in the same words.
        return 1 + story.ordered_again() if IN_DOUBT in text else 1

    said: Counter[tuple[int, str]] = Counter()
    marked = 0
    for chat in world.telegram.chats:
        for message in chat.messages:
            if message.sender == "bot":
                first = message.edits[0] if message.edits else message.text
                marked += first.startswith(REPEATS)
                said[chat.id, first] += 1
    wrong = [
        f"I9: said {times} times: {text!r}"
        for (_, text), times in said.items()
        if times > most_of(text) and not text.startswith(REPEATS)
    ]
    # Chats are served side by side, so that a crash may find one message on its way in each.
    most = crashes * len(world.telegram.chats)
    return wrong if marked <= most else [*wrong, f"I9: {marked} repeats after {crashes} crashes"]
