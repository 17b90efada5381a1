"""01: rules over typed tables, and the accounts of what they did."""

from custkit.clean.accounts import STAGED_DECIMALS, STEPS, by_region, quarantined
from custkit.clean.addresses import addresses
from custkit.clean.checks import require_written
from custkit.clean.coverage import coverage
from custkit.clean.decisions import with_records
from custkit.clean.review import drop_decided, list_differences
from custkit.clean.rules import Cleaned, clean
from custkit.clean.sql import columns, name, text

__all__ = [
    "STAGED_DECIMALS",
    "STEPS",
    "Cleaned",
    "addresses",
    "by_region",
    "clean",
    "columns",
    "coverage",
    "drop_decided",
    "list_differences",
    "name",
    "quarantined",
    "require_written",
    "text",
    "with_records",
]
