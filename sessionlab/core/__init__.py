"""The small library: a chain, contracts, permissions, the Wallet API and its client. Nothing here looks up."""
