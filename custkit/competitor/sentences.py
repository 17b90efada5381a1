"""What 05 says in sentences: only what its tables prove, and which table would switch on what is silent."""

import pandas as pd

from custkit import findings as sentences
from custkit import words as catalogue
from custkit.settings import CompetitorRules


def findings(
    tables: dict[str, pd.DataFrame], own: str, rules: CompetitorRules = CompetitorRules()
) -> pd.DataFrame:
    """All that 05 claims, in the order of its sections; where a table is lacking, which one would switch the part on.

    ``tables`` holds every table of the notebook under its name. A verdict that its table does not give is claimed by
    no sentence: one says instead that nothing stands out.
    """
    return sentences.frame("05", _Teller(tables, own, rules).all())


class _Teller:
    """The sentences of one set of tables."""

    def __init__(self, tables: dict[str, pd.DataFrame], own: str, rules: CompetitorRules):
        self.tables, self.own, self.rules = tables, own, rules

    def all(self) -> list[dict]:
        shares = self.tables["brand_shares"]
        has_use, has_market = ((shares["source"] == source).any() for source in ("use", "market"))
        if self.tables["brand_cards"].empty and shares.empty:
            return [
                self.say("absent", "brand_means"),
                self.say("no_use", "brand_shares"),
                self.say("no_market", "brand_shares"),
            ]
        means = self.tables["brand_means"]
        told = self.cards() if len(self.tables["brand_cards"]) else []
        told += [self.say("absent", "brand_means")] if means.empty else self.means()
        told += self.no_own()
        if self.has_ratings:
            told += self.importance()
        told += [] if means.empty else [*self.map(), *(self.gaps() if self.own else [])]
        if self.has_ratings and self.own:
            told += [*self.groups(), *self.white_space()]
        told += self.use() if has_use else [self.say("no_use", "brand_shares")]
        told += self.market() if has_market else [self.say("no_market", "brand_shares")]
        return told + (self.first() if self.own else [])

    @property
    def has_ratings(self) -> bool:
        return bool((self.tables["brand_means"]["basis"] == "ratings").any())

    def say(self, key: str, table: str, *where: tuple, given: dict | None = None, **recipes: tuple) -> dict:
        return sentences.make(
            f"brands_{key}", table, self.tables[table], where=list(where), given=given, **recipes
        )

    def no_own(self) -> list[dict]:
        if self.own:
            return []
        names = sorted({*self.tables["brand_cards"]["brand"], *self.tables["brand_shares"]["brand"]})
        given = {"names": ", ".join(names[:12]) + (" …" if len(names) > 12 else "")}
        return [self.say("no_own", "brand_gaps", given=given)]

    def cards(self) -> list[dict]:
        cards, changes = self.tables["brand_cards"], self.tables["brand_changes"]
        ways = cards[["price_level", "tier_served", "strategy_type"]] != ""
        if changes.empty and not ways.any(axis=None):
            return [self.say("no_scorecard", "brand_cards")]
        told = [] if ways.any(axis=None) else [self.say("no_ways", "brand_cards")]
        if (cards["is_own"] & ways.all(axis=1)).any():
            recipes = {name: ("only", name) for name in ways}
            mine = ("is_own", "==", True)
            told.append(self.say("way", "brand_cards", mine, given={"own": self.own}, **recipes))
        if changes.empty:
            return [*told, self.say("no_changes", "brand_changes")]
        moved = changes[changes["is_own"] & (changes["place"] == 1)]
        if len(moved) and moved["change"].abs().iloc[0] > 1e-12:
            recipes = {
                name: ("only", name) for name in ("attribute", "before", "score", "before_on", "as_of")
            }
            where = [("is_own", "==", True), ("place", "==", 1)]
            told.append(self.say("changed", "brand_changes", *where, given={"own": self.own}, **recipes))
        return told

    def means(self) -> list[dict]:
        means = self.tables["brand_means"]
        counts = {
            "brands": ("nunique", "brand"),
            "attributes": ("nunique", "attribute"),
            "ratings": ("sum", "n"),
        }
        told = [
            self.say(basis, "brand_means", ("basis", "==", basis), **counts)
            for basis in ("ratings", "scorecard")
            if (means["basis"] == basis).any()
        ]
        if not self.has_ratings:
            told.append(self.say("no_ratings", "brand_means"))
        if not means["ranked"].all():
            given = {"base": self.rules.min_ratings}
            told.append(
                self.say("unranked", "brand_means", ("ranked", "==", False), given=given, cells=("count",))
            )
        return told

    def importance(self) -> list[dict]:
        weights, table = self.tables["brand_importance"], "brand_importance"
        given = {"outcome": self.rules.outcome_attribute}
        if not self.rules.outcome_attribute:
            return [self.say("equal_weights", table)]
        if not weights["derived"].any():
            return [self.say("no_driver", table, given=given)]
        recipes = {name: ("only", name) for name in ("attribute", "correlation", "importance")}
        return [self.say("driver", table, ("place", "==", 1), given=given, **recipes)]

    def map(self) -> list[dict]:
        ends, table = self.tables["brand_map"], "brand_map"
        if ends.empty:
            return [self.say("no_map", table, given={"base": self.rules.min_ratings})]
        if (ends["n_apart"] < 2).all():
            return [self.say("alike", table, brands=("max", "n_brands"), attributes=("max", "n_attributes"))]
        counts = {"brands": ("max", "n_brands"), "attributes": ("max", "n_attributes")}
        told = [self.say("map", table, share=("sum", "explained_share"), **counts)]
        recipes = {
            "axis": ("only", "axis"),
            "share": ("only", "explained_share"),
            "high": ("only", "high_end"),
        }
        for row in ends[ends["explained_share"] > 0].itertuples():
            key, low = ("axis", {"low": ("only", "low_end")}) if row.low_end else ("axis_level", {})
            told.append(self.say(key, table, ("axis", "==", row.axis), **recipes, **low))
        return told

    def gaps(self) -> list[dict]:
        gaps, table = self.tables["brand_gaps"], "brand_gaps"
        given = {"own": self.own, "base": self.rules.min_ratings}
        if gaps.empty:
            return [self.say("no_gaps", table, given=given)]
        recipes = {name: ("only", name) for name in ("attribute", "mean_of_rivals", "best", "best_brand")}
        told = []
        for verdict in ("weakness", "strength"):
            where = ("verdict", "==", verdict)
            told.append(self.say(f"count_{verdict}", table, where, given=given, count=("count",)))
            if (gaps["verdict"] == verdict).any():
                first = [where, ("place", "==", 1)]
                told.append(self.say(verdict, table, *first, given=given, score=("only", "own"), **recipes))
        return told

    def groups(self) -> list[dict]:
        by_group, table, given = self.tables["brand_gaps_by_group"], "brand_gaps_by_group", {"own": self.own}
        if by_group.empty:
            return [self.say("no_groups", table, given={"base": self.rules.min_ratings})]
        recipes = {name: ("only", name) for name in ("attribute", "level", "gap_to_mean", "elsewhere", "n")}
        told = [
            self.say(verdict, table, *first, given=given, dimension=self.dimension(row), **recipes)
            for verdict in ("worse_here", "better_here")
            for row, first in self.leading(table, verdict)
        ]
        return told or [self.say("groups_alike", table, given=given, groups=("nunique", "level"))]

    def white_space(self) -> list[dict]:
        table, given = "white_space", {"name": self.own}
        if not self.tables["brand_importance"]["derived"].any():
            return [self.say("no_white_space", table)]
        recipes = {name: ("only", name) for name in ("attribute", "own", "best", "best_brand", "line")}
        for row, first in self.leading(table, "unmet"):
            if row["level"]:
                group = {"dimension": self.dimension(row), "level": ("only", "level")}
                return [self.say("open", table, *first, given=given, **group, **recipes)]
            return [self.say("open_to_all", table, *first, given=given, **recipes)]
        return [self.say("all_met", table)]

    def use(self) -> list[dict]:
        told = self.share("use", "")
        if not self.own:
            return told
        flows, table, given = self.tables["brand_net_flows"], "brand_net_flows", {"own": self.own}
        recipes = {name: ("only", name) for name in ("rival", "lost", "gained", "switchers", "low", "high")}
        moved = [
            self.say(verdict, table, *first, given=given, **recipes)
            for verdict in ("losing", "gaining")
            for _, first in self.leading(table, verdict)
        ]
        if self.tables["brand_flows"].empty:
            moved = [self.say("no_flows", "brand_flows")]
        elif (flows["verdict"] == "untested").all():
            moved = [self.say("few_flows", table, given={**given, "least": self.rules.min_switchers})]
        buyers = self.users() if self.has_ratings else []
        return [*told, *(moved or [self.say("flows_even", table, given=given)]), *buyers]

    def users(self) -> list[dict]:
        users, table, given = self.tables["brand_users"], "brand_users", {"own": self.own}
        if users.empty or (users["verdict"] == "untested").all():
            return [self.say("no_users", table, given={"base": self.rules.min_ratings})]
        recipes = {
            "level": ("only", "level"),
            "share": ("only", "share_for_own"),
            "elsewhere": ("only", "share_for_own_elsewhere"),
        }
        told = [
            self.say(f"users_{verdict}", table, *first, given=given, dimension=self.dimension(row), **recipes)
            for verdict in ("better_here", "worse_here")
            for row, first in self.leading(table, verdict)
        ]
        return told or [self.say("users_alike", table, given=given, groups=("count",))]

    def market(self) -> list[dict]:
        shares = self.tables["brand_shares"]
        of_market = shares[shares["source"] == "market"]
        if of_market["share"].isna().all():
            return [self.say("one_brand", "brand_shares")]
        latest = of_market.loc[of_market["share"].notna(), "period"].iloc[-1]  # in the order of time
        in_order = (of_market["period_no"] > 0).all()
        told = self.share("market", latest) if in_order else [self.say("no_order", "brand_shares")]
        return [*told, *(self.trends() if in_order else []), *(self.voice() if in_order else [])]

    def share(self, source: str, period: str) -> list[dict]:
        shares = self.tables["brand_shares"]
        where = [("source", "==", source), ("period", "==", period), ("brand", "==", self.own)]
        mine = shares[
            (shares["source"] == source) & (shares["period"] == period) & (shares["brand"] == self.own)
        ]
        if not mine["share"].notna().any():
            return []
        given = {"own": self.own, "period": period}
        return [self.say(source, "brand_shares", *where, given=given, share=("only", "share"))]

    def trends(self) -> list[dict]:
        trends, table = self.tables["brand_trends"], "brand_trends"
        whole = trends[trends["region"] == ""]
        if (whole["verdict"] == "untested").all():
            return [self.say("untested_trends", table)]
        names = ("brand", "share_first", "share_last", "first_period", "last_period")
        recipes = {name: ("only", name) for name in names}
        told = []
        for row in whole[whole["is_own"]].itertuples():
            where = [("region", "==", ""), ("brand", "==", row.brand)]
            told.append(self.say(f"share_{row.verdict}", table, *where, **recipes))
        rivals = whole[~whole["is_own"] & whole["verdict"].isin(["rising", "falling"])]
        for _, moves in rivals.sort_values("place").groupby("verdict"):
            where = [("region", "==", ""), ("brand", "==", moves["brand"].iloc[0])]
            told.append(self.say(f"rival_{moves['verdict'].iloc[0]}", table, *where, **recipes))
        if not told:
            told = [self.say("nobody_moves", table, ("region", "==", ""), brands=("nunique", "brand"))]
        if (trends["region"] != "").any():
            told += [
                self.say(
                    f"regions_{verdict}",
                    table,
                    ("region", "!=", ""),
                    ("verdict", "==", verdict),
                    given={"own": self.own},
                    regions=("count",),
                )
                for verdict in ("falling", "rising")
                if ((trends["region"] != "") & (trends["verdict"] == verdict)).any()
            ]
        return told

    def voice(self) -> list[dict]:
        voice, table = self.tables["brand_voice"], "brand_voice"
        if voice.empty:
            return [self.say("no_voice", table)]
        recipes = {
            name: ("only", name)
            for name in ("share_of_voice", "share_of_market", "first_period", "last_period")
        }
        mine = [("is_own", "==", True)]
        return (
            [self.say("voice", table, *mine, given={"own": self.own}, **recipes)]
            if voice["is_own"].any()
            else []
        )

    def first(self) -> list[dict]:
        made, table = self.tables["brand_suggestions"], "brand_suggestions"
        if made.empty:
            return [self.say("nothing_first", table)]
        row = made.iloc[0]
        recipes = {name: ("only", name) for name in ("subject", "evidence")}
        if row["suggestion"] == "mend_for":
            recipes |= {"dimension": self.dimension(row), "level": ("only", "level")}
        return [self.say(f"first_{row['suggestion']}", table, ("place", "==", 1), **recipes)]

    def leading(self, table: str, verdict: str) -> list[tuple[pd.Series, list[tuple]]]:
        """The first row of a verdict and the conditions that select it; nothing where the verdict does not occur."""
        rows = self.tables[table]
        first = rows[(rows["verdict"] == verdict) & (rows["place"] == 1)]
        where = [("verdict", "==", verdict), ("place", "==", 1)]
        return [(row, where) for _, row in first.iterrows()]

    @staticmethod
    def dimension(row: pd.Series) -> tuple:
        """The name of a dimension in the reader's language; the data's own word where the catalogue has none."""
        known = f"label.dimension.{row['dimension']}" in catalogue.catalogue()
        return ("word", "dimension", "label.dimension.") if known else ("only", "dimension")
