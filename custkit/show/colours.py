"""The colour of every segment and the order in which segments are listed: the same in each chart, page and region."""

import zlib

INK, MUTED, RULE, QUIET = "#22272E", "#5F6B76", "#D9DEE3", "#C3CAD1"

# Paul Tol's "muted" scheme, which colour-blind readers can tell apart.
CYCLE = ("#332288", "#44AA99", "#88CCEE", "#117733", "#DDCC77", "#CC6677", "#AA4499", "#999933")

# Scheme to label to colour, most valuable label first.
COLOURS: dict[str, dict[str, str]] = {
    "tier3": {"high": "#332288", "potential": "#44AA99", "low": QUIET},
    # Cool colours bought lately, warm ones long ago; the deeper, the more they spend and the oftener they buy.
    "rfm8": {
        "high_value": "#332288",  # HHH: recency, orders, spend
        "potential": "#993D4B",  # LHH
        "important_develop": "#2F6FA7",  # HLH
        "important_win_back": "#CC6677",  # LLH
        "general_value": "#44AA99",  # HHL
        "general_keep": "#C9A94B",  # LHL
        "general_develop": "#9AD4E6",  # HLL
        "general_win_back": "#D8C7B0",  # LLL where R is read as a score
        "churn_risk": "#E9DDB0",  # LLL
    },
    "segment_map": {
        "champions": "#332288",
        "loyal": "#2F6FA7",
        "big_baskets": "#117733",
        "rising": "#44AA99",
        "starters": "#9AD4E6",
        "cooling": "#DDCC77",
        "cannot_lose": "#882255",
        "at_risk": "#CC6677",
        "dormant": "#B8A58F",
        "lost": QUIET,
    },
    "cluster": {str(rank): colour for rank, colour in enumerate(CYCLE, start=1)},
    "brand": {"own": "#332288", "rival": "#9AA5B1"},
    "fate": {"kept": "#44AA99", "merged": "#DDCC77", "quarantined": "#CC6677", "out_of_scope": QUIET},
    "verdict": {"strength": "#44AA99", "par": QUIET, "weakness": "#CC6677"},
    "campaign": {"worked": "#44AA99", "no_effect": MUTED, "harmed": "#CC6677"},
    "survey": {"respondents": MUTED},
    "feedback": {"complainers": MUTED},
    "status": {"buyer": "#44AA99"},
}
# Every scheme has these for customers who are not scored: no segment's colour, last in order.
NOT_SCORED = {"refunds_only": "#8C96A0", "prospect": "#E4E8EC"}


def order(scheme: str, present=None) -> list[str]:
    """Labels of a scheme, most valuable first; with ``present``, those among them, then those of a user's
    own map by name, then customers who are not scored."""
    known = list(COLOURS.get(scheme, {}))
    if present is None:
        return known
    present = {str(label) for label in present}
    own = sorted(present.difference(known, NOT_SCORED))
    return [label for label in [*known, *own, *NOT_SCORED] if label in present]


def colour(scheme: str, label: object) -> str:
    """The colour of a label.

    A label of a user's own map is not registered: its name decides, so that it too keeps its colour.
    """
    known = COLOURS.get(scheme, {}) | NOT_SCORED
    return known.get(str(label), CYCLE[zlib.crc32(str(label).encode()) % len(CYCLE)])


def colours(scheme: str, labels) -> list[str]:
    """A colour for each of ``labels``, to hand to ``color=`` or ``palette=``."""
    return [colour(scheme, label) for label in labels]
