"""The mapping file: checked word for word, and never more than plain values."""

import pytest
from exports import column, read

from custkit.errors import SettingsError
from custkit.ingest import mapping
from custkit.ingest.mapping import load_mapping, resolve


def load(folder, text: str, **how):
    (folder / "mapping.yml").write_text(text, encoding="utf-8")
    return load_mapping(folder, **how)


class TestLoadMapping:
    def test_the_form_of_the_design(self, tmp_path):
        found = load(
            tmp_path,
            """
currency: GBP
earliest: 2010-01-01
max_quarantined_rows: 0.30
tables:
  orders:
    files: ["sales*.csv"]
    header: none
    separator: spaces
    columns: {customer_id: 客户编号, order_id: line, amount: quantity * unit_price, quantity: 3, unit_price: 4, channel: "=online"}
""",
        )
        assert found.settings == {"currency": "GBP", "earliest": "2010-01-01", "max_quarantined_rows": 0.30}
        orders = found.tables["orders"]
        assert (orders.files, orders.header, orders.separator) == (("sales*.csv",), "none", "spaces")
        assert orders.columns["quantity"] == 3

    def test_without_a_file_it_is_empty(self, tmp_path):
        found = load_mapping(tmp_path)
        assert (found.path, found.settings, found.tables) == (None, {}, {})

    def test_a_single_file_has_its_own(self, tmp_path):
        (tmp_path / "shop.mapping.yml").write_text("currency: CNY")
        assert load_mapping(tmp_path / "shop.csv").settings == {"currency": "CNY"}
        assert load_mapping(tmp_path / "shop.csv.gz").settings == {"currency": "CNY"}

    def test_the_draft_is_taken_only_on_request_and_only_alone(self, tmp_path):
        (tmp_path / "mapping.draft.yml").write_text("currency: CNY")
        assert load_mapping(tmp_path).path is None
        assert load_mapping(tmp_path, draft=True).is_draft
        assert not load(tmp_path, "currency: GBP", draft=True).is_draft

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("curency: GBP", "mapping.yml: curency: no such key; did you mean currency"),
            ("tables: {order: {}}", "tables: order: no such key; did you mean orders"),
            ("tables: {orders: {colums: {}}}", "tables: orders: colums: no such key; did you mean columns"),
            ("tables: {orders: {columns: {cust_id: a}}}", "cust_id: no such key; did you mean customer_id"),
            ("tables: {orders: {columns: {customer_id: [1]}}}", "expected a header, a position"),
            ("tables: {orders: {columns: {customer_id: 0}}}", "expected a header, a position"),
            ("tables: {orders: {header: 0}}", "header: expected none or the number of a line, got 0"),
            ("tables: {orders: {separator: abc}}", "separator: expected comma, semicolon"),
            ("tables: {orders: {files: {a: b}}}", "files: expected a list"),
            ("tables: [orders]", "tables: expected table names"),
            ("max_regions: many", "max_regions: expected a whole number"),
            ("- a", "expected settings and `tables`"),
            ("a: [", "line 1: no plain YAML"),
        ],
    )
    def test_refuses_what_is_not_in_the_form_and_names_it(self, tmp_path, text, says):  # fault 22
        with pytest.raises(SettingsError, match=says):
            load(tmp_path, text)

    def test_a_tag_runs_nothing(self, tmp_path):  # fault 22
        canary = tmp_path / "canary"
        with pytest.raises(SettingsError, match="no plain YAML"):
            load(tmp_path, f"currency: !!python/object/apply:os.system ['touch {canary}']")
        assert not canary.exists()


class TestResolve:
    NAMES = ("客户编号", "Qty", "Price", "day")

    def columns(self, folder, columns: str, named=None) -> dict:
        found = load(folder, f"tables: {{orders: {{columns: {{{columns}}}}}}}")
        return resolve(found, "orders", self.NAMES, named or {}, "sales.csv")

    def test_a_product_of_columns_or_of_headers(self, tmp_path):
        found = self.columns(tmp_path, "amount: quantity * unit_price, quantity: Qty, unit_price: 3")
        assert found["amount"].positions == (1, 2)
        assert self.columns(tmp_path, "amount: Qty * Price")["amount"].positions == (1, 2)

    def test_a_product_of_columns_that_headers_name(self, tmp_path):
        found = self.columns(tmp_path, "amount: quantity * unit_price", {"quantity": 1, "unit_price": 2})
        assert found["amount"].positions == (1, 2)

    def test_a_constant_the_line_and_a_column_left_out(self, tmp_path):
        found = self.columns(tmp_path, 'channel: "=online", order_id: line, region: ')
        assert {name: (origin.kind, origin.constant) for name, origin in found.items()} == {
            "channel": ("constant", "online"),
            "order_id": ("line", ""),
        }

    @pytest.mark.parametrize(
        ("columns", "says"),
        [
            ("amount: Pries", "amount: sales.csv has no column 'Pries' .did you mean Price"),
            ("amount: 9", "sales.csv has no column 9; it has 4"),
            ("amount: Qty * Prize", "has no column 'Prize'"),
        ],
    )
    def test_refuses_a_column_that_the_file_does_not_have(self, tmp_path, columns, says):  # fault 22
        with pytest.raises(SettingsError, match=says):
            self.columns(tmp_path, columns)


class TestPaths:
    def test_beside_a_folder_and_beside_a_file(self, tmp_path):
        assert [path.name for path in mapping.paths(tmp_path)] == ["mapping.yml", "mapping.draft.yml"]
        assert [path.name for path in mapping.paths(tmp_path / "a.b.csv")] == [
            "a.b.mapping.yml",
            "a.b.mapping.draft.yml",
        ]


class TestSeveralHeaders:
    def test_of_a_list_each_file_takes_the_header_that_it_has(self, tmp_path):  # fault 21
        files = {
            "a.csv": "customer_id,order_date,金额,实付金额\nx,2024-01-05,1,2\n",
            "b.csv": "customer_id,order_date,Betrag\ny,2024-01-05,3\n",
        }
        mapping = "tables: {orders: {files: ['*.csv'], columns: {amount: [实付金额, Betrag]}}}"
        assert column(read(tmp_path, files, mapping), "orders", "amount") == [20_000, 30_000]

    def test_a_file_without_any_of_them_is_a_mistake_of_the_mapping(self, tmp_path):  # fault 22
        files = {"a.csv": "customer_id,order_date,金额\nx,2024-01-05,1\n"}
        mapping = "tables: {orders: {columns: {amount: [Sum, Betrag]}}}"
        with pytest.raises(SettingsError, match=r"orders: amount: a\.csv has no column 'Sum'"):
            read(tmp_path, files, mapping)

    @pytest.mark.parametrize("given", ["[]", "[1, 2]", "[[a]]"])
    def test_a_list_holds_headers(self, tmp_path, given):
        with pytest.raises(SettingsError, match="a list of headers of which each file has one"):
            read(tmp_path, {"a.csv": "x\n1\n"}, f"tables: {{orders: {{columns: {{amount: {given}}}}}}}")
