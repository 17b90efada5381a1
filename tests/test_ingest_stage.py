"""Data folders read as a whole: tables found, rows addressed, faults named, refusals collected."""

import datetime as dt
import io

import pandas as pd
import pytest
from exports import codes, column, fault_rows, faults, read, rows
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit.errors import InputRefused, SettingsError

GOOD = "order_id,customer_id,order_date,amount\n1,ann,2024-01-05,1.50\n2,bob,2024-01-06,-2\n"


class TestReadTables:
    def test_rows_have_addresses_and_exact_types(self, tmp_path):
        reading = read(tmp_path, {"orders.csv": GOOD})
        first = rows(reading, "orders")[0]
        assert (first["_record"], first["_file"], first["_sheet"], first["_line"]) == (
            1,
            "orders.csv",
            "",
            "2",
        )
        assert (first["customer_id"], first["order_date"], first["amount"]) == (
            "ann",
            dt.date(2024, 1, 5),
            15_000,
        )
        assert first["raw.amount"] == "1.50"
        assert (reading.sources[0].rows, reading.sources[0].encoding, reading.sources[0].separator) == (
            2,
            "utf-8",
            ",",
        )
        assert faults(reading, "orders") == []

    def test_records_run_over_the_files_of_a_table_in_the_order_of_their_names(self, tmp_path):
        reading = read(
            tmp_path,
            {"orders_b.csv": GOOD, "orders_a.csv": GOOD.replace("ann", "cat"), "parts/orders.csv": GOOD},
        )
        assert column(reading, "orders", "_record") == [1, 2, 3, 4, 5, 6]
        assert column(reading, "orders", "_file")[::2] == ["orders_a.csv", "orders_b.csv", "parts/orders.csv"]

    def test_times_stand_beside_days(self, tmp_path):
        reading = read(tmp_path, {"orders.csv": GOOD.replace("2024-01-05", "2024-01-05 13:04")})
        assert column(reading, "orders", "order_time") == ["13:04:00", None]

    def test_keys_that_are_missing(self, tmp_path):  # fault 24
        text = GOOD + ",ann,2024-01-05,1\n3,-,2024-01-05,1\n4,ann,NA,1\n5,ann,2024-01-05,无\n"
        assert faults(read(tmp_path, {"orders.csv": text}), "orders") == [
            (3, "missing_order_id", "order_id"),
            (4, "missing_customer_id", "customer_id"),
            (5, "missing_order_date", "order_date"),
            (6, "missing_amount", "amount"),
        ]

    def test_values_that_cannot_be_read_name_column_and_value(self, tmp_path):  # faults 31, 35, 42
        text = GOOD + '6,ann,2024-02-30,"1,23.50"\n7,1.38E+10,2024-01-05,Infinity\n'
        found = fault_rows(read(tmp_path, {"orders.csv": text}), "orders")
        assert [(row["_record"], row["rule"], row["column"], row["value"]) for row in found] == [
            (3, "unreadable_value", "amount", "1,23.50"),
            (3, "unreadable_value", "order_date", "2024-02-30"),
            (4, "unreadable_value", "amount", "Infinity"),
            (4, "damaged_id", "customer_id", "1.38E+10"),
        ]
        assert (
            found[0]["message"]
            == "amount: expected an amount such as 1234.50; correct it, or leave the line out"
        )

    def test_totals_lines_and_repeated_headers_are_rows_with_one_fault(self, tmp_path):  # fault 12
        text = GOOD + "合计,,,-0.50\n" + GOOD
        reading = read(tmp_path, {"orders.csv": text})
        assert faults(reading, "orders") == [(3, "totals_line", ""), (4, "repeated_header", "")]
        assert column(reading, "orders", "amount") == [15_000, -20_000, -5_000, None, 15_000, -20_000]

    def test_a_product_named_total_is_no_totals_line(self, tmp_path):
        text = "customer_id,order_date,amount,product\nann,2024-01-05,1,Total\n"
        assert faults(read(tmp_path, {"orders.csv": text}), "orders") == []

    def test_a_region_named_na_is_a_name(self, tmp_path):  # fault 25
        text = "customer_id,order_date,amount,region\nann,2024-01-05,1,NA\nbob,2024-01-05,1,\n"
        assert column(read(tmp_path, {"orders.csv": text}), "orders", "region") == ["NA", None]

    def test_the_two_rows_of_table_1_lack_a_value_and_shift_nothing(self, tmp_path):  # T29
        header = "客户编号,姓名*,性别,年龄,地区,行业,注册时间,累计消费金额(元),消费频次(次),最近消费日期,偏好品类,满意度评分(1-5分)"
        lines = [
            "C001,*明,28,上海,互联网,2023-01,15000,25,2024-03-15,数码产品,4.5",
            "C002,*芳,35,广州,教育,2023-05,8000,12,2024-01-20,图书,3.8",
        ]
        reading = read(tmp_path / "as printed", {"客户.csv": "\n".join([header, *lines])})
        assert faults(reading, "customers") == [(1, "unreadable_record", ""), (2, "unreadable_record", "")]
        assert column(reading, "customers", "age") == [None, None]
        whole = [line.replace("明,", "明,,").replace("芳,", "芳,,") for line in lines]
        reading = read(tmp_path / "with an empty field", {"客户.csv": "\n".join([header, *whole])})
        assert column(reading, "customers", "age") == ["28", "35"]
        assert column(reading, "customers", "registered_on_precision") == ["month", "month"]  # mission 8, T19
        values = rows(reading, "customer_values")
        assert [(row["spend"], row["n_orders"], row["last_order"]) for row in values] == [
            (150_000_000, 25, dt.date(2024, 3, 15)),
            (80_000_000, 12, dt.date(2024, 1, 20)),
        ]

    def test_names_phones_and_mails_never_get_past_reading(self, tmp_path):  # fault 90, mission 3
        text = "客户编号,姓名,手机\n1,王小明,13812345678\n2,李小明,13812345678\n3,赵六\n"
        reading = read(tmp_path, {"客户.csv": text})
        assert column(reading, "customers", "raw.姓名") == ["*明", "*明", None]
        assert column(reading, "customers", "phone") == ["138****5678", "138****5678", None]
        one, two, _ = column(reading, "customers", "_personal")
        assert one != two
        assert [row["value"] for row in fault_rows(reading, "customers")] == [""]

    def test_names_are_kept_where_asked(self, tmp_path):
        reading = read(tmp_path, {"客户.csv": "客户编号,姓名\n1,王小明\n"}, personal="keep")
        assert column(reading, "customers", "name") == ["王小明"]
        assert column(reading, "customers", "_personal") == [None]

    def test_amounts_in_another_currency_are_never_added(self, tmp_path):  # fault 34
        reading = read(tmp_path, {"orders.csv": GOOD.replace("1.50", "$1.50")}, currency="GBP")
        assert faults(reading, "orders") == [(1, "other_currency", "amount")]
        assert column(reading, "orders", "amount") == [None, -20_000]

    def test_two_currencies_and_none_set_are_refused(self, tmp_path):  # fault 34
        with pytest.raises(SettingsError, match=r"orders\.csv: amount: amounts are marked \$ and £"):
            read(tmp_path, {"orders.csv": GOOD.replace("1.50", "$1.50").replace("-2", "£2")})

    def test_an_amount_counts_before_quantity_times_price(self, tmp_path):
        text = "customer_id,order_date,amount,quantity,unit_price\na,2024-01-05,10,2,5\nb,2024-01-05,9,2,5\n"
        reading = read(tmp_path, {"orders.csv": text})
        assert column(reading, "orders", "amount") == [100_000, 90_000]
        assert "amount_mismatch" in codes(reading)

    def test_quantity_times_price_serves_as_the_amount(self, tmp_path):
        reading = read(
            tmp_path, {"orders.csv": "customer_id,order_date,quantity,unit_price\na,2024-01-05,3,0.333\n"}
        )
        assert column(reading, "orders", "amount") == [9_990]
        assert (reading.sources[0].columns["amount"], reading.sources[0].decimals) == (
            "quantity * unit_price",
            3,
        )

    def test_orders_without_an_id_are_reported_or_numbered_by_line(self, tmp_path):
        text = "customer_id,order_date,amount\na,2024-01-05,1\nb,2024-01-05,1\n"
        reading = read(tmp_path / "derived", {"orders.csv": text})
        assert ("derived_orders" in codes(reading), "order_id" in rows(reading, "orders")[0]) == (True, False)
        reading = read(
            tmp_path / "line",
            {"orders.csv": text},
            'tables: {orders: {columns: {order_id: line, channel: "=online"}}}',
        )
        assert column(reading, "orders", "order_id") == ["1", "2"]
        assert column(reading, "orders", "channel") == ["online", "online"]
        assert "derived_orders" not in codes(reading)

    def test_further_columns_of_open_tables_keep_their_names(self, tmp_path):
        text = "brand,fun,group\na,3,x\nb,4,y\n"
        reading = read(tmp_path, {"orders.csv": GOOD, "brand_ratings.csv": text})
        assert column(reading, "brand_ratings", "fun") == [3.0, 4.0]
        assert column(reading, "brand_ratings", "group") == ["x", "y"]
        assert reading.of("brand_ratings")[0].further == ["fun", "group"]

    def test_a_word_among_answers_is_quarantined_and_leaves_the_column_a_number(self, tmp_path):
        answers = "".join(f"c{n},{n % 5 + 1},{'north' if n % 3 else 'south'}\n" for n in range(40))
        text = f"customer_id,q01,office\n{answers}zoe,agree,north\nyan,NA,south\n"
        reading = read(tmp_path, {"orders.csv": GOOD, "survey.csv": text})
        assert faults(reading, "survey") == [(41, "unreadable_value", "q01")]
        assert column(reading, "survey", "q01")[38:] == [4.0, 5.0, None, None]
        assert column(reading, "survey", "office")[0] == "south"

    def test_answers_in_words_stay_words(self, tmp_path):
        text = "customer_id,q01\n" + "".join(f"c{n},{'agree' if n % 10 == 0 else n % 5}\n" for n in range(40))
        reading = read(tmp_path, {"orders.csv": GOOD, "survey.csv": text})
        assert faults(reading, "survey") == []
        assert column(reading, "survey", "q01")[:2] == ["agree", "1"]

    def test_free_text_is_kept_sign_by_sign_and_a_label_is_normalised(self, tmp_path):  # fault 23, 26, 69
        text = "customer_id,channel,text\nann,ＡＰＰ, 太慢，＝坏👨\u200d👩\u2028了！ \n"
        reading = read(tmp_path, {"orders.csv": GOOD, "feedback.csv": text})
        (row,) = rows(reading, "feedback")
        assert (row["channel"], row["text"]) == ("APP", "太慢，＝坏👨\u200d👩\u2028了！")

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("market.csv", "period,brand,sales\n2024Q1,A,10\n2024Q2,A,20\n合计,,30\n"),
            ("population.csv", "region,gender,people\nEast,female,10\nWest,female,20\nTotal,,30\n"),
            ("population.csv", "region,people\nEast,10\nWest,20\nTotal,30\n"),
        ],
    )
    def test_a_totals_line_of_a_table_without_ids_is_no_further_row(self, tmp_path, name, text):  # fault 12
        reading = read(tmp_path, {"orders.csv": GOOD, name: text})
        assert faults(reading, name.removesuffix(".csv"))[0] == (3, "totals_line", "")

    def test_a_brand_may_be_called_total(self, tmp_path):
        market = "period,brand,sales\n2024Q1,Total,10\n"
        ratings = "brand,fun\nTotal,3\nShell,4\n"
        reading = read(tmp_path, {"orders.csv": GOOD, "market.csv": market, "brand_ratings.csv": ratings})
        assert faults(reading, "market") == faults(reading, "brand_ratings") == []

    def test_a_unit_price_is_money(self, tmp_path):  # fault 33, 34
        text = "order_id,customer_id,order_date,amount,unit_price\n1,ann,2024-01-05,2,¥2\n2,ann,2024-01-05,2,€2\n"
        reading = read(tmp_path, {"orders.csv": text}, "currency: CNY")
        assert faults(reading, "orders") == [(2, "other_currency", "unit_price")]
        assert column(reading, "orders", "unit_price") == [20_000, None]

    def test_answers_off_their_scale_are_quarantined(self, tmp_path):  # mission 18, T15
        reading = read(
            tmp_path,
            {"orders.csv": GOOD, "feedback.csv": "customer_id,satisfaction,recommend\nann,6,9\nbob,5,11\n"},
        )
        assert [(row["column"], row["value"]) for row in fault_rows(reading, "feedback")] == [
            ("satisfaction", "6"),
            ("recommend", "11"),
        ]
        assert "a number from 0 to 10" in fault_rows(reading, "feedback")[1]["message"]

    def test_an_empty_file_beside_a_good_one_is_a_warning(self, tmp_path):  # fault 14
        reading = read(
            tmp_path, {"orders.csv": GOOD, "customers.csv": "", "products.csv": "product_id,product\n"}
        )
        assert [w["file"] for w in reading.warnings if w["code"] == "empty_table"] == [
            "customers.csv",
            "products.csv",
        ]

    @pytest.mark.parametrize("content", ["", "\ufeff", "order_id,customer_id,order_date,amount\n"])
    def test_nothing_but_an_empty_file_is_refused(self, tmp_path, content):  # fault 14
        with pytest.raises(InputRefused, match=r"no orders in orders\.csv"):
            read(tmp_path, {"orders.csv": content})

    def test_a_missing_column_is_refused_by_its_name(self, tmp_path):  # fault 20
        with pytest.raises(
            InputRefused,
            match=r"orders\.csv: no column for amount .*; it has order_id, customer_id, order_date, total_x",
        ):
            read(tmp_path, {"orders.csv": GOOD.replace("amount", "total_x")})

    def test_a_part_with_other_headers_is_refused_not_left_out(self, tmp_path):  # fault 21
        with pytest.raises(InputRefused, match=r"north\.csv: no column for amount"):
            read(tmp_path, {"orders.csv": GOOD, "north.csv": GOOD.replace("amount", "total_x")})

    def test_a_doubt_is_refused_with_its_candidates(self, tmp_path):  # fault 19
        text = "customer_id,order_date,金额,实付金额\na,2024-01-05,1,2\n"
        with pytest.raises(
            InputRefused, match=r"orders\.csv: amount could be 金额 or 实付金额\. Say which in mapping\.yml"
        ):
            read(tmp_path / "doubt", {"orders.csv": text})
        reading = read(
            tmp_path / "said", {"orders.csv": text}, "tables: {orders: {columns: {amount: 实付金额}}}"
        )
        assert column(reading, "orders", "amount") == [20_000]

    def test_a_choice_of_days_is_reported(self, tmp_path):  # fault 19
        text = "customer_id,付款时间,下单时间,amount\na,2024-01-06,2024-01-05,1\n"
        reading = read(tmp_path, {"orders.csv": text})
        assert column(reading, "orders", "order_date") == [dt.date(2024, 1, 5)]
        assert "date_column_choice" in codes(reading)

    def test_one_bad_file_does_not_hide_the_others(self, tmp_path):
        files = {"orders.csv": GOOD, "a.csv": b"\x00" * 9, "b.xls": b"<html>", "c.parquet": b"PAR1xxxxPAR1"}
        with pytest.raises(InputRefused) as refusal:
            read(tmp_path, files)
        assert [line.split(":")[0] for line in str(refusal.value).split("\n")] == [
            "a.csv",
            "b.xls",
            "c.parquet",
        ]

    def test_the_same_file_twice_is_reported(self, tmp_path):  # fault 39
        assert "same_file_twice" in codes(read(tmp_path, {"orders.csv": GOOD, "orders_2.csv": GOOD}))

    def test_a_file_of_no_table_is_named(self, tmp_path):
        reading = read(
            tmp_path,
            {"orders.csv": GOOD, "weather.csv": "town,rain\nX,1\nY,2\n", "notes.txt": "1,2\n3,4\n"},
        )
        assert reading.unused == ["notes.txt", "weather.csv"]

    def test_content_counts_not_the_suffix(self, tmp_path):  # fault 13
        packed = io.BytesIO()
        pd.DataFrame({"customer_id": ["a"], "order_date": ["2024-01-05"], "amount": [1.5]}).to_parquet(packed)
        reading = read(
            tmp_path, {"orders.csv": packed.getvalue(), "orders_2.parquet": GOOD.replace(",", ";")}
        )
        assert [source.encoding for source in reading.sources] == ["parquet", "utf-8"]
        assert column(reading, "orders", "amount") == [15_000, 15_000, -20_000]

    def test_parquet_keeps_its_types_for_the_quarantine(self, tmp_path):
        packed = io.BytesIO()
        frame = pd.DataFrame(
            {
                "customer_id": [17850.0, None],
                "order_date": pd.to_datetime(["2024-01-05"] * 2),
                "amount": [0.1 + 0.2, 1],
            }
        )
        frame.to_parquet(packed, index=True)
        reading = read(tmp_path, {"orders.parquet": packed.getvalue()})
        assert column(reading, "orders", "customer_id") == ["17850", None]
        assert column(reading, "orders", "raw.customer_id") == [17850.0, None]
        assert reading.sources[0].headers == ["customer_id", "order_date", "amount"]
        assert (reading.sources[0].float_noise, "float_noise" in codes(reading)) == (1, True)

    def test_a_file_that_the_mapping_does_not_name_is_left_out(self, tmp_path):
        files = {"sales.csv": GOOD, "orders_old.csv": GOOD, "broken.xlsx": b"PK\x03\x04"}
        reading = read(tmp_path, files, "tables: {orders: {files: [sales.csv]}}")
        assert [source.file for source in reading.sources] == ["sales.csv"]
        assert reading.unused == ["broken.xlsx", "orders_old.csv"]

    def test_refuses_a_mapping_for_files_that_are_not_there(self, tmp_path):
        with pytest.raises(SettingsError, match=r"files: no file fits sales\*\.csv; there are orders\.csv"):
            read(tmp_path, {"orders.csv": GOOD}, 'tables: {orders: {files: ["sales*.csv"]}}')

    def test_refuses_a_mapping_for_a_column_that_is_not_there(self, tmp_path):  # fault 22
        with pytest.raises(SettingsError, match=r"orders\.csv has no column 'total'"):
            read(tmp_path, {"orders.csv": GOOD}, "tables: {orders: {columns: {amount: total}}}")


