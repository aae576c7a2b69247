"""The Wallet API: JSON-RPC methods for accounts, sessions and prepared calls, in process."""
