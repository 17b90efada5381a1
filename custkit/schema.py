"""Columns and kinds of every table that comes in and every table that is written."""

from dataclasses import dataclass

import pandas as pd

from custkit.errors import TableError


@dataclass(frozen=True)
class Column:
    """A column of an input table: how it is read, and whether the table is worthless without it."""

    kind: str  # id, text, date, money, number, integer, scale
    required: bool = False
    personal: bool = False  # masked at reading


def _columns(
    required: dict[str, str], optional: dict[str, str], personal: tuple[str, ...] = ()
) -> dict[str, Column]:
    kinds = {**required, **optional}
    return {name: Column(kind, name in required, name in personal) for name, kind in kinds.items()}


INPUTS: dict[str, dict[str, Column]] = {
    # `amount` may be given as quantity and unit_price: ingest holds that rule.
    "orders": _columns(
        {"customer_id": "id", "order_date": "date", "amount": "money"},
        {
            "order_id": "id",
            "quantity": "number",
            "unit_price": "number",
            "product_id": "id",
            "product": "text",
            "category": "text",
            "brand": "text",
            "channel": "text",
            "region": "text",
            "discount": "money",
            "cost": "money",
            "campaign": "text",
        },
    ),
    "products": _columns(
        {"product_id": "id"}, {"product": "text", "category": "text", "brand": "text", "cost": "money"}
    ),
    "customers": _columns(
        {"customer_id": "id"},
        {
            "name": "text",
            "phone": "text",
            "email": "text",
            "gender": "text",
            "birth_date": "date",
            "age": "text",
            "region": "text",
            "city": "text",
            "city_tier": "text",
            "area": "text",
            "industry": "text",
            "occupation": "text",
            "income": "text",
            "education": "text",
            "size": "text",
            "registered_on": "date",
            "source": "text",
            "consent": "text",
        },
        personal=("name", "phone", "email"),
    ),
    "customer_values": _columns(
        {"customer_id": "id"},
        {"last_order": "date", "recency_days": "integer", "n_orders": "integer", "spend": "money"},
    ),
    "feedback": _columns(
        {"customer_id": "id"},
        {
            "date": "date",
            "satisfaction": "scale",
            "recommend": "scale",
            "kind": "text",
            "text": "text",
            "channel": "text",
            "responded_at": "date",
            "resolved_at": "date",
        },
    ),
    "survey": _columns({"customer_id": "id"}, {}),
    "survey_items": _columns({"item": "text"}, {"construct": "text", "reversed": "text", "text": "text"}),
    "activity": _columns(
        {"customer_id": "id", "date": "date", "kind": "text"},
        {"seconds": "number", "channel": "text", "topic": "text"},
    ),
    "brands": _columns(
        {"brand": "text", "attribute": "text", "score": "number"},
        {
            "is_own": "text",
            "source": "text",
            "as_of": "date",
            "price_level": "text",
            "tier_served": "text",
            "strategy_type": "text",
        },
    ),
    "brand_ratings": _columns({"brand": "text"}, {"respondent_id": "id"}),
    "brand_use": _columns(
        {"respondent_id": "id", "brand": "text"}, {"share_of_purchases": "number", "switched_from": "text"}
    ),
    "market": _columns(
        {"period": "text", "brand": "text"}, {"sales": "money", "marketing": "money", "region": "text"}
    ),
    "population": _columns(
        {"people": "integer"},
        {"region": "text", "age_band": "text", "gender": "text", "city_tier": "text", "income_band": "text"},
    ),
    "plan_given": _columns({"strategy": "text"}, {}),
    "actuals": _columns(
        {
            "strategy": "text",
            "kpi": "text",
            "period": "text",
            "arm": "text",
            "n": "integer",
            "value": "number",
        },
        {},
    ),
}

# The region of a customer whose region nobody says; a region like any other.
NO_REGION = "(none)"

# What all regions together are called, in parameters and folders.
WHOLE = "all"

# One of these must be there: without it there is no customer.
CUSTOMER_TABLES = ("orders", "customers", "customer_values")

# Tables whose further numeric columns are the point of the table (items, attributes, measures).
OPEN_TABLES = ("survey", "brand_ratings", "customer_values", "plan_given")

# Counts of days that may be empty are floats in pandas.
_TEXT, _DAY, _INT, _FLOAT, _BOOL = "str", "datetime64[ms]", "int64", "float64", "bool"
_DTYPES = {
    "id": _TEXT,
    "text": _TEXT,
    "date": _DAY,
    "money": _FLOAT,
    "number": _FLOAT,
    "scale": _FLOAT,
    "integer": _FLOAT,
}


