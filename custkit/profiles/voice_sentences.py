"""The sentences on what customers say and do; a difference is told only where its test says that it is one."""

from collections.abc import Iterator

import pandas as pd

from custkit import findings as found
from custkit.profiles.complaints import NO_TEXT, UNCLASSIFIED
from custkit.settings import ProfileRules

_MANY_UNKNOWN = 0.1  # of the complaints without a known word: the ranking of the others is in doubt
_A_B = ("group_a", "value_a", "group_b", "value_b")
_POINTS = {end: ("points", end) for end in ("low", "high")}  # of a difference of two shares


def sentences(tables: dict[str, pd.DataFrame], *, currency: str, rules: ProfileRules) -> Iterator[dict]:
    """What the tables of voice, complaints, conduct and bargains say, as rows for ``findings.frame``.

    What is about fewer than ``rules.min_group`` customers is not told. All differences that were tested and not claimed
    are told in one sentence; a table that is absent, in one that names it.
    """
    money = {"currency": f" {currency}" if currency else ""}
    yield from _of_satisfaction(tables, money, rules)
    yield from _of_recommendation(tables, rules)
    yield from _of_complaints(tables, rules)
    yield from _of_channels(tables)
    yield from _of_activity(tables, rules)
    yield from _of_discounts(tables, rules)
    tests = tables["profile_tests"]
    if not tests["is_claimed"].all():
        where = ("is_claimed", "==", False)
        yield _say(tables, "conduct_unclaimed", "profile_tests", where, unclaimed=("count",))


def _of_satisfaction(tables: dict, money: dict, rules: ProfileRules) -> Iterator[dict]:
    answered = tables["profile_answered"]
    if answered.empty:
        if tables["profile_complaints"].empty and tables["profile_recommend"].empty:
            yield _say(tables, "voice_no_feedback", "profile_answered", answers=("count",))
        else:
            yield _say(tables, "voice_no_satisfaction", "profile_answered", answers=("count",))
        return
    if answered["customers"].item() < rules.min_group:
        least = {"least": rules.min_group}
        yield _say(tables, "voice_few_answers", "profile_answered", given=least, **_only("customers"))
        return
    share = _only("customers", "mean", share="share_top_two", low="share_low", high="share_high")
    yield _say(tables, "voice_satisfaction", "profile_answered", **share)
    days = {"days": rules.return_days}
    for row in _claimed(tables, "return"):
        key = "voice_return_more" if row.difference > 0 else "voice_return_less"
        values = _only(*_A_B, "customers") | _POINTS
        yield _say(tables, key, "profile_tests", ("question", "==", "return"), given=days, **values)
    claimed = _claimed(tables, "answered")
    for row in claimed:
        key = "voice_coverage_more" if row.difference > 0 else "voice_coverage_less"
        medians = _only("customers", silent="value_a", answered="value_b")
        yield _say(tables, key, "profile_tests", ("question", "==", "answered"), given=money, **medians)
    if not claimed and answered["buyers"].item():
        tested = (tables["profile_tests"]["question"] == "answered").any()
        key = "voice_coverage" if tested else "voice_coverage_few"
        yield _say(tables, key, "profile_answered", **_only("buyers", share="share_answered"))


def _of_recommendation(tables: dict, rules: ProfileRules) -> Iterator[dict]:
    scores = tables["profile_recommend"]
    if (scores["dimension"] == "everyone").any():
        names = _only("nps", "low", "high", "customers", "promoters", "detractors")
        yield _say(tables, "voice_nps", "profile_recommend", ("dimension", "==", "everyone"), **names)
    elif len(tables["profile_answered"]) or len(tables["profile_complaints"]):
        yield _say(tables, "voice_no_recommend", "profile_recommend", groups=("count",))


