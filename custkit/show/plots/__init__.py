"""Charts: a finished table and the words go in, what was drawn on comes back."""

from custkit.show.plots import style
from custkit.show.plots.brands import brand_heatmap, gap_bars, position_map
from custkit.show.plots.clean import ledger_waterfall, quarantine_reasons

style.theme()
