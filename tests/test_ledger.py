import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custkit import findings, ledger
from custkit.errors import BalanceError
from custkit.ledger import Count, Ledger

STEPS = ("missing", "duplicates")


def count(rows_in, kept, quarantined=0, merged=0, money=(0, 0, 0, 0)) -> Count:
    return Count(rows_in, kept, quarantined, merged, 0, *money)


@pytest.fixture
def accounts() -> pd.DataFrame:
    """10 lines of orders for 100.00: 6 kept for 70, 3 without a customer for 20, 1 repeated for 10."""
    return pd.DataFrame(
        {
            "table": "orders",
            "region": ["East", "East", "East"],
            "step": ["", "missing", "duplicates"],
            "rule": ["", "missing_customer_id", ""],
            "column": ["", "customer_id", ""],
            "fate": ["kept", "quarantined", "merged"],
            "rows": [6, 3, 1],
            "rows_without_money": [0, 1, 0],
            "money": [70.0, 20.0, 10.0],
        }
    )


class TestLedger:
    def balanced(self) -> Ledger:
        made = Ledger(decimals=2)
        made.add_file(
            count(10, 7, 2, 1, (1000, 700, 200, 100)),
            file="a.csv",
            sheet="",
            sha256="x",
            encoding="utf-8",
            table="orders",
        )
        made.add_step("orders", "missing", count(10, 8, 2, 0, (1000, 800, 200, 0)))
        made.add_step("orders", "duplicates", count(8, 7, 0, 1, (800, 700, 0, 100)))
        return made

    def test_a_balanced_ledger_passes_and_writes_money_as_exact_text(self):
        made = self.balanced()
        made.require_balance()
        document = made.document(as_of="2024-03-05", currency="GBP", warnings=[])
        assert document["files"][0]["money_quarantined"] == "2.00"
        assert document["steps"][1] == {
            "table": "orders", "step": "duplicates", "rows_in": 8, "kept": 7, "quarantined": 0, "merged": 1,
            "rows_without_money": 0, "money_in": "8.00", "money_kept": "7.00", "money_quarantined": "0.00", "money_merged": "1.00",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("part", "broken", "said"),
        [
            ("files", count(10, 6, 2, 1, (1000, 700, 200, 100)), "a.csv does not balance"),
            ("files", count(10, 7, 2, 1, (1000, 699, 200, 100)), "a.csv does not balance"),
            ("steps", count(10, 7, 2, 0, (1000, 800, 200, 0)), "step missing does not balance"),
            ("steps", count(9, 7, 2, 0, (1000, 800, 200, 0)), "other rows or money than the files"),
            ("steps", count(10, 7, 3, 0, (1000, 800, 200, 0)), "takes in other rows or money than the last"),
            ("steps", count(10, 8, 2, 0, (1000, 799, 201, 0)), "takes in other rows or money than the last"),
        ],
    )
    def test_one_row_or_one_unit_gone_anywhere_stops_the_run(self, part, broken, said):
        made = self.balanced()
        getattr(made, part)[0]["count"] = broken
        with pytest.raises(BalanceError, match=said):
            made.require_balance()

    @given(st.integers(-(10**15), 10**15), st.integers(2, 4))
    def test_amounts_are_written_to_the_last_unit(self, units, decimals):
        from decimal import Decimal

        text = Ledger(decimals).amount(units)
        assert Decimal(text).scaleb(decimals) == units
        assert len(text.split(".")[1]) == decimals


class TestTotals:
    def test_one_row_a_table(self, accounts):
        row = ledger.totals(accounts).iloc[0]
        assert (row["rows_in"], row["kept"], row["quarantined"], row["merged"]) == (10, 6, 3, 1)
        assert (row["money_in"], row["money_kept"], row["rows_without_money"]) == (100.0, 70.0, 1)

    def test_nothing_gives_columns_and_no_rows(self, accounts):
        assert ledger.totals(accounts.iloc[:0]).empty

    def test_leaves_its_input_alone(self, accounts):
        before = accounts.copy()
        ledger.totals(accounts)
        ledger.steps(accounts, STEPS)
        ledger.rejections(accounts)
        pd.testing.assert_frame_equal(accounts, before)


