"""Fits the simulated participants of `elicit/observers/hmix.json` to the published judgements."""
