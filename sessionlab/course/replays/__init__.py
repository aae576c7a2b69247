"""What predictions are about: the steps of each lesson, on a lab of its own. One module for each lesson.

A replay takes nothing and keeps nothing, and the same steps come to the same end. So what is said about a guess does
not depend on what was run in a notebook, how often, or in which order.
"""