class TestSteps:
    def test_each_step_takes_in_what_the_last_one_kept(self, accounts):
        steps = ledger.steps(accounts, STEPS)
        assert steps[["rows_in", "kept", "quarantined", "merged"]].to_numpy().tolist() == [
            [10, 7, 3, 0],
            [7, 6, 0, 1],
        ]
        assert steps[["money_in", "money_kept"]].to_numpy().tolist() == [[100.0, 80.0], [80.0, 70.0]]


# mission 25, 26
class TestScope:
    """Of the 6 kept lines of ``accounts``, 2 for 25.00 are out of scope."""

    @pytest.fixture
    def scoped(self, accounts) -> pd.DataFrame:
        kept = accounts.iloc[[0]]
        beyond = kept.assign(step="scope", fate="out_of_scope", rows=2, money=25.0)
        return pd.concat(
            [accounts.assign(rows=[4, 3, 1], money=[45.0, 20.0, 10.0]), beyond], ignore_index=True
        )

    def test_totals_and_balance_add_up_with_a_column_of_its_own(self, scoped):
        totals = ledger.totals(scoped)
        row = totals.iloc[0]
        assert (row["rows_in"], row["kept"], row["out_of_scope"], row["money_out_of_scope"]) == (
            10,
            4,
            2,
            25.0,
        )
        balance = ledger.balance(totals).set_index("step")
        assert balance.index.tolist() == ["in", "quarantined", "merged", "out_of_scope", "kept"]
        assert (balance.loc["in"] == balance.drop("in").sum()).all()

    def test_the_last_step_takes_it_away(self, scoped):
        steps = ledger.steps(scoped, (*STEPS, "scope")).set_index("step")
        assert steps.loc["scope", ["rows_in", "kept", "out_of_scope"]].tolist() == [6, 4, 2]

    def test_without_one_there_is_no_such_column(self, accounts):
        assert "out_of_scope" not in ledger.totals(accounts)
        assert "out_of_scope" not in ledger.balance(ledger.totals(accounts))["step"].tolist()

    def test_files_are_told_before_the_scope_and_the_chain_still_closes(self):
        made = TestLedger().balanced()
        made.add_step("orders", "scope", Count(7, 4, 0, 0, 0, 700, 450, 0, 0, 3, 250))
        made.require_balance()
        entry = made.document(as_of=None, currency="", warnings=[])["steps"][-1]
        assert (entry["out_of_scope"], entry["money_out_of_scope"]) == (3, "2.50")
        made.steps[-1]["count"] = Count(7, 4, 0, 0, 0, 700, 450, 0, 0, 3, 249)
        with pytest.raises(BalanceError, match="step scope does not balance"):
            made.require_balance()

    def test_the_sentences_say_it(self, scoped):
        tables = {"ledger_totals": ledger.totals(scoped), "rejections": ledger.rejections(scoped)}
        stated = ledger.state(*tables.values(), "GBP")
        assert stated["key"].tolist()[:2] == ["rows_scoped", "money_scoped"]
        assert "2 good but out of scope" in stated["text_en"][0]
        assert findings.recompute(stated, tables.get).empty


class TestState:
    def test_every_sentence_holds_in_both_languages(self, accounts):
        tables = {"ledger_totals": ledger.totals(accounts), "rejections": ledger.rejections(accounts)}
        stated = ledger.state(*tables.values(), "GBP")
        assert stated["text_en"].tolist() == [
            "orders, rows: 10 came in, 6 kept, 3 quarantined, 1 merged with an equal line; none is lost.",
            "orders, money: 100.00 GBP came in, 70.00 GBP kept, 20.00 GBP quarantined, 10.00 GBP merged.",
            "The largest single reason for quarantine is “no customer” in orders: 3 rows, "
            "100.0% of all that were quarantined.",
        ]
        assert findings.recompute(stated, tables.get).empty

    def test_nothing_rejected_is_said(self, accounts):
        kept = accounts.iloc[:1]
        stated = ledger.state(ledger.totals(kept), ledger.rejections(kept), "GBP")
        assert stated["key"].tolist()[-1] == "nothing_rejected"


def test_balance_adds_up(accounts):
    balance = ledger.balance(ledger.totals(accounts)).set_index("step")
    assert (balance.loc["in"] == balance.drop("in").sum()).all()
