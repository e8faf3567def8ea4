"""Labelled clips and videos, generated: faces that move by known action units."""
