"""templates.php: texts kept under a name (sheet 9.3)."""

from dataclasses import dataclass

from sandbox.smsc import replies
from sandbox.smsc.errors import BAD_PARAMETERS, NO_TEMPLATE, TEMPLATE_NOT_SAVED, SmscError
from sandbox.smsc.request import Request

FORMATS = frozenset({"", "sms", "flash", "bin", "push", "mms", "call", "mail", "viber"})


@dataclass(slots=True)
class Template:
    """`format`: the kind of message it is for; `sender`: the name to send it under; both may be empty."""

    id: int
    name: str
    message: str
    format: str = ""
    sender: str = ""


class Templates:
    """In order of creation."""

    def __init__(self) -> None:
        self._templates: dict[int, Template] = {}
        self._next_id = 1

    def find(self, written_id: str | None) -> Template:
        """SmscError 1: not an id; 3: no such template."""
        if not written_id or not written_id.isdecimal():
            raise SmscError(*BAD_PARAMETERS)
        if int(written_id) not in self._templates:
            raise SmscError(*NO_TEMPLATE)
        return self._templates[int(written_id)]

    def answer(self, request: Request) -> str:
        """templates.php."""
        operations = {"add": self._add, "chg": self._change, "del": self._delete, "get": self._list}
        asked = [operation for name, operation in operations.items() if request.flag(name)]
        if len(asked) != 1 or request.parameters.get("format", "") not in FORMATS:
            raise SmscError(*BAD_PARAMETERS)
        return asked[0](request)

    def _add(self, request: Request) -> str:
        parameters = request.parameters
        if not parameters.get("name") or not parameters.get("msg"):
            raise SmscError(*BAD_PARAMETERS)
        if any(kept.name == parameters["name"] for kept in self._templates.values()):
            raise SmscError(*TEMPLATE_NOT_SAVED)
        new = Template(self._next_id, parameters["name"], parameters["msg"])
        self._next_id += 1
        self._templates[new.id] = new
        _update(new, request)
        return replies.created(request.fmt, new.id)

    def _change(self, request: Request) -> str:
        _update(self.find(request.parameters.get("id")), request)
        return replies.done(request.fmt)

    def _delete(self, request: Request) -> str:
        del self._templates[self.find(request.parameters.get("id")).id]
        return replies.done(request.fmt)

    def _list(self, request: Request) -> str:
        rows: list[replies.Fields] = [
            {
                "id": kept.id,
                "name": kept.name,
                "message": kept.message,
                "format": kept.format,
                "sender": kept.sender,
            }
            for kept in self._templates.values()
        ]
        return replies.table(request.fmt, rows, "template")


def _update(template: Template, request: Request) -> None:
    """What is not given stays."""
    given = request.parameters
    template.name = given.get("name") or template.name
    template.message = given.get("msg") or template.message
    template.format = given.get("format", template.format)
    template.sender = given.get("sender", template.sender)
