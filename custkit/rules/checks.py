"""What a rule must hold: each raises a SettingsError that names the setting and what was found."""

import datetime
import math

from custkit.errors import SettingsError


def require(condition: bool, text: str) -> None:
    if not condition:
        raise SettingsError(text)


CENTURY = 36_525  # days; no calendar sum of a run may leave the years that dates can have
_MOST = 10**9  # of anything that is counted: no more customers, draws or years than could be worked on


def require_sane(name: str, value: object) -> None:
    """A number that can be reckoned with, or several: finite, and of a size that anyone could mean."""
    most = CENTURY if name.endswith("_days") else _MOST
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, (int, float)):
            sane = math.isfinite(number) and abs(number) <= most
            require(sane, f"{name}: expected {most:,} at most, got {number}")


def require_share(name: str, value: float) -> None:
    require(0 <= value <= 1, f"{name}: expected a share from 0 to 1, got {value}")


def require_open_share(name: str, value: float) -> None:
    require(0 < value < 1, f"{name}: expected a share between 0 and 1, got {value}")


def require_day(name: str, value: str) -> None:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        raise SettingsError(f"{name}: expected an ISO day such as 2011-12-09, got {value!r}") from None
