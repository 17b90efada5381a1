"""Charts of the profile: months, regions, the week, products, order values, and who brings the money."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, LogLocator

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_LONGEST_NAME = 38  # characters of a product or region beside its bar
_MOST_TICKS = 14  # months named under the bars; with more, every second or third
_FEWEST_MONTHS = 6  # places along the axis: one month alone is a bar, not a wall
_MARKED = 0.2  # the top share that the Lorenz curve points out, or the nearest that the table has


def monthly(months: pd.DataFrame, *, words: Words, currency: str = "") -> Figure:
    """Spend of each month above its orders; ``months`` from ``profiles.monthly``. A partial month is hatched."""
    schema.require(months, ["month", "is_partial", "spend", "n_orders"], "months")
    if months.empty:
        return style.nothing(None, words("figure.monthly.none")).figure
    figure, panels = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
    figure.suptitle(words("figure.monthly"), x=0.01, ha="left", fontsize=13)
    labels = (_with_unit("axis.profile.spend", words, currency), words("axis.profile.orders"))
    for ax, column, label in zip(panels, ("spend", "n_orders"), labels, strict=True):
        bars = ax.bar(months.index, months[column], width=0.75, color=_fill(), linewidth=0)
        _hatch(bars, months["is_partial"])
        style.number_axis(ax.yaxis, words, kind="money" if column == "spend" else "count")
        ax.set_ylabel(label)
        if not months[column].any():
            ax.set_ylim(0, 1)
        _ruled(ax)
    _name_months(panels[1], months, words)
    return figure


def returning(months: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Buyers of each month, returning ones below, new ones above; ``months`` from ``profiles.monthly``."""
    schema.require(months, ["month", "is_partial", "returning_buyers", "new_buyers"], "months")
    if months.empty:
        return style.nothing(ax, words("figure.returning.none"))
    ax = style.new_axes(ax, height=3.4)
    below, keys = np.zeros(len(months)), []
    for column, name, alpha in (
        ("returning_buyers", "mark.profile.returning", 1.0),
        ("new_buyers", "mark.profile.new", 0.45),
    ):
        bars = ax.bar(
            months.index, months[column], bottom=below, width=0.75, color=_fill(), alpha=alpha, linewidth=0
        )
        # A key of its own: the first month, whose look the bars would take, may be hatched.
        keys.append(Patch(facecolor=_fill(), alpha=alpha, label=words(name)))
        _hatch(bars, months["is_partial"])
        below = below + months[column].to_numpy()
    style.number_axis(ax.yaxis, words)
    ax.set(ylabel=words("axis.profile.buyers"), title=words("figure.returning"))
    _ruled(ax)
    _name_months(ax, months, words)
    if not below.any():
        ax.set_ylim(0, 1)
    ax.legend(handles=keys[::-1], loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def regions(leading: pd.DataFrame, *, words: Words, currency: str = "", ax: Axes | None = None) -> Axes:
    """Spend of each region and of the rest together; ``leading`` from ``profiles.leading_regions``."""
    schema.require(leading, ["region", "regions", "buyers", "spend", "share_of_spend"], "leading")
    shown = leading[::-1]
    names = [
        words("mark.profile.rest", regions=row.regions) if row.regions > 1 else _region(row.region, words)
        for row in shown.itertuples()
    ]
    texts = [
        words(
            "mark.profile.region",
            spend=style.number(row.spend, words, "money", currency),
            share=style.number(row.share_of_spend, words, "share"),
            buyers=f"{row.buyers:,}",
        )
        for row in shown.itertuples()
    ]
    fills = [style.QUIET if together > 1 else _fill() for together in shown["regions"]]
    return _bars("regions", names, shown["spend"], texts, words=words, ax=ax, color=fills)


def products(products: pd.DataFrame, *, words: Words, currency: str = "", ax: Axes | None = None) -> Axes:
    """Net spend on the products that bring most; ``products`` from ``profiles.products``."""
    schema.require(products, ["ranking", "product", "customers", "spend"], "products")
    shown = products[products["ranking"] == "spend"][::-1]
    texts = [
        words(
            "mark.profile.product",
            spend=style.number(row.spend, words, "money", currency),
            customers=f"{row.customers:,}",
        )
        for row in shown.itertuples()
    ]
    return _bars(
        "products", [_short(name) for name in shown["product"]], shown["spend"], texts, words=words, ax=ax
    )


def week(weekdays: pd.DataFrame, hours: pd.DataFrame, *, words: Words) -> Figure:
    """Order lines by weekday and hour, beside each weekday's share; without a time of day, the shares alone.

    ``weekdays`` from ``profiles.weekdays``, ``hours`` from ``profiles.rhythm``.
    """
    schema.require(weekdays, ["weekday", "share_of_lines"], "weekdays")
    schema.require(hours, ["weekday", "hour", "lines"], "hours")
    if weekdays.empty:
        return style.nothing(None, words("figure.week.none")).figure
    widths = [5, 1.5] if len(hours) else [1]
    figure, (panels,) = plt.subplots(
        1, len(widths), figsize=(7.6, 3.4), squeeze=False, sharey=True, width_ratios=widths
    )
    figure.suptitle(words("figure.week"), x=0.01, ha="left", fontsize=13)
    if len(hours):
        _heat(panels[0], hours, words)
    panels[-1].barh(weekdays["weekday"], weekdays["share_of_lines"], height=0.66, color=_fill(), linewidth=0)
    style.label_bars(
        panels[-1], [style.number(share, words, "share") for share in weekdays["share_of_lines"]]
    )
    panels[-1].set_title(words("axis.profile.share_of_lines"), fontsize=10.5, color=style.MUTED, pad=4)
    panels[0].set_yticks(
        weekdays["weekday"], [words.label("weekday", str(day)) for day in weekdays["weekday"]]
    )
    panels[0].set_ylim(7.5, 0.5)
    for ax in panels:
        ax.tick_params(axis="y", length=0, labelcolor=style.INK)
    return figure


def order_value(
    features: pd.DataFrame, amounts: pd.DataFrame, *, words: Words, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Buyers by their spend per order on a logarithmic scale, the median of ``spread.amounts`` marked."""
    schema.require(features, ["status", "avg_order_value"], "features")
    schema.require(amounts, ["measure", "median"], "amounts")
    values = features.loc[features["status"] == "buyer", "avg_order_value"].dropna()
    drawn = values[values > 0]
    if drawn.empty:
        return style.nothing(ax, words("figure.order_value.none"))
    ax = style.new_axes(ax, height=3.6)
    ax.set_title(words("figure.order_value"))
    # Thirty steps of equal ratio; a single value still gets a bar of some width.
    ax.hist(drawn, bins=np.geomspace(drawn.min() / 1.02, drawn.max() * 1.02, 31), color=_fill(), linewidth=0)
    ax.set_xscale("log")
    median = amounts.loc[amounts["measure"] == "avg_order_value", "median"].item()
    if median > 0:
        ax.axvline(median, color=style.INK, linewidth=1.2)
        text = words("mark.profile.median", value=style.number(median, words, "money", currency))
        ax.margins(y=0.14)  # room for the text above the bars
        ax.annotate(
            text,
            (median, 1),
            (5, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
        )
    style.number_axis(ax.xaxis, words, kind="money")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    style.number_axis(ax.yaxis, words)
    label = _with_unit("axis.profile.order_value", words, currency)
    if len(values) > len(drawn):
        label += "\n" + words("mark.profile.not_shown", buyers=f"{len(values) - len(drawn):,}")
    ax.set(xlabel=label, ylabel=words("axis.profile.buyers"))
    _ruled(ax)
    return ax


def lorenz(curve: pd.DataFrame, concentration: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """How unevenly buyers bring the money, the top fifth pointed out.

    ``curve`` from ``spread.lorenz``, ``concentration`` from ``spread.concentration``.
    """
    schema.require(curve, ["share_of_buyers", "share_of_spend"], "curve")
    schema.require(concentration, ["top_share", "share_of_buyers", "share_of_spend"], "concentration")
    if curve.empty:
        return style.nothing(ax, words("figure.lorenz.none"))
    ax = style.new_axes(ax, width=5.2, height=4.6)
    ax.set_title(words("figure.lorenz"))
    ax.set_aspect("equal")
    ax.plot([0, 1], [0, 1], color=style.QUIET, linewidth=1.2)
    ax.annotate(
        words("mark.profile.equal"),
        (0.7, 0.7),
        (-4, 4),
        textcoords="offset points",
        rotation=45,
        rotation_mode="anchor",
        ha="center",
        color=style.MUTED,
        fontsize=9.5,
    )
    ax.plot(curve["share_of_buyers"], curve["share_of_spend"], color=_fill())
    ax.fill_between(
        curve["share_of_buyers"], curve["share_of_spend"], curve["share_of_buyers"], color=_fill(), alpha=0.12
    )
    top = concentration.loc[(concentration["top_share"] - _MARKED).abs().idxmin()]
    place = (1 - top["share_of_buyers"], 1 - top["share_of_spend"])
    ax.plot(*place, "o", color=style.INK, markersize=6)
    text = words(
        "mark.profile.top",
        buyers=style.number(top["share_of_buyers"], words, "share"),
        spend=style.number(top["share_of_spend"], words, "share"),
    )
    # On the side where the room is: with very few buyers the point stands at the left edge.
    side = -1 if place[0] > 0.4 else 1
    ax.annotate(
        text,
        place,
        (12 * side, 14),
        textcoords="offset points",
        ha="right" if side < 0 else "left",
        va="center",
    )
    ax.set(
        xlim=(0, 1),
        ylim=(0, 1),
        xlabel=words("axis.profile.lorenz_buyers"),
        ylabel=words("axis.profile.lorenz_spend"),
    )
    for axis in (ax.xaxis, ax.yaxis):
        style.number_axis(axis, words, kind="share")
    return ax


def _heat(ax: Axes, hours: pd.DataFrame, words: Words) -> None:
    first, last = hours["hour"].min(), hours["hour"].max()
    grid = (
        hours.pivot(index="weekday", columns="hour", values="lines")
        .reindex(index=range(1, 8), columns=range(first, last + 1))
        .fillna(0)
    )
    image = ax.imshow(grid, aspect="auto", cmap="Greens", vmin=0, extent=(first - 0.5, last + 0.5, 7.5, 0.5))
    ax.xaxis.set_major_locator(FixedLocator(range(first, last + 1, 1 if last - first < 16 else 2)))
    ax.set_xlabel(words("axis.profile.hour"))
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(image, ax=ax, location="right", shrink=0.9, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    style.number_axis(bar.ax.yaxis, words)


def _bars(
    name: str, labels: list[str], values, texts: list[str], *, words: Words, ax: Axes | None, color=None
) -> Axes:
    if not labels:
        return style.nothing(ax, words(f"figure.{name}.none"))
    ax = style.new_axes(ax, height=style.bar_height(len(labels)))
    ax.set_title(words(f"figure.{name}"))
    # Positions, not names: two products may share a name.
    ax.barh(range(len(labels)), values, color=color or _fill(), height=0.66, linewidth=0)
    ax.set_yticks(range(len(labels)), labels)
    style.label_bars(ax, texts)
    ax.margins(x=0.42)  # room for the text beside the longest bar
    if not any(values):
        ax.set_xlim(0, 1)
    ax.set_ylim(-0.6, max(len(labels), 2) - 0.4)
    ax.tick_params(axis="y", labelcolor=style.INK)
    return ax


def _fill() -> str:
    return style.colour("status", "buyer")


def _hatch(bars, is_partial: pd.Series) -> None:
    for bar, partial in zip(bars, is_partial, strict=True):
        if partial:
            bar.set(hatch="////", edgecolor="white", alpha=0.5 * (bar.get_alpha() or 1))


def _name_months(ax: Axes, months: pd.DataFrame, words: Words) -> None:
    """Months as numbers, the year under the first of each; what hatching means, where there is any."""
    step = max(1, -(-len(months) // _MOST_TICKS))
    named = months.iloc[::step]
    first_of_year = ~named["month"].dt.year.duplicated()
    labels = [
        f"{month.month}\n{month.year}" if is_first else str(month.month)
        for month, is_first in zip(named["month"], first_of_year, strict=True)
    ]
    ax.set_xticks(list(named.index), labels)
    room = max(_FEWEST_MONTHS - len(months), 0)
    ax.set_xlim(-0.6, len(months) - 0.4 + room)
    text = words("axis.profile.month")
    ax.set_xlabel(f"{text} ({words('mark.profile.partial')})" if months["is_partial"].any() else text)


def _ruled(ax: Axes) -> None:
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)


def _region(name: str, words: Words) -> str:
    return words("page.no_region") if name == schema.NO_REGION else _short(name)


def _short(name: object) -> str:
    text = str(name)
    return style.plain(text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1].rstrip() + "…")


def _with_unit(key: str, words: Words, currency: str) -> str:
    return words(
        key, currency=words("mark.profile.currency", currency=style.plain(currency)) if currency else ""
    )
