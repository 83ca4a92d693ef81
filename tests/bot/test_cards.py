"""Cards as people read them: what Telegram shows of each, in full, and never more than it takes."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import answers, cards, reasons
from bot.announcements import stoppable
from bot.handlers.campaigns import PAGE
from bot.keyboards import Key, Screen
from bot.words import LANGUAGES, Words
from desk.compose import Offer
from desk.money import Price
from desk.reading import Request
from desk.recipients import Audience, Dropped
from providers.errors import AuthFailed, GatewayError, NotReached, RequestRefused
from providers.gateways import ENTRIES, KINDS
from providers.model import Balance, MessageState, Quote, Reason
from providers.sms import mask, size
from sandbox.telegram.html_entities import parse_html
from sandbox.telegram.text_entities import utf16_length
from storage.accounts import Account
from storage.balances import Known
from storage.campaigns import CampaignView, Line

ZONE = ZoneInfo("Europe/Moscow")
EN, RU = Words("en", ZONE), Words("ru", ZONE)
NOON = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)  # noon in Moscow
TOKEN = "q" * 22
LIMIT = 4096  # UTF-16 units that Telegram takes, after the tags are out
_ISOLATION = re.compile("[\u2068\u2069]")
S = MessageState

NUMBERS = ("79031234500", "79161234501", "79261234502", "79261234503", "79261234504")


def read(screen: Screen) -> str:
    """What a person sees of a screen."""
    return _ISOLATION.sub("", parse_html(screen.html)[0])


def labels(screen: Screen) -> list[str]:
    return [key.label for row in screen.rows for key in row]


# The confirm card.


def offered(**changes: Any) -> Offer:
    text = changes.pop("text", "Your order is ready")
    plain = Offer(
        request=Request(),
        account_id=1,
        account="main",
        gateway="smsc",
        sender_id="ACME",
        audience=Audience(msisdns=NUMBERS[:1], dropped=()),
        text=text,
        size=size(text),
        send_at=None,
        validity=None,
        quotes=True,
        hands_over=False,
    )
    return replace(plain, **changes)


def price(cost: str | None = "2.5", balance: str | None = "100", **changes: Any) -> Price:
    refused, credit = changes.get("refused"), changes.get("credit")
    return Price(
        quote=Quote(cost=Decimal(cost), currency="RUB", refused=refused) if cost else None,
        balance=Balance(amount=Decimal(balance), currency="RUB", credit=credit) if balance else None,
        trouble=changes.get("trouble"),
        age=changes.get("age"),
    )


def offer(words: Words, what: Offer | None = None, cost: Price | None = None) -> Screen:
    return cards.offer(
        words,
        what or offered(),
        cost or price(),
        good_for=timedelta(minutes=15),
        send=TOKEN,
        dismiss=TOKEN,
    )


FULL = offered(
    audience=Audience(
        msisdns=NUMBERS,
        dropped=(
            Dropped(place=3, raw="+74951234567", why="landline"),
            Dropped(place=4, raw="8 903 123-45-00", why="duplicate"),
        ),
    ),
    text="Ваш <заказ> & счёт\nготовы",
    send_at=datetime(2026, 12, 1, 7, 0, tzinfo=UTC),
    validity=timedelta(hours=2),
    hands_over=True,
)


def test_a_full_offer_in_english() -> None:
    screen = offer(EN, FULL, price("12.5", "100"))
    assert read(screen) == (
        "Check, then send\n"
        "SMSC · account main · from ACME\n"
        "To 5 numbers: +7 903 *** 45 00, +7 916 *** 45 01, +7 926 *** 45 02 and 2 more\n"
        "Ваш <заказ> & счёт\n"
        "готовы\n"
        "UCS-2 · 1 segment each, 5 in all\n"
        "Dropped 2: +74951234567 (landline), 8 903 123-45-00 (twice)\n"
        "Cost: 12.50 RUB\n"
        "Balance: 100.00 RUB, then 87.50 RUB\n"
        "🕒 1 Dec 2026, 10:00 (Europe/Moscow): the gateway keeps it until then and can call it back\n"
        "Valid for 120 min\n"
        "This card is good for 15 min."
    )
    assert labels(screen) == ["✅ Schedule", "✖ Do not send"]


def test_a_full_offer_in_russian() -> None:
    screen = offer(RU, FULL, price("12.5", "100"))
    assert read(screen) == (
        "Проверьте и отправьте\n"
        "SMSC · аккаунт main · от ACME\n"
        "На 5 номеров: +7 903 *** 45 00, +7 916 *** 45 01, +7 926 *** 45 02 и ещё 2\n"
        "Ваш <заказ> & счёт\n"
        "готовы\n"
        "UCS-2 · по 1 части, всего 5\n"
        "Отброшено 2: +74951234567 (городской), 8 903 123-45-00 (повтор)\n"
        "Цена: 12,50 RUB\n"
        "Баланс: 100,00 RUB, останется 87,50 RUB\n"
        "🕒 1 дек. 2026, 10:00 (Europe/Moscow): до этого времени сообщение ждёт на шлюзе, "
        "его можно отозвать\n"
        "Срок жизни 120 мин\n"
        "Карточка действует 15 мин."
    )
    assert labels(screen) == ["✅ Запланировать", "✖ Не отправлять"]


def test_the_smallest_offer() -> None:
    screen = offer(EN)
    assert read(screen) == (
        "Check, then send\n"
        "SMSC · account main · from ACME\n"
        "To one number: +7 903 *** 45 00\n"
        "Your order is ready\n"
        "GSM-7 · 1 segment\n"
        "Cost: 2.50 RUB\n"
        "Balance: 100.00 RUB, then 97.50 RUB\n"
        "This card is good for 15 min."
    )
    assert screen.rows == ((Key(label="✅ Send", token=TOKEN), Key(label="✖ Do not send", token=TOKEN)),)


LATER = NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("what", "cost", "line"),
    [
        ({"sender_id": None}, price(), "from the gateway's default"),
        ({"quotes": False}, price(None), "Cost: unknown, this gateway gives no price beforehand"),
        ({}, price(None), "Cost: unknown, the gateway gave no price now"),
        ({}, price(refused=1), "The gateway would refuse one number"),
        ({}, price(refused=3), "The gateway would refuse 3 numbers"),
        ({}, price(None, "7"), "\nBalance: 7.00 RUB\n"),
        ({}, price("2.5", "2.5"), "Balance: 2.50 RUB, then 0.00 RUB"),
        ({}, price("2.5", "2.4"), "⚠ Balance: 2.40 RUB. That is not enough"),
        ({}, price("2.5", "2.4", credit=Decimal(5)), "Balance: 2.40 RUB, credit 5.00 RUB, then -0.10 RUB"),
        ({}, price("2.5", "9", age=timedelta(seconds=7)), "Balance: 9.00 RUB (7 s ago), then 6.50 RUB"),
        ({}, price("2.5", "2.4", credit=Decimal("0.09")), "That is not enough"),
        ({}, price("2.5", None), "Balance: unknown, the gateway does not answer now"),
        ({}, price(trouble=NotReached()), "⚠ The gateway cannot be reached."),
        ({}, price(trouble=RequestRefused(code="<9>", reason=Reason.REQUEST)), "refused the request (<9>)"),
        (
            {},
            price(trouble=RequestRefused(code="6", reason=Reason.TEXT, entry="smsc-send-6")),
            "⚠ SMSC refused the text or the sender ID; without a contract it also refuses advertising and "
            "bulk sending. Change the text or use a registered sender ID: from=NAME. For advertising, make a "
            "contract with SMSC.\n",
        ),
        ({"send_at": LATER, "hands_over": False}, price(), "it waits here until then"),
        ({"send_at": LATER, "hands_over": True}, price(), "the gateway keeps it until then"),
        ({"validity": timedelta(minutes=30)}, price(), "Valid for 30 min"),
        ({"text": "x" * 161}, price(), "GSM-7 · 2 segments\n"),
        ({"text": "ё" * 71}, price(), "UCS-2 · 2 segments\n"),
    ],
)
def test_what_an_offer_says_of_each_case(what: dict[str, Any], cost: Price, line: str) -> None:
    assert line in read(offer(EN, offered(**what), cost))


@pytest.mark.parametrize("absent", ["Dropped", "Valid", "🕒", "⚠", "would refuse"])
def test_an_offer_says_nothing_of_what_is_not_there(absent: str) -> None:
    assert absent not in read(offer(EN))


def test_an_offer_lists_ten_dropped_numbers_and_counts_the_rest() -> None:
    many = tuple(Dropped(place=n, raw=f"+7495000{n:04d}", why="landline") for n in range(1, 13))
    said = read(offer(EN, offered(audience=Audience(msisdns=NUMBERS, dropped=many))))
    assert "Dropped 12: +74950000001 (landline)" in said
    assert "+74950000010 (landline), and 2 more\n" in said
    assert "+74950000011" not in said


def test_no_number_is_shown_in_full() -> None:
    assert not any(number in read(offer(EN, FULL)) for number in NUMBERS)
    assert not any(number in read(cards.campaign(EN, campaign(NUMBERS), None)) for number in NUMBERS)


# The status card.


def line(msisdn: str = NUMBERS[0], state: MessageState = S.DELIVERED, **changes: Any) -> Line:
    plain = Line(id=1, msisdn=msisdn, state=state, reason=None, code=None, raw=None, entry=None, read=False)
    return replace(plain, **changes)


def campaign(
    msisdns: tuple[str, ...] = NUMBERS[:1], state: MessageState = S.SENT, **changes: Any
) -> CampaignView:
    plain = CampaignView(
        id=12,
        chat_id=1001,
        account="main",
        gateway="smsc",
        stopped=None,
        sender_id="ACME",
        text="Your order is ready",
        author="Anna",
        created_at=NOON,
        send_at=None,
        recovering=False,
        held=None,
        cancelling=False,
        segments=len(msisdns),
        counts={state: len(msisdns)},
        lines=tuple(line(msisdn, state) for msisdn in msisdns[:10]),
        cost=None,
    )
    return replace(plain, **changes)


MIXED = campaign(
    lines=(line(NUMBERS[0], read=True), line(NUMBERS[1], S.UNDELIVERED), line(NUMBERS[2], S.UNCERTAIN)),
    counts={S.UNCERTAIN: 1, S.DELIVERED: 1, S.UNDELIVERED: 1},
    cost=Decimal("7.5"),
    author="Анна <A&B>",
)


def test_a_status_card_in_english() -> None:
    screen = cards.campaign(EN, MIXED, cancel=TOKEN)
    assert read(screen) == (
        "#12 · SMSC, main · from ACME\n"
        "Your order is ready\n"
        "✔ +7 903 *** 45 00 — delivered, read\n"
        "❗ +7 916 *** 45 01 — undelivered\n"
        "❓ +7 926 *** 45 02 — uncertain\n"
        "Total 3: delivered 1 · undelivered 1 · uncertain 1\n"
        "Cost: 7.50\n"
        "Uncertain, checking: it may have been sent. It goes again only if the gateway proves that it has "
        "not got it, or if one of you says so.\n"
        "Анна <A&B>, 1 Sep 2026, 12:00 (Europe/Moscow)"
    )
    assert labels(screen) == ["📋 Copy #12", "✖ Cancel"]


@pytest.mark.parametrize("words", [EN, RU])
def test_what_no_gateway_can_prove_is_not_promised(words: Words) -> None:
    shown = {kind: read(cards.campaign(words, replace(MIXED, gateway=kind), cancel=None)) for kind in KINDS}
    proves = words("card-uncertain", proves="yes")
    assert {kind for kind, text in shown.items() if proves in text} == {
        kind for kind, one in KINDS.items() if one.capabilities.absence
    }
    assert proves not in shown["devino_rest"]


def test_a_status_card_in_russian() -> None:
    screen = cards.campaign(RU, MIXED, cancel=None)
    assert read(screen) == (
        "#12 · SMSC, main · от ACME\n"
        "Your order is ready\n"
        "✔ +7 903 *** 45 00 — доставлено, прочитано\n"
        "❗ +7 916 *** 45 01 — не доставлено\n"
        "❓ +7 926 *** 45 02 — под вопросом\n"
        "Всего 3: доставлено 1 · не доставлено 1 · под вопросом 1\n"
        "Цена: 7,50\n"
        "Под вопросом, проверяю: могло уйти. Уйдёт снова, только если шлюз докажет, что не получал его, или "
        "если так решит кто-то из вас.\n"
        "Анна <A&B>, 1 сент. 2026, 12:00 (Europe/Moscow)"
    )
    assert screen.rows == ()


@pytest.mark.parametrize(
    ("view", "said", "absent"),
    [
        (
            campaign(stopped="auth_failed", state=S.QUEUED),
            "The account is stopped, what is queued waits. The gateway refuses",
            "🕒",
        ),
        (campaign(stopped="auth_failed", state=S.DELIVERED), "delivered 1", "stopped"),
        (campaign(held="late", state=S.QUEUED), "It missed its time and waits for your word.", "stopped"),
        (campaign(cancelling=True, state=S.ACCEPTED), "Called back at the gateway", "🕒"),
        (campaign(cancelling=True, state=S.CANCELLED), "cancelled 1", "Called back"),
        (campaign(send_at=LATER, state=S.QUEUED), "🕒 2 Sep 2026, 12:00 (Europe/Moscow)", "missed"),
        (campaign(NUMBERS * 2 + NUMBERS[:1]), "Total 11: sent 11", "+7 903"),
        (campaign(sender_id=None), "from the gateway's default", "ACME"),
    ],
)
def test_what_a_status_card_says_of_each_case(view: CampaignView, said: str, absent: str) -> None:
    shown = read(cards.campaign(EN, view, None))
    assert said in shown
    assert absent not in shown


def test_a_card_explains_what_a_code_explains_once_for_neighbours() -> None:
    view = campaign(
        lines=(*BY_CODE, line(NUMBERS[3], S.REJECTED, reason=Reason.TEXT), line(NUMBERS[4])),
        counts={S.DELIVERED: 1, S.UNDELIVERED: 2, S.REJECTED: 2},
    )
    assert read(cards.campaign(EN, view, None)).splitlines()[2:-2] == [
        "❗ +7 903 *** 45 00 — undelivered",
        "❗ +7 916 *** 45 01 — undelivered",
        "The handset was off or out of coverage. Charged or not: unknown. Send again later.",
        "❗ +7 926 *** 45 02 — rejected",
        "The sender ID is not registered. Probably not charged. Use a registered one: from=NAME.",
        "❗ +7 926 *** 45 03 — rejected",
        "✔ +7 926 *** 45 04 — delivered",
    ]


def test_a_card_explains_no_message_that_has_come_to_a_good_end_after_all() -> None:
    one = line(state=S.DELIVERED, entry="smsc-err-6")
    assert "handset" not in read(cards.campaign(EN, campaign(lines=(one,)), None))


COUNTS = st.dictionaries(st.sampled_from(MessageState), st.integers(1, 10**6), min_size=1)


@pytest.mark.parametrize("words", [EN, RU], ids=LANGUAGES[::-1])
@given(counts=COUNTS)
def test_counts_add_up_to_the_total(words: Words, counts: dict[MessageState, int]) -> None:
    shown = read(cards.campaign(words, campaign(counts=counts, lines=()), None))
    total, *states = _numbers(next(one for one in shown.splitlines() if one.startswith(("Total", "Всего"))))
    assert total == sum(states) == sum(counts.values())
    assert Counter(states) == Counter(counts.values())


def _numbers(said: str) -> list[int]:
    return [
        int(found.replace(",", "").replace("\u00a0", "")) for found in re.findall(r"\d[\d,\u00a0]*", said)
    ]


@pytest.mark.parametrize("words", [EN, RU], ids=LANGUAGES[::-1])
def test_every_state_is_told_by_its_own_word(words: Words) -> None:
    """A mark alone would say nothing to who cannot see it, or to a screen reader."""
    told = set()
    for state in MessageState:
        shown = read(cards.campaign(words, campaign(state=state), None)).splitlines()
        numbered = next(one for one in shown if "45 00" in one)
        told.add(numbered.partition(" — ")[2])
        assert cards.MARKS[state] == numbered[0]
    assert len(told) == len(MessageState)
    assert all(any(char.isalpha() for char in word) for word in told)


@pytest.mark.parametrize(
    ("view", "can"),
    [
        (campaign(state=S.QUEUED, gateway="smsc"), True),
        (campaign(state=S.ACCEPTED, gateway="smsc"), False),
        (campaign(state=S.ACCEPTED, gateway="sms_pager"), True),
        (campaign(state=S.ACCEPTED, gateway="sms_pager", cancelling=True), False),
        (campaign(state=S.MODERATION, gateway="sms_pager"), True),
        (campaign(state=S.DELIVERED, gateway="sms_pager"), False),
        (campaign(counts={S.QUEUED: 1, S.DELIVERED: 3}, cancelling=True), True),
    ],
)
def test_when_a_campaign_can_be_stopped(view: CampaignView, can: bool) -> None:
    assert stoppable(view) is can


# Failures.


def failed(words: Words, *lines: Line, asked: bool = False) -> str:
    return read(cards.failed(words, campaign(), lines, asked=asked))


def test_a_failure_says_what_happened_whether_it_was_charged_and_what_to_do() -> None:
    assert failed(EN, line(state=S.UNDELIVERED, reason=Reason.UNREACHABLE, code="20", raw="<Absent>")) == (
        "#12: one message failed\n"
        "+7 903 *** 45 00 — undelivered\n"
        "The handset was off or out of coverage. Try again later. Probably charged.\n"
        "SMSC 20 <Absent>"
    )
    assert failed(RU, line(state=S.REJECTED, reason=Reason.SENDER)) == (
        "#12: не удалось 1 сообщение\n"
        "+7 903 *** 45 00 — отклонено\n"
        "Имя отправителя не зарегистрировано или не разрешено. Укажите зарегистрированное: from=ИМЯ. "
        "Скорее всего, не оплачено."
    )


@pytest.mark.parametrize(
    ("one", "asked", "said"),
    [
        (line(state=S.UNCERTAIN), False, "list of messages, then decide"),
        (line(state=S.UNCERTAIN), True, "I keep asking the gateway by our own id"),
        (line(state=S.UNCERTAIN, reason=Reason.COUNT_MISMATCH), True, "does not say which of the numbers"),
        (line(state=S.UNTRACKED), False, "It may well have arrived."),
        (line(state=S.EXPIRED), False, "Its validity period ran out"),
        (line(state=S.EXPIRED, reason=Reason.UNREACHABLE), False, "Charged or not: unknown."),
        (line(state=S.REJECTED), False, "The gateway gives no reason."),
        (
            line(state=S.REJECTED, reason=Reason.MONEY),
            False,
            "Top up, then send again. Probably not charged.",
        ),
    ],
)
def test_the_advice_for_each_kind_of_failure(one: Line, asked: bool, said: str) -> None:
    assert said in failed(EN, one, asked=asked)


BY_CODE = (
    line(NUMBERS[0], S.UNDELIVERED, reason=Reason.UNREACHABLE, code="6", raw="25", entry="smsc-err-6"),
    line(NUMBERS[1], S.UNDELIVERED, reason=Reason.UNREACHABLE, code="6", raw="25", entry="smsc-err-6"),
    line(NUMBERS[2], S.REJECTED, reason=Reason.SENDER, code="254", raw="23", entry="smsc-err-254"),
)


def test_a_failure_that_a_code_explains_in_english() -> None:
    assert failed(EN, *BY_CODE) == (
        "#12: 3 messages failed\n"
        "+7 903 *** 45 00 — undelivered\n"
        "+7 916 *** 45 01 — undelivered\n"
        "The handset was off or out of coverage. Charged or not: unknown. Send again later.\n"
        "SMSC 6 25\n"
        "+7 926 *** 45 02 — rejected\n"
        "The sender ID is not registered. Probably not charged. Use a registered one: from=NAME.\n"
        "SMSC 254 23"
    )


def test_a_failure_that_a_code_explains_in_russian() -> None:
    assert failed(RU, *BY_CODE) == (
        "#12: не удалось 3 сообщения\n"
        "+7 903 *** 45 00 — не доставлено\n"
        "+7 916 *** 45 01 — не доставлено\n"
        "Телефон был выключен или вне сети. Оплачено или нет — неизвестно. Отправьте снова позже.\n"
        "SMSC 6 25\n"
        "+7 926 *** 45 02 — отклонено\n"
        "Имя отправителя не зарегистрировано. Скорее всего, не оплачено. Укажите зарегистрированное: "
        "from=ИМЯ.\n"
        "SMSC 254 23"
    )


def test_a_doubt_in_russian() -> None:
    assert failed(RU, line(state=S.UNCERTAIN, raw="broken off"), asked=True) == (
        "#12: 1 сообщение под вопросом\n"
        "+7 903 *** 45 00 — под вопросом\n"
        "Запрос ушёл, а внятного ответа нет. Я продолжаю спрашивать шлюз по нашему номеру и показываю ответ "
        "здесь.\n"
        "SMSC: соединение оборвалось"
    )


def test_codes_that_differ_are_explained_apart_whatever_else_is_alike() -> None:
    one, other = (
        line(number, S.UNDELIVERED, reason=Reason.UNREACHABLE, code="6", entry=entry)
        for number, entry in zip(NUMBERS, ("smsc-err-6", "smsc-err-240"), strict=False)
    )
    said = failed(EN, one, other)
    assert "The handset was off" in said
    assert "The line was busy" in said


def test_doubt_is_not_called_failure() -> None:
    assert failed(EN, line(state=S.UNCERTAIN)).startswith("#12: one message is in doubt")
    both = failed(EN, line(state=S.UNCERTAIN), line(NUMBERS[1], S.REJECTED))
    assert both.startswith("#12: 2 messages failed")


def test_failures_of_one_kind_share_their_advice() -> None:
    said = failed(EN, *(line(number, S.REJECTED, reason=Reason.TEXT) for number in NUMBERS))
    assert said.count("Change the text.") == 1
    assert said.count("— rejected") == 5


def _all_different(count: int, raw: str) -> list[Line]:
    return [
        line(f"7903{n:07d}", S.UNDELIVERED, reason=Reason.OPERATOR, code=str(n), raw=raw)
        for n in range(count)
    ]


def _shown_and_hidden(said: str) -> tuple[int, int]:
    hidden = re.search(r"and (\d+) more: /status #12$", said)
    return said.count("+7 903 ***"), int(hidden[1]) if hidden else 0


@pytest.mark.parametrize("count", [1, 10, 11, 200])
def test_failures_that_are_not_listed_are_counted(count: int) -> None:
    alike = [line(f"7903{n:07d}", S.UNDELIVERED) for n in range(count)]
    for lines in (
        alike,
        _all_different(count, "no route"),
        _all_different(count, "x" * 300),
        alike[: count // 2] + _all_different(count, "x"),
    ):
        shown, hidden = _shown_and_hidden(failed(EN, *lines))
        assert shown + hidden == len(lines)
        assert 1 <= shown <= 10


def test_what_is_not_listed_gets_no_advice() -> None:
    listed = [line(f"7903{n:07d}", S.UNDELIVERED, reason=Reason.BARRED) for n in range(10)]
    said = failed(EN, *listed, line(state=S.REJECTED, reason=Reason.TEXT))
    assert "Change the text." not in said
    assert said.endswith("and 1 more: /status #12")


# Telegram's limits.


# Ten messages with the ten longest explanations there are.
LONG = tuple(
    line(f"7903{n:07d}", S.UNDELIVERED, entry=entry, code=entry, raw="x" * 500)
    for n, entry in enumerate(
        sorted(ENTRIES, key=lambda one: -len(RU(f"entry-{one}") + RU(f"entry-{one}.next")))[:10]
    )
)


WORST = ("😀", "<", "&", "\u202e", "\u2067", "ё")


@pytest.mark.parametrize("char", WORST)
@pytest.mark.parametrize("words", [EN, RU], ids=LANGUAGES[::-1])
def test_the_worst_card_of_each_kind_fits(words: Words, char: str) -> None:
    junk = tuple(Dropped(place=n, raw=char * 500, why="malformed") for n in range(200))
    worst = offered(
        text=char * 2000,
        account=char * 64,
        sender_id=char * 32,
        audience=Audience(msisdns=NUMBERS * 200, dropped=junk),
        send_at=LATER,
        validity=timedelta(days=3),
    )
    everything = dict.fromkeys(MessageState, 999_999)
    view = campaign(
        NUMBERS * 2,
        S.MODERATION,
        text=char * 2000,
        author=char * 128,
        account=char * 64,
        sender_id=char * 32,
        stopped="account_blocked",
        send_at=LATER,
        held="late",
        cost=Decimal(10**9),
    )
    full = replace(view, counts=everything, lines=(), cancelling=True)
    named = tuple(replace(one, name=char * 64) for one in LONG)
    screens = [
        offer(words, worst, price("12345678.1234", "1", trouble=AuthFailed(), refused=1000)),
        cards.campaign(words, view, TOKEN),
        cards.campaign(words, full, TOKEN),
        cards.campaign(
            words, replace(view, counts=dict.fromkeys(list(MessageState)[:10], 1), lines=named), TOKEN
        ),
        cards.failed(words, view, named, asked=False),
        cards.failed(words, view, _all_different(200, char * 5000), asked=False),
        cards.failed(words, view, [line(state=S.UNCERTAIN, code=str(n)) for n in range(200)], asked=False),
        cards.recent(words, [full] * PAGE, role="admin"),
    ]
    for screen in screens:
        text, entities = parse_html(screen.html)
        assert utf16_length(text) <= LIMIT
        assert len(entities) <= 100


def test_a_name_stands_before_its_number_cut_where_it_is_long() -> None:
    assert cards.called(NUMBERS[0], None) == cards.called(NUMBERS[0], "") == mask(NUMBERS[0])
    assert cards.called(NUMBERS[0], "Анна") == f"Анна · {mask(NUMBERS[0])}"
    assert cards.called(NUMBERS[0], "x" * 25) == f"{'x' * 24}… · {mask(NUMBERS[0])}"
    assert cards.called(NUMBERS[0], "\u05d0") == f"\u2068\u05d0\u2069 · {mask(NUMBERS[0])}"


def test_a_long_text_is_shown_cut_and_says_so() -> None:
    assert cards.shown_text("x" * 700) == "x" * 700
    assert cards.shown_text("x" * 701) == "x" * 700 + "…"


BIDI = st.text(st.sampled_from("ab\u2066\u2067\u2068\u2069\u202a\u202b\u202d\u202e\u202c"), max_size=30)


@given(typed=BIDI)
def test_direction_marks_cannot_reach_out_of_a_name(typed: str) -> None:
    """Isolates nest: one that ends within the name, or not at all, would turn what stands after it."""
    depth = 0
    shown = cards.isolated(typed)
    if not re.search("[^ab]", typed):
        assert shown == typed  # nothing to keep inside
        return
    for at, char in enumerate(shown):
        depth += char in "\u2066\u2067\u2068"
        depth -= char == "\u2069"
        assert (depth == 0) == (at == len(shown) - 1)
    assert shown.replace("\u2068", "").replace("\u2069", "") == re.sub("[\u2066-\u2069]", "", typed)


# The other answers.


def account(**changes: Any) -> Account:
    plain = Account(
        id=7,
        name="main",
        gateway="smsc",
        sender_id="ACME",
        login_tail="me",
        sealed="",
        stopped=None,
        provisioned=False,
    )
    return replace(plain, **changes)


def test_accounts_show_their_state_and_the_stopped_one_its_button() -> None:
    stopped = account(id=8, name="spare & co", stopped="insufficient_funds", sender_id=None)
    screen = cards.account_list(EN, [account(), stopped], {8: TOKEN})
    assert read(screen) == (
        "Accounts of this chat\n"
        "main · SMSC · login …me · from ACME · works\n"
        "spare & co · SMSC · login …me · from the gateway's default · "
        "stopped. There is no money at the gateway. Top up, then press ▶ Resume."
    )
    assert labels(screen) == ["▶ Resume spare & co"]
    assert read(cards.account_list(EN, [], {})).startswith("No gateway is connected")


def test_balances_show_money_credit_and_trouble() -> None:
    now = Known(balance=Balance(amount=Decimal("10.5"), currency="RUB"), at=NOON)
    before = Known(
        balance=Balance(amount=Decimal(0), credit=Decimal(50)), at=NOON - timedelta(minutes=3, seconds=50)
    )
    rows: list[tuple[Account, Known | None, GatewayError | None]] = [
        (account(), now, None),
        (account(name="b"), before, NotReached()),
        (account(name="c"), None, AuthFailed(code="2")),
    ]
    assert read(answers.balances(EN, rows, NOON)) == (
        "Balance\n"
        "main · SMSC: 10.50 RUB (now)\n"
        "b · SMSC: 0.00, credit 50.00 (3 min ago). It gives no balance at the moment. "
        "The gateway cannot be reached. Try again later.\n"
        "c · SMSC: unknown. The gateway refuses login or password (or our address). "
        "Check them and /connect again."
    )
    assert "b · SMSC: 0,00, кредит 50,00 (3 мин назад)" in read(answers.balances(RU, rows, NOON))


@pytest.mark.parametrize(
    ("span", "en", "ru"),
    [
        (timedelta(), "now", "сейчас"),
        (timedelta(seconds=-2), "now", "сейчас"),
        (timedelta(seconds=59), "59 s ago", "59 с назад"),
        (timedelta(minutes=59, seconds=59), "59 min ago", "59 мин назад"),
        (timedelta(hours=47), "47 h ago", "47 ч назад"),
        (timedelta(days=2), "2 days ago", "2 дня назад"),
        (timedelta(days=21), "21 days ago", "21 день назад"),
    ],
)
def test_ages_in_words(span: timedelta, en: str, ru: str) -> None:
    assert (EN.age(span), RU.age(span)) == (en, ru)


def test_recent_campaigns_are_one_line_each() -> None:
    said = read(cards.recent(EN, [campaign(text="x" * 41), campaign()], role="admin"))
    assert said.splitlines()[1] == f"#12 · 1 Sep 2026, 12:00 (Europe/Moscow) · sent 1 · {'x' * 40}…"
    assert read(cards.recent(EN, [], role="admin")).startswith("Nothing has been sent")


def test_a_text_of_several_lines_is_one_line_among_the_recent() -> None:
    said = read(cards.recent(EN, [campaign(text="one\ntwo\r\n\nthree")], role="admin"))
    assert said.splitlines()[1:] == ["#12 · 1 Sep 2026, 12:00 (Europe/Moscow) · sent 1 · one two three"]


def test_a_stopped_account_says_what_waits_and_what_was_not_sent() -> None:
    screen = cards.account_stopped(
        EN, name="main", gateway="smsc", trouble=EN("trouble-auth_failed"), waiting=3, resume=TOKEN
    )
    assert "3 messages wait in the queue; nothing of them was sent." in read(screen)
    assert labels(screen) == ["▶ Resume main"]


def test_a_stopped_account_in_full() -> None:
    why = reasons.trouble(RU, "account_blocked", "4", "smsc-send-4")
    screen = cards.account_stopped(RU, name="main", gateway="smsc", trouble=why, waiting=2, resume=TOKEN)
    assert read(screen) == (
        "⏸ Аккаунт main (SMSC) остановлен. SMSC на время закрыл доступ с нашего адреса из-за частых ошибок. "
        "Подождите полчаса и нажмите ▶ Возобновить в /accounts. Если повторится, обратитесь в поддержку "
        "SMSC. В очереди ждут 2 сообщения; они не отправлены."
    )


def test_a_late_campaign_asks() -> None:
    screen = cards.late(EN, 12, NOON, release="release", cancel="cancel")
    assert read(screen).endswith("It has not left. Send it now?")
    assert [(key.label, key.token) for key in screen.rows[0]] == [
        ("✅ Send now", "release"),
        ("✖ Cancel", "cancel"),
    ]


@pytest.mark.parametrize(
    ("words", "count", "says", "label"),
    [
        (EN, 1, "By its recipient's clock 1 Sep 2026, 09:00 may be past", "✅ Hand over"),
        (
            EN,
            3,
            "Each goes when its recipient's clock shows the time, and at once if it has.",
            "✅ Hand over",
        ),
        (RU, 1, "1 сообщение не удалось вовремя передать в Devino REST. Оно не ушло.", "✅ Передать"),
        (RU, 3, "3 сообщения не удалось вовремя передать в Devino REST. Они не ушли.", "✅ Передать"),
        (RU, 5, "5 сообщений не удалось вовремя передать в Devino REST. Они не ушли.", "✅ Передать"),
    ],
)
def test_what_the_gateway_did_not_get_in_time_asks_whether_to_hand_it_over(
    words: Words, count: int, says: str, label: str
) -> None:
    there = "devino_rest"
    screen = cards.late(words, 12, NOON, release="release", cancel="cancel", missed=count, there=there)
    assert says in read(screen)
    assert screen.rows[0][0].label == label


def test_a_screen_survives_the_outbox() -> None:
    screen = offer(EN, FULL)
    assert Screen.from_json(screen.as_json()) == screen
    asking = Screen(html=EN("connect-which"), ask="?", rows=((Key(label="x", url="https://t.me/x"),),))
    assert Screen.from_json(asking.as_json()) == asking
