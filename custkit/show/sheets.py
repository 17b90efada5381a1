"""What stands on each sheet of the workbook: finished tables of a region, with the headers and words that readers see."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from custkit import schema
from custkit.show import parts
from custkit.words import Words

# Document 002: the names and headers of its two tables, word for word. They are a given form, in either language.
TABLE_1 = "客户基础信息与消费行为分析表"
HEADERS_1 = (
    "客户编号",
    "姓名*",
    "性别",
    "年龄",
    "地区",
    "行业",
    "注册时间",
    "累计消费金额(元)",
    "消费频次(次)",
    "最近消费日期",
    "偏好品类",
    "满意度评分(1-5分)",
)
TABLE_2 = "客户群体分层与策略建议表"
HEADERS_2 = (
    "客户群体类型",
    "分析洞察(示例)",
    "策略内容",
    "执行部门",
    "负责人*",
    "计划执行时间",
    "预期效果",
    "实际效果(跟踪填写)",
)
TO_BE_TRACKED = "待跟踪"

# Columns whose numbers are no plain counts; the names of columns of tables decide, as on pages.
_MONEY = ("spend", "budget", "累计消费金额(元)")


@dataclass(frozen=True)
class Sheet:
    """A table to write, and what the sheet "About" says of it."""

    name: str
    table: pd.DataFrame
    about: str
    columns: dict[str, str] = field(default_factory=dict)  # header to meaning
    formats: dict[str, str] = field(default_factory=dict)  # header to money, share, day, rating


@dataclass(frozen=True)
class Source:
    """Where the tables of a region stand, and in what words they are told."""

    folder: Path  # regions/<slug>
    region: str
    as_of: pd.Timestamp | None
    words: Words
    ledger: dict

    def own(self, name: str) -> pd.DataFrame:
        """A table of the region; without rows when nobody wrote it."""
        return _read(self.folder, name)

    def whole(self, name: str) -> pd.DataFrame:
        """A table of the whole run; without rows when the data did not bring it."""
        return _read(self.folder.parents[1], name)


def _read(folder: Path, name: str) -> pd.DataFrame:
    path = folder / "tables" / f"{name}.parquet"
    return pd.read_parquet(path) if path.is_file() else schema.empty(name)


def sheets(source: Source) -> list[Sheet]:
    """Every sheet of a region but "About", in order. The two given forms always, the others where they have rows."""
    further = (_lists, _labels, _worth, _findings, _segments, _ledger)
    made = [make(source) for make in further]
    return [_table_1(source), _table_2(source), *(sheet for sheet in made if len(sheet.table))]


def _table_1(source: Source) -> Sheet:
    features = source.whole("features")
    if source.region != parts.WHOLE:
        features = features[features["region"] == source.region]
    known = source.whole("customers").drop(columns=["region"], errors="ignore")
    people = features.merge(known, on="customer_id", how="left").sort_values("customer_id", ignore_index=True)
    days = people.reindex(columns=["last_order"])["last_order"]
    columns = [
        people["customer_id"],
        people.reindex(columns=["name"])["name"],
        _named(people, "gender", source.words),
        _age(people, source.as_of),
        [parts.region_name(name, source.words) for name in people["region"]],
        _named(people, "industry", source.words),
        _months(people),
        people["spend"],
        people["n_orders"],
        pd.to_datetime(days),
        people.reindex(columns=["top_category"])["top_category"],
        people["customer_id"].map(_satisfaction(source)),
    ]
    table = pd.DataFrame(dict(zip(HEADERS_1, columns, strict=True)))
    return _sheet(
        source.words, "table_1", TABLE_1, table, HEADERS_1, {"最近消费日期": "day", HEADERS_1[-1]: "rating"}
    )


def _named(people: pd.DataFrame, column: str, words: Words) -> pd.Series:
    """In the words of the language; a word of the data's own as it stands, nothing where nothing is."""
    said = people.reindex(columns=[column])[column]
    return said.map({level: words.level(column, level) for level in said.dropna().unique()})


