"""KPIs, their targets, and how far a target has been reached."""

import math

import pytest

from custkit.errors import SettingsError
from custkit.strategy import kpis

NAN = float("nan")


class TestTargetLevel:
    def test_a_level_and_a_count_stand_for_themselves(self):
        assert kpis.target_level(0.1, 0.2, "level", "up") == 0.2
        assert kpis.target_level(NAN, 1000, "count", "up") == 1000

    def test_points_and_relative_are_two_readings_of_up_15_percent(self):  # T11
        assert kpis.target_level(0.40, 0.15, "points", "up") == pytest.approx(0.55)
        assert kpis.target_level(0.40, 0.15, "relative", "up") == pytest.approx(0.46)

    def test_down_goes_down(self):  # T12
        assert kpis.target_level(0.10, 0.30, "relative", "down") == pytest.approx(0.07)

    def test_is_unknown_without_the_baseline_that_it_needs(self):
        assert math.isnan(kpis.target_level(NAN, 0.15, "relative", "up"))

    def test_names_an_unknown_kind(self):
        with pytest.raises(
            SettingsError, match="kind: expected one of level, points, relative, count, got 'pp'"
        ):
            kpis.target_level(0.1, 0.2, "pp", "up")


class TestAttainment:
    def test_the_case_of_document_002(self):  # mission 128
        assert kpis.attainment(NAN, 0.15, 0.12, "level", "up") == pytest.approx(0.8)

    def test_the_same_case_as_a_change(self):
        assert kpis.attainment(0.30, 0.15, 0.42, "points", "up") == pytest.approx(0.8)
        assert kpis.attainment(0.50, 0.15, 0.56, "relative", "up") == pytest.approx(0.8)

    def test_a_count(self):  # mission 125
        assert kpis.attainment(NAN, 1000, 750, "count", "up") == 0.75

    def test_lower_is_better(self):  # mission 126, T12
        assert kpis.attainment(0.10, 0.30, 0.07, "relative", "down") == pytest.approx(1)
        assert kpis.attainment(0.10, 0.04, 0.07, "level", "down") == pytest.approx(0.5)
        assert kpis.attainment(0.10, 0.03, 0.08, "points", "down") == pytest.approx(2 / 3)

    def test_lower_is_better_without_a_baseline(self):
        assert kpis.attainment(NAN, 0.04, 0.04, "level", "down") == 1
        assert kpis.attainment(NAN, 0.04, 0.08, "level", "down") == 0

    @pytest.mark.parametrize("kind", kpis.KINDS)
    @pytest.mark.parametrize("direction", kpis.DIRECTIONS)
    def test_getting_worse_attains_nothing(self, kind, direction):  # T12
        worse = 0.4 if direction == "up" else 0.6
        assert kpis.attainment(0.5, 0.3, worse, kind, direction) <= 0

    def test_is_unknown_where_the_number_does_not_exist(self):
        assert math.isnan(kpis.attainment(0.0, 0.15, 0.1, "relative", "up"))
        assert math.isnan(kpis.attainment(0.1, 0.0, 0.1, "points", "up"))

    def test_names_an_unknown_direction(self):
        with pytest.raises(SettingsError, match="direction: expected up or down, got 'better'"):
            kpis.attainment(0.1, 0.2, 0.2, "level", "better")
