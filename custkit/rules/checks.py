"""What a rule must hold: each raises a SettingsError that names the setting and what was found."""

import datetime

from custkit.errors import SettingsError


def require(condition: bool, text: str) -> None:
    if not condition:
        raise SettingsError(text)


def require_share(name: str, value: float) -> None:
    require(0 <= value <= 1, f"{name}: expected a share from 0 to 1, got {value}")


def require_open_share(name: str, value: float) -> None:
    require(0 < value < 1, f"{name}: expected a share between 0 and 1, got {value}")


def require_day(name: str, value: str) -> None:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        raise SettingsError(f"{name}: expected an ISO day such as 2011-12-09, got {value!r}") from None
