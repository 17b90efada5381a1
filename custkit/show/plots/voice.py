"""Charts of what customers say and do: satisfaction and coming back, complaints, and orders moving online."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custkit import schema
from custkit.show.plots import style
from custkit.words import Words

_REST = ("unclassified", "no_text")  # complaints without a class
_LINES = (("share_online", "mark.voice.orders"), ("share_online_spend", "mark.voice.spend"))


def satisfaction(satisfaction: pd.DataFrame, returned: pd.DataFrame, *, words: Words, days: int) -> Figure:
    """Customers by their latest answer, beside the share of each band that ordered again within ``days``.

    ``satisfaction`` from ``voice.satisfaction``, ``returned`` from ``voice.returned``; without rows in it, the answers alone.
    """
    schema.require(satisfaction, ["answer", "share_of_customers"], "profile_satisfaction")
    columns = ["band", "customers", "share_returned", "share_low", "share_high"]
    schema.require(returned, columns, "profile_return")
    if satisfaction.empty:
        return style.nothing(None, words("figure.satisfaction.none")).figure
    count = 2 if len(returned) else 1
    figure, panels = plt.subplots(1, count, figsize=(3.8 * count, 3.4), squeeze=False)
    figure.suptitle(words("figure.satisfaction"), x=0.01, ha="left", fontsize=13)
    answers = panels[0, 0]
    answers.bar(
        satisfaction["answer"], satisfaction["share_of_customers"], width=0.7, color=_fill(), linewidth=0
    )
    style.label_bars(
        answers, [style.number(share, words, "share") for share in satisfaction["share_of_customers"]]
    )
    answers.set_title(words("axis.voice.customers"), fontsize=10.5, color=style.MUTED, pad=4)
    answers.set_xlabel(words("axis.voice.answer"))
    if count == 2:
        _intervals(panels[0, 1], returned, words, days)
    return figure


def complaints(complaints: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Complaints of each class, the most frequent on top; ``complaints`` from ``complaints.complaints``."""
    columns = ["topic", "complaints", "share_of_complaints", "customers"]
    schema.require(complaints, columns, "profile_complaints")
    if complaints.empty:
        return style.nothing(ax, words("figure.complaints.none"))
    shown = complaints[::-1]
    ax = style.new_axes(ax, height=style.bar_height(len(shown)))
    fills = [style.QUIET if topic in _REST else _fill() for topic in shown["topic"]]
    ax.barh(range(len(shown)), shown["complaints"], color=fills, height=0.66, linewidth=0)
    ax.set_yticks(range(len(shown)), [style.plain(words.label("topic", topic)) for topic in shown["topic"]])
    texts = [
        words(
            "mark.voice.complaints",
            complaints=f"{row.complaints:,}",
            share=style.number(row.share_of_complaints, words, "share"),
            customers=f"{row.customers:,}",
        )
        for row in shown.itertuples()
    ]
    style.label_bars(ax, texts)
    ax.margins(x=0.36)  # room for the text beside the longest bar
    ax.set_ylim(-0.6, max(len(shown), 2) - 0.4)
    ax.tick_params(axis="y", labelcolor=style.INK)
    ax.set_title(words("figure.complaints"))
    return ax


def online_share(half_years: pd.DataFrame, *, words: Words, ax: Axes | None = None) -> Axes:
    """Share of orders and of spend made online, by half-year; ``half_years`` from ``conduct.half_years``."""
    columns = ["half_year", "is_whole", *(column for column, _ in _LINES)]
    schema.require(half_years, columns, "profile_channel_shift")
    if half_years.empty:
        return style.nothing(ax, words("figure.online_share.none"))
    ax = style.new_axes(ax, height=3.4)
    places = range(len(half_years))
    colours = (_fill(), style.MUTED)
    for (column, _), colour, dash in zip(_LINES, colours, ("-", "--"), strict=True):
        ax.plot(places, half_years[column], dash, color=colour)
        for place, share, whole in zip(places, half_years[column], half_years["is_whole"], strict=True):
            ax.plot(
                place, share, "o", color=colour, markersize=6, markerfacecolor=colour if whole else "white"
            )
    _name_lines(ax, half_years, colours, words)
    ax.set_xticks(list(places), half_years["half_year"])
    ax.set_xlim(-0.4, len(half_years) - 0.6 + 1.1)
    ax.set_ylim(0, 1)
    style.number_axis(ax.yaxis, words, kind="share")
    partial = "" if half_years["is_whole"].all() else "_partial"
    ax.set(xlabel=words(f"axis.voice.half_year{partial}"), ylabel=words("axis.voice.online"))
    ax.set_title(words("figure.online_share"))
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    return ax


def _intervals(ax: Axes, returned: pd.DataFrame, words: Words, days: int) -> None:
    places = range(len(returned))
    middle = returned["share_returned"]
    reach = [middle - returned["share_low"], returned["share_high"] - middle]
    ax.errorbar(places, middle, yerr=reach, fmt="o", color=_fill(), capsize=3, markersize=7)
    for place, row in zip(places, returned.itertuples(), strict=True):
        ax.annotate(
            style.number(row.share_returned, words, "share"),
            (place, row.share_returned),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=10,
        )
    counts = [words("mark.voice.n", customers=f"{row.customers:,}") for row in returned.itertuples()]
    ax.set_xticks(list(places), [f"{band}\n{n}" for band, n in zip(returned["band"], counts, strict=True)])
    ax.set_xlim(-0.5, max(len(returned), 2) - 0.3)
    ax.set_ylim(0, min(1.0, 1.4 * returned["share_high"].max()))
    style.number_axis(ax.yaxis, words, kind="share")
    ax.set_title(words("axis.voice.returned", days=days), fontsize=10.5, color=style.MUTED, pad=4)
    ax.set_xlabel(words("axis.voice.band"))
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)


def _name_lines(ax: Axes, half_years: pd.DataFrame, colours: tuple[str, str], words: Words) -> None:
    """Each line's name and last value at its end, the upper above where the two lie close."""
    ends = [half_years[column].iloc[-1] for column, _ in _LINES]
    near = abs(ends[0] - ends[1]) < 0.08
    for end, other, (_, name), colour in zip(ends, ends[::-1], _LINES, colours, strict=True):
        if pd.isna(end):
            continue
        above = end > other or (end == other and colour == colours[0])
        shift = (7 if above else -7) if near else 0
        text = f"{words(name)} {style.number(end, words, 'share')}"
        place = (len(half_years) - 1, end)
        ax.annotate(
            text, place, (9, shift), textcoords="offset points", va="center", color=colour, fontsize=10
        )


def _fill() -> str:
    return style.colour("status", "buyer")
