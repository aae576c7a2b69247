"""The Python client for the Wallet API: one side for the owner, one for the session key."""
