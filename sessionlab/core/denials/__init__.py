"""Explain refusals in words: denials, their reasons, and names for addresses and amounts."""
