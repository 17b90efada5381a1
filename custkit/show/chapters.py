"""The chapters of a region's report, in the order of its story: which findings, charts and tables stand in each."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Chapter:
    """A part of the report. A finding stands in the chapter that holds its table."""

    name: str  # its words: page.chapter.<name> (a question), .short and .lead
    notebook: str  # in which it can be followed
    tables: tuple[str, ...]  # that findings stand on
    figures: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()  # charts that only those who ask for them need to see
    first: tuple[str, ...] = ()  # keys of the findings that lead
    prefix: str = ""  # of keys of findings that stand here whatever their table
    shown: dict[str, tuple[str, ...]] = field(default_factory=dict)  # tables with the columns that are shown


_SHARES = ("customers", "share_of_customers", "spend", "share_of_spend")
_MEDIANS = ("median_recency_days", "median_n_orders", "median_avg_order_value")

CHAPTERS = (
    Chapter(
        "data",
        "01",
        ("ledger_totals", "rejections"),
        ("ledger_waterfall",),
        folded=("quarantine_reasons",),
        first=("main_rejection", "nothing_rejected"),
    ),
    Chapter(
        "business",
        "02",
        (
            "profile_overview",
            "profile_regions",
            "profile_months",
            "profile_weekdays",
            "profile_hours",
            "profile_products",
            "profile_levels",
            "profile_amounts",
            "profile_repeat",
            "profile_concentration",
            "profile_inequality",
        ),
        ("monthly", "regions", "lorenz"),
        folded=("returning", "week", "products", "order_value"),
        first=("profile_size", "profile_giant", "profile_top_buyers", "profile_one_orders"),
    ),
    Chapter(
        "people",
        "02",
        (
            "profile_people",
            "profile_gender",
            "profile_core",
            "profile_best",
            "profile_claims",
            "profile_power",
            "profile_links",
            "profile_tried",
        ),
        ("portrait",),
        first=("profile_best", "profile_claim.price", "profile_claim", "profile_occupation"),
    ),
    Chapter(
        "voice",
        "02",
        (
            "profile_satisfaction",
            "profile_answered",
            "profile_return",
            "profile_recommend",
            "profile_complaints",
            "profile_complainers",
            "profile_complaint_rate",
        ),
        ("satisfaction", "complaints"),
        first=("voice_return_more", "voice_top_complaint"),
        prefix="voice_",
    ),
    Chapter(
        "conduct",
        "02",
        (
            "profile_channel_shift",
            "profile_channel_change",
            "profile_funnel",
            "profile_participation",
            "profile_engagement",
            "profile_discount",
            "profile_tests",
        ),
        ("online_share",),
        first=("conduct_online",),
    ),
    Chapter(
        "contrasts",
        "02",
        ("region_contrasts", "region_verdicts", "profile_reversals"),
        first=("region_level_only", "region_behaviour", "reversal", "region_none"),
    ),
    Chapter(
        "value",
        "03",
        (
            "rfm",
            "cut_points",
            "score_counts",
            "score_proof",
            "labels",
            "tier_basis",
            "rfm8_readings",
            "segments",
            "map_audit",
            "scheme_agreement",
            "crosswalk_words",
            "confidence_summary",
            "step_summary",
        ),
        ("tier_shares", "segment_shares", "score_grid"),
        folded=("treemap", "rfm8_shares", "agreement", "confidence"),
        first=("rfm_tier", "rfm_cannot_lose", "rfm_quiet_segment", "crosswalk_word_why", "confidence_sure"),
        shown={"segments": ("label", *_SHARES)},
    ),
    Chapter(
        "outlook",
        "03",
        (
            "value",
            "value_bases",
            "value_models",
            "value_concentration",
            "holdout_summary",
            "holdout_models",
            "holdout_labels",
            "holdout_ranking",
            "churn_verdict",
            "churn_test",
            "churn_calibration",
            "churn_lift",
            "churn_drivers",
            "churn_reasons",
            "churn_reason_counts",
            "label_flows",
            "revenue_change",
        ),
        ("alive_map", "value_lorenz", "holdout_money", "revenue_change"),
        folded=("holdout_orders", "churn_lift", "churn_calibration", "migration"),
        first=(
            "value_expected",
            "value_interval",
            "value_predicted",
            "value_alive",
            "churn_today",
            "value_once_alive",
            *(f"value_worse_by_{plain}" for plain in ("spend", "orders", "recency")),
            "migration_revenue",
        ),
    ),
    Chapter(
        "groups",
        "04",
        (
            "clusters",
            "cluster_measures",
            "cluster_quality",
            "cluster_summary",
            "cluster_profile",
            "cluster_rules",
        ),
        ("cluster_profile", "cluster_shares"),
        folded=("cluster_criteria", "cluster_scatter"),
        first=(
            *(f"cluster_verdict_{verdict}" for verdict in ("groups", "slices", "none", "given")),
            "cluster_group",
            "cluster_slice",
        ),
        shown={"cluster_profile": ("label", *_SHARES, *_MEDIANS)},
    ),
    Chapter(
        "types",
        "04",
        (
            "survey_items_read",
            "survey_overview",
            "survey_constructs",
            "survey_scores",
            "survey_types",
            "social_types",
            "type_shares",
            "customer_types",
            "type_links",
            "type_crosstab",
        ),
        ("type_crosstab",),
        folded=("type_shares",),
        first=(
            *(f"type_cell_{side}_{types}" for types in ("survey", "social") for side in ("cluster", "slice")),
            "type_cell_survey_social",
            "survey_types_decided",
        ),
    ),
    Chapter(
        "chances",
        "04",
        (
            "profile_matching",
            "profile_penetration",
            "profile_categories",
            "niche_spans",
            "niches",
            "niche_summary",
        ),
        ("penetration", "niches"),
    ),
    Chapter(
        "brands",
        "05",
        (
            "brand_means",
            "brand_map",
            "brand_axes",
            "brand_positions",
            "brand_importance",
            "brand_gaps",
            "brand_cards",
            "brand_changes",
            "brand_gaps_by_group",
            "white_space",
            "brand_suggestions",
        ),
        ("gap_bars", "position_map"),
        folded=("price_quality", "brand_heatmap"),
        first=("brands_weakness", "brands_strength", "brands_first_mend"),
        shown={
            "brand_gaps": (
                "attribute",
                "own",
                "mean_of_rivals",
                "verdict",
                "best",
                "best_brand",
                "importance",
            )
        },
    ),
    Chapter(
        "market",
        "05",
        ("brand_shares", "brand_users", "brand_flows", "brand_net_flows", "brand_trends", "brand_voice"),
        ("market_shares", "net_flows"),
        folded=("share_of_voice",),
        first=("brands_share_falling", "brands_share_rising", "brands_rival_rising", "brands_losing"),
    ),
    Chapter("campaigns", "06", ("plan_past", "plan_channels", "plan_consent", "plan_causes"), ("plan_past",)),
    Chapter(
        "plan",
        "06",
        ("plan_evidence", "plan_budget", "plan", "plan_targets"),
        ("plan_money", "plan_budget", "plan_test"),
        first=(
            "plan_covers",
            "plan_cost.known",
            "plan_cost.assumed",
            "plan_return",
            "plan_loss",
            "plan_seen",
        ),
    ),
)

# The sentences that someone who reads nothing else should read, the most important first; where a key has several,
# which of them.
HEADLINES: dict[str, slice] = {
    "profile_giant": slice(0, 1),
    "rfm_tier": slice(0, 1),  # the tier with most spend
    "plan_past_worked": slice(0, 1),
    "plan_return": slice(0, 1),
    "brands_share_falling": slice(0, 1),
    "region_level_only": slice(None),
    "region_behaviour": slice(None),
    "voice_return_more": slice(0, 1),
    "conduct_online": slice(0, 1),
    "profile_underserved_2": slice(0, 1),
    "profile_underserved_1": slice(0, 1),
    **{f"niche_{kind}": slice(0, 1) for kind in ("pair", "single", "pair_no_cost", "single_no_cost")},
    "brands_weakness": slice(0, 1),
    # In what a region differs: in its own report there is room to name it.
    **{f"region_{measure}": slice(0, 1) for measure in ("satisfaction", "complaints_per_100_orders")},
    **{f"region_{measure}": slice(0, 1) for measure in ("share_lapsed", "share_online", "avg_order_value")},
    "reversal": slice(0, 1),
    "plan_first": slice(0, 1),
    **{f"cluster_verdict_{verdict}": slice(0, 1) for verdict in ("groups", "slices", "none", "given")},
    "rfm_cannot_lose": slice(0, 1),
    "profile_top_buyers": slice(-1, None),  # the widest of the top shares
    "brands_strength": slice(0, 1),
    "profile_one_orders": slice(0, 1),
}
MOST_HEADLINES = 12


def of_finding(key: str, table: str, notebook: str) -> Chapter:
    """The chapter in which a finding stands: by its key, by its table, else the first of its notebook.

    The last is for findings that a user's own notebook states on tables of its own.
    """
    own = [chapter for chapter in CHAPTERS if chapter.prefix and key.startswith(chapter.prefix)]
    own += [chapter for chapter in CHAPTERS if table in chapter.tables]
    return (own + [chapter for chapter in CHAPTERS if chapter.notebook == notebook])[0]
