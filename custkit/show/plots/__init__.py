"""Charts: a finished table and the words go in, what was drawn on comes back."""

from custkit.show.plots import style
from custkit.show.plots.brands import brand_heatmap, gap_bars, position_map
from custkit.show.plots.clean import ledger_waterfall, quarantine_reasons
from custkit.show.plots.clusters import cluster_criteria, cluster_profile, cluster_scatter, cluster_shares
from custkit.show.plots.profile import lorenz, monthly, order_value, products, regions, returning, week
from custkit.show.plots.scores import score_grid, shares
from custkit.show.plots.strategy import plan_money, plan_test

__all__ = [
    "brand_heatmap",
    "cluster_criteria",
    "cluster_profile",
    "cluster_scatter",
    "cluster_shares",
    "gap_bars",
    "ledger_waterfall",
    "lorenz",
    "monthly",
    "order_value",
    "plan_money",
    "plan_test",
    "position_map",
    "products",
    "quarantine_reasons",
    "regions",
    "returning",
    "score_grid",
    "shares",
    "style",
    "week",
]

style.theme()
