"""What notebook 05 says, and the notebook as a whole."""

import nbformat
import numpy as np
import pandas as pd
import pytest
from brand_tables import made_of, said
from nbclient import NotebookClient

from custkit import competitor, findings, schema, store
from custkit.settings import CompetitorRules
from custkit.words import Words

SAMPLE = store.home() / "data" / "sample" / "brand_ratings" / "brand_ratings.csv"
BRANDS = ["Ours", "B", "C"]

# Keys of sentences that claim a difference, a link or a trend.
CLAIMS = {
    "driver", "map", "axis", "axis_level", "weakness", "strength", "worse_here", "better_here", "open", "open_to_all",
    "losing", "gaining", "users_better_here", "users_worse_here", "share_falling", "share_rising", "rival_falling",
    "rival_rising", "regions_falling", "regions_rising",
}  # fmt: skip


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


def world(*, null: bool, seed: int = 7) -> dict[str, pd.DataFrame]:
    """Three brands, 240 respondents, twelve quarters in two regions. With ``null`` nothing goes with anything.

    Otherwise care makes people buy again, Ours is worse at it, B better and Ours loses people and share to B; the old
    see Ours even worse and buy it less.
    """
    random = np.random.default_rng(seed)
    people = 240
    old = np.arange(people) % 3 == 0
    lead = (
        np.zeros((people, 3)) if null else np.tile([-1.0, 1.5, 0.0], (people, 1)) - np.outer(old, [1.5, 0, 0])
    )
    ids = [f"r{place:03d}" for place in range(people)]
    ratings = pd.DataFrame({"respondent_id": np.repeat(ids, 3), "brand": BRANDS * people})
    ratings["age_band"] = np.repeat(np.where(old, "56-65", "25-35"), 3)
    for name in ("care", "fame", "price"):
        ratings[name] = (
            6 + random.normal(0, 1.2, 3 * people) + (lead.ravel() if name == "care" else 0)
        ).clip(1, 10)
    noise = random.normal(0, 0.5, 3 * people)
    ratings["again"] = noise + (6 if null else ratings["care"])
    main = random.choice(3, people) if null else np.where(old | (random.random(people) < 0.5), 1, 0)
    before = random.choice(3, people) if null else np.where(random.random(people) < 0.4, 0, main)
    use = pd.DataFrame({"respondent_id": ids, "brand": np.take(BRANDS, main), "share_of_purchases": 1.0})
    use["switched_from"] = np.where(before == main, None, np.take(BRANDS, before))
    market = [
        (
            f"{2023 + place // 4}Q{place % 4 + 1}",
            brand,
            region,
            100 + random.normal(0, 2) + move * (not null),
            5.0 + rank,
        )
        for place in range(12)
        for rank, (brand, move) in enumerate(zip(BRANDS, (-2 * place, 2 * place, 0), strict=True))
        for region in ("East", "West")
    ]
    market = pd.DataFrame(market, columns=["period", "brand", "region", "sales", "marketing"])
    card = [
        (
            brand,
            "yes" if brand == "Ours" else "no",
            "stores",
            score + later,
            "test",
            day,
            "mid",
            "tier 1",
            "service",
        )
        for later, day in ((0, "2024-12-31"), (1, "2025-12-31"))
        for brand, score in zip(BRANDS, (5.0, 5.0, 5.0), strict=True)
    ]
    columns = [
        "brand",
        "is_own",
        "attribute",
        "score",
        "source",
        "as_of",
        "price_level",
        "tier_served",
        "strategy_type",
    ]
    card = pd.DataFrame(card, columns=columns)
    return {
        "brand_ratings": ratings,
        "brands": card.assign(as_of=pd.to_datetime(card["as_of"])),
        "brand_use": use,
        "market": market,
    }


RULES = CompetitorRules(outcome_attribute="again")


def keys_of(rules: CompetitorRules = RULES, **given: pd.DataFrame) -> list[str]:
    tables, own = made_of(rules, **given)
    return [key.removeprefix("brands_") for key in said(tables, own, rules)["key"]]


