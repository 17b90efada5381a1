import pytest
import tiny_notebooks

from custkit.errors import SettingsError, UsageError
from custkit.run import parameters
from custkit.run.parameters import Parameter


class TestOfSource:
    def test_reads_name_kind_default_and_comment(self):
        source = 'region: str = "all"  # name as in the data\ntop: int = 10\nshares: list[float] = [0.5, 1.0]'
        assert parameters.of_source(source, "x.ipynb") == [
            Parameter("region", "str", "all", "name as in the data"),
            Parameter("top", "int", 10, ""),
            Parameter("shares", "list[float]", [0.5, 1.0], ""),
        ]

    def test_keeps_a_line_whose_comment_holds_another_equals_sign(self):
        (found,) = parameters.of_source("top: int = 10  # rows; top = 0 shows none", "x.ipynb")
        assert found == Parameter("top", "int", 10, "rows; top = 0 shows none")

    def test_an_empty_cell_has_no_parameters(self):
        assert parameters.of_source("", "x.ipynb") == []

    @pytest.mark.parametrize(
        ("line", "text"),
        [
            ("top = 10", "expected `name: kind = literal`"),
            ("top: int = 5 + limit", "expected a literal"),
            ("top: int | None = None", "no kind 'int | None'"),
            ('top: int = "10"', "'10' is not int"),
        ],
    )
    def test_names_what_papermill_could_not_replace(self, line, text):
        with pytest.raises(SettingsError, match=r"03_rfm\.ipynb: parameters cell") as error:
            parameters.of_source(line, "03_rfm.ipynb")
        assert text in str(error.value)


class TestOfNotebook:
    def test_finds_the_tagged_cell(self, tmp_path):
        path = tiny_notebooks.write(tmp_path / "01_x.ipynb", "1")
        assert [parameter.name for parameter in parameters.of_notebook(path)] == list(parameters.COMMON)


class TestKnown:
    def test_leaves_out_the_common_ones(self, tmp_path):
        path = tiny_notebooks.write(tmp_path / "01_x.ipynb", parameters='region: str = "all"\ntop: int = 1')
        assert list(parameters.known([path])) == ["top"]

    def test_refuses_one_name_of_two_kinds(self, tmp_path):
        one = tiny_notebooks.write(tmp_path / "01_x.ipynb", parameters="top: int = 1")
        two = tiny_notebooks.write(tmp_path / "02_x.ipynb", parameters='top: str = "1"')
        with pytest.raises(SettingsError, match="top: str here, int elsewhere"):
            parameters.known([one, two])


class TestCheck:
    @pytest.fixture
    def notebook(self, tmp_path):
        source = 'region: str = "all"\ntop: int = 1\nlimit: float = 0.5\nquick: bool = False'
        return tiny_notebooks.write(tmp_path / "02_x.ipynb", parameters=source)

    def test_takes_values_of_the_kind(self, notebook):
        parameters.check(notebook, {"region": "上海", "top": 3, "limit": 1, "quick": True})

    def test_names_near_parameters(self, notebook):
        with pytest.raises(UsageError, match=r"02_x\.ipynb: no parameter 'regoin'; did you mean region\?"):
            parameters.check(notebook, {"regoin": "all"})

    @pytest.mark.parametrize(
        ("name", "value"), [("top", "3"), ("top", True), ("limit", "0.5"), ("quick", 1), ("region", ("a",))]
    )
    def test_names_a_value_of_another_kind(self, notebook, name, value):
        with pytest.raises(UsageError, match=f"02_x.ipynb: {name}: expected"):
            parameters.check(notebook, {name: value})


class TestParse:
    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            ("007", "str", "007"),
            ("3", "int", 3),
            ("3", "float", 3),
            ("false", "bool", False),
            ("0.2, 0.4", "list[float]", [0.2, 0.4]),
            ('["a", "b,c"]', "list[str]", ["a", "b,c"]),
            ("", "list[str]", []),
        ],
    )
    def test_takes_text_by_kind(self, text, kind, value):
        assert parameters.parse("x", text, kind) == value

    @pytest.mark.parametrize(
        ("text", "kind"), [("3.5", "int"), ("False", "bool"), ("ten", "int"), ("1,x", "list[int]")]
    )
    def test_names_the_kind_that_was_expected(self, text, kind):
        with pytest.raises(UsageError, match="--set x: expected"):
            parameters.parse("x", text, kind)
