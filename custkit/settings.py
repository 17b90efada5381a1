"""All settings of a run in one place: every group of rules, given by name, from mapping.yml or from --set."""

import dataclasses
import difflib
import json
import types
import typing
from dataclasses import dataclass, field

from custkit.errors import SettingsError
from custkit.rules import (
    ChurnRules,
    CleanRules,
    ClusterRules,
    CompetitorRules,
    ContrastRules,
    LifetimeRules,
    NicheRules,
    ProfileRules,
    RunRules,
    SchemeRules,
    ScoreRules,
    StrategyRules,
    SurveyRules,
)
from custkit.rules.checks import require_sane, shown

__all__ = [
    "ChurnRules",
    "CleanRules",
    "ClusterRules",
    "CompetitorRules",
    "ContrastRules",
    "LifetimeRules",
    "NicheRules",
    "ProfileRules",
    "RunRules",
    "SchemeRules",
    "ScoreRules",
    "Settings",
    "StrategyRules",
    "SurveyRules",
    "parse",
    "suggest",
]


@dataclass(frozen=True)
class Settings:
    """All rules of a run. Field names are unique over the groups, so that one flat name finds its place."""

    clean: CleanRules = field(default_factory=CleanRules)
    profile: ProfileRules = field(default_factory=ProfileRules)
    contrasts: ContrastRules = field(default_factory=ContrastRules)
    scores: ScoreRules = field(default_factory=ScoreRules)
    schemes: SchemeRules = field(default_factory=SchemeRules)
    lifetime: LifetimeRules = field(default_factory=LifetimeRules)
    churn: ChurnRules = field(default_factory=ChurnRules)
    clusters: ClusterRules = field(default_factory=ClusterRules)
    survey: SurveyRules = field(default_factory=SurveyRules)
    niches: NicheRules = field(default_factory=NicheRules)
    competitor: CompetitorRules = field(default_factory=CompetitorRules)
    strategy: StrategyRules = field(default_factory=StrategyRules)
    run: RunRules = field(default_factory=RunRules)

    @classmethod
    def types(cls) -> dict[str, type]:
        """Flat name of each setting and the type of its value."""
        groups = typing.get_type_hints(cls).values()
        return {name: kind for group in groups for name, kind in typing.get_type_hints(group).items()}

    @classmethod
    def names(cls) -> list[str]:
        return sorted(cls.types())

    @classmethod
    def defaults(cls) -> dict[str, object]:
        return cls().flat()

    def flat(self) -> dict[str, object]:
        """All settings as one flat dictionary of plain values."""
        groups = (getattr(self, group.name) for group in dataclasses.fields(self))
        return {
            rule.name: getattr(rules, rule.name) for rules in groups for rule in dataclasses.fields(rules)
        }

    def replace(self, values: dict[str, object], source: str = "settings") -> "Settings":
        """New settings with some values changed; ``source`` is named in an error.

        Raises
        ------
        SettingsError
            A name that does not exist (the text lists near ones), or a value of another type.
        """
        kinds = self.types()
        for name in values:
            if name not in kinds:
                raise SettingsError(f"{source}: no setting {name!r}; {suggest(name, kinds)}")
        changed = {}
        for group in dataclasses.fields(self):
            rules = getattr(self, group.name)
            try:
                own = {
                    rule.name: _typed(rule.name, values[rule.name], kinds[rule.name])
                    for rule in dataclasses.fields(rules)
                    if rule.name in values
                }
                changed[group.name] = dataclasses.replace(rules, **own)
            except SettingsError as error:
                raise SettingsError(f"{source}: {error}") from None
        return Settings(**changed)


def parse(name: str, text: str) -> object:
    """The value of a setting that was given as text (``--set name=text``).

    Numbers are written plainly, lists with commas or as JSON. Raises SettingsError.
    """
    kinds = Settings.types()
    if name not in kinds:
        raise SettingsError(f"--set: no setting {name!r}; {suggest(name, kinds)}")
    kind = kinds[name]
    if kind is str:
        return text
    try:
        if _is_tuple(kind):
            if text.lstrip().startswith("["):
                return tuple(json.loads(text))
            item = typing.get_args(kind)[0]
            return tuple(item(part) for part in text.split(",") if part)
        return json.loads(text)
    except ValueError:
        raise SettingsError(f"--set {name}: expected {_kind_name(kind)}, got {text!r}") from None


def _typed(name: str, value: object, kind: type) -> object:
    require_sane(name, value)
    if _is_tuple(kind):
        item = typing.get_args(kind)[0]
        if isinstance(value, (list, tuple)) and all(_fits(part, item) for part in value):
            return tuple(item(part) for part in value)
    elif _fits(value, kind):
        return kind(value)
    raise SettingsError(f"{name}: expected {_kind_name(kind)}, got {shown(value)}")


def _fits(value: object, kind: type) -> bool:
    if isinstance(value, bool) or kind is bool:
        return isinstance(value, bool) and kind is bool
    return isinstance(value, (int, float)) if kind is float else isinstance(value, kind)


def _is_tuple(kind: type) -> bool:
    return typing.get_origin(kind) is tuple and not isinstance(kind, types.UnionType)


def _kind_name(kind: type) -> str:
    if _is_tuple(kind):
        return f"a list of {_kind_name(typing.get_args(kind)[0])}"
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[kind]


def suggest(name: str, known: typing.Iterable[str]) -> str:
    """The names that exist, near ones first: the end of a sentence that refuses a name."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}There are: {', '.join(names)}"
