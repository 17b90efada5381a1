"""Every table of notebook 05 from the brand tables that are given, as its cells make them."""

import pandas as pd

from custkit import competitor, findings, schema
from custkit.competitor import brands
from custkit.settings import CompetitorRules


def made_of(rules: CompetitorRules = CompetitorRules(), **given: pd.DataFrame) -> tuple[dict, str]:
    """Tables by name and the own brand; what is not among brand_ratings, brands, brand_use, market is absent."""
    ratings, card, use, market = (given.get(name, schema.empty(name)) for name in competitor.TABLES)
    own = brands.own_brand(ratings, card, use, market, rules=rules)
    means = brands.brand_means(ratings, card, rules)
    weights, trends = competitor.importance(means, ratings, rules), competitor.trends(market, own, rules)
    gaps = competitor.gaps(means, ratings, own, weights, rules)
    by_group = competitor.gaps_by_group(ratings, own, rules)
    space = competitor.white_space(ratings, own, weights, rules)
    net_flows = competitor.net_flows(use, own, rules)
    tables = {
        "brand_means": means,
        "brand_importance": weights,
        "brand_cards": competitor.cards(means, card, weights, trends, own, rules),
        "brand_changes": competitor.changes(card, own),
        "brand_map": competitor.axis_ends(means, rules),
        "brand_axes": competitor.axes(means),
        "brand_positions": competitor.positions(means, own),
        "brand_gaps": gaps,
        "brand_gaps_by_group": by_group,
        "white_space": space,
        "brand_users": competitor.users(ratings, use, own, rules),
        "brand_flows": competitor.flows(use),
        "brand_net_flows": net_flows,
        "brand_shares": competitor.brand_shares(use, market),
        "brand_trends": trends,
        "brand_voice": competitor.voice(market, own),
        "brand_suggestions": competitor.suggestions(gaps, by_group, space, weights, net_flows),
    }
    return tables, own


def said(tables: dict, own: str, rules: CompetitorRules = CompetitorRules()) -> pd.DataFrame:
    """Findings over the tables, each of which holds when it is computed anew."""
    found = competitor.findings(tables, own, rules)
    failed = findings.recompute(found, tables.__getitem__)
    assert failed.empty, failed.to_string()
    return found
