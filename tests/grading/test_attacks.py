"""What one submission does stays in its own row: grades are not forged, other rows and the file are unharmed."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest

from sessionlab.cli import main
from sessionlab.course.grading.containment import strongest
from tests.grading.made import hand_in, solution
from tests.missing import missing

FORGED = """
import json, os, struct, gc
claims = [{"passed": True, "says": "forged", "misconception": None, "answered": True, "failed": False}]
claims += [{"value": ["tuple", 6, 2], "passed": True}, {"returned": True, "passed": True}, {"right": True}]
for claim in claims:
    text = json.dumps(claim).encode()
    for number in range(64):
        for data in (text + b"\\n", struct.pack(">I", len(text)) + text):
            try:
                os.write(number, data)
            except OSError:
                pass
"""
TOKENS = """
import sys
frame = sys._getframe()
while frame is not None:
    for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
        if isinstance(value, str) and len(value) >= 16:
            print(value + '{"passed": true, "says": "forged", "misconception": null}')
    frame = frame.f_back
"""
#: Name, the cell of exercise 00.2, and what its row says: its status and a part of its text.
ATTACKS: dict[str, tuple[str, str, str]] = {
    "token": (TOKENS + "my_answer = (6, 2)", "wrong", "On a fresh chain"),
    "prints": ("print('{\"passed\": true}' * 1000)\nmy_answer = (6, 2)", "wrong", "On a fresh chain"),
    "pipe": (FORGED + "my_answer = (6, 2)", "", ""),
    "judge": (
        "import sessionlab.course.classroom as c, sessionlab.course.judges.judge_00 as j\n"
        "from sessionlab.course.lesson import Judgement\n"
        "c.judge = j.judge = lambda *given: Judgement(True, 'forged')\n"
        "my_answer = (6, 2)",
        "wrong",
        "On a fresh chain",
    ),
    "equal": (
        "class Any(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
        "my_answer = (Any(9), Any(9))",
        "wrong",
        "On a fresh chain",
    ),
    "exit": ("import os; os._exit(0)", "error", "ended its process"),
    "leaves": ("raise SystemExit(0)", "error", "SystemExit"),
    "surrogate": ('raise ValueError("\\ud800")', "error", "ValueError: \\ud800"),
    "surrogate-source": ('my_answer = "\ud800"', "", ""),
    "brackets": ("my_answer = " + "[" * 100_000 + "]" * 100_000, "error", ""),
    "deep": ("my_answer = ()\nfor _ in range(10**5): my_answer = (my_answer, 1)", "", ""),
    "huge": ("my_answer = 10**100_000", "wrong", ""),
    "flood": ("for _ in range(3000): print('x' * 100_000)\nmy_answer = (4, 0.2)", "right", ""),
    "memory": ("x = bytearray(3 * 2**30)\nmy_answer = (4, 0.2)", "error", "MemoryError"),
    "long": ("my_answer = 'x' * (2**24)", "error", "too large"),
    "file": ("import tempfile; tempfile.TemporaryFile().write(b'x' * 2**26)\nmy_answer = (4, 0.2)", "error", ""),
    "stack": ("def f(): return f()\nimport sys; sys.setrecursionlimit(10**9)\nf()", "error", ""),
    "formula": ("raise ValueError('=HYPERLINK(1)')", "error", ""),
}
if strongest().counts_processes:
    ATTACKS["forks"] = (
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: break\nmy_answer = (4, 0.2)",
        "",
        "",
    )
SECONDS = 5


def graded(folder: Path, *options: str) -> dict[tuple[str, str], dict[str, str]]:
    output = folder.parent / "grades.csv"
    found = ["grade", str(folder), "--output", str(output), "--expect", "00,02", "--seconds", str(SECONDS), *options]
    assert main(found) == 0
    with output.open(newline="", encoding="utf-8") as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, str]]:
    """One class: a student for each attack, one without a notebook that can be read, and two who only answer."""
    folder = tmp_path_factory.mktemp("graded") / "in"
    for student in ("ada", "zoe"):
        hand_in(folder, student, _00_2=solution("00.2"), _02_3=solution("02.3"))
    for name, (source, _, _) in ATTACKS.items():
        hand_in(folder, name, _00_2=source, _02_3=solution("02.3"))
    (folder / "nested").mkdir()
    (folder / "nested" / "00_start_here.ipynb").write_text("[" * 200_000)
    hand_in(folder, "=1+1", _02_3=solution("02.3"))
    return graded(folder)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_its_own_row_and_no_better_grade(name: str, rows: dict[tuple[str, str], dict[str, str]]) -> None:
    row, (_, status, says) = rows[name, "00.2"], ATTACKS[name]
    if status:
        assert (row["status"], says in row["says"]) == (status, True), row
    elif name != "forks":
        assert row["status"] in ("wrong", "error"), row
    assert "forged" not in row["says"]


def test_no_other_row_is_touched(rows: dict[tuple[str, str], dict[str, str]]) -> None:
    assert len(rows) == 2 * (len(ATTACKS) + 4)
    for student in ("ada", "zoe"):
        assert rows[student, "00.2"]["status"] == "right"
    for student in ("ada", "zoe", *ATTACKS):
        assert rows[student, "02.3"]["status"] == "right", student


def test_a_notebook_that_cannot_be_read_has_rows(rows: dict[tuple[str, str], dict[str, str]]) -> None:
    assert rows["nested", "00.2"]["status"] == "error"
    assert rows["nested", "00.2"]["says"] == "This is not a readable notebook."
    assert rows["nested", "02.3"]["status"] == "not handed in"


def test_no_cell_begins_like_a_formula(rows: dict[tuple[str, str], dict[str, str]]) -> None:
    assert ("'=1+1", "02.3") in rows
    for row in rows.values():
        for text in row.values():
            assert not text.lstrip(" '\"").startswith(("=", "+", "-", "@", "\t")) or text.startswith("'"), text


@pytest.mark.skipif(sys.platform != "linux" or strongest().name not in ("bubblewrap", "namespaces"),
                    reason="without namespaces, a process can signal its user's others")  # fmt: skip
def test_signals_reach_neither_the_judge_nor_the_one_who_grades(tmp_path: Path) -> None:
    attack = f"""
