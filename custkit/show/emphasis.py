"""What stands out in a finding on a page: numbers and days that were computed in bold, names in backticks as code."""

import re
from collections.abc import Iterator, Mapping
from string import Formatter

from markupsafe import Markup, escape

from custkit.words import Words, catalogue

_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_CODE = r"`[^`]+`"


def emphasise(
    text: str, key: str, values: Mapping[str, object], recipes: Mapping[str, object], words: Words
) -> Markup:
    """A finding as a page shows it.

    Parameters
    ----------
    text : the sentence
    key : of the catalogue, without ``finding.``
    values, recipes : as the finding holds them; a value without a recipe was given, not computed, and stays plain
    """
    computed = {name: value for name, value in values.items() if name in recipes}
    said = sorted(set(_numbers(key, computed, words.lang)), key=lambda number: (-len(number), number))
    # A whole number only: not the 3 of 3.5, of 1,300 or of B3.
    bold = [rf"(?<![\w.,-]){re.escape(number)}(?![\w%]|[.,]\d)" for number in said]
    pieces = re.split("(" + "|".join([_CODE, *bold]) + ")", text, flags=re.ASCII)
    # Plain, marked, plain, marked, ..., plain.
    return Markup().join(
        _mark(piece) if position % 2 else escape(piece) for position, piece in enumerate(pieces)
    )


def _numbers(key: str, computed: Mapping[str, object], lang: str) -> Iterator[str]:
    """Each computed number and day as the sentence writes it."""
    for _, name, form, _ in Formatter().parse(catalogue()[f"finding.{key}"][lang]):
        if name in computed:
            shown = format(computed[name], form)
            if not isinstance(computed[name], str) or _DAY.fullmatch(shown):
                yield shown


def _mark(piece: str) -> Markup:
    if piece.startswith("`"):
        return Markup("<code>{}</code>").format(piece.strip("`"))
    return Markup("<b>{}</b>").format(piece)
