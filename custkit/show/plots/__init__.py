"""Charts: a finished table and the words go in, what was drawn on comes back."""

from custkit.show.plots import style

style.theme()
