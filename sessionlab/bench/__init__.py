"""The performance figures, measured against a peer in the same run."""
