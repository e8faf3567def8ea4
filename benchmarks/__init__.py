"""Measurements: accuracy and speed tables, and the published figures beside them."""
