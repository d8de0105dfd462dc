"""The guarded, polite way out: which addresses, how often, how much, and what an answer is."""
