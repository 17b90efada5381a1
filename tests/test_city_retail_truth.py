"""What the notebooks find in the made retailer, set against its key; and that they claim nothing of a copy without relations."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from commands import custkit
from conftest import ROOT

from custkit import store
from custkit.profiles import chance
from scripts.city_retail import against
from scripts.city_retail.parameters import MODEL

TRUTH = ROOT / "data/truth/city_retail"
REGIONS = [region.name for region in MODEL.regions]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The sample as committed, all regions."""
    out = tmp_path_factory.mktemp("sample") / "out"
    done = custkit("run", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def null(tmp_path_factory) -> Path:
    """The copy without relations, all regions."""
    folder = tmp_path_factory.mktemp("null")
    made = ["--null", "--out", folder / "data", "--truth", folder / "truth"]
    command = [sys.executable, "-m", "scripts.city_retail", *map(str, made)]
    subprocess.run(command, check=True, cwd=ROOT)
    done = custkit("run", "--data", folder / "data", "--out", folder / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def found(run) -> pd.DataFrame:
    return against.comparison(run, TRUTH)


class TestSample:
    def test_all_that_was_planted_is_found_and_nothing_beside_it(self, found):
        assert found[~found["agrees"]].to_dict("records") == []
        assert found["what"].is_unique

    def test_the_page_prints_what_is_found(self, found):
        page = (ROOT / "docs/city_retail.md").read_text(encoding="utf-8")
        printed = re.search(r"<!-- found -->\n(.*?)\n<!-- /found -->", page, re.DOTALL)
        assert against.markdown(found) in printed[1]

    def test_every_region_was_looked_into(self, run):
        assert {against.WHOLE, *REGIONS} <= set(against.regions(run))

    # Recall and precision: of the six runs, how many name the planted group, and what else they name.
    def test_the_niche_is_found_in_the_whole_and_nothing_else_anywhere(self, run):
        planted = [(MODEL.niche.age_band, MODEL.niche.city_tier)]
        assert self.groups(run, "niches", against.WHOLE) == planted
        for region in REGIONS:
            assert self.groups(run, "niches", region) in ([], planted), region

    def test_the_under_served_group_is_found_everywhere_and_nothing_else(self, run):
        planted = [(MODEL.places.under_served_age, MODEL.places.under_served_tier)]
        for region in [against.WHOLE, *REGIONS]:
            assert self.groups(run, "profile_penetration", region) == planted, region

    def groups(self, run: Path, table: str, region: str) -> list[tuple[str, str]]:
        return [(row.level_1, row.level_2) for row in against.claimed(run, table, region).itertuples()]


@pytest.mark.parametrize("table", against.INTERVALS)
def test_no_claim_has_an_interval_that_does_not_rule_out_nothing(run, null, table):
    for out in (run, null):
        for region in against.regions(out):
            assert against.without_ground(out, table, region).to_dict("records") == [], region


class TestNull:
    @pytest.mark.parametrize("table", against.VERDICTS)
    def test_nothing_is_claimed(self, null, table):
        for region in against.regions(null):
            rows = against.claimed(null, table, region)
            if table == "profile_tests":
                # Every order may be followed by a question: who orders more is asked more often, here as well, so
                # that answers do come from bigger spenders. The next test looks at buyers with as many orders.
                rows = rows[rows["question"] != "answered"]
            assert rows.to_dict("records") == [], region

    def test_of_buyers_with_as_many_orders_those_who_answered_spend_alike(self, null):
        features, feedback = (
            store.read_table(null / "tables" / f"{name}.parquet") for name in ("features", "feedback")
        )
        buyers = features[features["status"] == "buyer"]
        spoke = buyers["customer_id"].isin(feedback.loc[feedback["satisfaction"].notna(), "customer_id"])
        places = buyers.groupby("n_orders")["spend"].rank(pct=True)
        whole, alike = (chance.lead(values[spoke], values[~spoke]) for values in (buyers["spend"], places))
        assert whole["low"] > 0.1
        assert abs(alike["difference"]) < 0.05
