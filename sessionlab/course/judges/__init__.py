"""How exercises are judged: one module for each lesson, and what several of them share."""
