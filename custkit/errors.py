"""The family of errors: each is one sentence for a reader and one exit code for a scheduler."""


class CustkitError(Exception):
    """Base of all. Its text is complete: what was found, where, and what to do."""

    exit_code = 70

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this: an analyst sees the sentence, not forty lines of our frames.
        return [f"{type(self).__name__}: {self}"]


class UsageError(CustkitError):
    """Wrong use: an unknown region, an output folder that cannot be written, a name that does not exist."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting, a mapping or cut points that do not fit their form."""


class MissingTable(UsageError):
    """A table that another notebook writes is not there yet; the text names that notebook."""


class InputRefused(CustkitError):
    """The data cannot be read as they are; nothing of them was used."""

    exit_code = 3


class TableError(CustkitError):
    """A stage was handed a table without the columns or the rows that it needs."""


class BalanceError(CustkitError):
    """Rows or money went in and did not come out: the run stops before anything is written."""
