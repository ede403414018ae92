"""What follows from traces: comparisons and verdicts, why totals differ, the formula behind each number.

Comes in: a trace, or the spec of one. Goes out: values. May import: ``trace`` and what stands below it; no library.
A new quantity is a row of ``quantities``. ``arithmetic`` counts with pencil and paper, for explaining and as an oracle.
"""
