"""Replaying decided operations: a vectors file against an engine, decision for decision."""
