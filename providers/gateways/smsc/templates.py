"""templates.php: texts that SMSC keeps (section 9.3)."""

from ...faces import Template
from ...wire import HttpRequest, HttpResponse, unreadable
from .config import Config
from .reply import read_done, read_list, read_object, word
from .request import Pairs, identical, post

SCRIPT = "templates"


def build_templates(config: Config) -> HttpRequest:
    return _post(config, "get", [])


def build_add(config: Config, name: str, text: str) -> HttpRequest:
    return _post(config, "add", [("name", name), ("msg", text)])


def build_change(config: Config, template_id: str, name: str, text: str) -> HttpRequest:
    return _post(config, "chg", [("id", template_id), ("name", name), ("msg", text)])


def build_delete(config: Config, template_id: str) -> HttpRequest:
    return _post(config, "del", [("id", template_id)])


def _post(config: Config, command: str, pairs: Pairs) -> HttpRequest:
    asked = [(command, "1"), *pairs]
    pace = identical(config, SCRIPT, asked, most=3)
    return post(config, f"templates.{command}", SCRIPT, asked, pace=pace)


def parse_templates(response: HttpResponse) -> list[Template]:
    """The text stands in `message`; one client expects it in `msg` (section 13.18)."""
    return [
        Template(
            id=template_id,
            name=word(item.get("name")) or "",
            text=word(item.get("message")) or word(item.get("msg")) or "",
        )
        for item in read_list(response, SCRIPT)
        if (template_id := word(item.get("id")))
    ]


def parse_add(response: HttpResponse) -> str:
    template_id = word(read_object(response, SCRIPT).get("id"))
    if template_id is None:
        raise unreadable(response, "no id")
    return template_id


def parse_done(response: HttpResponse) -> None:
    read_done(response, SCRIPT)
