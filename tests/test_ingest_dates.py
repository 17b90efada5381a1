"""Days and times: one rule a column, on evidence; impossible days are unreadable, assumptions are reported."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit.ingest import dates
from custkit.ingest.dates import DateEvidence
from custkit.ingest.values import MISSING, OK, UNREADABLE

DAY = date(2024, 1, 25)
days = st.dates(date(1950, 1, 1), date(2099, 12, 31))


def read(values, **settings) -> tuple[list, list, set]:
    """Days, times, and codes of the warnings."""
    column = pa.array(values)
    evidence = DateEvidence()
    evidence.add(column)
    rule, warnings = dates.decide(evidence, **settings)
    parsed = dates.parse_dates(column, rule)
    return parsed.values.to_pylist(), parsed.extra["time"].to_pylist(), {code for code, _ in warnings}


class TestParseDates:
    @pytest.mark.parametrize(
        "text",
        [
            "2024-01-25",
            "2024/1/25",
            "2024.01.25",
            "2024年1月25日",
            "20240125",
            "25/01/2024",
            "25.01.2024",
            "45316",
            "25-Jan-2024",
            "January 25, 2024",
            " ２０２４-01-25\u200b",
        ],
    )
    def test_reads_every_format(self, text):  # fault 28, mission 8
        assert read([text])[0] == [DAY]

    @pytest.mark.parametrize(
        ("text", "time"),
        [
            ("2024-01-25 13:04:05", "13:04:05"),
            ("2024-01-25T13:04", "13:04:00"),
            ("2024/1/25 1:04 PM", "13:04:00"),
            ("2024年1月25日 下午1:04", "13:04:00"),
            ("20240125130405", "13:04:05"),
            ("45316.5", "12:00:00"),
        ],
    )
    def test_reads_times(self, text, time):
        assert read([text])[:2] == ([DAY], [time])

    @pytest.mark.parametrize(
        "text", ["2024-02-30", "0000-00-00", "2024-13-01", "2023-02-29", "2024-01-05 25:00", "soon", "12"]
    )
    def test_a_day_that_does_not_exist_is_unreadable(self, text):  # fault 31
        parsed = dates.parse_dates(pa.array([text, "2024-01-25"]))
        assert parsed.codes.tolist() == [UNREADABLE, OK]

    def test_words_for_missing_are_missing(self):  # fault 24
        assert dates.parse_dates(pa.array(["", "NA", "-", None])).codes.tolist() == [MISSING] * 4

    def test_a_serial_is_never_1970(self):  # fault 30
        assert read(["45316", "2024-01-26"])[0] == [DAY, date(2024, 1, 26)]

    def test_seconds_and_milliseconds_since_1970_are_reported(self):  # fault 28
        found, times, warnings = read(["1706187845", "1706187845000"])
        assert (found, times, warnings) == ([DAY, DAY], ["13:04:05", "13:04:05"], {"epoch"})

    def test_a_month_is_its_first_day_and_says_so(self):  # mission 8, T19
        parsed = dates.parse_dates(pa.array(["2023-01", "2023年1月", "2023-01-05"]))
        assert parsed.values.to_pylist() == [date(2023, 1, 1), date(2023, 1, 1), date(2023, 1, 5)]
        assert parsed.extra["precision"].to_pylist() == ["month", "month", "day"]

    def test_native_days_and_stamps(self):
        assert read([DAY, None])[:2] == ([DAY, None], [None, None])
        assert read([datetime(2024, 1, 25, 13, 4, 5), None])[:2] == ([DAY, None], ["13:04:05", None])

    def test_stamps_that_are_all_midnight_have_no_time(self):
        assert read([datetime(2024, 1, 25)])[:2] == ([DAY], [None])

    def test_whole_numbers_of_parquet(self):
        assert read([20240125, None])[0] == [DAY, None]

    @given(
        st.lists(days, min_size=1, max_size=10),
        st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]),
    )
    def test_any_day_in_any_year_first_format_comes_back(self, values, form):
        assert read([value.strftime(form) for value in values])[0] == values

    @given(st.lists(days, min_size=1, max_size=10), st.sampled_from(["DMY", "MDY"]))
    def test_any_day_comes_back_once_the_order_is_known(self, values, order):
        form = "%d/%m/%Y" if order == "DMY" else "%m/%d/%Y"
        known = [*values, date(2024, 1, 31)]
        assert read([value.strftime(form) for value in known])[0] == known


class TestDecide:
    def test_a_value_above_twelve_settles_the_order(self):  # fault 29
        assert read(["25/01/2024", "03/04/2024"])[::2] == ([DAY, date(2024, 4, 3)], set())
        assert read(["01/25/2024", "03/04/2024"])[::2] == ([DAY, date(2024, 3, 4)], set())

    def test_an_open_order_is_assumed_and_reported(self):  # fault 29
        assert read(["03/04/2024"])[::2] == ([date(2024, 4, 3)], {"ambiguous_date"})

    def test_an_open_order_follows_the_setting(self):  # fault 29
        assert read(["03/04/2024"], date_order="MDY")[::2] == ([date(2024, 3, 4)], set())

    def test_the_setting_does_not_bend_what_is_known(self):
        assert read(["25/01/2024"], date_order="MDY")[0] == [DAY]

    def test_a_contradiction_leaves_open_values_unread(self):  # fault 29
        found, _, warnings = read(["25/01/2024", "01/26/2024", "03/04/2024"])
        assert (found, warnings) == ([DAY, None, None], {"ambiguous_date"})

    def test_a_clear_majority_is_the_rule_and_the_others_unreadable(self):  # fault 29
        column = [f"{day}/01/2024" for day in range(13, 31)] + ["01/31/2024", "03/04/2024"]
        found, _, warnings = read(column)
        assert found[-2:] == [None, date(2024, 4, 3)]
        assert warnings == {"ambiguous_date"}

    @pytest.mark.parametrize(
        ("values", "first"), [(["24-01-25", "24-02-03"], DAY), (["25/01/24", "03/02/24"], DAY)]
    )
    def test_two_digit_years_are_reported(self, values, first):  # fault 28
        found, _, warnings = read(values)
        assert found[0] == first
        assert "two_digit_year" in warnings

    def test_two_digit_years_of_the_last_century(self):
        assert read(["69-12-31", "68-12-31"])[0] == [date(1969, 12, 31), date(2068, 12, 31)]

    def test_zones_are_turned_to_the_setting(self):  # fault 32
        found, times, _ = read(["2024-03-10T06:30:00Z", "2024-03-10T07:30:00Z"], timezone="America/New_York")
        assert found == [date(2024, 3, 10)] * 2
        assert times == ["01:30:00", "03:30:00"]  # the clock went forward between them

    def test_zones_are_turned_to_the_one_that_most_carry(self):  # fault 32
        stamps = ["2024-01-25T23:00:00+08:00", "2024-01-25T01:00:00+08:00", "2024-01-25T17:00:00Z"]
        found, times, warnings = read(stamps)
        assert found == [DAY, DAY, date(2024, 1, 26)]
        assert (times[-1], warnings) == ("01:00:00", {"time_zones"})

    def test_native_stamps_with_a_zone(self):  # fault 32
        found, times, _ = read([datetime(2024, 1, 25, 20, tzinfo=UTC)], timezone="Asia/Shanghai")
        assert (found, times) == ([date(2024, 1, 26)], ["04:00:00"])

    def test_two_batches_say_what_the_whole_says(self):
        parts, whole = DateEvidence(), DateEvidence()
        parts.add(pa.array(["25/01/2024", "03/04/2024"]))
        parts.add(pa.array(["05/06/24", "2024-01-05T03:00:00Z"]))
        whole.add(pa.array(["25/01/2024", "03/04/2024", "05/06/24", "2024-01-05T03:00:00Z"]))
        assert parts == whole
