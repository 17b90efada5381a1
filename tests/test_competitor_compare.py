"""How the own brand stands among its rivals."""

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient
from scipy.stats import t as student

from custkit import competitor, schema, store
from custkit import findings as sentences
from custkit.competitor import brands
from custkit.errors import SettingsError
from custkit.settings import CompetitorRules
from custkit.words import Words

SAMPLE = store.home() / "data" / "sample" / "brand_ratings" / "brand_ratings.csv"
FEW = CompetitorRules(min_ratings=2)


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.read_csv(SAMPLE)


@pytest.fixture
def means(sample) -> pd.DataFrame:
    return brands.brand_means(sample)


@pytest.fixture
def pair() -> pd.DataFrame:
    """Two people rate Ours 8 and 6, Rival 5 and 4: differences of 3 and 2."""
    return pd.DataFrame(
        {
            "respondent_id": ["r1", "r2"] * 2,
            "brand": ["Ours", "Ours", "Rival", "Rival"],
            "quality": [8, 6, 5, 4],
        }
    )


def table_of(scores: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Ranked means of brands, as if from a scorecard with source and date."""
    rows = [(b, a, v, "test", "2025-01-01") for b, cells in scores.items() for a, v in cells.items()]
    card = pd.DataFrame(rows, columns=["brand", "attribute", "score", "source", "as_of"])
    return brands.brand_means(schema.empty("brand_ratings"), card)


def gaps_of(ratings: pd.DataFrame, own: str, rules: CompetitorRules = FEW) -> pd.DataFrame:
    means = brands.brand_means(ratings, rules=rules)
    return competitor.gaps(means, ratings, own, brands.importance(means, ratings, rules), rules)


class TestPositions:
    def test_published_shares(self, means):
        shares = competitor.positions(means).groupby("axis")["explained_share"].first()
        assert shares.round(4).tolist() == [0.5062, 0.3344]

    def test_one_row_per_brand_and_axis_centred(self, means):
        placed = competitor.positions(means, "e")
        assert placed.groupby("axis").size().tolist() == [10, 10]
        assert placed.groupby("axis")["score"].sum().tolist() == pytest.approx([0, 0], abs=1e-8)
        assert set(placed.loc[placed["is_own"], "brand"]) == {"e"}

    def test_two_attributes_by_hand(self):
        """Two attributes that agree but for sign: all differences lie on one axis."""
        placed = competitor.positions(
            table_of({"A": {"x": 1, "y": 3}, "B": {"x": 2, "y": 2}, "C": {"x": 3, "y": 1}})
        )
        first = placed[placed["axis"] == 1].set_index("brand")["score"]
        assert first.to_dict() == pytest.approx({"A": -np.sqrt(3), "B": 0, "C": np.sqrt(3)})
        assert placed.groupby("axis")["explained_share"].first().tolist() == [1.0, 0.0]
        assert (placed.loc[placed["axis"] == 2, "score"] == 0).all()

    def test_shuffled_rows_and_columns_change_no_bit(self, sample):
        odd = sample.assign(fun=sample["fun"] / 3)
        shuffled = odd.sample(frac=1, random_state=7)[odd.columns[::-1]]
        for made in (competitor.positions, competitor.axes, competitor.axis_ends):
            one, other = (made(brands.brand_means(table)) for table in (odd, shuffled))
            pd.testing.assert_frame_equal(one, other, check_exact=True)

    def test_turning_an_attribute_round_turns_only_its_arrow(self, sample, means):
        turned = brands.brand_means(sample.assign(fun=11 - sample["fun"]))
        placed = competitor.positions(means)["score"], competitor.positions(turned)["score"]
        assert np.allclose(*placed)

    @pytest.mark.parametrize(
        "scores",
        [
            {"A": {"x": 1, "y": 2}},
            {"A": {"x": 1, "y": 2}, "B": {"x": 2, "y": 3}},
            {"A": {"x": 1}, "B": {"x": 2}, "C": {"x": 3}},
            {"A": {"x": 1, "y": 5}, "B": {"x": 2, "y": 5}, "C": {"x": 3, "y": 5}},
        ],
        ids=["one brand", "two brands", "one attribute", "one attribute that differs"],
    )
    def test_too_little_for_a_map_gives_columns_and_no_rows(self, scores):
        few = table_of(scores)
        for made, name in (
            (competitor.positions, "brand_positions"),
            (competitor.axes, "brand_axes"),
            (competitor.axis_ends, "brand_map"),
        ):
            assert made(few).empty
            assert made(few).dtypes.astype("str").to_dict() == schema.TABLES[name]

    def test_an_attribute_on_which_all_are_equal_has_no_arrow(self, sample):
        flat = brands.brand_means(sample.assign(flat=5))
        assert "flat" not in set(competitor.axes(flat)["attribute"])

    def test_a_brand_with_one_rating_is_not_placed(self, sample):
        lone = sample.iloc[[0]].assign(brand="new")
        placed = competitor.positions(brands.brand_means(pd.concat([sample, lone])))
        assert set(placed["brand"]) == set("abcdefghij")

    def test_the_hole_costs_as_little_as_it_can(self):
        """Only A has z; leaving z out keeps all brands."""
        scores = {"A": {"x": 1, "y": 2, "z": 9}, "B": {"x": 2, "y": 1}, "C": {"x": 3, "y": 5}}
        placed = table_of(scores)
        assert set(competitor.positions(placed)["brand"]) == {"A", "B", "C"}
        assert set(competitor.axes(placed)["attribute"]) == {"x", "y"}

    def test_leaves_its_input_alone(self, means):
        before = means.copy()
        competitor.positions(means)
        pd.testing.assert_frame_equal(means, before)


class TestAxes:
    def test_loadings_have_length_one(self, means):
        squares = competitor.axes(means).groupby("axis")["loading"].apply(lambda loading: (loading**2).sum())
        assert squares.tolist() == pytest.approx([1, 1])

    def test_the_largest_loading_points_to_the_positive_side(self, means):
        for _, axis in competitor.axes(means).groupby("axis"):
            assert axis.loc[axis["loading"].abs().idxmax(), "loading"] > 0

    def test_correlations_are_those_of_the_means_with_the_scores(self, means):
        scores = competitor.positions(means).pivot(index="brand", columns="axis", values="score")
        wide = means.pivot(index="brand", columns="attribute", values="mean_score")
        told = competitor.axes(means).pivot(index="attribute", columns="axis", values="correlation")
        for axis in (1, 2):
            assert told[axis].to_dict() == pytest.approx(wide.corrwith(scores[axis]).to_dict())


class TestAxisEnds:
    def test_names_both_ends(self, means):
        ends = competitor.axis_ends(means)
        assert ends["high_end"].tolist() == ["rebuy", "serious"]
        assert ends["low_end"].tolist() == ["latest", "fun"]
        assert ends[["n_brands", "n_attributes"]].to_numpy().tolist() == [[10, 9], [10, 9]]

    def test_an_axis_of_liking_has_no_low_end(self):
        scores = {"A": {"x": 1, "y": 1.1}, "B": {"x": 2, "y": 2}, "C": {"x": 3, "y": 3.2}}
        assert competitor.axis_ends(table_of(scores))["low_end"].iloc[0] == ""


class TestGaps:
    def test_respondents_are_compared_with_themselves(self, pair):
        row = gaps_of(pair, "Ours").iloc[0]
        assert (row["own"], row["best"], row["gap"], row["gap_to_mean"]) == (7.0, 4.5, 2.5, 2.5)
        assert row["p_adjusted"] == pytest.approx(
            2 * student.sf(2.5 / 0.5, 1)
        )  # sd of 3 and 2, over root 2: 0.5
        assert row["high"] - row["gap_to_mean"] == pytest.approx(student.ppf(0.975, 1) * 0.5)

    def test_strangers_are_compared_by_welch(self, pair):
        row = gaps_of(pair.drop(columns="respondent_id"), "Ours").iloc[0]
        error = np.sqrt(2 / 2 + 0.5 / 2)  # variances 2 and 0.5
        assert row["p_adjusted"] == pytest.approx(2 * student.sf(2.5 / error, 1))

    def test_rivals_weigh_the_same_whatever_their_base(self):
        told = pd.DataFrame({"brand": ["Ours"] * 2 + ["B"] * 2 + ["C"] * 4, "x": [6, 6, 2, 2, 4, 4, 4, 4]})
        row = gaps_of(told, "Ours").iloc[0]
        assert (row["mean_of_rivals"], row["gap_to_mean"], row["best"], row["best_brand"]) == (
            3.0,
            3.0,
            4.0,
            "C",
        )
        assert (row["gap"], row["n_rivals"], row["n"]) == (2.0, 2, 2)

    def test_best_rivals_that_tie_are_named_by_name(self):
        told = pd.DataFrame({"brand": ["Ours", "C", "B"] * 2, "x": [1, 5, 5] * 2})
        assert gaps_of(told, "Ours")["best_brand"].tolist() == ["B"]

    def test_lower_can_be_better(self):
        told = pd.DataFrame({"brand": ["Ours", "B", "C"] * 2, "price": [3, 5, 4] * 2})
        rules = CompetitorRules(min_ratings=2, lower_is_better=("price",))
        row = gaps_of(told, "Ours", rules).iloc[0]
        assert (row["gap"], row["gap_to_mean"], row["best_brand"], row["verdict"]) == (
            1.0,
            1.5,
            "C",
            "strength",
        )

    def test_when_nobody_differs_any_gap_is_certain(self):
        told = pd.DataFrame({"brand": ["Ours", "B"] * 2, "x": [3, 5] * 2, "y": [4, 4] * 2})
        verdicts = gaps_of(told, "Ours").set_index("attribute")
        assert verdicts["verdict"].to_dict() == {"x": "weakness", "y": "par"}
        assert verdicts["p_adjusted"].to_dict() == {"x": 0.0, "y": 1.0}

    def test_a_trifle_is_par_however_certain(self):
        told = pd.DataFrame({"brand": ["Ours", "B"] * 50, "x": [5.2, 5.0] * 49 + [10, 1]})
        assert gaps_of(told, "Ours", CompetitorRules(gap_threshold=0.5))["verdict"].tolist() == ["par"]

    def test_chance_is_par_however_large(self):
        told = pd.DataFrame({"brand": ["Ours", "Ours", "B", "B"], "x": [1, 10, 1, 6]})
        assert gaps_of(told, "Ours")["verdict"].tolist() == ["par"]

    def test_verdicts_on_the_sample(self, sample):
        rules = CompetitorRules(outcome_attribute="rebuy")
        made = gaps_of(sample, "e", rules).set_index("attribute")
        assert made.index[made["verdict"] == "strength"].tolist() == ["bargain", "value", "fun", "latest"]
        assert made.index[made["verdict"] == "weakness"].tolist() == ["perform"]
        assert made.loc["bargain", ["own", "best", "best_brand", "place"]].tolist() == [5.73, 6.65, "g", 1]

    def test_more_attributes_make_the_same_gap_less_certain(self, sample):
        alone = gaps_of(sample[["brand", "leader"]], "e").set_index("attribute").loc["leader"]
        among = gaps_of(sample, "e").set_index("attribute").loc["leader"]
        assert alone["p_adjusted"] < among["p_adjusted"]
        assert alone["high"] < among["high"]

    def test_a_scorecard_is_judged_by_size_and_not_tested(self):
        means = table_of({"Ours": {"service": 9, "range": 5}, "B": {"service": 6, "range": 5}})
        nobody = schema.empty("brand_ratings")
        made = competitor.gaps(means, nobody, "Ours", brands.importance(means, nobody)).set_index("attribute")
        assert made["verdict"].to_dict() == {"service": "strength", "range": "par"}
        assert made[["p_adjusted", "low", "high"]].isna().all(axis=None)

    def test_unranked_cells_have_no_say(self, pair):
        lone = pd.DataFrame({"respondent_id": ["r3"], "brand": ["New"], "quality": [10]})
        assert gaps_of(pd.concat([pair, lone]), "Ours")["best_brand"].tolist() == ["Rival"]

    @pytest.mark.parametrize("own", ["", "Nobody"])
    def test_without_own_brand_no_rows(self, pair, own):
        made = gaps_of(pair, own)
        assert made.empty
        assert made.dtypes.astype("str").to_dict() == schema.TABLES["brand_gaps"]

    def test_one_brand_alone_has_no_gaps(self, pair):
        assert gaps_of(pair[pair["brand"] == "Ours"], "Ours").empty

    def test_names_the_attribute_that_is_not_there(self, pair):
        with pytest.raises(SettingsError, match=r"lower_is_better: no price .* quality"):
            gaps_of(pair, "Ours", CompetitorRules(min_ratings=2, lower_is_better=("price",)))

    def test_shuffled_rows_and_columns_change_no_bit(self, sample):
        people = sample.assign(respondent_id=[f"r{i % 100}" for i in range(1000)])
        shuffled = people.sample(frac=1, random_state=3)[people.columns[::-1]]
        rules = CompetitorRules(outcome_attribute="rebuy")
        pd.testing.assert_frame_equal(
            gaps_of(people, "e", rules), gaps_of(shuffled, "e", rules), check_exact=True
        )

    def test_leaves_its_input_alone(self, pair):
        means = brands.brand_means(pair, rules=FEW)
        weights = brands.importance(means, pair, FEW)
        before = pair.copy(), means.copy(), weights.copy()
        competitor.gaps(means, pair, "Ours", weights, FEW)
        for table, was in zip((pair, means, weights), before, strict=True):
            pd.testing.assert_frame_equal(table, was)

    @pytest.mark.slow
    @pytest.mark.parametrize("shared", [0.0, 2.0], ids=["strangers", "people with a habit of high marks"])
    def test_where_brands_are_equal_few_samples_find_a_verdict(self, shared):
        """Five equal brands, six attributes, 40 people: at most about 5 % of samples may call anything a gap."""
        random = np.random.default_rng(2026)
        rules = CompetitorRules(gap_threshold=0.0)
        found = 0
        for _ in range(400):
            habit = np.repeat(random.normal(0, shared, 40), 5)[:, None]
            told = pd.DataFrame(random.normal(5, 1, (200, 6)) + habit).add_prefix("x")
            told.insert(0, "brand", list("ABCDE") * 40)
            told.insert(1, "respondent_id", np.repeat([f"r{i}" for i in range(40)], 5))
            found += gaps_of(told, "A", rules)["verdict"].ne("par").any()
        assert found / 400 < 0.08  # 0.05 and three standard errors


class TestQuestions:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_one_row_per_table_that_says_whether_it_is_here(self, lang):
        words = Words(lang)
        shown = competitor.questions({table: table == "market" for table in competitor.TABLES}, words)
        assert shown.iloc[:, 1].tolist() == list(competitor.TABLES)
        yes, no = words("page.brands.here"), words("page.brands.absent")
        assert shown.iloc[:, -1].tolist() == [no, no, no, yes]


class TestFindings:
    def tables(self, ratings, card, own, rules, market=None) -> dict[str, pd.DataFrame]:
        means = brands.brand_means(ratings, card, rules)
        weights = brands.importance(means, ratings, rules)
        return {
            "brand_means": means,
            "brand_map": competitor.axis_ends(means),
            "brand_importance": weights,
            "brand_gaps": competitor.gaps(means, ratings, own, weights, rules),
            "brand_shares": brands.brand_shares(
                schema.empty("brand_use"), schema.empty("market") if market is None else market
            ),
        }

    def said(self, tables: dict[str, pd.DataFrame], own: str, rules: CompetitorRules) -> pd.DataFrame:
        found = competitor.findings(*tables.values(), own, rules)
        assert sentences.recompute(found, tables.__getitem__).empty
        return found

    def test_without_tables_one_sentence_says_which_to_bring(self):
        rules = CompetitorRules()
        tables = self.tables(schema.empty("brand_ratings"), schema.empty("brands"), "", rules)
        found = self.said(tables, "", rules)
        assert found["key"].tolist() == ["brands_absent"]
        assert found["text_en"].str.contains("brand_ratings").all()
        assert found["text_zh"].str.contains("brand_ratings").all()

    def test_ratings_alone_say_what_to_set(self, sample):
        rules = CompetitorRules()
        found = self.said(self.tables(sample, schema.empty("brands"), "", rules), "", rules)
        assert {"brands_no_own", "brands_map", "brands_equal_weights", "brands_no_market"} <= set(
            found["key"]
        )
        assert "set own_brand to one of a, b, c" in " ".join(found["text_en"])

    def test_with_all_of_it_every_sentence_holds(self, sample):
        rules = CompetitorRules(outcome_attribute="rebuy")
        market = pd.DataFrame({"period": ["2024", "2024"], "brand": ["e", "g"], "sales": [1.0, 3.0]})
        found = self.said(self.tables(sample, schema.empty("brands"), "e", rules, market), "e", rules)
        text = " ".join(found["text_en"])
        assert "perform: 2.68 against 4.69" in text
        assert "84.1%" in text
        assert "e has 25.0% of the market sales given for 2024" in text

    def test_a_market_alone_gives_its_share(self):
        market = pd.DataFrame({"period": ["2024", "2024"], "brand": ["e", "g"], "sales": [1.0, 3.0]})
        rules = CompetitorRules(own_brand="e")
        tables = self.tables(schema.empty("brand_ratings"), schema.empty("brands"), "e", rules, market)
        assert self.said(tables, "e", rules)["key"].tolist() == [
            "brands_absent",
            "brands_no_use",
            "brands_market",
        ]

    def test_ratings_too_few_say_so(self, pair):
        rules = CompetitorRules()
        found = self.said(self.tables(pair, schema.empty("brands"), "Ours", rules), "Ours", rules)
        assert {"brands_unranked", "brands_no_gaps", "brands_no_map"} <= set(found["key"])

    def test_a_scorecard_is_called_a_judgement(self):
        rules = CompetitorRules(outcome_attribute="")
        rows = [
            (b, a, s, "test", "2025-01-01") for b, s in (("A", 1), ("B", 2), ("C", 4)) for a in ("x", "y")
        ]
        card = pd.DataFrame(rows, columns=["brand", "attribute", "score", "source", "as_of"])
        found = self.said(self.tables(schema.empty("brand_ratings"), card, "A", rules), "A", rules)
        assert {"brands_scorecard", "brands_axis_level", "brands_weakness"} <= set(found["key"])

    def test_an_outcome_that_nothing_goes_with(self):
        told = pd.DataFrame({"brand": ["A"] * 3, "fall": [3, 2, 1], "again": [1, 2, 3]})
        rules = CompetitorRules(min_ratings=2, outcome_attribute="again")
        found = self.said(self.tables(told, schema.empty("brands"), "A", rules), "A", rules)
        assert "brands_no_driver" in set(found["key"])


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
        assert sentences.recompute(written["findings_05"], written.__getitem__).empty
        figures = {path.stem for path in (region / "figures").glob("*.png")}
        assert figures == {f"05_{name}" for name in schema.NOTEBOOK_FIGURES["05"]}
