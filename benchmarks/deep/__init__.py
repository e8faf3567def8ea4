"""Networks on generated clips: what studies claim, tried where the truth is known."""
