"""reply_markup, checked the way Telegram checks it."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.errors import ApiError, bad_request

_BUTTONS_MAX = 100
_ACTIONS = (
    "callback_data",
    "url",
    "copy_text",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "callback_game",
    "pay",
)


def check_markup(markup: Any, *, inline_only: bool = False) -> dict[str, Any] | None:
    """The markup as it will stand on the message; None for none. ApiError 400 for a bad one.

    A `text` among the buttons of a reply keyboard is turned into an object. `inline_only`: an edit,
    which takes no other keyboard.
    """
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup, "inline_keyboard", " of the InlineKeyboardMarkup")
        buttons = [button for row in rows for button in row]
        if len(buttons) > _BUTTONS_MAX:
            raise bad_request("reply markup is too long")
        for button in buttons:
            _check_inline_button(button)
        return {"inline_keyboard": rows} if buttons else None
    if inline_only:
        raise (
            bad_request("inline keyboard expected")
            if markup
            else bad_request("object expected as reply markup")
        )
    if "keyboard" in markup:
        rows = _rows(markup, "keyboard", "")
        return {**markup, "keyboard": [[_reply_button(button) for button in row] for row in rows]}
    return markup or None


def _rows(markup: dict[str, Any], name: str, where: str) -> list[list[Any]]:
    rows = markup[name]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}"{where} must be an Array of Arrays')
    return [row for row in rows if row]


def _check_inline_button(button: Any) -> None:
    if not isinstance(button, dict):
        raise _unreadable("InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise _unreadable('Field "text" must be of type String')
    if not any(action in button for action in _ACTIONS):
        raise _unreadable("Text buttons are unallowed in the inline keyboard")
    if button.get("style", "primary") not in {"primary", "success", "danger"}:
        raise _unreadable("invalid button style specified")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 1 <= len(button["copy_text"].get("text", "")) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "url" in button:
        _check_url(button["url"])


def _check_url(url: str) -> None:
    """Telegram takes no button that leads to a bare host name such as localhost."""
    address = urlsplit(url if "://" in url else f"http://{url}")
    if address.scheme not in {"http", "https", "tg"} or (
        address.scheme != "tg" and "." not in address.netloc
    ):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _reply_button(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request('can\'t parse keyboard button: Field "text" must be of type String')
    return button


def _unreadable(reason: str) -> ApiError:
    return bad_request(f"can't parse inline keyboard button: {reason}")
