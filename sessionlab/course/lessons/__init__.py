"""One module for each lesson: what it asks and what it says. How answers are judged is in ``judges/``."""
