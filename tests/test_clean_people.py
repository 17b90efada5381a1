"""Customers in custkit's words: nothing guessed, nothing lost, the same whatever the order of rows."""

import datetime
from dataclasses import replace

import pytest
from customers_in import engine, frame, reviewed, shown, stage
from hypothesis import given, settings
from hypothesis import strategies as st

from custkit import dictionary
from custkit.clean import people, places
from custkit.errors import SettingsError
from custkit.settings import CleanRules
from custkit.words import Words

DAY = datetime.date(2024, 4, 30)


def customers(**columns: list) -> list[dict]:
    """Customers a, b, c ... with these columns."""
    size = max(len(values) for values in columns.values())
    rows = [{name: values[place] for name, values in columns.items()} for place in range(size)]
    return [{"customer_id": chr(ord("a") + place), **row} for place, row in enumerate(rows)]


def made(rules: CleanRules = CleanRules(), as_of=DAY, **columns: list):
    connection = engine(customers(**columns))
    return connection, people.people(connection, rules, as_of)


def codes(warnings: list[dict]) -> list[tuple[str, str]]:
    return [(warning["code"], warning["column"]) for warning in warnings]


class TestWords:
    def test_a_gender_is_female_male_or_empty(self):  # mission 4
        connection, warnings = made(gender=["男", "女", "M", "F", "先生", "女士", "Ｍａｌｅ ", "保密", None])
        assert list(shown(connection, "gender").values()) == [
            "male", "female", "male", "female", "male", "female", "male", None, None,
        ]  # fmt: skip
        assert warnings == []
        assert reviewed(connection) == []

    def test_a_code_is_listed_once_and_never_guessed(self):  # mission 4
        connection, warnings = made(gender=["女", "1", "0", "1"])
        assert shown(connection, "gender") == {"a": "female", "b": None, "c": None, "d": None}
        assert reviewed(connection) == [
            ("3", "gender", "1", "unknown_word"),
            ("4", "gender", "0", "unknown_word"),
        ]
        (said,) = warnings
        assert "(words: 2, rows: 3)" in said["text"]
        assert connection.execute("SELECT message FROM review").fetchone()[0].count("rows: 2") == 1

    def test_education_has_an_order_and_a_word_of_ones_own_stays(self):  # mission 32
        connection, warnings = made(education=["本科", "Master's", "大专", "夜大", "其他", "未知", ""])
        assert list(shown(connection, "education").values()) == [
            "bachelor", "master", "college", "夜大", "other", "unknown", None,
        ]  # fmt: skip
        order = dictionary.names("customers.education")
        assert order.index("college") < order.index("bachelor") < order.index("master")
        assert reviewed(connection) == [("5", "education", "夜大", "unknown_word")]
        assert codes(warnings) == [("unknown_word", "education")]

    @pytest.mark.parametrize(
        ("column", "said", "names"),
        [
            ("industry", ["互联网", "金融业", "其它", "未知"], ["internet", "finance", "other", "unknown"]),  # 7
            ("occupation", ["白领", "蓝领", "自由职业者", "其他"], ["white collar", "blue collar", "freelancer", "other"]),  # 33
            ("source", ["门店", "转介绍", "Advertising", "不详"], ["store", "referral", "advert", "unknown"]),  # 29
        ],
    )  # fmt: skip
    def test_open_lists_have_other_and_unknown_as_words(self, column, said, names):  # mission 7, 29, 33
        connection, warnings = made(**{column: said})
        assert list(shown(connection, column).values()) == names
        assert warnings == []

    def test_words_of_ones_own_lose_other_spellings_only(self):  # mission 7
        connection, warnings = made(
            industry=["Ship-building", "shipbuilding", "ship building", "shipbuilding", "Fishing"]
        )
        assert set(shown(connection, "industry").values()) == {"shipbuilding", "Fishing"}
        assert warnings == []
        assert reviewed(connection) == []

    def test_tiers_have_one_name_in_each_language(self):  # mission 6
        connection, _ = made(city_tier=["一线", "新一线城市", "Tier 2", "T3", "depot"])
        tiers = shown(connection, "city_tier")
        assert list(tiers.values()) == ["tier 1", "new tier 1", "tier 2", "tier 3", "depot"]
        assert [Words("zh").level("city_tier", tier) for tier in tiers.values()][:2] == ["一线", "新一线"]

    @pytest.mark.parametrize(
        "column", ["gender", "area", "education", "city_tier", "industry", "occupation", "source"]
    )
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_every_name_has_words(self, column, lang):
        assert all(
            Words(lang).has(f"label.{column}.{name}") for name in dictionary.names(f"customers.{column}")
        )

    def test_consent_and_the_precision_of_a_day_stay(self):  # mission 8, T19
        connection, _ = made(
            consent=["Y"], registered_on=[datetime.date(2023, 1, 1)], registered_on_precision=["month"]
        )
        assert frame(connection)[["consent", "registered_on_precision"]].to_numpy().tolist() == [
            ["Y", "month"]
        ]


