"""What a rule must hold: each raises a SettingsError that names the setting and what was found."""

import datetime
import reprlib

from custkit.errors import SettingsError

CENTURY = 36_525  # days; no calendar sum of a run may leave the years that dates can have
MANY = 10**9  # of anything that is counted: no more customers, minutes or money than could be worked on
REPEATS = 100_000  # of a draw, a fit or a test: more would not end, or not fit into memory


def require(condition: bool, text: str) -> None:
    if not condition:
        raise SettingsError(text)


def require_sane(name: str, value: object) -> None:
    """A number that can be reckoned with, or several: none that is not finite, and of a size that anyone could mean."""
    most = CENTURY if name.endswith("_days") else MANY
    for number in value if isinstance(value, (list, tuple)) else (value,):
        if isinstance(number, (int, float)):
            # Nan is not below anything; whole numbers of any length are compared without becoming floats.
            sane = abs(number) <= most
            require(sane, f"{name}: expected from {-most:,} to {most:,}, got {shown(number)}")


def require_within(rules: object, bounds: dict[str, tuple[float, float]]) -> None:
    """Each of these settings from its least to its greatest value, both included."""
    for name, (least, most) in bounds.items():
        value = getattr(rules, name)
        require(not value < least, f"{name}: expected at least {least:,}, got {value}")
        require(value <= most, f"{name}: expected at most {most:,}, got {value}")


def shown(value: object) -> str:
    """A value as an error tells it: a long number or list is cut, so that the sentence stays one."""
    return reprlib.repr(value)


def require_share(name: str, value: float) -> None:
    require(0 <= value <= 1, f"{name}: expected a share from 0 to 1, got {value}")


def require_open_share(name: str, value: float) -> None:
    require(0 < value < 1, f"{name}: expected a share between 0 and 1, got {value}")


def require_day(name: str, value: str) -> None:
    try:
        # The short form (20111209) and weeks (2011-W49) are days as well, but not to the database.
        is_day = datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        is_day = False
    require(is_day, f"{name}: expected an ISO day such as 2011-12-09, got {value!r}")