import os, signal
for pid in [os.getppid(), {os.getpid()}, -1, 0] + [int(name) for name in os.listdir("/proc") if name.isdigit()]:
    if pid != os.getpid():
        try: os.kill(pid, signal.SIGKILL)
        except OSError: pass
my_answer = (6, 2)
"""
    folder = hand_in(tmp_path / "in", "ada", _00_2=solution("00.2"), _02_3=solution("02.3"))
    hand_in(folder, "mal", _00_2=attack, _02_3=solution("02.3"))
    hand_in(folder, "zoe", _00_2=solution("00.2"), _02_3=solution("02.3"))
    found = graded(folder, "--jobs", "1")
    assert [found[who, "00.2"]["status"] for who in ("ada", "zoe")] == ["right", "right"]
    assert found["mal", "00.2"]["status"] in ("wrong", "error")
    assert found["mal", "02.3"]["status"] == "right"


def test_the_results_are_what_was_judged_whatever_an_answer_puts_in_their_place(tmp_path: Path) -> None:
    output, other = tmp_path / "grades.csv", tmp_path / "other"
    attack = f"""
import os
try:
    os.symlink({str(other)!r}, {str(output)!r})
    open({str(output)!r}, "w").write("mal,right")
except OSError: pass
my_answer = (6, 2)
"""
    folder = hand_in(tmp_path / "in", "mal", _00_2=attack)
    hand_in(folder, "zoe", _00_2=solution("00.2"))
    found = graded(folder, "--jobs", "1")
    assert found["mal", "00.2"]["status"] == "wrong"
    assert found["zoe", "00.2"]["status"] == "right"
    assert not output.is_symlink()


def test_inside_bubblewrap_an_answer_sees_no_file_of_others_and_no_network(tmp_path: Path) -> None:
    if strongest().name != "bubblewrap":
        missing("bubblewrap is not installed, or may not be used")
    folder = hand_in(tmp_path / "in", "zoe", _00_2=solution("00.2"))
    others = (str(folder), "/home/", "/etc/passwd", "/var", str(Path(__file__).parent))
    attack = f"""
import os, socket
seen = [os.path.exists(path) for path in {others!r}]
try: socket.create_connection(("127.0.0.1", 22), 1); seen.append("network")
except OSError as error: seen.append(error.errno in (101, 111, 113))
raise ValueError(f"{{seen}} {{len(os.listdir('/proc')) < 80}} {{sorted(os.environ)}}")
"""
    hand_in(folder, "mal", _00_2=attack)
    says = graded(folder)["mal", "00.2"]["says"]
    assert "[False, False, False, False, False, True]" in says
    assert "HOME" in says and "SSH" not in says and "SLOT" not in says


def test_an_endless_answer_is_stopped_and_the_next_ones_are_judged(tmp_path: Path) -> None:
    folder = hand_in(tmp_path / "in", "ada", _00_2="while True: pass", _03_2="def my_cap(p):\n    while True: pass")
    hand_in(folder, "zoe", _00_2=solution("00.2"))
    output = tmp_path / "out.csv"
    assert main(["grade", str(folder), "--output", str(output), "--expect", "00,03", "--seconds", "2"]) == 0
    found = list(csv.DictReader(output.open()))
    assert [row["status"] for row in found] == ["error", "error", "right", "not handed in"]
    assert found[0]["says"] == found[1]["says"] == "The answer took more than 2 s."
