"""Replay decided operations: run a vectors file through an engine and compare every decision."""
