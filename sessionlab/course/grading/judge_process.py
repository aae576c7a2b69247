"""The process that judges: ``python -m sessionlab.course.grading.judge_process``.

It reads jobs from standard input, one JSON object a line, and writes a judgement for each. Answers run in processes of
their own (``answer.py``). Its memory is bounded here, and its time by the process that started it (``workers.py``),
because an answer can still be one that takes long to judge.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from sessionlab.course.grading.answer import AnswerBounds, AnswerProcess, Helper
from sessionlab.course.kinds import AnotherKind
from sessionlab.course.lesson import AnswerFailed, Judgement, exercise
from sessionlab.course.unanswered import Unfinished

MEMORY = 2**32  # bytes of address space


def judged(job: dict[str, Any]) -> Judgement:
    """Run one answer and judge it. If it lacks a name, the cells of the notebook's other exercises are run too."""
    result = _judged(job, job["helpers"])
    if result.failed and "NameError" in result.says and job["others"]:
        return _judged(job, [*job["helpers"], *job["others"]])
    return result


def _judged(job: dict[str, Any], helpers: list[dict[str, Any]]) -> Judgement:
    from sessionlab.course.classroom import judge

    wanted = exercise(job["exercise"])
    cells = [Helper(item["source"], item["own"]) for item in sorted(helpers, key=lambda item: item["index"])]
    try:
        with AnswerProcess(AnswerBounds(job["seconds"], job["memory"]), job["fence"]) as process:
            return judge(wanted, process.run(wanted, job["cell"], cells))
    except Unfinished as error:
        return Judgement(False, str(error), answered=False)
    except AnotherKind as error:
        return Judgement(False, str(error))
    except NotImplementedError:
        return Judgement(False, "Not answered yet: the cell raises NotImplementedError.", answered=False)
    except AnswerFailed as error:
        return Judgement(False, str(error), failed=True)
    except MemoryError:
        return Judgement(False, "The answer takes too much memory to judge.", failed=True)
    except Exception as error:  # raised by the cell itself: the lab refused something in it
        return Judgement(False, f"Your answer ended with {type(error).__name__}: {error}", failed=True)


def main() -> None:
    """Judge until there are no more jobs."""
    import resource

    from sessionlab.study.facade import Lab

    Lab()  # imports what all judgements need
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    results = sys.stdout
    sys.stdout = sys.stderr
    print(json.dumps({"ready": True}), file=results, flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(judged(json.loads(line)))), file=results, flush=True)


if __name__ == "__main__":
    main()