def _of_complaints(tables: dict, rules: ProfileRules) -> Iterator[dict]:
    rate, classes = tables["profile_complaint_rate"], tables["profile_complaints"]
    if rate.empty:
        if len(tables["profile_answered"]) or len(tables["profile_recommend"]):
            yield _say(tables, "voice_no_complaints", "profile_complaints", classes=("count",))
        return
    if rate["complaints"].item() < rules.min_group:
        return
    if rate["n_orders"].item():
        names = _only("complaints", share="share_of_customers", rate="per_100_orders")
        yield _say(tables, "voice_complaint_rate", "profile_complaint_rate", **names)
    if classes["topic"].iloc[0] not in (UNCLASSIFIED, NO_TEXT):
        topic = {"topic": ("word", "topic", "label.topic.")}
        names = _only("customers", share="share_of_complaints", spend="share_of_spend")
        yield _say(tables, "voice_top_complaint", "profile_complaints", ("rank", "==", 1), **topic, **names)
    unknown = classes.loc[classes["topic"] == UNCLASSIFIED, "share_of_complaints"]
    if (unknown >= _MANY_UNKNOWN).any():
        rows = ("topic", "==", UNCLASSIFIED)
        names = _only(share="share_of_complaints")
        yield _say(tables, "voice_unclassified", "profile_complaints", rows, **names)
    for row in _claimed(tables, "complaints"):
        key = "voice_complaints_rise" if row.difference > 0 else "voice_complaints_fall"
        rows = ("question", "==", "complaints"), ("topic", "==", row.topic)
        topic = {"topic": ("word", "topic", "label.topic.")}
        yield _say(tables, key, "profile_tests", *rows, **topic, **_only(*_A_B, "low", "high"))
    if (rate[["answered", "resolved"]] >= rules.min_group).to_numpy().all():
        names = _only("answered", "resolved", response="response_days", resolve="resolve_days")
        yield _say(tables, "voice_response", "profile_complaint_rate", **names)


def _of_channels(tables: dict) -> Iterator[dict]:
    if len(tables["profile_channel_shift"]) and tables["profile_channel_change"].empty:
        yield _say(tables, "conduct_short", "profile_channel_change", changes=("count",))
    for row in _claimed(tables, "channel"):
        key = "conduct_online" if row.difference > 0 else "conduct_offline"
        values = _only(*_A_B, "customers") | _POINTS
        yield _say(tables, key, "profile_tests", ("question", "==", "channel"), **values)
        parts = {"same": ("points", "same_customers"), "others": ("points", "who_buys")}
        parts |= _only(both="customers_both")
        yield _say(tables, "conduct_who_moved", "profile_channel_change", **parts)


def _of_activity(tables: dict, rules: ProfileRules) -> Iterator[dict]:
    events, funnel = tables["profile_engagement"], tables["profile_funnel"]
    if events.empty:
        yield _say(tables, "conduct_no_activity", "profile_engagement", events=("count",))
        return
    if (funnel["customers"] >= rules.min_group).iloc[:1].any():
        compared = (funnel["stage"] == "compare").any()
        names = _only(share="share_of_first", low="share_low", high="share_high")
        names |= _only(previous="share_of_previous") if compared else {}
        key = "conduct_funnel" if compared else "conduct_funnel_short"
        if funnel["share_of_previous"].iloc[-1:].notna().all():
            yield _say(tables, key, "profile_funnel", ("stage", "==", "order"), **names)
    if events["customers_sent"].item() >= rules.min_group:
        ends = {"low": "share_joined_low", "high": "share_joined_high"}
        names = _only("sent", customers="customers_sent", share="share_joined", **ends)
        yield _say(tables, "conduct_joined", "profile_engagement", **names)


def _of_discounts(tables: dict, rules: ProfileRules) -> Iterator[dict]:
    table = tables["profile_discount"]
    if table.empty:
        yield _say(tables, "conduct_no_discount", "profile_discount", quarters=("count",))
        return
    if table["buyers"].iloc[0] >= rules.min_group:
        names = _only("buyers", share="share_discounted")
        yield _say(tables, "conduct_discount", "profile_discount", ("quarter", "==", 0), **names)
    told = tables["profile_claims"]["claim"] if "profile_claims" in tables else ()
    for row in _claimed(tables, "discount") if "price" not in set(told) else []:
        key = "conduct_discount_more" if row.difference > 0 else "conduct_discount_less"
        names = _only("value_a", "value_b", "customers") | _POINTS
        yield _say(tables, key, "profile_tests", ("question", "==", "discount"), **names)


def _claimed(tables: dict, question: str) -> list:
    tests = tables["profile_tests"]
    return list(tests[(tests["question"] == question) & tests["is_claimed"]].itertuples())


def _say(tables: dict, key: str, table: str, *where: tuple, given: dict | None = None, **recipes) -> dict:
    return found.make(key, table, tables[table], where=list(where), given=given, **recipes)


def _only(*columns: str, **renamed: str) -> dict[str, tuple]:
    """Recipes that take values from the one row selected, under the columns' names or under others."""
    own = {column: ("only", column) for column in columns}
    return own | {name: ("only", column) for name, column in renamed.items()}
