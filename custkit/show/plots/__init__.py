"""Charts: a finished table and the words go in, what was drawn on comes back."""

from custkit.show.plots import churn, crosswalk, scores, style, treemap, value
from custkit.show.plots.brands import brand_heatmap, gap_bars, position_map, price_quality
from custkit.show.plots.clean import ledger_waterfall, quarantine_reasons
from custkit.show.plots.clusters import cluster_criteria, cluster_profile, cluster_scatter, cluster_shares
from custkit.show.plots.market import market_shares, net_flows, share_of_voice
from custkit.show.plots.people import penetration, portrait
from custkit.show.plots.profile import lorenz, monthly, order_value, products, regions, returning, week
from custkit.show.plots.scores import score_grid, shares
from custkit.show.plots.strategy import plan_money, plan_test
from custkit.show.plots.voice import complaints, online_share, satisfaction

__all__ = [
    "brand_heatmap",
    "churn",
    "cluster_criteria",
    "cluster_profile",
    "cluster_scatter",
    "cluster_shares",
    "complaints",
    "crosswalk",
    "gap_bars",
    "ledger_waterfall",
    "lorenz",
    "market_shares",
    "monthly",
    "net_flows",
    "online_share",
    "order_value",
    "penetration",
    "plan_money",
    "plan_test",
    "portrait",
    "position_map",
    "price_quality",
    "products",
    "quarantine_reasons",
    "regions",
    "returning",
    "satisfaction",
    "score_grid",
    "scores",
    "share_of_voice",
    "shares",
    "style",
    "treemap",
    "value",
    "week",
]

style.theme()
