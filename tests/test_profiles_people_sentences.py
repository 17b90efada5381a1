"""Sentences about groups of customers: claimed only where a table says so, and computed from it again."""

import json

import numpy as np
import pandas as pd
import pytest

from custkit import findings
from custkit.profiles import evidence, gaps, people, people_sentences, portrait, purchasing
from custkit.settings import ProfileRules
from custkit.words import LANGUAGES

RULES = ProfileRules()


def customers(n: int = 900, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A thousand people of each age, tier and gender, of whom those of 46-55 in tier 3 come with a fifth of their chance.

    Who earns more spends more, all else is luck.
    """
    random = np.random.default_rng(seed)
    cells = pd.MultiIndex.from_product(
        [["18-24", "25-35", "46-55"], ["tier 1", "tier 2", "tier 3"], ["female", "male"]],
        names=["age_band", "city_tier", "gender"],
    ).to_frame(index=False)
    weight = np.where((cells["age_band"] == "46-55") & (cells["city_tier"] == "tier 3"), 0.2, 1.0)
    drawn = cells.iloc[random.choice(len(cells), n, p=weight / weight.sum())].reset_index(drop=True)
    income, ids = random.integers(0, 4, n), [f"c{number:04d}" for number in range(n)]
    facts = drawn.rename(columns={"age_band": "age"}).assign(
        customer_id=ids,
        income=np.array(["under 60k", "60-120k", "120-240k", "over 240k"])[income],
        occupation=random.choice(["nurse", "clerk"], n),
    )
    orders = random.integers(1, 9, n)
    spend = np.exp(random.normal(5, 0.5, n) + 0.5 * income)
    features = pd.DataFrame(
        {
            "customer_id": ids,
            "status": "buyer",
            "n_orders": orders,
            "spend": spend,
            "avg_order_value": spend / orders,
        }
    )
    baby = np.where(drawn["city_tier"] == "tier 2", 1.0, 30.0)
    mix = pd.concat(
        pd.DataFrame({"customer_id": ids, "dimension": "category", "level": level, "spend": money})
        for level, money in (("Baby", baby), ("Home", random.normal(100, 10, n)))
    )
    return facts, features, cells.assign(people=1000.0), mix


def tables(facts, features, population, mix) -> dict[str, pd.DataFrame]:
    """All tables of the section, under the names under which they are written."""
    known = people.facts(facts, features, as_of=None)
    made = {
        "core": portrait.core(known),
        "best": portrait.best(known),
        "power": purchasing.power(known),
        "links": purchasing.links(known),
        "penetration": gaps.penetration(known, population),
        "categories": gaps.categories(known, mix),
    }
    made |= {"tried": evidence.tried(made), "gender": people.gender(known, population)}
    made |= {"claims": portrait.claims(known), "matching": gaps.matching(known, population)}
    return {f"profile_{name}": table for name, table in made.items()}


def stated(made: dict[str, pd.DataFrame]) -> pd.DataFrame:
    def say(key, table, *where, given=None, **recipes):
        known = {"currency": " CNY", **(given or {})}
        return findings.make(f"profile_{key}", table, made[table], where=list(where), given=known, **recipes)

    return findings.frame("02", list(people_sentences.of_groups(made, say, RULES)))


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    return tables(*customers())


class TestOfGroups:
    def test_what_was_planted_is_claimed(self, made):
        said = stated(made)
        assert said["key"].iloc[0] == "profile_underserved_2"
        assert "age “46-55” with city tier “tier 3”" in said["text_en"].iloc[0]
        assert "Baby hardly reaches customers of city tier “tier 2”" in said["text_en"].iloc[1]
        claims = said[said["key"] == "profile_claim"]
        assert "have more to spend" in claims["text_en"].iloc[0]
        assert "supported by these data" in claims["text_en"].iloc[0]
        assert "“高价值客户购买力强" in claims["text_zh"].iloc[0]
        assert said["text_en"].str.startswith("Over 900 buyers, income and spend rise together").any()

    def test_each_can_be_computed_again(self, made):
        assert findings.recompute(stated(made), lambda name: made[name]).empty

    def test_what_is_not_claimed_is_one_sentence(self, made):
        said = stated(made).set_index("key")
        tried = made["profile_tried"]
        values = json.loads(said.loc["profile_nothing_claimed", "values"])
        assert values["tried"] == tried.loc[tried["claimed"] == 0, "tried"].sum()

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_no_sentence_has_a_hole(self, made, lang):
        assert not stated(made)[f"text_{lang}"].str.contains(r"\bnan\b|[{}]").any()

    def test_without_a_population_a_sentence_names_the_table(self):
        facts, features, population, mix = customers(200)
        said = stated(tables(facts, features, population.iloc[:0], mix)).set_index("key")
        assert "`population`" in said.loc["profile_no_population", "text_en"]
        assert "profile_gender_balanced.half" in said.index

    def test_other_age_bands_are_told_with_the_setting(self):
        facts, features, population, mix = customers(300)
        other = population.replace({"age_band": {"25-35": "25-34", "46-55": "45-54"}})
        said = stated(tables(facts, features, other, mix)).set_index("key")
        assert "`age_bands`" in said.loc["profile_unlike_ages", "text_en"]

    def test_nobody_says_next_to_nothing(self):
        facts, features, population, mix = customers(200)
        said = stated(tables(facts.iloc[:0], features.iloc[:0], population.iloc[:0], mix.iloc[:0]))
        assert said["key"].tolist() == ["profile_no_population"]


class TestTried:
    def test_counts_what_was_tried_and_what_is_claimed(self):
        table = pd.DataFrame({"p_adjusted": [0.01, 0.5, np.nan], "verdict": ["more", "as_others", "too_few"]})
        found = evidence.tried({"best": table})
        assert found.to_numpy().tolist() == [["best", 2, 1]]
