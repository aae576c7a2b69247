"""The Python client of the Wallet API: the owner's side and the session's side."""
