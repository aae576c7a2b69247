"""Building blocks for every other package: errors, amounts, keys, addresses and JSON-RPC values."""
