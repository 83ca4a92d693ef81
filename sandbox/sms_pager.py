"""The stand-in of SMS-Pager (HTTPS::XML): send, report, balance, cancel; from the manual (seed 002)."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4
from zoneinfo import ZoneInfo

from aiohttp import web
from lxml import etree

from sandbox.account import Account, Clock, Message, Sms
from sandbox.calls import NOT_FOUND, TOO_MANY_REQUESTS, Call, Parameters, Reply
from sandbox.faults import Faults, Refusal
from sandbox.handset import FINAL, Stage, refused_at_submission
from sandbox.journal import Journal
from sandbox.segments import count_segments
from sandbox.sms_pager_replies import CONTENT_TYPE, Fields, Sending, listing, render, report
from sandbox.stand import Stand

GATEWAY = "sms_pager"
SMSID_MAX = 21
DATETIME = "%Y-%m-%d %H:%M:%S"
IDS = re.compile(rb"<smsid>(?P<id>[^<]*)</smsid>")
DONE: Fields = {"code": "1", "descr": "Операция успешно завершена"}


class PagerError(Exception):
    """A refusal: `code` of seed 002, or of the newer dialect where the sheet says so, and its text."""

    def __init__(self, code: str, descr: str) -> None:
        super().__init__(f"{code} {descr}")
        self.code = code
        self.descr = descr


PARAMETERS_MISSING = PagerError("500", "Недостаточно переданных параметров")
WRONG_PASSWORD = PagerError("501", "Неверная пара логин/пароль")
SMSID_TOO_LONG = PagerError("502", "Превышен размер smsid. Максимальный размер 21 символ")
BAD_DATETIME = PagerError("503", "Неверный формат datetime. Верный: yyyy-mm-dd HH:MM:SS")
BAD_SOURCE = PagerError("504", "Недопустимое значение Адреса отправителя")
# The manual has no number for these three; the newer dialect of the same platform has (sheet, section 7).
NO_RECIPIENTS = PagerError("510", "Нет получателей")
REFUSALS = {
    "auth": WRONG_PASSWORD,
    "no_money": PagerError("516", "Недостаточно средств"),
    "blocked": PagerError("511", "Аккаунт заблокирован"),
}


class SmsPagerServer(Stand):
    """`timezone`: the account's own, in which `datetime` is written and read; `recipient_zone`: where every
    recipient lives, for `regionalTime`; the rest is explained in `account`.

    Operations in `requests`: `send report balance cancel`; the parameters are the elements by name, `to` a
    list of `{"number": ..., "text": ...}`.
    """

    def __init__(
        self,
        login: str = "demo",
        password: str = "demo-password",  # nosec B107  # noqa: S107 - of the demo
        balance: Decimal | str = "1000.00",
        price: Decimal | str = "2.50",
        journal: Journal | None = None,
        faults: Faults | None = None,
        pace: float = 0.0,
        clock: Clock | None = None,
        *,
        timezone: str = "Europe/Moscow",
        recipient_zone: str = "Europe/Moscow",
        latency: float = 0.0,
    ) -> None:
        account = Account(
            login=login,
            password=password,
            balance=balance,
            price=price,
            journal=journal,
            pace=pace,
            clock=clock,
        )
        super().__init__(self._route, account, faults, latency)
        self._zone = ZoneInfo(timezone)
        self._recipient_zone = ZoneInfo(recipient_zone)
        self._sendings: list[Sending] = []
        self._paid_if_delivered: list[Message] = []  # taken at once, given back when it ends otherwise

    @property
    def url(self) -> str:
        """Base of `send.xml` and the others, with the slash."""
        return f"{self.origin}/"

    async def _route(self, request: web.Request) -> Call:
        body = await request.read()
        operation = request.path.strip("/").removesuffix(".xml")
        acts: dict[str, Callable[[Parameters], Reply]] = {
            "send": self._send,
            "report": self._report,
            "balance": self._balance,
            "cancel": self._cancel,
        }
        if request.method != "POST" or operation not in acts:
            return Call(operation, {}, NOT_FOUND.content_type, lambda: NOT_FOUND, lambda _: NOT_FOUND)
        try:
            parameters = read(body)
        except PagerError as error:
            reply = _refusal(error)
            return Call(operation, {}, CONTENT_TYPE, lambda: reply, _refuse)
        act = partial(self._act, acts[operation], parameters)
        return Call(operation, parameters, CONTENT_TYPE, act, _refuse, IDS)

    def _act(self, act: Callable[[Parameters], Reply], parameters: Parameters) -> Reply:
        try:
            self._check_login(parameters)
            self._settle()
            return act(parameters)
        except PagerError as error:
            return _refusal(error)

    def _check_login(self, parameters: Parameters) -> None:
        login, password = parameters.get("login"), parameters.get("password")
        if not login or not password:
            raise PARAMETERS_MISSING
        if (login, password) != (self.account.login, self.account.password):
            raise WRONG_PASSWORD

    def _send(self, parameters: Parameters) -> Reply:
        """A dry run or the real thing; all but the word `check` is the real thing, a misspelt `check` too."""
        smsid = parameters.get("smsid", "")
        source = parameters.get("source") or self.account.default_sender
        if not parameters.get("text") or not parameters["to"]:
            raise PARAMETERS_MISSING
        if len(smsid) > SMSID_MAX:
            raise SMSID_TOO_LONG
        send_at = self._send_at(parameters.get("datetime"), regional=parameters.get("regionalTime") == "1")
        if not self.account.approves(source):
            raise BAD_SOURCE
        recipients = [
            (number, to["text"] or parameters["text"])
            for to in parameters["to"]
            if (number := normalise(to["number"])) is not None
        ]
        if not recipients:
            raise NO_RECIPIENTS
        dry = parameters.get("action") == "check"
        given = smsid or uuid4().hex  # the platform's own ids are longer than ours may be
        batch = self._affordable(recipients, source, given)
        if not dry:
            self._accept(
                batch,
                smsid,
                given,
                source,
                parameters["text"],
                send_at,
                only_delivered=parameters.get("onlydelivery") == "1",
            )
        segments = sum(sms.segments for sms in batch)
        return render(
            DONE
            | ({} if dry and not smsid else {"smsid": given})
            | {
                "datetime": self._local(send_at or self.account.now()),
                "action": "check" if dry else "send",
                "allRecivers": str(len(recipients)),
                "colSendAbonent": str(len(batch)),
                # The manual prints this one value with blanks around it, in the sample and in the table.
                "colNonSendAbonent": f" {len(recipients) - len(batch)} ",
                "priceOfSending": str(self.account.price * segments),
                "colsmsOfSending": str(segments),
                "price": str(self.account.price),
            }
        )

    def _affordable(self, recipients: Sequence[tuple[str, str]], source: str, smsid: str) -> list[Sms]:
        """Who will get it: not the refused numbers, nor those for whom the money does not reach."""
        batch, left = [], self.account.balance
        for number, text in recipients:
            segments = count_segments(text)
            if refused_at_submission(number) or self.account.price * segments > left:
                continue
            left -= self.account.price * segments
            batch.append(
                Sms(msisdn=number, text=text, sender=source, segments=segments, gateway_ids=(smsid,))
            )
        return batch

    def _accept(
        self,
        batch: list[Sms],
        ref: str,
        given: str,
        source: str,
        text: str,
        send_at: datetime | None,
        *,
        only_delivered: bool,
    ) -> None:
        request_id = uuid4().hex
        messages = self.account.accept(
            GATEWAY, batch, ref=ref or None, send_at=send_at, request_id=request_id
        )
        self._sendings.append(
            Sending(
                system_id=str(10_000_001 + len(self._sendings)),
                smsid=given,
                at=send_at or self.account.now(),
                text=text,
                source=source,
                messages=tuple(messages),
                only_delivered=only_delivered,
            )
        )
        if only_delivered:
            self._paid_if_delivered += messages

    def _settle(self) -> None:
        """Give back what was taken for messages of `onlydelivery` that have failed since."""
        for message in [m for m in self._paid_if_delivered if self.account.stage(m) in FINAL]:
            self._paid_if_delivered.remove(message)
            if self.account.stage(message) not in {
                Stage.DELIVERED,
                Stage.CANCELLED,
            }:  # that is paid back already
                self.account.balance += self.account.price * message.accepted.segments

    def _report(self, parameters: Parameters) -> Reply:
        """With `smsid` the numbers by state; without it the sendings of a period."""
        smsid = parameters.get("smsid")
        if smsid:
            found = [
                sending
                for sending in (self._sendings if self.account.sees() else ())
                if smsid in (sending.smsid, sending.system_id)
            ]
            return report(
                DONE, found, smsid, stage=self.account.stage, local=self._local, price=self.account.price
            )
        start, stop = (
            self._bound(parameters.get("start")),
            self._bound(parameters.get("stop"), end_of_day=True),
        )
        found = [
            sending
            for sending in self._sendings
            if (start is None or sending.at >= start) and (stop is None or sending.at <= stop)
        ]
        return listing(DONE, found, stage=self.account.stage, local=self._local, price=self.account.price)

    def _balance(self, _: Parameters) -> Reply:
        return render(DONE | {"account": str(self.account.balance)})

    def _cancel(self, parameters: Parameters) -> Reply:
        """What is still here is cancelled. The manual is silent on an unknown id: here it finds nothing."""
        smsid = parameters.get("smsid")
        if not smsid:
            raise PARAMETERS_MISSING
        messages: list[Message] = [
            message
            for sending in self._sendings
            if smsid in (sending.smsid, sending.system_id)
            for message in sending.messages
            if self.account.cancellable(message)
        ]
        dry = parameters.get("action") == "check"
        if not dry:
            self.account.cancel(messages, request_id=uuid4().hex)
        return render(DONE | {"action": "check" if dry else "make", "cancelCol": str(len(messages))})

    def _send_at(self, written: str | None, *, regional: bool) -> datetime | None:
        """Local time, the account's or the recipient's, as an instant; None: no date, or a past one."""
        if not written:
            return None
        try:
            local = datetime.strptime(written, DATETIME)
        except ValueError:
            raise BAD_DATETIME from None
        zone = self._recipient_zone if regional else self._zone
        instant = local.replace(tzinfo=zone).astimezone(UTC)
        return instant if instant > self.account.now() else None

    def _bound(self, written: str | None, *, end_of_day: bool = False) -> datetime | None:
        """A bound of a period, with or without the time of day; absent and all zeros are none."""
        if not written or written.startswith("0000-00-00"):
            return None
        try:
            local = datetime.fromisoformat(written).replace(tzinfo=self._zone)
        except ValueError:
            raise BAD_DATETIME from None
        whole_day = timedelta(days=1, microseconds=-1) if end_of_day and ":" not in written else timedelta()
        return (local + whole_day).astimezone(UTC)

    def _local(self, instant: datetime) -> str:
        return instant.astimezone(self._zone).strftime(DATETIME)


def read(body: bytes) -> Parameters:
    """The elements of a request. PagerError 70x: not XML; 500: not a `data` document."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        data = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        # "70x - 70xx" of the manual, read as 70 and libxml2's own number: 704 is an empty document.
        number = error.code  # type: ignore[attr-defined]  # missing in lxml-stubs only
        raise PagerError(f"70{number}", "Ошибка парсера XML документа") from None
    if data.tag != "data":
        raise PARAMETERS_MISSING
    # Texts keep their blanks, as they would reach a handset; everything else is read without.
    texts = {str(child.tag): child.text or "" for child in data.iterchildren(etree.Element)}
    parameters: Parameters = {name: text if name == "text" else text.strip() for name, text in texts.items()}
    parameters["to"] = [
        {"number": to.get("number", ""), "text": to.text if (to.text or "").strip() else None}
        for to in data.findall("to")
    ]
    return parameters


def normalise(written: str) -> str | None:
    """MSISDN of a mobile in any decoration, None for a landline or nonsense; any foreign one passes."""
    digits = re.sub(r"[^0-9]", "", written)
    if re.fullmatch(r"9[0-9]{9}", digits):
        return f"7{digits}"
    if re.fullmatch(r"[78]9[0-9]{9}", digits):
        return f"7{digits[1:]}"
    return digits if re.fullmatch(r"[1-69][0-9]{10,14}", digits) else None


def _refusal(error: PagerError) -> Reply:
    return render({"code": error.code, "descr": error.descr})


def _refuse(kind: Refusal) -> Reply:
    """Going too fast has no number anywhere, so it is plain HTTP 429."""
    return TOO_MANY_REQUESTS if kind == "throttle" else _refusal(REFUSALS[kind])
