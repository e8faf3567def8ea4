"""How well methods recognize expressions: `python -m benchmarks.accuracy`."""
