"""The widgets in JupyterLab: by mouse, by keyboard, following the chain, in light and in dark."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter import Jupyter, Notebook, notebook_of

WORLD = """\
import sessionlab as sl
lab = sl.Lab()
granted = [sl.NativeTokenTransfer(allowance=sl.ether(1)),
           sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]), sl.GasLimit(limit=3_000_000)]
session = lab.wallet().grant_permissions(granted, key=sl.new_key(1))
payment = sl.Call(to=lab.merchant, value=sl.ether("0.3"))"""
CELLS = [
    WORLD,
    "gauge = sl.widgets.gauge(session); gauge",
    "look = sl.widgets.inspector(session, [sl.Call(to=lab.counter, function='deposit()')]); look",
    "play = sl.widgets.playground(lab, permissions=[sl.ContractAccess(address=lab.counter)]); play",
]
GAUGE, INSPECTOR, PLAYGROUND = 1, 2, 3


@pytest.fixture(scope="module")
def notebook(jupyter: Jupyter) -> Iterator[Notebook]:
    made = jupyter.write(CELLS, "widgets.ipynb")
    made.run_all()
    yield made
    made.close()


def test_run_all_leaves_no_error_and_three_live_views(notebook: Notebook) -> None:
    assert notebook.errors() == []
    for number in (GAUGE, INSPECTOR, PLAYGROUND):
        expect(notebook.cell(number).locator(".jupyter-widgets.widget-vbox")).to_be_visible()
        data = notebook.cells()[number]["outputs"][0]["data"]
        assert {"text/plain", "text/html"} < set(data)


def test_the_gauge_follows_the_chain_by_itself(notebook: Notebook) -> None:
    shown = notebook.cell(GAUGE).get_by_role("status")
    expect(shown).to_contain_text("0 ETH of 1 ETH used, 1 ETH left")
    for left in ("0.7", "0.4", "0.1"):
        notebook.run("session.send_calls([payment])")
        expect(shown).to_contain_text(f"{left} ETH left")
    notebook.run("session.send_calls([payment])")
    expect(shown).to_contain_text("ExceededNativeTokenLimit")


def test_the_gauge_is_set_by_keyboard_and_by_a_function(notebook: Notebook) -> None:
    cell = notebook.cell(GAUGE)
    which, shown = cell.get_by_label("Allowance", exact=True), cell.get_by_role("status")
    which.focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(shown).not_to_contain_text("gas used")
    notebook.run("gauge.set('gas-limit')")
    expect(which).to_have_value(re.compile("gas-limit"))
    expect(shown).to_contain_text("gas used")
    notebook.run("gauge.set()")


def test_the_inspector_steps_by_mouse(notebook: Notebook) -> None:
    cell = notebook.cell(INSPECTOR)
    here = cell.locator("[aria-current=step]")
    expect(here).to_contain_text("1. ✓ The operation names a function")
    cell.get_by_role("button", name="Next").click()
    expect(here).to_contain_text("2. ✓ The session may use that function")
    cell.get_by_role("button", name="To the refusal").click()
    expect(here).to_contain_text("A permission reaches the call")
    expect(here).to_contain_text("deposit() is not in its list")


def test_the_inspector_steps_by_keyboard_alone(notebook: Notebook) -> None:
    notebook.run("look.step(1)")
    cell, keys = notebook.cell(INSPECTOR), notebook.page.keyboard
    here = cell.locator("[aria-current=step]")
    cell.get_by_label("Step", exact=True).focus()
    keys.press("ArrowDown")
    expect(here).to_contain_text("2. ")
    keys.press("Tab")
    expect(cell.get_by_role("button", name="Back")).to_be_focused()
    keys.press("Enter")
    expect(here).to_contain_text("1. ")
    keys.press("Tab")
    keys.press("Space")
    expect(here).to_contain_text("2. ")
    expect(cell.get_by_role("button", name="Next")).to_be_focused()  # what is drawn anew takes no focus away


def test_the_playground_changes_everything_at_once_by_mouse(notebook: Notebook) -> None:
    cell = notebook.cell(PLAYGROUND)
    cell.get_by_label("Permission", exact=True).select_option("native-token-transfer")
    expect(cell.get_by_label("Functions", exact=True)).to_be_hidden()
    cell.get_by_label("Amount", exact=True).fill("0.5")
    cell.get_by_role("button", name="Add permission").click()
    expect(cell).to_contain_text("2. may send up to 0.5 ETH in total")
    for words in ("0.3 ETH to merchant✓ allowed", "up to 0.5 ETH", '"type": "native-token-transfer"', "Reach: which"):
        expect(cell).to_contain_text(words)
    cell.get_by_label("Rules", exact=True).select_option("deployed")
    expect(cell).to_contain_text("Reach: which function of which target, deployed rules")
    cell.get_by_label("Rules", exact=True).select_option("documented")


def test_the_playground_is_worked_by_keyboard_alone(notebook: Notebook) -> None:
    notebook.run("play.set([sl.ContractAccess(address=lab.counter)], rules='documented')")
    cell, keys = notebook.cell(PLAYGROUND), notebook.page.keyboard
    cell.get_by_label("Permission", exact=True).focus()
    keys.type("gas")
    keys.press("Tab")
    expect(cell.get_by_label("Amount", exact=True)).to_be_focused()
    keys.press("Control+a")
    keys.type("250000")
    keys.press("Tab")
    expect(cell.get_by_role("button", name="Add permission")).to_be_focused()
    keys.press("Enter")
    expect(cell).to_contain_text("2. may use up to 250,000 gas in total")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Tab")
    policy = cell.get_by_label("Policy", exact=True)
    expect(policy).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Shift+Tab")
    keys.press("Enter")
    expect(policy.locator("option")).to_have_count(1)


def test_an_error_is_read_out_in_the_widget(notebook: Notebook) -> None:
    cell = notebook.cell(PLAYGROUND)
    cell.get_by_label("Permission", exact=True).select_option("gas-limit")
    cell.get_by_label("Amount", exact=True).fill("much")
    cell.get_by_role("button", name="Add permission").click()
    expect(cell.get_by_role("alert")).to_contain_text("That did not work.")
    cell.get_by_label("Amount", exact=True).fill("5")
    cell.get_by_role("button", name="Add permission").click()
    expect(cell.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("name", "number"), [("gauge", GAUGE), ("inspector", INSPECTOR), ("playground", PLAYGROUND)])
def test_it_can_be_read_in_both_themes(notebook: Notebook, name: str, number: int, theme: str) -> None:
    picture = notebook.screenshot(name, theme, number)
    assert picture.stat().st_size > 5_000
    cell = notebook.cell(number)
    colours = cell.evaluate(
        """cell => {
            const text = cell.querySelector('.widget-html-content div');
            return [getComputedStyle(text).color, getComputedStyle(document.body).backgroundColor];
        }"""
    )
    ink, paper = (sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3 for colour in colours)
    assert abs(ink - paper) > 128, colours
    assert cell.evaluate("cell => cell.querySelector('.jp-OutputArea').scrollWidth <= cell.clientWidth")


def test_nothing_leaves_the_machine(jupyter: Jupyter, notebook: Notebook) -> None:
    assert jupyter.outside == []


def test_the_saved_notebook_shows_the_static_form_on_a_page_without_a_kernel(
    notebook: Notebook, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.ipynb"
    saved.write_text(json.dumps(notebook_of(notebook.cells())))
    subprocess.run([sys.executable, "-m", "nbconvert", "--to", "html", saved], check=True, capture_output=True)
    page = saved.with_suffix(".html").read_text(encoding="utf-8")
    for words in ("Allowances at block", "A permission reaches the call", "Two rulesets side by side", ", 1 ETH left"):
        assert words in page
    assert "widget-view+json" not in page