class TestAges:
    def test_whole_years_from_0_to_120_and_bands_as_they_are(self):  # mission 5
        connection, _ = made(age=["28", "２８岁", "28.9", "0", "120", "25-34", " ", None, "41 years old"])
        assert list(shown(connection, "age").values()) == [
            "28",
            "28",
            "28",
            "0",
            "120",
            "25-34",
            None,
            None,
            "41",
        ]

    def test_impossible_ages_are_flagged_and_their_rows_kept(self):  # mission 5
        connection, warnings = made(age=["121", "-1", "40", "19900501"])
        assert shown(connection, "age") == {"a": None, "b": None, "c": "40", "d": None}
        assert reviewed(connection) == [
            ("2", "age", "121", "age_out_of_range"),
            ("3", "age", "-1", "age_out_of_range"),
            ("5", "age", "19900501", "age_out_of_range"),
        ]
        assert codes(warnings) == [("age_out_of_range", "age")]

    def test_a_birth_date_answers_at_as_of_where_no_age_is_given(self):  # mission 5
        born = [datetime.date(1990, 4, 30), datetime.date(1990, 5, 1), datetime.date(1990, 5, 1), None]
        connection, _ = made(birth_date=born, age=[None, "", "20", None])
        assert shown(connection, "age") == {"a": "34", "b": "33", "c": "20", "d": None}

    def test_a_birth_date_without_a_day_to_count_to_gives_no_age(self):
        connection, warnings = made(as_of=None, birth_date=[datetime.date(1990, 5, 1)])
        assert "age" not in frame(connection)
        assert warnings == []

    def test_births_to_come_and_of_another_century_are_flagged(self):
        born = [datetime.date(2024, 5, 1), datetime.date(1900, 1, 1), datetime.date(2024, 4, 30)]
        connection, _ = made(birth_date=born)
        assert shown(connection, "age") == {"a": None, "b": None, "c": "0"}
        assert [row[0] for row in reviewed(connection)] == ["2", "3"]

    def test_no_rule_lists_thousands_of_rows(self):
        rows = [{"customer_id": str(place), "age": str(121 + place)} for place in range(300)]
        connection = engine(rows)
        (said,) = people.people(connection, CleanRules(), DAY)
        listed = reviewed(connection)
        assert len(listed) == 200
        assert listed[0][2] == "221"
        assert listed[-1][2] == "420"
        assert "(rows: 300)" in said["text"]
        assert "there: 200" in said["text"]


class TestCities:
    def test_one_spelling_province_and_tier(self):  # mission 6
        connection, warnings = made(city=["上海", "上海市", "Shanghai", "广东省深圳市", "苏州", "西宁"])
        assert list(shown(connection, "city").values()) == ["上海"] * 3 + ["广东省深圳市", "苏州", "西宁"]
        assert list(shown(connection, "province").values()) == ["上海"] * 3 + ["广东", "江苏", "青海"]
        assert list(shown(connection, "city_tier").values()) == ["tier 1"] * 4 + ["new tier 1", None]
        assert codes(warnings) == [("same_place", "city")]

    def test_a_name_of_two_cities_is_listed_and_not_guessed(self):  # mission 6
        connection, _ = made(city=["Suzhou", "Wuxi", "Wuxi"])
        assert shown(connection, "province") == {"a": None, "b": "江苏", "c": "江苏"}
        assert reviewed(connection) == [("2", "city", "Suzhou", "unknown_word")]

    def test_tiers_of_the_datas_own_are_never_mixed_with_the_lists(self):
        connection, _ = made(city=["上海", "杭州"], city_tier=["tier 2", None])
        assert shown(connection, "city_tier") == {"a": "tier 2", "b": None}

    def test_cities_of_another_country_are_left_alone(self):
        connection, warnings = made(city=["York", "Leeds", "Leeds", "Shanghai"])
        assert shown(connection, "city")["a"] == "York"
        assert shown(connection, "province")["d"] == "上海"
        assert warnings == []
        assert reviewed(connection) == []


class TestBusiness:
    def test_facts_of_persons_are_left_out(self):  # T27
        connection, (said,) = made(
            CleanRules(business=True), gender=["1"], age=["200"], name=["*明"], size=["20"], industry=["零售"]
        )
        assert list(frame(connection)) == ["customer_id", "size", "industry"]
        assert said["code"] == "business"
        assert "name, gender, age" in said["text"]
        assert reviewed(connection) == []

    def test_says_nothing_where_nothing_was_left_out(self):
        assert made(CleanRules(business=True), size=["20"])[1] == []


