"""A made-up city retailer, Yunfan, with every input table and a known truth (docs/city_retail.md)."""
