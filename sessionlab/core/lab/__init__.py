"""A lab: all of it put together, and its layout."""
