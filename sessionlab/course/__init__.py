"""The learning tools: what a lesson's notebook calls.

    from sessionlab import course

    lab = course.start("03")                  a fresh world for the lesson
    course.predict("03.1", 3)                 noted before the run
    course.compare("03.1", passed)            what happened, beside what was predicted
    course.check("03.2", my_cap)              judged on a fresh chain, with other numbers
    course.hint("03.2")                       three steps
    course.solution("03.2")                   after an attempt
    course.recall("03.a", "b")                a question, with an answer to each choice
    course.progress()                         what is done

Lessons are data, ``lessons/``; how answers are judged is in ``judges/``. What was done is kept in a local file:
``store.py``.
"""

from sessionlab.course.classroom import check, compare, hint, predict, progress, recall, solution, start

__all__ = ["check", "compare", "hint", "predict", "progress", "recall", "solution", "start"]
