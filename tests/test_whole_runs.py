"""Whole runs over data as bad as they come: every region gets its tables, its page, and sentences that hold."""

import html
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import custkit, tables

from custkit import findings, schema, store

DAYS = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
EQUAL, REFUNDS, NOTHING, GIANT, PROSPECTS = "$a_b^2", "<script>alert(1)</script>", "华东", "../x", "NA"
FULL = (EQUAL, REFUNDS, NOTHING, GIANT, PROSPECTS)
SHORT = ("east", "East")
# What a number that does not exist looks like in a sentence; "None is beyond chance" is no number.
NO_NUMBER = re.compile(r"\b(?:nan|inf|NaT|None(?! (?:is|does|of)\b))\b|<NA>")
ONE_OF_MANY = re.compile(r"(?<![\d,.])1 (?!is\b|was\b|has\b)[a-z]+s\b")


def bad_shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders and customers: 22 who are all equal; 20 with refunds alone; 20 whose money all came back; 20 of whom one
    holds 99 % of it; 20 who never ordered; and two regions with one customer each.
    """
    lines = [(f"e{place}", "2024-01-05", 10, EQUAL) for place in range(22)]
    lines += [(f"r{place}", DAYS[place], -1 - place, REFUNDS) for place in range(20)]
    for place in range(20):
        lines += [(f"n{place}", DAYS[place], 5, NOTHING), (f"n{place}", DAYS[place + 30], -5, NOTHING)]
    for place in range(20):
        lines += [(f"g{place}", day, 10 + place, GIANT) for day in DAYS[place : place + 20 : 5]]
    lines += [("g0", DAYS[40], 99 * 4 * 20 * 20, GIANT)]
    lines += [(f"one {region}", DAYS[59], 7, region) for region in SHORT]
    orders = pd.DataFrame(lines, columns=["customer_id", "order_date", "amount", "region"])
    never = pd.DataFrame({"customer_id": [f"p{place}" for place in range(20)], "region": PROSPECTS})
    never = never.assign(registered_on="2023-05-01", gender=["F", "M"] * 10)
    return orders, never


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    data = tmp_path_factory.mktemp("bad") / "shop"
    data.mkdir()
    orders, customers = bad_shop()
    orders.to_csv(data / "orders.csv", index=False)
    customers.to_csv(data / "customers.csv", index=False)
    done = custkit("run", "--data", data, "--out", data.parent / "out", "--region", *FULL, *SHORT)
    assert done.returncode == 0, done.stdout + done.stderr
    return data.parent / "out"


def folder(run: Path, region: str) -> Path:
    prepared = store.read_json(run / "tables" / "prepared.json")
    (slug,) = (entry["slug"] for entry in prepared["regions"] if entry["region"] == region)
    return run / "regions" / slug


def stated(written: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([table for name, table in written.items() if name.startswith("findings_")])


def said(run: Path, region: str) -> dict[str, str]:
    """English sentences of a region by key; of several with one key, the last."""
    rows = stated(tables(folder(run, region)))
    return dict(zip(rows["key"], rows["text_en"], strict=True))


def assert_sound(written: dict[str, pd.DataFrame], *names: str) -> None:
    """Sentences hold against their tables and read like sentences; no infinite number but in cut points."""
    rows = stated(written)
    failed = findings.recompute(rows, written.__getitem__)
    assert failed.empty, failed.to_string()
    for text in [*rows["text_en"], *rows["text_zh"]]:
        assert not NO_NUMBER.search(text), text
    own = rows.loc[rows["notebook"] != "01", "text_en"]
    assert not [text for text in own if ONE_OF_MANY.search(text)]
    for name, table in written.items():
        numbers = table.select_dtypes("number").to_numpy(dtype=float, na_value=0)
        assert name == "cut_points" or np.isfinite(np.nan_to_num(numbers, nan=0)).all(), name
    for name in ("rfm", "labels", "clusters", *names):
        assert written[name].notna().all(axis=None), name


class TestBadShop:
    # faults 36, 48, 49, 50, 52
    @pytest.mark.parametrize("region", [*FULL, *SHORT])
    def test_every_region_has_sound_tables(self, run, region):
        written = tables(folder(run, region))
        assert {name for names in schema.NOTEBOOK_TABLES.values() for name in names} <= set(written)
        assert_sound(written)
        assert store.is_done(folder(run, region))

    # faults 60, 71, 77
    def test_names_of_regions_make_folders_of_their_own(self, run):
        places = {folder(run, region) for region in (*FULL, *SHORT)}
        assert len({place.name.casefold() for place in places}) == len(FULL) + len(SHORT)
        assert {place.name for place in places} == {place.name for place in (run / "regions").iterdir()}

    # fault 70
    def test_names_of_regions_are_text_on_every_page(self, run):
        for path in [run / "index.html", *run.glob("regions/*/report.html")]:
            assert "<script>alert" not in path.read_text(encoding="utf-8"), path
        page = (folder(run, REFUNDS) / "report.html").read_text(encoding="utf-8")
        assert html.escape(REFUNDS) in page

    def test_equal_customers_are_told_apart_by_nothing(self, run):
        sentences = said(run, EQUAL)
        assert sentences["rfm_one_score"].endswith("it tells nobody apart.")
        assert "profile_alike" in sentences
        labels = tables(folder(run, EQUAL))["labels"]
        assert (labels.groupby("scheme")["label"].nunique() == 1).all()

    def test_refunds_alone_have_months_and_no_buyer(self, run):
        sentences = said(run, REFUNDS)
        assert "profile_no_months" not in sentences
        assert sentences["profile_refunds_alone"].startswith("Refund lines: 20. They take back 210;")
        assert tables(folder(run, REFUNDS))["profile_months"]["spend"].sum() == -210

    def test_money_that_all_came_back_is_shared_by_nobody(self, run):
        sentences = said(run, NOTHING)
        assert not {"rfm_tier", "profile_gini", "profile_one_orders", "plan_first"} & set(sentences)
        assert {"profile_one_orders.no_spend", "plan_first.no_spend"} <= set(sentences)

    # fault 52
    def test_the_giant_is_named_with_what_remains_without(self, run):
        sentence = said(run, GIANT)["profile_giant"]
        assert re.search(
            r"brings 9\d\.\d% of the money\. Without that one, the mean spend is \d\d ", sentence
        )

    def test_who_never_ordered_is_planned_for_and_not_scored(self, run):
        sentences = said(run, PROSPECTS)
        assert {"rfm_nobody", "profile_no_months", "profile_people"} <= set(sentences)
        plan = tables(folder(run, PROSPECTS))["plan"]
        assert plan["target_group"].tolist() == ["status:prospect"]


class TestLittleIsKnown:
    def test_values_without_an_order_in_chinese(self, tmp_path):
        """Sixty customers, no day anywhere, headers in GB18030: what needs a day is switched off with a sentence."""
        place = np.arange(60)
        values = pd.DataFrame(
            {"客户编号": [f"客{i:02}" for i in place], "订单数": place % 7, "消费金额": place * 10.5}
        )
        values = values.assign(recency_days=place + 1, visits=place % 11)
        data = tmp_path / "values"
        data.mkdir()
        (data / "customer_values.csv").write_bytes(values.to_csv(index=False).encode("gb18030"))
        done = custkit("run", "--data", data, "--out", tmp_path / "out", "--region", "all", "--lang", "zh")
        assert done.returncode == 0, done.stdout + done.stderr
        written = tables(tmp_path / "out" / "regions" / "all")
        assert_sound(written)
        assert written["plan"][["start", "end"]].isna().all(axis=None)
        assert "profile_no_months" in set(stated(written)["key"])
