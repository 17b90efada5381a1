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
@pytest.mark.parametrize("words", [("leave_out", "keep"), ("剔除", "保留"), ("Leave out", "KEEP")])
def test_the_next_run_obeys(data, words, encoding):  # mission 23, T14
    decide(data, *words, encoding=encoding)
    prepared, out = run(data)
    assert rules(out) == [("43", "left_out", "decisions.csv line 2 says leave_out")]
    assert len(review(out)) == 1
    (step,) = [step for step in prepared.ledger["steps"] if step["step"] == "decisions"]
    assert (step["rows_in"], step["kept"], step["money_quarantined"]) == (42, 41, "95000.00")
    assert store.read_table(out / "tables" / "orders.parquet")["amount"].max() == 90_000
    assert prepared.exceeded == []  # half of the money, but nobody's fault


def test_what_is_not_decided_stays_under_review(data):
    decide(data, "keep", "")
    _, out = run(data)
    assert [row[3] for row in review(out)[1:]] == ["42"]


def test_the_file_may_stand_elsewhere_and_be_named(data, tmp_path):
    decide(data, "keep", "leave_out", name="mine.txt.csv")
    (data / "mine.txt.csv").rename(tmp_path / "mine.csv")
    _, out = run(data, decisions=str(tmp_path / "mine.csv"))
    assert [line for line, *_ in rules(out)] == ["42"]


def test_a_file_whose_name_a_spreadsheet_would_run_can_be_decided_on(data):  # fault 69
    (data / "orders.csv").rename(data / "+orders.csv")
    decide(data, "leave_out", "keep")
    assert [line for line, *_ in rules(run(data)[1])] == ["43"]


def test_a_record_that_has_changed_is_not_the_one_decided_on(data):
    decide(data, "keep", "leave_out")
    (data / "orders.csv").write_text(
        ORDERS.replace("y,91,2024-01-05,95000", "z,92,2024-01-05,12"), encoding="utf-8"
    )
    said = r"decisions\.csv line 2: the record at line 43 of orders\.csv is not the one that was decided on \(amount is '12.0' there now\)"
    with pytest.raises(SettingsError, match=said):
        run(data)


@pytest.mark.parametrize(
    ("words", "edit", "said"),
    [
        (("maybe", ""), None, r"decisions\.csv line 2: decision: expected keep or leave_out, got 'maybe'"),
        (("keep", "keep"), (",43,", ",99,"), r"decisions\.csv line 2: orders has no record at line 99 of orders\.csv"),
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


def test_a_record_left_out_takes_its_equals_with_it(data):
    twice = ORDERS + "y,91,2024-01-05,95000\n"
    (data / "orders.csv").write_text(twice, encoding="utf-8")
    decide(data, "leave_out", "")
    prepared, out = run(data)
    assert [line for line, *_ in rules(out)] == ["43"]
    counts = prepared.ledger["files"][0]
    assert (counts["rows_in"], counts["kept"], counts["quarantined"], counts["merged"]) == (43, 41, 1, 1)
    assert store.read_table(out / "tables" / "orders.parquet")["amount"].max() == 90_000


def test_a_further_file_with_further_columns_unsettles_no_decision(data):
    decide(data, "leave_out", "keep")
    more = "customer_id,order_id,order_date,amount,remark\nv,200,2024-01-05,10,gift\n"
    (data / "orders_2.csv").write_text(more, encoding="utf-8")
    assert [line for line, *_ in rules(run(data)[1])] == ["43"]


class TestWithoutDigest:
    """A decision file from another hand has no column ``record``; then the value must still be there."""

    @staticmethod
    def write(data, *rows):
        head = "table,file,sheet,line,column,value,rule,message,decision\n"
        (data / "decisions.csv").write_text(head + "".join(rows), encoding="utf-8")

    @pytest.mark.parametrize("value", ["95000", "95000.00", ""])
    def test_a_value_that_is_there_is_obeyed(self, data, value):
        self.write(data, f"orders,orders.csv,,43,amount,{value},extreme_amount,,leave_out\n")
        assert [line for line, *_ in rules(run(data)[1])] == ["43"]

    def test_another_value_is_refused(self, data):
        self.write(
            data,
            "orders,orders.csv,,42,customer_id,x,extreme_amount,,keep\n",
            "orders,orders.csv,,43,amount,9500,extreme_amount,,leave_out\n",
        )
        with pytest.raises(
            SettingsError, match=r"decisions\.csv line 3: .* \(amount is '95000\.0' there now\); decide anew"
        ):
            run(data)

    def test_a_name_is_never_told(self, data):  # fault 90
        people = "customer_id,name,birth_date\nx,Ann Lee,1990-01-05\n"
        (data / "customers.csv").write_text(people, encoding="utf-8")
        self.write(data, "customers,customers.csv,,2,name,Bob Roe,same_person,,keep\n")
        with pytest.raises(SettingsError) as caught:
            run(data, personal="keep")
        assert "the record at line 2 of customers.csv is not the one that was decided on; decide" in str(
            caught.value
        )


def test_a_difference_that_is_kept_hides_no_other_of_the_same_line(data):
    (data / "customer_values.csv").write_text("customer_id,n_orders,spend\nc01,3,99\n", encoding="utf-8")
    decide(data, "", "", "keep", "")
    found = [(row[3], row[4], row[6]) for row in review(run(data)[1])[1:]]
    assert found == [
        ("43", "amount", "extreme_amount"),
        ("42", "amount", "extreme_amount"),
        ("2", "spend", "values_differ"),
    ]


def test_a_digest_is_no_number_to_a_spreadsheet(data):
    header, *found = review(run(data)[1])
    records = [row[header.index("record")] for row in found]
    assert all(len(record) == 12 and record[0] == "r" for record in records)
    assert len(set(records)) == 2


def test_without_decisions_nothing_is_marked(data):
    prepared, out = run(data)
    assert rules(out) == []
    assert prepared.ledger["files"][0]["quarantined"] == 0