class TestPeople:
    def test_without_customers_there_is_nothing_to_do_but_refuse_a_fill(self):
        connection = engine([{"customer_id": "a"}], table="orders")
        assert people.people(connection) == []
        with pytest.raises(SettingsError, match="fill: the data have no table customers"):
            people.people(connection, CleanRules(fill=("age=median",)))

    def test_leaves_what_was_read_alone(self):
        connection, _ = made(gender=["女", "1"], city=["Shanghai", "上海"])
        assert shown(connection, "gender", "kept_customers") == {"a": "女", "b": "1"}

    words = st.sampled_from(
        ["女", "F", "1", "本科", "Nurse", "nurse", "NURSE ", "上海", "SH", "其他", "tier 2", "", None]
    )
    columns = ("gender", "education", "occupation", "city", "city_tier", "source", "area", "age")

    @settings(max_examples=10, deadline=None)
    @given(st.lists(st.tuples(*[words] * len(columns)), min_size=1, max_size=8), st.randoms())
    def test_neither_the_order_of_rows_nor_doing_it_twice_changes_anything(self, rows, random):
        given_rows = [
            {"customer_id": str(place), "_line": str(place), **dict(zip(self.columns, row, strict=True))}
            for place, row in enumerate(rows)
        ]
        first = engine(given_rows)
        warnings = people.people(first, CleanRules(), DAY)
        shuffled = engine(random.sample(given_rows, len(given_rows)))
        assert people.people(shuffled, CleanRules(), DAY) == warnings
        assert frame(shuffled).equals(frame(first))
        again = engine([])
        named = [name for name in frame(first) if name != "province"]
        cleaned = frame(first)[named].astype(object)
        stage_again = cleaned.where(cleaned.notna(), None).to_dict("records")
        again = engine(stage_again)
        people.people(again, CleanRules(), DAY)
        assert frame(again)[named].equals(frame(first)[named])


class TestRegions:
    def staged(self, orders: list[str], members: list[str]):
        connection = engine([{"customer_id": "a", "region": region} for region in members])
        stage(connection, [{"customer_id": "a", "region": region} for region in orders], "orders")
        return connection

    def test_customers_and_orders_have_one_name_for_one_place(self):  # mission 6
        connection = self.staged(["上海市", "SH", "East"], ["上海市", "Shanghai", "廣東"])
        (said,) = places.one_name_per_region(connection, ["customers", "orders"])
        regions = {table: shown_all(connection, table) for table in ("customers", "orders")}
        assert regions == {"customers": ["上海市", "上海市", "廣東"], "orders": ["上海市", "上海市", "East"]}
        assert "SH/Shanghai → 上海市" in said["text"]

    def test_a_region_that_is_written_in_one_way_keeps_its_name(self):
        connection = self.staged(["SH", "广东省"], ["SH"])
        assert places.one_name_per_region(connection, ["customers", "orders"]) == []
        assert shown_all(connection, "orders") == ["SH", "广东省"]

    def test_the_spelling_with_most_rows_is_taken_then_the_plain_name(self):
        assert places.same_regions({"上海": 1, "Shanghai": 2}) == {"上海": "Shanghai"}
        assert places.same_regions({"上海": 1, "Shanghai": 1, "SH": 1}) == {"Shanghai": "上海", "SH": "上海"}

    def test_codes_count_only_among_codes(self):  # SD is South Dakota beside NY
        assert places.same_regions({"SD": 5, "Shandong": 1}) == {"Shandong": "SD"}
        assert places.same_regions({"SD": 5, "NY": 5, "Shandong": 1}) == {}

    def test_provinces_that_sound_alike_and_names_of_two_places_stay_apart(self):
        assert places.same_regions({"Shanxi": 1, "Shaanxi": 1, "山西": 2, "陕西": 2}) == {
            "Shanxi": "山西",
            "Shaanxi": "陕西",
        }
        assert places.same_regions({"吉林省": 1, "吉林市": 1, "HB": 1, "湖北": 1}) == {}

    def test_a_table_without_regions_is_let_be(self):
        connection = engine([{"customer_id": "a"}])
        assert places.one_name_per_region(connection, ["customers"]) == []


class TestPlaces:
    def test_all_provinces_and_the_larger_cities(self):  # mission 6
        names, codes = places.regions()
        cities = set(places.cities().values())
        assert len({names[dictionary.fold(name)] for name in names}) >= 34
        assert {names[dictionary.fold(city.province)] for city in cities} <= set(names.values())
        assert len(cities) >= 70
        assert {city.tier for city in cities} == {"tier 1", "new tier 1", "tier 2", ""}
        assert [sum(city.tier == tier for city in cities) for tier in ("tier 1", "new tier 1", "tier 2")] == [
            4,
            15,
            30,
        ]
        assert not set(codes) & {"gz", "hb", "hn", "sx"}

    def test_refuses_a_spelling_of_two_places(self, tmp_path, monkeypatch):
        path = tmp_path / "places.yml"
        path.write_text(
            "provinces: [{name: 甲, full: 甲省}]\ncities: [{name: 乙, province: 甲, also: [x]}, {name: 丙, province: 甲, also: [X]}]",
            encoding="utf-8",
        )
        monkeypatch.setattr(places, "PLACES", path)
        with pytest.raises(ValueError, match=r"places\.yml: X stands for two cities"):
            places.cities.__wrapped__()


def shown_all(connection, table: str) -> list[str]:
    return [
        row[0] for row in connection.execute(f"SELECT region FROM staged_{table} ORDER BY _record").fetchall()
    ]


def test_the_rules_that_are_used_stand_in_the_settings():
    assert replace(CleanRules(), business=True, fill=("age=median",)).fill == ("age=median",)
