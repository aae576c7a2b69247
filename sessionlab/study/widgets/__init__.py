"""Widgets: pictures that one can work with. Mouse, keyboard or plain Python, and a static form where nothing runs.

    sl.widgets.playground(lab)             build a policy; its JSON, audit, reach and decisions follow at once
    sl.widgets.inspector(session, calls)   step through an operation, rule by rule
    sl.widgets.inspector(outcome)          the same for one that was refused
    sl.widgets.gauge(session)              allowances that follow the chain

The last line of a cell shows one. Whatever its controls do, a function does too: ``playground.add(permission)``,
``inspector.step(2)``, ``gauge.set("gas-limit")``. ``print`` writes its text. Without a kernel, on a page or in a file,
it is its text and its HTML, as things stood when the cell ran. What goes wrong is shown in the widget.

A page made by nbconvert shows the static form, if the notebook was run with ``store_widget_state=False``; with the
state, the page would fetch the machinery of widgets from the Internet.

The live views are made of ipywidgets and anywidget: ``pip install sessionlab[notebooks]``.
"""

from sessionlab.study.widgets.gauge import Gauge, gauge
from sessionlab.study.widgets.inspector import Inspector, inspector
from sessionlab.study.widgets.panel import Panel
from sessionlab.study.widgets.playground import Playground, playground

__all__ = ["Gauge", "Inspector", "Panel", "Playground", "gauge", "inspector", "playground"]
