"""JSON-RPC methods beyond what the core's client needs: bundler, accounts, signed messages, filters, cheats."""
