"""JSON-RPC methods that the core's client does not need: bundler, accounts, signed messages, filters, cheats."""
