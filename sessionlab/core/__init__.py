"""The core library: chain, contracts, permissions, the Wallet API and its client. It imports no higher layer."""
