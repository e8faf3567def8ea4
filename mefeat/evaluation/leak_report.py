"""What a check for leaks found."""

from dataclasses import dataclass

import pandas as pd


class LeakError(AssertionError):
    """A leak was found; `report` tells which.

    Parameters
    ----------
    report : LeakReport
        What was found.
    """

    def __init__(self, report):
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True, eq=False, repr=False)
class LeakReport:
    """What `check_no_leak` found.

    Parameters
    ----------
    checks : DataFrame
        A row for each check: `passed`, and in words what was `found`.
    permuted : DataFrame
        A row for each run with permuted classes: its `score`, and `chance`, the mean
        score of its predictions on classes permuted once more.
    p_value : float
        Of the mean score being above chance.
    settings : dict
        Score, threshold, repetitions, seed.
    """

    checks: pd.DataFrame
    permuted: pd.DataFrame
    p_value: float
    settings: dict

    @property
    def passed(self):
        """Whether no leak was found, a bool."""
        return bool(self.checks["passed"].all())

    def __repr__(self):
        """Show the verdict."""
        return f"LeakReport({self._verdict()})"

    def __str__(self):
        """Show the verdict and every check."""
        lines = [
            f"{'passed' if check['passed'] else 'FAILED'}  {name}: {check['found']}"
            for name, check in self.checks.iterrows()
        ]
        return "\n".join([self._verdict(), *lines])

    def _verdict(self):
        if self.passed:
            return "no leak found"
        return f"leak found: {', '.join(self.checks.index[~self.checks['passed']])}"
