"""The contracts: Vyper sources, their compiled artifacts, and the loader for them."""
