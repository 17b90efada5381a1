"""What the analyst decides on records under review is obeyed, and accounted for."""

import csv

import pytest

from custkit import prepare, store
from custkit.errors import SettingsError

USUAL = "".join(f"c{n:02d},{n},2024-01-05,{10 if n % 2 else 20}\n" for n in range(40))
ORDERS = "customer_id,order_id,order_date,amount\n" + USUAL + "x,90,2024-01-05,90000\ny,91,2024-01-05,95000\n"


@pytest.fixture
def data(tmp_path):
    made = tmp_path / "data"
    made.mkdir()
    (made / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return made


def run(data, **settings):
    out = data.with_name("out")
    return prepare.prepare(str(data), str(out), settings=settings), out


def review(out):
    with open(out / "review.csv", encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle))


def decide(data, *words, encoding="utf-8-sig", name="decisions.csv"):
    """Fill in the review of a run: one word for each of its lines."""
    header, *rows = review(run(data)[1])
    with open(data / name, "w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(
            [header, *([*row[:-1], word] for row, word in zip(rows, words, strict=True))]
        )


def rules(out):
    with open(out / "quarantine.csv", encoding="utf-8-sig", newline="") as handle:
        return [(row["line"], row["rule"], row["message"]) for row in csv.DictReader(handle)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("words", [("keep", "leave_out"), ("保留", "剔除"), ("KEEP", "Leave out")])
def test_the_next_run_obeys(data, words, encoding):  # mission 23, T14
    decide(data, *words, encoding=encoding)
    prepared, out = run(data)
    assert rules(out) == [("43", "left_out", "decisions.csv line 3 says leave_out")]
    assert len(review(out)) == 1
    (step,) = [step for step in prepared.ledger["steps"] if step["step"] == "decisions"]
    assert (step["rows_in"], step["kept"], step["money_quarantined"]) == (42, 41, "95000.00")
    assert store.read_table(out / "tables" / "orders.parquet")["amount"].max() == 90_000
    assert prepared.exceeded == []  # half of the money, but nobody's fault


def test_what_is_not_decided_stays_under_review(data):
    decide(data, "", "keep")
    _, out = run(data)
    assert [row[3] for row in review(out)[1:]] == ["42"]


def test_the_file_may_stand_elsewhere_and_be_named(data, tmp_path):
    decide(data, "leave_out", "keep", name="mine.txt.csv")
    (data / "mine.txt.csv").rename(tmp_path / "mine.csv")
    _, out = run(data, decisions=str(tmp_path / "mine.csv"))
    assert [line for line, *_ in rules(out)] == ["42"]


def test_a_record_that_has_changed_is_not_the_one_decided_on(data):
    decide(data, "keep", "leave_out")
    (data / "orders.csv").write_text(
        ORDERS.replace("y,91,2024-01-05,95000", "z,92,2024-01-05,12"), encoding="utf-8"
    )
    with pytest.raises(
        SettingsError, match=r"decisions\.csv line 3: the record at line 43 of orders\.csv is not the one"
    ):
        run(data)


@pytest.mark.parametrize(
    ("words", "edit", "said"),
    [
        (("maybe", ""), None, r"decisions\.csv line 2: decision: expected keep or leave_out, got 'maybe'"),
        (("keep", "keep"), (",43,", ",99,"), r"decisions\.csv line 3: orders has no record at line 99 of orders\.csv"),
        (("keep", "keep"), ("orders,orders", "visits,orders"), r"decisions\.csv line 2: the data have no table 'visits'"),
        (("keep", "leave_out"), (",43,", ",42,"), r"decisions\.csv line 2: line 42 of orders\.csv is to be kept and left out"),
        (("keep", "keep"), ("rule", "reason"), r"decisions\.csv: no review of custkit: expected the columns table, file"),
    ],
)  # fmt: skip
def test_a_decision_that_cannot_be_obeyed_is_refused(data, words, edit, said):
    decide(data, *words)
    if edit:
        path = data / "decisions.csv"
        path.write_text(path.read_text(encoding="utf-8-sig").replace(*edit), encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        run(data)
