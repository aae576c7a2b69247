"""The contracts: Vyper sources, what they compile to, and the loader that hands it out."""
