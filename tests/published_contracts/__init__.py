"""Contracts of the published package work with the lab's EntryPoint as they do with their own."""
