"""The strict CSV reader: each physical line accounted for, each record with its address, none shifted."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from custkit.errors import InputRefused
from custkit.ingest import csvfile, dialect
from custkit.ingest.csvfile import Layout, open_text


def known(fields: list[str]) -> int:
    return sum(field.strip() in ("id", "amount", "note") for field in fields)


def records(folder, text: str | bytes, **layout) -> list[tuple]:
    """Line, fields (None: broken) and problem of each record."""
    path = folder / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    raw = open_text(path, "x.csv", Layout(**layout), known)
    if raw is None:
        return []
    found = []
    for row in pa.concat_tables(raw.batches()).to_pylist():
        fields = [row[f"c{position}"] for position in range(raw.width)]
        found.append((row["_line"], fields if row["_broken"] is None else None, row["_broken"]))
    return found


def sound(folder, text, **layout) -> list[tuple]:
    return [(line, fields) for line, fields, problem in records(folder, text, **layout) if problem is None]


def broken(folder, text, **layout) -> list[tuple]:
    return [(line, problem) for line, _, problem in records(folder, text, **layout) if problem]


class TestOpenText:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_finds_the_separator(self, tmp_path, separator):  # fault 8
        text = "id,amount\n1,5\n2,6\n".replace(",", separator)
        assert sound(tmp_path, text) == [(2, ["1", "5"]), (3, ["2", "6"])]

    def test_a_sep_hint_is_no_row(self, tmp_path):  # fault 8
        assert sound(tmp_path, "sep=;\nid;amount\n1;2,5\n") == [(3, ["1", "2,5"])]

    def test_title_lines_are_no_rows(self, tmp_path):  # fault 12
        assert sound(tmp_path, "Orders of 2024,,\n\nid,amount,note\n1,2,x\n") == [(4, ["1", "2", "x"])]

    def test_blank_lines_and_lines_of_separators_are_no_rows(self, tmp_path):  # fault 12
        assert sound(tmp_path, "id,amount\n\n1,2\n , \n,\n3,4\n") == [(3, ["1", "2"]), (6, ["3", "4"])]

    def test_a_record_without_its_first_field_is_one(self, tmp_path):
        assert sound(tmp_path, "id,amount\n,2\n") == [(2, ["", "2"])]

    def test_quotes_with_newlines_keep_the_address_of_the_first_line(self, tmp_path):  # fault 9
        text = 'id,amount,note\n1,2,"a\nb ""c"", d"\n3,4,e\n'
        assert sound(tmp_path, text) == [(2, ["1", "2", 'a\nb "c", d']), (4, ["3", "4", "e"])]

    def test_two_stray_quotes_swallow_nothing(self, tmp_path):  # fault 10
        lines = [f"{n},{n}.5,2024-01-{n:02d}" for n in range(1, 21)]
        lines[4], lines[11] = '5,"abc,2024-01-05', '12,abc",2024-01-12'
        text = "id,amount,note\n" + "\n".join(lines) + "\n"
        assert [line for line, _ in broken(tmp_path, text)] == [6, 13]
        assert len(sound(tmp_path, text)) == 18

    def test_stray_quotes_on_two_lines_in_a_row_make_no_record(self, tmp_path):  # fault 10
        text = 'id,amount,note\n1,2,x\n5,"6,x\n7,8",x\n9,10,x\n'
        assert [line for line, _ in broken(tmp_path, text)] == [3, 4]

    def test_a_quote_that_never_closes_breaks_one_line(self, tmp_path):  # fault 6
        assert broken(tmp_path, 'id,amount\n1,2\n3,"4\n5,6\n') == [
            (3, "a quote opens here and is never closed")
        ]
        assert sound(tmp_path, 'id,amount\n1,2\n3,"4\n5,6\n') == [(2, ["1", "2"]), (4, ["5", "6"])]

    def test_too_few_and_too_many_fields_are_broken_not_shifted(self, tmp_path):  # fault 11, T29
        text = "id,amount,note\n1,2\n3,4,x,y\n5,6,x,\n7,8,x\n"
        assert broken(tmp_path, text) == [
            (2, "3 fields expected, 2 found"),
            (3, "3 fields expected, 4 found"),
            (4, "3 fields expected, 4 found"),
        ]
        assert sound(tmp_path, text) == [(5, ["7", "8", "x"])]

    def test_a_separator_at_the_end_of_every_record_is_a_column_without_a_header(self, tmp_path):  # fault 11
        assert sound(tmp_path, "id,amount\n1,2,\n3,4,\n") == [(2, ["1", "2", ""]), (3, ["3", "4", ""])]

    def test_a_file_cut_in_a_character_has_a_broken_last_record(self, tmp_path):  # fault 6
        text = "id,amount,note\n1,2,x\n3,4,客户".encode()[:-2]
        assert broken(tmp_path, text) == [(3, "the file ends in the middle of this record")]

    def test_a_last_line_of_half_a_character_costs_no_other_record(self, tmp_path):  # fault 6
        text = b"id,amount\n1,2\n3,4\n\xe5\xae"
        assert sound(tmp_path, text) == [(2, ["1", "2"]), (3, ["3", "4"])]
        assert [line for line, _ in broken(tmp_path, text)] == [4]

    def test_runs_of_blanks_separate_where_the_mapping_says_so(self, tmp_path):
        found = sound(tmp_path, " 0004  1997\n 0005 1998 \n", header="none", separator="spaces")
        assert found == [(1, ["0004", "1997"]), (2, ["0005", "1998"])]

    def test_the_header_may_be_given_by_its_line(self, tmp_path):
        assert sound(tmp_path, "a,b\nc,d\n1,2\n", header=2) == [(3, ["1", "2"])]

    @pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", "id,amount\n"])  # fault 14
    def test_a_file_without_a_record_is_none(self, tmp_path, text):
        path = tmp_path / "x.csv"
        path.write_text(text, encoding="utf-8")
        assert open_text(path, "x.csv", Layout(), known) is None

    def test_refuses_a_file_without_a_header(self, tmp_path):  # fault 20
        with pytest.raises(
            InputRefused,
            match=r"x\.csv: no line of it looks like a header; it begins with 2 fields: number, number",
        ):
            records(tmp_path, "1,2\n3,4\n")

    def test_a_field_of_300_000_characters_is_read(self, tmp_path):  # fault 27
        long = "x" * 300_000
        assert sound(tmp_path, f'id,amount,note\n1,2,"{long}\ny"\n') == [(2, ["1", "2", f"{long}\ny"])]

    def test_control_characters_and_odd_line_signs_stay(self, tmp_path):  # fault 26
        text = "id,amount,note\n1,2,a\x07b\u2028c\x0bd\r!\n3,4,e\n"
        assert sound(tmp_path, text) == [(2, ["1", "2", "a\x07b\u2028c\x0bd\r!"]), (3, ["3", "4", "e"])]

    def test_a_record_over_the_edge_of_a_block_is_one(self, tmp_path, monkeypatch):
        monkeypatch.setattr(csvfile.decode, "BLOCK", 16)
        monkeypatch.setattr(csvfile.decode.blocks, "__defaults__", (16,))
        text = "id,amount,note\n" + "".join(f'{n},2,"a\nb\nc"\n' for n in range(30))
        assert [line for line, _ in sound(tmp_path, text)] == [2 + 3 * n for n in range(30)]

    @settings(max_examples=60, deadline=None)
    @example([("0", "0", "\n;a\n")] * 2)  # lines within quotes look like records of another separator
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 999).map(str),
                st.integers(0, 999).map(str),
                st.text(st.sampled_from('ab ,"\n;客户'), max_size=8),
            ),
            min_size=1,
            max_size=15,
        )
    )
    def test_what_a_csv_writer_writes_comes_back(self, tmp_path_factory, rows):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["id", "amount", "note"])
        writer.writerows(rows)
        found = sound(tmp_path_factory.mktemp("csv"), out.getvalue())
        assert [tuple(fields) for _, fields in found] == rows


class TestSplitRecord:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('a,"b,c",""', (["a", "b,c", ""], "ok")),
            ('"a ""b"""', (['a "b"'], "ok")),
            ('a,"b', (["a"], "open")),
            ('a,"b""', (["a"], "open")),
            ('a,b"c', ([], "stray")),
            ('a,"b"c', ([], "stray")),
            ("a,", (["a", ""], "ok")),
        ],
    )
    def test_is_strict_about_quotes(self, text, expected):
        assert dialect.split_record(text, ",") == expected


class TestUniqueHeaders:
    def test_repeated_and_empty_headers_get_names_of_their_own(self):
        assert dialect.unique_headers([" a ", "", "a", "\ufeffb"]) == ["a", "column 2", "a (2)", "b"]
