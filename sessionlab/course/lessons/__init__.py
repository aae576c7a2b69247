"""One module for each lesson: what it asks, what it says, and how it judges."""