def _table(columns: str) -> dict[str, str]:
    """ "name:kind name:kind" as a dictionary; a name without a kind is text, ``whole`` a number that may be empty."""
    kinds = {"": _TEXT, "int": _INT, "float": _FLOAT, "day": _DAY, "bool": _BOOL, "whole": "Int64"}
    return {name: kinds[kind] for name, _, kind in (pair.partition(":") for pair in columns.split())}


_LEDGER = (
    "rows_in:int kept:int quarantined:int merged:int rows_without_money:int money_in:float money_kept:float"
)
_LEDGER += " money_quarantined:float money_merged:float"
_FINDINGS = "notebook key table filter n:int values recipes text_en text_zh"

# Every table that a run writes, with its columns in order; a table may hold more (cost gives `margin` to features).
TABLES: dict[str, dict[str, str]] = {
    name: _table(columns)
    for name, columns in {
        "features": "customer_id region first_order:day last_order:day recency_days:float n_orders:int spend:float"
        " gross_spend:float n_refunds:int tenure_days:float avg_order_value:float median_gap_days:float top_category"
        " main_channel repeat_orders:int age_days:float active_days:float mean_repeat_spend:float status",
        "periods": "customer_id month:day channel n_orders:int spend:float",
        "mix": "customer_id dimension level lines:int spend:float",
        "product_totals": "product_id product category region customers:int n_orders:int quantity:float spend:float",
        "accounts": "table region step rule column fate rows:int rows_without_money:int money:float",
        "ledger_totals": f"table {_LEDGER}",
        "ledger_steps": f"table step {_LEDGER}",
        "rejections": "table rule column rows:int money:float",
        "profile_overview": "customers:int buyers:int refunds_only:int prospects:int n_orders:int n_refunds:int"
        " gross_spend:float refunded:float share_refunded:float spend:float without_spend:int buyers_without_spend:int"
        " n_products:int first_order:day last_order:day",
        "profile_regions": "rank:int region customers:int share_of_customers:float buyers:int n_orders:int spend:float"
        " share_of_spend:float median_spend:float",
        "profile_months": "month:day days_covered:int is_partial:bool buyers:int new_buyers:int returning_buyers:int"
        " n_orders:int spend:float rank:int",
        "profile_weekdays": "weekday:int lines:int share_of_lines:float rank:int",
        "profile_hours": "weekday:int hour:int customers:int lines:int rank:int",
        "profile_products": "ranking rank:int product_id product customers:int n_orders:int quantity:float spend:float"
        " share_of_products:float",
        "profile_levels": "dimension rank:int level customers:int lines:int spend:float share_of_spend:float",
        "profile_people": "dimension rank:int level customers:int known:int share_of_customers:float share_low:float"
        " share_high:float buyers:int spend:float",
        "profile_amounts": "measure buyers:int mean:float q05:float q25:float median:float q75:float q95:float most:float",
        "profile_repeat": "order_group buyers:int share_of_buyers:float share_low:float share_high:float spend:float"
        " share_of_spend:float",
        "profile_concentration": "top_share:float buyers:int share_of_buyers:float least_spend:float spend:float"
        " share_of_spend:float",
        "profile_inequality": "buyers:int zero_buyers:int negative_buyers:int negative_spend:float positive_spend:float"
        " gini:float largest_share:float mean_without_largest:float gini_without_largest:float",
        "rfm": "customer_id recency_days:int n_orders:int spend:float r_score:int f_score:int m_score:int cell segment"
        " high_low",
        "cut_points": "measure levels:int score:int lower:float upper:float",
        "score_counts": "measure score:int lower:float upper:float customers:int share_of_customers:float can_occur:bool"
        " scores_possible:int",
        "score_proof": "claim compared:int counterexamples:int",
        "labels": "customer_id scheme label reason",
        "tier_basis": "part measure weight:float customers:int share_of_customers:float",
        "rfm8_readings": "high_low customers:int reading_intended reading_score reading_days changes:bool",
        "segments": "scheme label is_scored:bool customers:int share_of_customers:float n_orders:int spend:float"
        " share_of_spend:float median_recency_days:float median_orders:float median_spend:float",
        "clusters": "customer_id cluster:int label confidence:float slice:int",
        "cluster_measures": "measure used:bool left_out below_zero:int mean:float deviation:float",
        "cluster_quality": "k:int criterion value:float own_choice:bool chosen:bool",
        "cluster_summary": "verdict customers:int measures:int fitted:int max_k:int k:int slices:int shown_k:int"
        " explained:float explained_box:float explained_twin:float over_box:float over_twin:float stability:float"
        " best_silhouette:whole best_calinski_harabasz:whole best_davies_bouldin:whole best_stability:whole"
        " largest_share:float without_largest:float",
        "cluster_profile": "slice:int customers:int share_of_customers:float spend:float share_of_spend:float"
        " median_recency_days:float median_n_orders:float median_spend:float median_avg_order_value:float recency_level"
        " orders_level spend_level confidence:float",
        "cluster_rules": "rule rule_en rule_zh slice:int customers:int support:float precision:float told:int"
        " held_out_precision:float",
        "brand_means": "brand attribute mean_score:float n:int missing:int std_error:float span:float basis source"
        " as_of:day ranked:bool standard:float",
        "brand_map": "axis:int explained_share:float high_end low_end n_brands:int n_attributes:int",
        "brand_axes": "attribute axis:int loading:float correlation:float",
        "brand_positions": "brand axis:int score:float explained_share:float is_own:bool",
        "brand_importance": "attribute correlation:float importance:float derived:bool place:int",
        "brand_gaps": "attribute own:float best:float best_brand gap:float mean_of_rivals:float gap_to_mean:float"
        " low:float high:float p_adjusted:float importance:float priority:float verdict place:int n:int n_rivals:int basis",
        "brand_shares": "source period brand value:float share:float change:float",
        "plan": "strategy target_group content resources expected_effect department owner start:day end:day channel"
        " lever kpi baseline:float target:float kind direction window_days:int denominator n_treated:int n_held_out:int"
        " assumption:bool",
        "plan_evidence": "strategy target_group customers:int share_of_customers:float spend:float share_of_spend:float"
        " median_recency_days:float median_n_orders:float main_cluster share_in_main_cluster:float n_treated:int"
        " n_held_out:int kpi n_baseline:int baseline:float baseline_low:float baseline_high:float target:float kind"
        " direction target_level:float smallest_change:float can_be_seen:bool customers_needed:float worth:float source",
        "plan_targets": "customer_id strategy arm",
        **{f"findings_{number:02d}": _FINDINGS for number in range(1, 7)},
    }.items()
}

