"""Attacks on sessions, run on the EVM: a thief who has stolen a session key, and a search for the worst it can do."""