def _age(people: pd.DataFrame, as_of: pd.Timestamp | None) -> pd.Series:
    """Whole years as they are given, or a band as it is; else from the birth date at the last day counted."""
    given = people.reindex(columns=["age"])["age"].astype("object")
    born = pd.to_datetime(people.reindex(columns=["birth_date"])["birth_date"])
    years = pd.Series(pd.NA, people.index, dtype="Int64")
    if as_of is not None:
        later = (born.dt.month * 100 + born.dt.day) > (as_of.month * 100 + as_of.day)
        years = (as_of.year - born.dt.year - later).astype("Int64")
        years = years.where(born.notna() & (born <= as_of))
    number = pd.to_numeric(given, errors="coerce")
    whole = number.where(number == number.round()).astype("Int64").astype("object")
    return whole.where(whole.notna(), given).where(given.notna(), years.astype("object"))


def _months(people: pd.DataFrame) -> pd.Series:
    day = pd.to_datetime(people.reindex(columns=["registered_on"])["registered_on"])
    return day.dt.strftime("%Y-%m")


def _satisfaction(source: Source) -> pd.Series:
    """Mean answer of each customer, to one decimal; where nobody was asked, what `customer_values` says."""
    answers = [
        table.dropna(subset="satisfaction")
        for table in (source.whole("feedback"), source.whole("customer_values"))
        if "satisfaction" in table.columns
    ]
    told = next((table for table in answers if len(table)), None)
    if told is None:
        return pd.Series(dtype="float64")
    # A tenth of a point: half up, as a reader rounds, and not by the last bit of a mean.
    return (told.groupby("customer_id")["satisfaction"].mean().round(6) * 10 + 0.5 + 1e-9).floordiv(1) / 10


def _table_2(source: Source) -> Sheet:
    words, plan = source.words, source.own("plan")
    insights = _insights(source)
    rows = [
        [
            words.group(line["target_group"]),
            "\n".join(insights.get(line["strategy"], [])),
            words(
                "workbook.content",
                strategy=words.label("strategy", line["strategy"]),
                content=line["content"],
            ),
            line["department"],
            line["owner"],
            _span(line, words),
            line["expected_effect"],
            TO_BE_TRACKED,
        ]
        for line in plan.to_dict("records")
    ]
    table = pd.DataFrame(rows, columns=list(HEADERS_2), dtype="object")
    return _sheet(words, "table_2", TABLE_2, table, HEADERS_2, {})


def _insights(source: Source) -> dict[str, list[str]]:
    """The findings that are about one strategy of the plan, in their order."""
    stated = source.own("findings_06")
    told: dict[str, list[str]] = {}
    for line in stated.to_dict("records"):
        if line["table"] in ("plan_evidence", "plan_causes", "plan_channels"):
            named = [
                value for column, _, value in json.loads(line["filter"])["where"] if column == "strategy"
            ]
            for strategy in named:
                told.setdefault(strategy, []).append(line[f"text_{source.words.lang}"])
    return told


def _span(line: dict, words: Words) -> str:
    if pd.isna(line["start"]):
        return ""
    return words("workbook.span", start=f"{line['start']:%Y-%m-%d}", end=f"{line['end']:%Y-%m-%d}")


def _lists(source: Source) -> Sheet:
    """Whom to contact on which channel from which day; those left alone have neither."""
    words, targets, plan = source.words, source.own("plan_targets"), source.own("plan")
    names = ["customer_id", "strategy", "arm", "channel", "start"]
    if targets.empty or plan.empty:
        return _sheet(words, "lists", "", pd.DataFrame(columns=names), names, {})
    listed = targets.merge(plan[["strategy", "channel", "start"]], on="strategy")
    left_alone = listed["arm"] == "held_out"
    listed["channel"] = listed["channel"].mask(left_alone)
    listed["start"] = pd.to_datetime(listed["start"]).mask(left_alone)
    listed = listed.sort_values(["strategy", "arm", "customer_id"], ascending=[True, False, True])
    return _sheet(words, "lists", "", words.table(listed[names]), names, {words.column("start"): "day"})


