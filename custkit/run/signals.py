"""Signals that end a run become an exception of the main thread, so that everything it opened is closed in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(BaseException):
    """A signal asked the run to end. No Exception: nothing on the way may take it for a fault and go on."""

    def __init__(self, signum: int):
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


@contextmanager
def trapped() -> Iterator[None]:
    """Raise ``Interrupted`` on the first signal; further ones wait until what is open has been closed."""

    def interrupt(signum: int, _frame: object) -> None:
        for ending in ENDING:
            signal.signal(ending, signal.SIG_IGN)
        raise Interrupted(signum)

    before = {ending: signal.signal(ending, interrupt) for ending in ENDING}
    try:
        yield
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)
