"""Tables that a user may bring: their columns, and how each is read."""

from dataclasses import dataclass


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
            "unit_price": "money",
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
        {
            "last_order": "date",
            "recency_days": "integer",
            "n_orders": "integer",
            "spend": "money",
            "top_category": "text",
            "satisfaction": "scale",
        },
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
    # All text: `15%`, `2024-04起` and `待跟踪` are neither numbers nor days.
    "plan_given": _columns(
        {"strategy": "text"},
        dict.fromkeys(
            [
                "target_group",
                "insight",
                "content",
                "resources",
                "department",
                "owner",
                "start",
                "end",
                "expected_effect",
                "actual_effect",
                "kpi",
                "target",
                "actual",
                "attainment",
                "gap",
                "adjustment",
            ],
            "text",
        ),
    ),
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
