import math
import typing

import pytest

from custkit import settings
from custkit.errors import SettingsError
from custkit.settings import ScoreRules, Settings


class TestSettings:
    def test_no_two_groups_share_a_name(self):
        import dataclasses

        names = [
            rule.name
            for group in dataclasses.fields(Settings())
            for rule in dataclasses.fields(getattr(Settings(), group.name))
        ]
        assert len(names) == len(set(names))
        assert sorted(names) == Settings.names()

    def test_replace_changes_only_what_is_named(self):
        changed = Settings().replace({"seed": 7, "max_quarantined_rows": 0.3})
        assert (changed.clusters.seed, changed.clean.max_quarantined_rows) == (7, 0.3)
        assert changed.scores == Settings().scores
        assert Settings().clusters.seed != 7

    def test_a_misspelt_name_is_refused_with_near_ones(self):
        with pytest.raises(
            SettingsError,
            match=r"mapping\.yml: no setting 'max_quarantined_row'; did you mean max_quarantined_rows",
        ):
            Settings().replace({"max_quarantined_row": 0.3}, "mapping.yml")

    @pytest.mark.parametrize(
        ("name", "value"),
        [("seed", "7"), ("seed", True), ("seed", 1.5), ("currency", 1), ("quantiles", "0.2")],
    )
    def test_a_value_of_another_type_is_refused(self, name, value):
        with pytest.raises(SettingsError, match=f"{name}: expected"):
            Settings().replace({name: value})

    def test_a_whole_number_will_do_for_a_number(self):
        assert Settings().replace({"max_quarantined_rows": 1}).clean.max_quarantined_rows == 1.0

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("as_of", "12/09/2011"),
            ("date_order", "YDM"),
            ("duplicates", "drop"),
            ("max_quarantined_money", 1.5),
            ("held_out", 1.0),
        ],
    )
    def test_a_value_out_of_range_is_refused(self, name, value):
        with pytest.raises(SettingsError, match=f"{name}: expected"):
            Settings().replace({name: value})

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 10**12, -(10**12), 1e300])
    @pytest.mark.parametrize(
        "name", [name for name, kind in Settings.types().items() if kind in (int, float)]
    )
    def test_a_number_that_nobody_could_mean_is_refused(self, name, number):
        with pytest.raises(SettingsError, match=name):
            Settings().replace({name: number}, "--set")

    @pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e12, -1e300])
    @pytest.mark.parametrize(
        "name",
        [name for name, kind in Settings.types().items() if set(typing.get_args(kind)) & {int, float}],
    )
    def test_nor_is_a_list_of_such_numbers(self, name, number):
        given = [number, *Settings.defaults()[name][1:]]
        with pytest.raises(SettingsError, match=f"{name}: expected"):
            Settings().replace({name: given}, "--set")

    @pytest.mark.parametrize("name", ["seed", "discount_rate", "basic_ages", "tier_weights"])
    def test_a_number_longer_than_any_is_refused_in_a_short_sentence(self, name):
        number = 10**4000
        given = [number] if isinstance(Settings.defaults()[name], tuple) else number
        with pytest.raises(SettingsError, match=f"{name}: expected from -1,000,000,000 to") as refused:
            Settings().replace({name: given}, "--set")
        assert len(str(refused.value)) < 120

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("churn_days", 1_000_000),
            ("tier_weights", (math.inf, 1.0, 1.0)),
            ("rules_window", "99999 months"),
            ("rules_window", "9" * 400 + " days"),
            ("basic_ages", (-5, 0)),
            ("discount_rate", 11.0),
            ("niche_months", 1201),
            ("churn_draws", 10**9),
            ("n_bootstrap", 10**9),
            ("link_permutations", 10**9),
            ("churn_folds", 10**6),
            ("max_clusters", 10**6),
            ("notebook_timeout", 0),
            ("min_region_customers", -1),
            ("contact_costs", ("other:1e300",)),
            ("as_of", "9999-12-31"),
            ("as_of", "0001-01-01"),
            ("as_of", "20240101"),
            ("earliest", "2020-W01-1"),
        ],
    )
    def test_what_no_calendar_or_weighing_bears_is_refused(self, name, value):
        with pytest.raises(SettingsError, match=f"--set: {name}: expected"):
            Settings().replace({name: value}, "--set")


class TestParse:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("seed", "7", 7),
            ("max_quarantined_rows", "0.3", 0.3),
            ("currency", "GBP", "GBP"),
            ("quantiles", "0.5,0.9", (0.5, 0.9)),
            ("quantiles", "[0.5]", (0.5,)),
        ],
    )
    def test_reads_text_by_the_type_of_the_setting(self, name, text, value):
        assert settings.parse(name, text) == value

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("basic_ages", "[null]"),
            ("basic_ages", "[24.7, 35]"),
            ("basic_ages", "[true, 35]"),
            ("tier_weights", "[1, {}, 1]"),
            ("quantiles", '[0.2, 0.4, 0.6, "0.8"]'),
        ],
    )
    def test_a_list_of_anything_else_is_refused_and_not_bent(self, name, text):
        with pytest.raises(SettingsError, match=f"--set: {name}: expected a list of"):
            Settings().replace({name: settings.parse(name, text)}, "--set")

    def test_text_that_is_no_number_is_refused(self):
        with pytest.raises(SettingsError, match="--set seed: expected a whole number, got 'seven'"):
            settings.parse("seed", "seven")


class TestScoreRules:
    def test_quantiles_must_ascend(self):
        with pytest.raises(SettingsError, match=r"quantiles: expected ascending, got \(0.4, 0.2\)"):
            ScoreRules(quantiles=(0.4, 0.2))
