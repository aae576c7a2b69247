"""ERC-4337 v0.7: user operations, their bundling, their receipts and their error codes. Knows no permissions."""
