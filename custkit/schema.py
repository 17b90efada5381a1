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

# Columns that others rely on, of the tables that a run writes; a table may hold more.
TABLES: dict[str, dict[str, str]] = {
    "features": {
        "customer_id": _TEXT,
        "region": _TEXT,
        "first_order": _DAY,
        "last_order": _DAY,
        "recency_days": _FLOAT,
        "n_orders": _INT,
        "spend": _FLOAT,
        "gross_spend": _FLOAT,
        "n_refunds": _INT,
        "tenure_days": _FLOAT,
        "avg_order_value": _FLOAT,
        "median_gap_days": _FLOAT,
        "top_category": _TEXT,
        "main_channel": _TEXT,
        "repeat_orders": _INT,
        "age_days": _FLOAT,
        "active_days": _FLOAT,
        "mean_repeat_spend": _FLOAT,
        "status": _TEXT,
    },
    "periods": {"customer_id": _TEXT, "month": _DAY, "channel": _TEXT, "n_orders": _INT, "spend": _FLOAT},
    "mix": {"customer_id": _TEXT, "dimension": _TEXT, "level": _TEXT, "lines": _INT, "spend": _FLOAT},
    "accounts": {
        "table": _TEXT,
        "region": _TEXT,
        "step": _TEXT,
        "rule": _TEXT,
        "column": _TEXT,
        "fate": _TEXT,
        "rows": _INT,
        "rows_without_money": _INT,
        "money": _FLOAT,
    },
    "product_totals": {
        "product_id": _TEXT,
        "product": _TEXT,
        "category": _TEXT,
        "region": _TEXT,
        "customers": _INT,
        "n_orders": _INT,
        "quantity": _FLOAT,
        "spend": _FLOAT,
    },
    "rfm": {
        "customer_id": _TEXT,
        "recency_days": _INT,
        "n_orders": _INT,
        "spend": _FLOAT,
        "r_score": _INT,
        "f_score": _INT,
        "m_score": _INT,
        "cell": _TEXT,
        "segment": _TEXT,
    },
    "cut_points": {"measure": _TEXT, "levels": _INT, "score": _INT, "lower": _FLOAT, "upper": _FLOAT},
    "labels": {"customer_id": _TEXT, "scheme": _TEXT, "label": _TEXT, "reason": _TEXT},
    "clusters": {"customer_id": _TEXT, "cluster": _INT, "label": _TEXT, "confidence": _FLOAT},
    "cluster_quality": {"k": _INT, "criterion": _TEXT, "value": _FLOAT, "chosen": _BOOL},
    "cluster_rules": {"rule": _TEXT, "support": _FLOAT, "precision": _FLOAT},
    "brand_positions": {"brand": _TEXT, "axis": _INT, "score": _FLOAT},
    "brand_gaps": {
        "attribute": _TEXT,
        "own": _FLOAT,
        "best": _FLOAT,
        "gap": _FLOAT,
        "importance": _FLOAT,
        "verdict": _TEXT,
    },
    "plan": {
        "strategy": _TEXT,
        "target_group": _TEXT,
        "content": _TEXT,
        "resources": _TEXT,
        "expected_effect": _TEXT,
        "department": _TEXT,
        "owner": _TEXT,
        "start": _DAY,
        "end": _DAY,
        "channel": _TEXT,
        "lever": _TEXT,
        "kpi": _TEXT,
        "baseline": _FLOAT,
        "target": _FLOAT,
        "kind": _TEXT,
        "direction": _TEXT,
        "window_days": _INT,
        "denominator": _TEXT,
        "n_treated": _INT,
        "n_held_out": _INT,
        "assumption": _BOOL,
    },
}
FINDINGS = {
    "notebook": _TEXT,
    "key": _TEXT,
    "table": _TEXT,
    "filter": _TEXT,
    "n": _INT,
    "values": _TEXT,
    "recipes": _TEXT,
    "text_en": _TEXT,
    "text_zh": _TEXT,
}
TABLES |= {f"findings_{number:02d}": FINDINGS for number in range(1, 7)}

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
    "04": ("clusters", "cluster_quality", "cluster_rules", "cluster_profile", "findings_04"),
    "05": (
        "brand_means",
        "brand_map",
        "brand_axes",
        "brand_positions",
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
    "06": ("plan_money", "plan_test"),
}


def require(frame: pd.DataFrame, columns, name: str) -> None:
    """Raise TableError when ``frame`` lacks one of ``columns``; the text names table, columns and what it has."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise TableError(
            f"{name}: no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns)) or 'none'}"
        )


def empty(name: str) -> pd.DataFrame:
    """A table with its columns and no rows, of those that come in or those that are written."""
    kinds = TABLES.get(name) or {column: _DTYPES[said.kind] for column, said in INPUTS[name].items()}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in kinds.items()})
