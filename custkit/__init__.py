"""custkit: classify customers with notebooks that account for every row."""

__version__ = "0.1.0"
