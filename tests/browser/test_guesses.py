"""Guesses and questions in JupyterLab: by mouse, by keyboard, by name; and lessons run twice, or out of order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from sessionlab.course.lesson import lesson, prediction
from sessionlab.course.predicting import happens
from tests.browser.jupyter import Jupyter, Notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
RESET = "import os; os.environ['SESSIONLAB_PROGRESS'] = '{}'"


class Lesson:
    """A lesson in the browser, its cells by their ids; with a progress file of its own."""

    def __init__(self, notebook: Notebook, progress: Path) -> None:
        self.notebook = notebook
        self.numbers = {cell["id"]: number for number, cell in enumerate(notebook.cells())}
        notebook.run(RESET.format(progress))

    def run(self, *ids: str) -> None:
        """Run cells one after the other, as Shift + Enter does."""
        for id in ids:
            self.notebook.page.evaluate(
                """async number => {
                    jupyterapp.shell.currentWidget.content.activeCellIndex = number;
                    await jupyterapp.commands.execute('notebook:run-cell');
                }""",
                self.numbers[id],
            )

    def cell(self, id: str) -> Locator:
        return self.notebook.cell(self.numbers[id])

    def outputs(self, id: str) -> Locator:
        return self.cell(id).locator(".jp-OutputArea-output")


@pytest.fixture(scope="module")
def opened(jupyter: Jupyter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Lesson]]:
    """Opens a lesson, once."""
    folder, lessons = tmp_path_factory.mktemp("progress"), dict[str, Lesson]()

    def once(number: str) -> Lesson:
        if number not in lessons:
            path = NOTEBOOKS / lesson(number).notebook
            lessons[number] = Lesson(jupyter.open(path), folder / f"{number}.json")
        return lessons[number]

    yield once
    for item in lessons.values():
        item.notebook.close()


def test_a_guess_by_mouse_and_by_keyboard(opened: Callable[[str], Lesson]) -> None:
    here = opened("00")
    here.run("world", "grant", "prediction")
    cell, keys = here.cell("prediction"), here.notebook.page.keyboard
    group = cell.get_by_role("group", name=prediction("00.1").asks)
    field, reply = group.get_by_role("textbox", name="Your guess"), cell.get_by_role("status")
    expect(field).to_have_value("")
    expect(reply).to_be_empty()
    cell.get_by_role("button", name="Note my guess").click()
    expect(reply).to_contain_text("There is no number yet. Give a whole number of payments.")
    field.fill("three")
    cell.get_by_role("button", name="Note my guess").click()
    expect(reply).to_contain_text("“three” is not a number in digits.")
    field.focus()
    keys.press("Control+a")
    keys.type("4")  # letters and digits are no commands of the notebook here
    keys.press("Enter")
    expect(reply).to_contain_text("4 payments")
    here.run("use", "compare")
    expect(here.outputs("compare")).to_contain_text("You guessed 4 payments; the answer is 3 payments.")
    field.focus()
    keys.press("Control+a")
    keys.type("3")
    keys.press("Tab")
    expect(cell.get_by_role("button", name="Note my guess")).to_be_focused()
    keys.press("Space")
    expect(reply).to_contain_text("3 payments")
    here.run("compare")
    expect(here.outputs("compare")).to_contain_text("Correct: 3 payments.")


def test_questions_by_keyboard_alone(opened: Callable[[str], Lesson]) -> None:
    here = opened("00")
    here.run("world", "recall")
    cell, keys = here.cell("recall"), here.notebook.page.keyboard
    for asked in lesson("00").questions:
        group = cell.get_by_role("group", name=asked.asks)
        form = cell.locator("form", has_text=asked.asks)
        expect(group.get_by_role("radio")).to_have_count(3)
        expect(group.get_by_role("radio", checked=True)).to_have_count(0)  # nothing is chosen beforehand
        group.get_by_role("radio").first.focus()
        keys.press("Space")
        for _ in range(3):
            keys.press("Enter")
            text = group.get_by_role("radio", checked=True).get_attribute("value") or ""
            says = asked.choices[text][1]
            expect(form.get_by_role("status")).to_contain_text(says)
            if text == asked.right:
                break
            keys.press("ArrowDown")
        expect(form.get_by_role("status")).to_contain_text("✓ Right")


EXPERIMENTS = {
    # a lesson: its cells up to the prediction, the ones that act, the one that reveals, and the id
    "00": (("world", "grant", "prediction"), ("use",), "compare", "00.1"),
    "03": (("world", "grant", "prediction"), ("deposit",), "compare", "03.1"),
    "08": (("world", "grant", "prediction"), ("drain",), "compare", "08.1"),
}


@pytest.mark.parametrize("number", ["00", "03", "08"])
def test_running_a_lesson_twice_or_out_of_order_turns_no_right_guess_into_a_wrong_one(
    opened: Callable[[str], Lesson], number: str
) -> None:
    before, acting, reveal, id = EXPERIMENTS[number]
    right = f"Correct: {prediction(id).kind.show(happens(id))}."
    here = opened(number)
    here.run(*before)
    here.notebook.run(f"course.predict({id!r}, {happens(id)!r})")
    here.run(reveal)  # before anything has happened
    expect(here.outputs(reveal)).to_contain_text(right)
    here.run(*acting, reveal)
    expect(here.outputs(reveal)).to_contain_text(right)
    expect(here.cell(acting[0])).not_to_contain_text("Ran before")
    for _ in range(2):
        here.run(*acting, reveal)
        expect(here.outputs(reveal)).to_contain_text(right)
        expect(here.cell(acting[0])).to_contain_text("↻ Ran before")
    here.run(*reversed(acting), *before[1:], reveal)
    expect(here.outputs(reveal)).to_contain_text(right)
    here.run("world", *acting)
    expect(here.cell(acting[0])).not_to_contain_text("Ran before")  # a lesson that starts again has run nothing


def test_a_cell_that_runs_too_early_is_told_which_one_comes_first(opened: Callable[[str], Lesson]) -> None:
    here = opened("00")
    here.run("world")
    here.notebook.run("globals().pop('session', None)")
    here.run("use")
    says = here.outputs("use")
    expect(says).to_contain_text("session is not there yet: a cell of section “2. The owner grants” makes it.")
    expect(says).not_to_contain_text("Traceback")
    here.run("grant", "use")
    expect(here.outputs("use")).to_contain_text("4 Refused in execution and never sent")