class TestQuestions:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_one_row_per_table_that_says_whether_it_is_here(self, lang):
        words = Words(lang)
        shown = competitor.questions({table: table == "market" for table in competitor.TABLES}, words)
        assert shown.iloc[:, 1].tolist() == list(competitor.TABLES)
        yes, no = words("page.brands.here"), words("page.brands.absent")
        assert shown.iloc[:, -1].tolist() == [no, no, no, yes]


class TestFindings:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_without_tables_sentences_name_every_one_to_bring(self, lang):
        tables, own = made_of()
        found = said(tables, own)
        assert found["key"].tolist() == ["brands_absent", "brands_no_use", "brands_no_market"]
        text = " ".join(found[f"text_{lang}"])
        assert all(table in text for table in competitor.TABLES)

    def test_what_is_planted_is_said(self):
        keys = set(keys_of(**world(null=False)))
        planted = {
            "driver",
            "weakness",
            "worse_here",
            "losing",
            "users_worse_here",
            "share_falling",
            "rival_rising",
        }
        assert planted | {"way", "changed", "regions_falling", "voice", "first_mend"} <= keys

    def test_on_data_without_relations_nothing_is_claimed(self):
        keys = set(keys_of(**world(null=True)))
        assert not keys & CLAIMS
        assert {
            "no_driver",
            "alike",
            "groups_alike",
            "flows_even",
            "users_alike",
            "share_steady",
            "nothing_first",
        } <= keys

    @pytest.mark.parametrize(
        ("absent", "said_instead"),
        [
            ("brand_ratings", {"no_ratings"}),
            ("brands", {"no_scorecard"}),
            ("brand_use", {"no_use"}),
            ("market", {"no_market"}),
        ],
    )
    def test_a_table_that_is_absent_is_named_once(self, absent, said_instead):
        given = world(null=False)
        del given[absent]
        rules = CompetitorRules(own_brand="Ours", outcome_attribute="again")
        tables, own = made_of(rules, **given)
        found = said(tables, own, rules)
        assert {f"brands_{key}" for key in said_instead} <= set(found["key"])
        assert absent in " ".join(found["text_en"])
        named = found[found["text_zh"].str.contains(f"{absent} 表")]
        assert set(named["key"]) == {f"brands_{key}" for key in said_instead}

    def test_without_own_brand_it_is_asked_for_once(self):
        given = world(null=False)
        keys = keys_of(**given | {"brands": given["brands"].assign(is_own="no")})
        assert keys.count("no_own") == 1
        assert not {"weakness", "losing", "first_mend", "groups_alike"} & set(keys)

    def test_columns_that_are_absent_are_named(self):
        given = world(null=False)
        keys = keys_of(
            **given
            | {
                "brands": given["brands"][["brand", "is_own", "attribute", "score"]],
                "brand_use": given["brand_use"][["respondent_id", "brand"]],
                "market": given["market"][["period", "brand", "sales"]],
                "brand_ratings": given["brand_ratings"].drop(columns=["age_band", "respondent_id"]),
            }
        )
        assert {"no_scorecard", "no_flows", "no_voice", "no_groups", "no_users", "unranked"} <= set(keys)

    def test_a_scorecard_without_ways_still_tells_its_changes(self):
        given = world(null=False)
        keys = keys_of(
            **given
            | {"brands": given["brands"].drop(columns=["price_level", "tier_served", "strategy_type"])}
        )
        assert {"no_ways", "changed"} <= set(keys)

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"period": "spring"}, "no_order"),
            ({"brand": "Ours"}, "one_brand"),
            ({"sales": 0.0}, "one_brand"),
        ],
    )
    def test_a_market_that_gives_no_share_says_why(self, change, key):
        given = world(null=False)
        assert key in keys_of(**given | {"market": given["market"].assign(**change)})

    def test_a_market_with_holes_is_not_judged(self):
        given = world(null=False)
        assert "untested_trends" in keys_of(**given | {"market": given["market"].iloc[1:]})

    def test_one_row_of_each_table_is_enough_for_sentences(self):
        assert keys_of(
            CompetitorRules(), **{name: table.head(1) for name, table in world(null=False).items()}
        )

    def test_a_dimension_of_ones_own_keeps_its_name(self):
        given = world(null=False)
        told = given["brand_ratings"].rename(columns={"age_band": "generation"})
        tables, own = made_of(RULES, **given | {"brand_ratings": told})
        found = said(tables, own, RULES).set_index("key")
        assert "generation 56-65" in found.loc["brands_worse_here", "text_zh"]

    def test_ratings_alone_say_what_to_set(self, sample):
        tables, own = made_of(brand_ratings=sample)
        found = said(tables, own)
        assert {"brands_no_own", "brands_map", "brands_equal_weights", "brands_no_market"} <= set(
            found["key"]
        )
        text = " ".join(found["text_en"])
        assert "set own_brand to one of a, b, c" in text
        assert "84.1%" in text

    def test_sentences_of_the_sample(self, sample):
        rules = CompetitorRules(outcome_attribute="rebuy", own_brand="e")
        market = pd.DataFrame({"period": ["2024", "2024"], "brand": ["e", "g"], "sales": [1.0, 3.0]})
        tables, own = made_of(rules, brand_ratings=sample, market=market)
        text = " ".join(said(tables, own, rules)["text_en"])
        assert "perform: 2.68 against 4.69" in text
        assert "In 2024 alone, e has 25.0% of the market sales given" in text

    def test_a_market_alone_gives_its_share(self):
        market = pd.DataFrame({"period": ["2024", "2024"], "brand": ["e", "g"], "sales": [1.0, 3.0]})
        keys = keys_of(CompetitorRules(own_brand="e"), market=market)
        assert keys == ["absent", "no_use", "market", "untested_trends", "no_voice", "nothing_first"]

    def test_ratings_too_few_say_so(self, sample):
        keys = keys_of(CompetitorRules(own_brand="e"), brand_ratings=sample.groupby("brand").head(2))
        assert {"unranked", "no_gaps", "no_map"} <= set(keys)

    def test_a_scorecard_is_called_a_judgement(self):
        rows = [
            (b, a, s, "test", "2025-01-01") for b, s in (("A", 1), ("B", 2), ("C", 4)) for a in ("x", "y")
        ]
        card = pd.DataFrame(rows, columns=["brand", "attribute", "score", "source", "as_of"])
        keys = keys_of(CompetitorRules(own_brand="A"), brands=card)
        assert {"scorecard", "axis_level", "weakness"} <= set(keys)

    def test_an_outcome_that_nothing_goes_with(self):
        told = pd.DataFrame({"brand": ["A"] * 3, "fall": [3, 2, 1], "again": [1, 2, 3]})
        rules = CompetitorRules(min_ratings=2, outcome_attribute="again")
        assert "no_driver" in keys_of(rules, brand_ratings=told)

    def test_leaves_its_input_alone(self):
        tables, own = made_of(RULES, **world(null=False))
        before = {name: table.copy() for name, table in tables.items()}
        said(tables, own, RULES)
        for name, table in tables.items():
            pd.testing.assert_frame_equal(table, before[name])


class TestNotebook:
    def test_with_brand_tables_it_writes_what_it_shows(self, tmp_path):
        """The sample has no brand tables, so nbval sees only the page that says so; here it has some."""
        notebook = nbformat.read(store.home() / "notebooks" / "05_competitor.ipynb", as_version=4)
        given = {"data": str(SAMPLE.parent), "out": str(tmp_path / "out"), "own_brand": "e", "lang": "zh"}
        cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
        cell.source += "".join(f"\n{name} = {value!r}" for name, value in given.items())
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
        region = tmp_path / "out" / "regions" / "all"
        written = {path.stem: pd.read_parquet(path) for path in (region / "tables").glob("*.parquet")}
        assert set(written) == set(schema.NOTEBOOK_TABLES["05"])
        assert len(written["brand_positions"]) == 20
        assert written["brand_gaps"]["verdict"].value_counts().to_dict() == {
            "strength": 4,
            "par": 4,
            "weakness": 1,
        }
        assert findings.recompute(written["findings_05"], written.__getitem__).empty
        figures = {path.stem for path in (region / "figures").glob("*.png")}
        assert figures == {f"05_{name}" for name in schema.NOTEBOOK_FIGURES["05"]}