lines = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "", "1.38E+10"]),
        st.sampled_from(["25/01/2024", "03/04/2024", "31/02/2024", ""]),
        st.sampled_from(["1.50", "(2)", "¥1,000.00", "x", "", "1.2万"]),
        st.sampled_from(["上海", "a, b", 'say "hi"', "two\nlines", ""]),
    ),
    min_size=2,
    max_size=12,
)


def written(records, header="customer_id,order_date,amount,region", separator=",", encoding="utf-8") -> bytes:
    frame = pd.DataFrame(records, columns=header.split(","))
    return frame.to_csv(index=False, sep=separator).encode(encoding)


def content(reading) -> tuple[list, list]:
    """Typed values and faults, without the words and addresses of the file."""
    names = ("customer_id", "order_date", "amount", "region")
    found = [tuple(row[name] for name in names) for row in rows(reading, "orders")]
    return found, [(row["_record"], row["rule"], row["column"]) for row in fault_rows(reading, "orders")]


class TestInvariance:
    @settings(max_examples=25, deadline=None)
    @given(lines, st.data())
    def test_how_a_file_is_written_changes_nothing(self, tmp_path_factory, records, data):
        records = [
            *records,
            ("zed", "31/01/2024", "1.5", "北京"),
        ]  # one value settles the order of days for good
        plain = content(read(tmp_path_factory.mktemp("plain"), {"orders.csv": written(records)}))
        chinese = written(
            records, "客户编号,下单日期,金额(元),地区", data.draw(st.sampled_from(";\t|")), "gb18030"
        )
        assert content(read(tmp_path_factory.mktemp("chinese"), {"订单.csv": chinese})) == plain
        cut = data.draw(st.integers(1, len(records) - 1))
        parts = {"orders_1.csv": written(records[:cut]), "orders_2.csv": written(records[cut:])}
        assert content(read(tmp_path_factory.mktemp("parts"), parts)) == plain
