"""Every dirty export of ``tests/dirty`` is read right, or refused with a reason: nothing changes and nothing is lost in silence."""

import pytest
from dirty import RECIPES, Recipe
from dirty.check import Outcome, pointed, problems, run

SEED, FURTHER_SEEDS = 1, (2, 3, 4)
# Of cases that differ in one value alone (a word, a sign), one is quick; the slow seeds run every value.
QUICK = list({recipe.make: recipe for recipe in reversed(RECIPES)}.values())[::-1]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Cases of the first seed with what came of each, made once."""
    made: dict[str, tuple] = {}

    def outcome(recipe: Recipe) -> tuple:
        if recipe.name not in made:
            case = recipe.case(SEED)
            made[recipe.name] = case, run(case, tmp_path_factory.mktemp("case"))
        return made[recipe.name]

    return outcome


@pytest.mark.parametrize("recipe", QUICK, ids=lambda recipe: recipe.name)
def test_comes_out_as_it_must(recipe, outcomes):
    assert problems(*outcomes(recipe)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", FURTHER_SEEDS)
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_comes_out_as_it_must_from_other_seeds(recipe, seed, tmp_path):
    case = recipe.case(seed)
    assert problems(case, run(case, tmp_path)) == []


def test_quarantined_rows_name_line_and_column(outcomes, capsys):
    rows = found = 0
    for recipe in QUICK:
        case, outcome = outcomes(recipe)
        if not case.refused and not outcome.refusal:
            expected, exact = pointed(case, outcome)
            rows, found = rows + expected, found + exact
    with capsys.disabled():
        print(f"\n{found} of {rows} quarantined rows name the exact line and column ({found / rows:.1%})")
    assert found >= 0.98 * rows


def test_a_wrong_reading_is_found(tmp_path):
    """The check itself: a record that changes, or is lost, or a row that stands in no account, does not pass."""
    case = next(recipe for recipe in RECIPES if recipe.name == "01 utf8_without_mark").case(SEED)
    outcome = run(case, tmp_path)
    case.accounts[0].kept[0]["amount"] += 1
    case.accounts[0].rows += 1
    assert len(problems(case, outcome)) == 2
    assert problems(case, Outcome(refusal="orders.csv: no")) != []


def test_is_made_from_its_seed_alone():
    for recipe in QUICK[::8]:
        if ".xlsx" not in str(
            recipe.case(SEED).files.keys()
        ):  # a workbook holds the time at which it was made
            assert recipe.case(SEED).files == recipe.case(SEED).files


def test_there_are_enough_of_them():
    assert len(QUICK) >= 150
    assert len(RECIPES) >= 300


def test_every_fault_of_reading_has_a_case():
    """Rows 1 to 53 of faults.md; what a whole run must show of G and H is held by the tests of runs and pages."""
    elsewhere = {45, 47, 50, 53}  # benchmarks; regions side by side; clusters; pages without competitors
    assert {fault for recipe in RECIPES for fault in recipe.faults} >= set(range(1, 54)) - elsewhere
