"""When people buy: the year's highs and lows, the week and the hour, as a clock that runs faster and slower."""

import numpy as np

from scripts.city_retail.parameters import FIRST_DAY, LAST_DAY

DAYS = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
STAMPS = np.array([str(day).replace("-", "")[2:] for day in DAYS])  # as tills print a day: 230101
FESTIVALS = np.array(["2023-01-22", "2024-02-10", "2025-01-29"], "datetime64[D]")  # Spring Festival
WEEKDAYS = (0.90, 0.90, 0.92, 0.95, 1.05, 1.18, 1.10)  # Monday first; times the mean day
HOURS = {  # times a flat day, hours from 0; shops are open from 9 to 22
    "store": (0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 6, 8, 6, 5, 5, 6, 7, 9, 11, 10, 8, 4, 0, 0),
    "app": (2, 1, 0, 0, 0, 0, 1, 3, 4, 4, 4, 5, 7, 5, 3, 3, 3, 4, 5, 7, 10, 12, 10, 6),
    "web": (1, 0, 0, 0, 0, 0, 0, 1, 4, 8, 9, 7, 5, 6, 8, 8, 7, 5, 4, 5, 6, 5, 3, 2),
}


def number(day: str) -> int:
    """The number of a day: 0 is the first."""
    return int((np.datetime64(day) - DAYS[0]).astype(int))


def weights() -> np.ndarray:
    """How busy each day is, times a mean day."""
    busy = np.ones(len(DAYS))
    to_festival = (FESTIVALS[:, None] - DAYS).astype(int)
    busy[((to_festival >= 4) & (to_festival <= 24)).any(axis=0)] = 1.6  # presents and stores for the holidays
    busy[((to_festival >= -6) & (to_festival <= 3)).any(axis=0)] = 0.6  # everybody is at home
    month_day = np.array([str(day)[5:] for day in DAYS])
    busy[(month_day >= "11-01") & (month_day <= "11-10")] = 1.6
    busy[month_day == "11-11"] = 3.0
    busy[(month_day >= "06-16") & (month_day <= "06-18")] = 1.5
    weekday = (DAYS.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
    busy = busy * np.array(WEEKDAYS)[weekday]
    return busy / busy.mean()


class Clock:
    """Business time of each day: a Poisson process in it is a seasonal one in days.

    Everyone shares the season; whoever ``grows`` lives faster by that factor from ``year`` on.
    """

    def __init__(self, grows: np.ndarray, growth: float, year: int):
        busy = weights()
        fast = np.where(np.datetime64(f"{year}-01-01") <= DAYS, busy * growth, busy)
        self._ticks = [np.concatenate([[0.0], np.cumsum(pace)]) for pace in (busy, fast)]
        self._grows = np.asarray(grows, bool)
        self._days = np.arange(len(DAYS) + 1.0)

    def ticks(self, days: np.ndarray, who: np.ndarray) -> np.ndarray:
        """Business time at a day, for each of ``who``."""
        slow, fast = (np.interp(days, self._days, ticks) for ticks in self._ticks)
        return np.where(self._grows[who], fast, slow)

    def days(self, ticks: np.ndarray, who: np.ndarray) -> np.ndarray:
        """Day at a business time; the end of the last day for any time beyond."""
        slow, fast = (np.interp(ticks, known, self._days) for known in self._ticks)
        return np.where(self._grows[who], fast, slow)


def times(rng: np.random.Generator, days: np.ndarray, channels: np.ndarray, names, null: bool) -> np.ndarray:
    """A time on each day, by the hours of its channel (of all channels alike in a copy without relations)."""
    patterns = np.array([HOURS[name] for name in names], float)
    patterns /= patterns.sum(axis=1, keepdims=True)
    if null:
        patterns[:] = patterns.mean(axis=0)
    ends = patterns.cumsum(axis=1)
    hour = (rng.random(len(days))[:, None] >= ends[channels]).sum(axis=1).clip(max=23)
    second = hour * 3600 + rng.integers(0, 3600, len(days))
    return (DAYS[days].astype("datetime64[s]").astype(np.int64) + second).astype("datetime64[s]")