def _labels(source: Source) -> Sheet:
    """One row per customer, one column per scheme."""
    words, labels = source.words, source.own("labels")
    if labels.empty:
        return _sheet(words, "labels", "", pd.DataFrame(), ["customer_id"], {})
    labels = labels.assign(word=[words.label(*pair) for pair in labels[["scheme", "label"]].to_numpy()])
    wide = labels.pivot(index="customer_id", columns="scheme", values="word")
    wide = wide[sorted(wide.columns)].sort_index().reset_index()
    schemes = {scheme: words.label("scheme", scheme) for scheme in wide.columns[1:]}
    wide = wide.rename(columns={"customer_id": words.column("customer_id"), **schemes})
    return _sheet(words, "labels", "", wide, ["customer_id"], {})


def _worth(source: Source) -> Sheet:
    """One row per scored customer: scores, segment, what is expected and why, and what would earn a better segment.

    The names among the 8 cells stand only where they hang on the reading of R.
    """
    words, table = source.words, source.own("rfm").drop(columns="cell", errors="ignore")
    steps = source.own("label_steps")
    beside = {
        "value": ["p_alive", "clv"],
        "churn_reasons": ["risk", "reason_1", "reason_2", "reason_3"],
        "reading_changes": ["reading_intended", "reading_score", "reading_days"],
    }
    parts = [source.own(name)[["customer_id", *columns]] for name, columns in beside.items()]
    parts.append(steps.loc[steps["scheme"] == "segment_map", ["customer_id", "to_move_up"]])
    for part in (part for part in parts if len(part)):
        table = table.merge(part, how="left", on="customer_id")
    names = list(table.columns)
    kinds = {"spend": "money", "clv": "money", "p_alive": "share", "risk": "share"}
    formats = {words.column(name): kind for name, kind in kinds.items() if name in names}
    return _sheet(words, "worth", "", words.table(table) if len(table) else table, names, formats)


def _findings(source: Source) -> Sheet:
    words = source.words
    names = ["notebook", "finding", "table", "n"]
    stated = [source.own(f"findings_{number}") for number in schema.NOTEBOOK_TABLES]
    stated = [table.assign(finding=table[f"text_{words.lang}"]) for table in stated if len(table)]
    table = pd.concat(stated)[names] if stated else pd.DataFrame(columns=names)
    shown = table.rename(columns={name: words(f"workbook.header.{name}") for name in names})
    return _sheet(words, "findings", "", shown, names, {})


def _segments(source: Source) -> Sheet:
    words, segments = source.words, source.own("segments").drop(columns="is_scored", errors="ignore")
    shares = {words.column(name): "share" for name in segments.columns if name.startswith("share_of_")}
    money = {words.column(name): "money" for name in segments.columns if name.endswith(_MONEY[:2])}
    shown = words.table(segments) if len(segments) else segments
    return _sheet(words, "segments", "", shown, list(segments.columns), shares | money)


def _ledger(source: Source) -> Sheet:
    words = source.words
    _, steps = parts.accounts(source.folder, source.region, source.ledger)
    names = ["rows_in", "kept", "quarantined", "merged", "out_of_scope"]
    names += [f"money_{name.removeprefix('rows_')}" for name in names]
    known = pd.DataFrame(steps, columns=["table", "step", *names])
    table = known.drop(columns=[name for name in names if known[name].isna().all()])
    amounts = [name for name in table.columns if name.startswith("money_")]
    table = table.astype(dict.fromkeys(amounts, "float64"))
    table["table"] = [words.label("table", name) for name in table["table"]]
    table["step"] = [words.label("step", name) for name in table["step"]]
    headers = {name: words(f"workbook.header.{name}") for name in table.columns}
    money = {headers[name]: "money" for name in amounts}
    return _sheet(words, "ledger", "", table.rename(columns=headers), list(table.columns), money)


def _sheet(words: Words, key: str, name: str, table: pd.DataFrame, columns, formats: dict[str, str]) -> Sheet:
    """With what "About" says of it: of its columns those that the catalogue explains."""
    told = {}
    for column, header in zip(columns, table.columns, strict=False):
        entry = f"workbook.about.{key}.{column}"
        if words.has(entry):
            told[header] = words(entry)
    money = {header: "money" for header in table.columns if header in _MONEY}
    return Sheet(
        name=name or words(f"workbook.sheet.{key}"),
        table=table,
        about=words(f"workbook.about.{key}"),
        columns=told,
        formats=money | formats,
    )
