"""Stands in for pycryptodome: Keccak-256 works, and encrypted key files say that they do not."""