# Which notebook writes a region's table: named when the table is missing, and filled without rows on a short page.
NOTEBOOK_TABLES: dict[str, tuple[str, ...]] = {
    "01": ("ledger_totals", "ledger_steps", "rejections", "findings_01"),
    "02": (
        "profile_overview",
        "profile_regions",
        "profile_months",
        "profile_weekdays",
        "profile_hours",
        "profile_products",
        "profile_levels",
        "profile_people",
        "profile_amounts",
        "profile_repeat",
        "profile_concentration",
        "profile_inequality",
        "findings_02",
    ),
    "03": (
        "rfm",
        "cut_points",
        "score_counts",
        "score_proof",
        "labels",
        "tier_basis",
        "rfm8_readings",
        "segments",
        "findings_03",
    ),
    "04": (
        "clusters",
        "cluster_measures",
        "cluster_quality",
        "cluster_summary",
        "cluster_profile",
        "cluster_rules",
        "findings_04",
    ),
    "05": (
        "brand_means",
        "brand_map",
        "brand_axes",
        "brand_positions",
        "brand_importance",
        "brand_gaps",
        "brand_shares",
        "findings_05",
    ),
    "06": ("plan", "plan_evidence", "plan_targets", "findings_06"),
}

# The charts of each notebook, in the order of its pages.
NOTEBOOK_FIGURES: dict[str, tuple[str, ...]] = {
    "01": ("ledger_waterfall", "quarantine_reasons"),
    "02": ("regions", "monthly", "returning", "week", "products", "order_value", "lorenz"),
    "03": ("score_grid", "tier_shares", "segment_shares", "rfm8_shares"),
    "04": ("cluster_criteria", "cluster_scatter", "cluster_profile", "cluster_shares"),
    "05": ("brand_heatmap", "position_map", "gap_bars"),
    "06": ("plan_money", "plan_test"),
}


def require(frame: pd.DataFrame, columns, name: str) -> None:
    """Raise TableError when ``frame`` lacks one of ``columns``; the text names table, columns and what it has."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise TableError(
            f"{name}: no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns)) or 'none'}"
        )


def frame(name: str, rows) -> pd.DataFrame:
    """Rows as the table of that name: its columns in order and kind, also where there is no row."""
    made = pd.DataFrame(rows, columns=list(TABLES[name])).astype(TABLES[name])
    return made.reset_index(drop=True)


def empty(name: str) -> pd.DataFrame:
    """A table with its columns and no rows, of those that come in or those that are written."""
    kinds = TABLES.get(name) or {column: _DTYPES[said.kind] for column, said in INPUTS[name].items()}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in kinds.items()})
