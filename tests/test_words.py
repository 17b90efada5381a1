import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from custkit import words
from custkit.errors import SettingsError
from custkit.words import CATALOGUE, Words


class TestCatalogue:
    def test_every_word_exists_in_both_languages_and_asks_for_the_same_values(self):
        entries = words.catalogue()
        assert len(entries) > 300
        assert all(texts["en"].strip() and texts["zh"].strip() for texts in entries.values())

    def test_every_file_loads_without_the_c_library_too(self):
        for path in CATALOGUE.glob("*.yml"):
            assert isinstance(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader), dict), (
                path.name
            )

    def test_refuses_a_key_in_two_files(self, tmp_path, monkeypatch):
        for name in ("a.yml", "b.yml"):
            (tmp_path / name).write_text("key: {en: one, zh: 一}", encoding="utf-8")
        monkeypatch.setattr(words, "CATALOGUE", tmp_path)
        with pytest.raises(ValueError, match=r"b\.yml: key stands in two files"):
            words.catalogue.__wrapped__()

    @pytest.mark.parametrize(
        ("entry", "said"),
        [("{en: one}", "expected texts in"), ('{en: "{n} of", zh: "共"}', "different values")],
    )
    def test_refuses_a_language_that_is_missing_or_says_other_values(
        self, tmp_path, monkeypatch, entry, said
    ):
        (tmp_path / "a.yml").write_text(f"key: {entry}", encoding="utf-8")
        monkeypatch.setattr(words, "CATALOGUE", tmp_path)
        with pytest.raises(ValueError, match=said):
            words.catalogue.__wrapped__()


class TestWords:
    def test_speaks_the_language_asked_for(self):
        assert (Words("en")("column.spend"), Words("zh")("column.spend")) == ("spend", "消费金额")

    def test_a_language_that_is_not_there_is_a_setting_to_mend(self):
        with pytest.raises(SettingsError, match="lang: expected en or zh, got 'fr'"):
            Words("fr")

    def test_a_missing_entry_is_named(self):
        with pytest.raises(KeyError, match=r"no entry 'no\.such\.key'"):
            Words()("no.such.key")

    def test_a_label_that_a_user_brought_stands_as_it_is(self):
        assert Words("zh").label("segment_map", "My best ones") == "My best ones"

    def test_table_turns_headers_and_labels_and_leaves_its_input_alone(self):
        table = pd.DataFrame({"scheme": ["tier3"], "label": ["high"], "status": ["buyer"], "n_orders": [3]})
        before = table.copy()
        shown = Words("zh").table(table)
        assert list(shown.columns) == ["分类方案", "类别", "状态", "订单数"]
        assert shown.iloc[0, 2] == "有购买"
        assert shown.iloc[0, 1] == Words("zh")("label.tier3.high")
        pd.testing.assert_frame_equal(table, before)


class TestLevels:
    def test_a_name_of_the_dictionary_has_words_and_the_datas_own_stay(self):  # mission 4
        said = Words("zh")
        assert [said.level("gender", "female"), said.level("gender", "不愿透露")] == ["女", "不愿透露"]
        assert [said.level("channel", "app"), said.level("online", "online")] == ["app", "线上"]

    def test_in_tables_beside_their_dimension_alone_or_joined(self):
        table = pd.DataFrame(
            {"dimension": ["gender", "city"], "level": ["male", "store"], "level_a": ["female", None]}
        )
        shown = Words("zh").table(table)
        assert shown[Words("zh").column("level")].tolist() == ["男", "store"]
        assert shown[Words("zh").column("level_a")].iloc[0] == "女"
        alone = Words("zh").table(table[["level"]].assign(group=["26-35 · tier 2 · Shipping", None]))
        assert alone[Words("zh").column("level")].tolist() == ["男", "门店"]
        assert alone[Words("zh").column("group")].iloc[0] == "26-35 · 二线 · Shipping"

    def test_columns_of_customers_and_groups_of_two_attributes(self):
        table = pd.DataFrame(
            {"education": ["master", "夜大"], "attribute_1": "area", "level_1": ["rural", "urban"]}
        )
        shown = Words("zh").table(table)
        assert shown.iloc[:, 0].tolist() == ["硕士", "夜大"]
        assert shown.iloc[:, 2].tolist() == ["农村", "城市"]

    def test_leaves_its_input_alone(self):
        table = pd.DataFrame({"dimension": ["gender"], "level": ["male"]})
        before = table.copy()
        Words("zh").table(table)
        pd.testing.assert_frame_equal(table, before)


class TestRows:
    @given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 5).map(lambda x: round(x, 1))), max_size=30))
    def test_says_of_each_row_what_calling_says(self, rows):
        table = pd.DataFrame(rows, columns=["orders", "days"])
        table = table.astype({"orders": "int64", "days": "float64"}).assign(answer=3.5)
        made = Words("zh").rows("reason.loyalty", **table.astype({"days": "int64"}))
        plain = [
            Words("zh")("reason.loyalty", orders=o, days=int(d), answer=3.5)
            for o, d in zip(table["orders"], table["days"], strict=True)
        ]
        assert made.tolist() == plain
        assert made.dtype == "str"

    def test_keeps_the_order_of_rows_whatever_their_index(self):
        table = pd.DataFrame({"orders": [2, 1, 2], "days": [5, 6, 5]}, index=[9, 3, 7])
        told = Words("en").rows("reason.ordered", **table).tolist()
        assert told[0] == told[2] != told[1]
        assert told[1] == "orders: 1; days since the last: 6"
