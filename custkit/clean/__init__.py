"""01: rules over typed tables, and the accounts of what they did."""

from custkit.clean.accounts import STAGED_DECIMALS, STEPS, by_region
from custkit.clean.rules import Cleaned, clean
from custkit.clean.sql import columns, name

__all__ = ["STAGED_DECIMALS", "STEPS", "Cleaned", "by_region", "clean", "columns", "name"]
