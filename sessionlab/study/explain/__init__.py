"""Why an operation passes or is refused: call by call, permission by permission, and what would let it pass."""
