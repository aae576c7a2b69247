"""For key files."""
