"""Why something is refused, in words: denials, their reasons, and what addresses and amounts are called."""
