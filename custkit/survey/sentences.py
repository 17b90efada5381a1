"""The sentences of notebook 04 about the survey, the types, and where they meet the groups."""

from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit.settings import SurveyRules
from custkit.survey.types import UNDECIDED
from custkit.words import Words


def findings(tables: dict[str, pd.DataFrame], rules: SurveyRules = SurveyRules()) -> pd.DataFrame:
    """What 04 says of surveys and types, from the tables that it writes.

    Parameters
    ----------
    tables : ``survey_overview``, ``survey_constructs``, ``survey_types``, ``social_types``, ``type_shares``,
        ``type_links``, ``type_crosstab``, by name
    rules : SurveyRules
    """
    parts = (_of_answers, _of_constructs, _of_survey_types, _of_social_types, _of_links)
    return found.frame("04", [row for part in parts for row in part(tables, rules)])


def _of_answers(tables: dict, rules: SurveyRules) -> Iterator[dict]:
    table = tables["survey_overview"]
    row = table.iloc[0]
    if row["rows"] == 0:
        yield found.make("survey_absent", "survey_overview", table)
        return
    if row["constructs"] == 0:
        yield found.make("survey_no_constructs", "survey_overview", table, columns=("only", "set_aside"))
        return
    if row["respondents"] == 0:
        yield found.make("survey_nobody", "survey_overview", table)
    else:
        names = ("respondents", "customers", "share_of_customers", "share_missing", "straight_liners")
        recipes = {name: ("only", name) for name in (*names, "scale_low", "scale_high")}
        yield found.make("survey_answered", "survey_overview", table, **recipes)
    if row["orphans"]:
        yield found.make("survey_orphans", "survey_overview", table, orphans=("only", "orphans"))


def _of_constructs(tables: dict, rules: SurveyRules) -> Iterator[dict]:
    name, table = "survey_constructs", tables["survey_constructs"]
    given = {"asked": rules.min_alpha, "least": rules.min_respondents}
    good = [("reliable", "==", True)]
    if table["reliable"].any():
        recipes = {"constructs": ("count",), "lowest": ("min", "alpha"), "highest": ("max", "alpha")}
        yield found.make("survey_reliable", name, table, where=good, given=given, **recipes)
    poor = [("reliable", "==", False)]
    several = table[~table["reliable"] & table["alpha"].notna()]
    if len(several) > 1:  # one sentence, not one for each
        recipes = {"constructs": ("count",), "lowest": ("min", "alpha"), "highest": ("max", "alpha")}
        yield found.make("survey_unreliable_all", name, table, where=poor, given=given, **recipes)
        return
    for row in table[~table["reliable"]].itertuples():
        where, title = [("construct", "==", row.construct)], _named("construct", row.construct)
        key = "survey_unproved" if pd.isna(row.alpha) else "survey_unreliable"
        told = ("complete",) if pd.isna(row.alpha) else ("alpha", "complete")
        recipes = {value: ("only", value) for value in told}
        yield _make(key, name, table, where, given, title, recipes)


def _of_survey_types(tables: dict, rules: SurveyRules) -> Iterator[dict]:
    table = tables["survey_types"]
    if table.empty:
        if len(tables["survey_constructs"]) == 1:
            yield found.make("survey_one_construct", "survey_constructs", tables["survey_constructs"])
        return
    decided, given = [("type", "!=", UNDECIDED)], {"asked": rules.min_type_margin}
    recipes = {"decided": ("count",), "share": ("share",)}
    if (table["type"] == UNDECIDED).all():
        yield found.make("survey_types_none", "survey_types", table, respondents=("count",))
        return
    yield found.make("survey_types_decided", "survey_types", table, where=decided, given=given, **recipes)
    clear = [("certainty", "==", "clear")]
    if (table["certainty"] == "clear").any():
        yield found.make("survey_types_clear", "survey_types", table, where=clear, clear=("count",))


def _of_social_types(tables: dict, rules: SurveyRules) -> Iterator[dict]:
    table = tables["social_types"]
    if table.empty:
        yield found.make("social_absent", "social_types", table, given={"days": rules.social_days})
        return
    for label in ("active", "consumer", "silent"):
        where = [("type", "==", label)]
        if (table["type"] == label).any():
            recipes = {"customers": ("count",), "share": ("share",)}
            given = {"days": rules.social_days}
            yield found.make(f"social_{label}", "social_types", table, where=where, given=given, **recipes)


def _of_links(tables: dict, rules: SurveyRules) -> Iterator[dict]:
    links, cells = tables["type_links"], tables["type_crosstab"]
    given = {"asked": rules.min_link}
    tried = [("verdict", "!=", "few_known")]
    if (links["verdict"] != "few_known").any() and not (links["verdict"] == "linked").any():
        yield found.make("type_no_link", "type_links", links, where=tried, given=given, tried=("count",))
    for row in links[links["verdict"] == "linked"].itertuples():
        where = [("crossing", "==", row.crossing)]
        recipes = {"crossing": ("word", "crossing", "label.crossing."), "strength": ("only", "cramers_v")}
        recipes["customers"] = ("only", "customers")
        yield found.make("type_linked", "type_links", links, where=where, given=given, **recipes)
        own = cells[(cells["crossing"] == row.crossing) & cells["stands_out"] & (cells["residual"] > 0)]
        for cell in (
            own.sort_values(["residual", "row", "column"], ascending=[False, True, True]).head(1).itertuples()
        ):
            where = [
                ("crossing", "==", cell.crossing),
                ("row", "==", cell.row),
                ("column", "==", cell.column),
            ]
            recipes = {"share": ("only", "share_of_row"), "of_all": ("only", "share_of_all")}
            recipes |= {"customers": ("only", "customers")}
            title = _named("column", cell.column)
            if cell.crossing == "survey_social":
                title = _named("row", cell.row), _named("column", cell.column, "social_type")
                title = tuple(one | other for one, other in zip(*title, strict=True))
            else:
                recipes["row"] = ("only", "row")
                if cell.crossing.endswith("social"):
                    title = _named("column", cell.column, "social_type")
            yield _make(f"type_cell_{cell.crossing}", "type_crosstab", cells, where, {}, title, recipes)


def _named(column: str, value: str, scheme: str = "survey_type") -> tuple[dict, dict]:
    """How a sentence names a type, as recipe or as given: the word of the catalogue, or a user's own name as it stands."""
    prefix = f"label.{scheme}."
    known = Words("en").has(prefix + value)
    return ({column: ("word", column, prefix)}, {}) if known else ({}, {column: value})


def _make(
    key: str, name: str, table: pd.DataFrame, where: list, given: dict, title: tuple, recipes: dict
) -> dict:
    return found.make(key, name, table, where=where, given=given | title[1], **recipes, **title[0])
