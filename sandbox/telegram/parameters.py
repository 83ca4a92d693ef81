"""A call's parameters, however they came: query, urlencoded form, multipart or JSON."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.telegram.errors import bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file sent along in a multipart form."""

    name: str
    mime_type: str
    data: bytes = field(repr=False)


class Parameters:
    """Typed reading of parameters; what cannot be read is ApiError 400."""

    def __init__(self, values: dict[str, Any], uploads: dict[str, Upload] | None = None) -> None:
        self._values = values
        self.uploads = uploads or {}

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        """Telegram takes what is no number for the default."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def boolean(self, name: str) -> bool:
        return self.text(name).strip().lower() in {"true", "yes", "1"}

    def json(self, name: str) -> Any:
        """A nested value, given as JSON text or (in a JSON body) as itself; None where absent or empty."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None

    def shown(self) -> dict[str, Any]:
        """For the record: nested JSON texts decoded, files in words."""
        shown = {name: _decoded(value) for name, value in self._values.items()}
        files = {name: f"<{file.name}, {len(file.data)} bytes>" for name, file in self.uploads.items()}
        return shown | files


async def read_parameters(request: web.Request) -> Parameters:
    """Everything the request carries; the body wins over the query. ApiError 400 for a broken JSON body."""
    values: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        try:
            body = await request.json() if request.can_read_body else {}
        except ValueError:
            raise bad_request("can't parse request body JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("request body must be a JSON object")
        values |= body
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                with value.file as file:
                    uploads[name] = Upload(value.filename, value.content_type, file.read())
            else:
                values[name] = value if isinstance(value, str) else bytes(value).decode()
    return Parameters(values, uploads)


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
