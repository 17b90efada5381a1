"""Finished tables in, charts and pages out."""
