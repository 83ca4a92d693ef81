"""What an account at SMSC needs."""

from datetime import timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from ...wire import check_endpoint, check_zone

Endpoint = Annotated[str, AfterValidator(check_endpoint)]


class Config(BaseModel):
    """One login at one front: an account of smsc.kz does not work at smsc.ru. A key stands for the pair.

    `reserve_url` is asked when the front cannot be reached, `https://www2.smsc.ru/sys/` for smsc.ru. With
    `push_secret` only pushes signed with it are believed. `senders_format` is the `fmt` of senders.php alone.
    `limit_window` is the time within which limits count (section 10): a minute, and a second of margin.
    `timezone` is the account's: dates on the wire are its local time, which was Moscow's in all recordings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Endpoint = "https://smsc.ru/sys/"
    reserve_url: Endpoint | None = None
    login: str = ""
    password: SecretStr | None = Field(default=None, min_length=1)
    apikey: SecretStr | None = Field(default=None, min_length=1)
    request_format: Literal["form", "json"] = "form"
    senders_format: Literal[0, 1, 2, 3] = 3
    limit_window: timedelta = Field(
        timedelta(seconds=61), ge=timedelta(0), description="a duration such as 61s, 0s for no limits"
    )
    timezone: Annotated[str, AfterValidator(check_zone)] = "Europe/Moscow"
    push_secret: SecretStr | None = Field(default=None, min_length=1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @model_validator(mode="after")
    def _some_credentials(self) -> Self:
        if self.apikey is None and (not self.login or self.password is None):
            raise ValueError("an apikey, or a login and a password, is needed")
        return self
