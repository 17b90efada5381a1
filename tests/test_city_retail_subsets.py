"""The made sample with a table left out, with orders alone, and with tables that are hardly there: all notebooks run, and say what is missing."""

from conftest import ROOT

SAMPLE = ROOT / "data/sample/city_retail"
FILES = {
    "orders": ("orders_2023.csv.gz", "orders_2024.csv.gz", "orders_2025.csv"),
    "customers": ("customers.csv",),
    "products": ("products.csv",),
    "feedback": ("feedback.csv",),
    "survey": ("survey.csv",),
    "survey_items": ("survey_items.csv",),
    "activity": ("activity.csv.gz",),
    "brand_ratings": ("brand_ratings.csv",),
    "actuals": ("actuals.csv",),
}
SHEETS = ("brands", "brand_use", "market", "population")
