"""Results as HTML pages: one layout, with what classes and action units put into it."""

from mefeat.evaluation.pages.html import write_report

__all__ = ["write_report"]
