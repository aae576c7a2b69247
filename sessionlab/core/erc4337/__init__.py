"""ERC-4337 v0.7: user operations, bundling, receipts and error codes. Independent of permissions."""
