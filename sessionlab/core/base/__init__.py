"""What everything else is made of: errors, amounts, keys, addresses, and values as JSON-RPC writes them."""
