"""What every widget is without a kernel: a true text, sound HTML in both themes, and a live view beside them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

import sessionlab as sl
from sessionlab.study.widgets import Panel
from tests.pictures.reading import read

VIEW = "application/vnd.jupyter.widget-view+json"


def a_playground(lab: sl.Lab, session: sl.Session) -> Panel:
    return sl.widgets.playground(lab, permissions=session.permissions)


def an_inspector(lab: sl.Lab, session: sl.Session) -> Panel:
    return sl.widgets.inspector(session, [sl.Call(to=lab.merchant, value=sl.ether(2))])


def a_gauge(lab: sl.Lab, session: sl.Session) -> Panel:
    return sl.widgets.gauge(session)


WIDGETS = (a_playground, an_inspector, a_gauge)
Make = Callable[[sl.Lab, sl.Session], Panel]


@pytest.mark.parametrize("make", WIDGETS)
def test_it_carries_text_and_html_beside_the_live_view(lab: sl.Lab, session: sl.Session, make: Make) -> None:
    panel = make(lab, session)
    bundle = panel._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", VIEW}
    assert bundle["text/plain"] == repr(panel) == panel.text()
    assert bundle[VIEW]["model_id"] == panel.view.model_id
    text = re.sub(r"\s+", "", read(bundle["text/html"]).text)
    for words in ("native-token-transfer", "ETH"):
        assert words in bundle["text/plain"] and words in text


@pytest.mark.parametrize("make", WIDGETS)
def test_without_ipywidgets_it_is_its_static_form(
    lab: sl.Lab, session: sl.Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessionlab.study.widgets.panel.NEEDED", ("ipywidgets", "no_such_toolkit"))
    panel = make(lab, session)
    assert set(panel._repr_mimebundle_()) == {"text/plain", "text/html"}
    with pytest.raises(sl.SessionlabError, match=r"pip install 'anywidget>="):
        _ = panel.view


@pytest.mark.parametrize("make", WIDGETS)
def test_its_colours_are_the_themes_own_or_okabe_ito(lab: sl.Lab, session: sl.Session, make: Make) -> None:
    html = make(lab, session).html()
    found = re.findall(r"(?<![-\w])(?:color|fill|stroke|background):\s*([^;'\"]+)", html)
    known = ("var(--jp-", "color-mix(in srgb, #", "inherit", "none", "#0072B2", "#009E73", "#D55E00", "#E69F00")
    assert found and [colour for colour in found if not colour.startswith(known)] == []


@pytest.mark.parametrize("make", WIDGETS)
def test_every_control_has_a_label(lab: sl.Lab, session: sl.Session, make: Make) -> None:
    def leaves(box: object) -> list[object]:
        children = getattr(box, "children", None)
        return [box] if children is None else [leaf for child in children for leaf in leaves(child)]

    controls = [one for one in leaves(make(lab, session).view) if type(one).__name__ not in ("HTML", "OwnKeys")]
    assert len(controls) >= 2
    assert all(one.description for one in controls)


@pytest.mark.parametrize("make", WIDGETS)
def test_what_a_control_does_wrong_is_shown_and_kept(lab: sl.Lab, session: sl.Session, make: Make) -> None:
    panel = make(lab, session)
    _ = panel.view

    def fail() -> None:
        raise sl.InvalidInput("That is <no> number.", field="amount", fix="write one.")

    panel._act(fail)
    assert panel.error == "That is <no> number. (field: amount) Next step: write one."
    for html in (panel._said.value, panel._repr_mimebundle_()["text/html"]):
        assert "role='alert'" in html and "That is &lt;no&gt; number." in html
    panel._act(lambda: 1 / 0)
    assert panel.error == "ZeroDivisionError: division by zero"
    panel._act(lambda: None)
    assert (panel.error, panel._said.value) == ("", "")


def test_what_cannot_be_drawn_is_an_error_that_is_shown(lab: sl.Lab, session: sl.Session) -> None:
    panel = a_gauge(lab, session)
    _ = panel.view
    panel._below = lambda: 1 / 0  # type: ignore[assignment, return-value]
    panel._show()
    assert "division by zero" in panel._said.value


def test_importing_widgets_is_light() -> None:
    code = "import sys, json, sessionlab.study.widgets; print(json.dumps([n for n in sys.modules if '.' not in n]))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert not {"ipywidgets", "anywidget", "matplotlib", "IPython", "pandas"} & set(json.loads(found))
