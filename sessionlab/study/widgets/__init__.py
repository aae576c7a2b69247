"""Widgets: interactive pictures for mouse, keyboard or plain Python, with a static form if no kernel runs.

    sl.widgets.playground(lab)             build a policy; its JSON, audit, reach and decisions follow at once
    sl.widgets.inspector(session, calls)   step through an operation, rule by rule
    sl.widgets.inspector(outcome)          the same for one that was refused
    sl.widgets.gauge(session)              allowances that follow the chain

Put a widget on the last line of a cell to show it. Every control has a matching function:
``playground.add(permission)``, ``inspector.step(2)``, ``gauge.set("gas-limit")``. ``print`` writes its text. Without a
kernel, on a page or in a file, a widget shows its text and HTML from when the cell ran. A widget shows the errors of
its controls.

A page made by nbconvert shows the static form if the notebook was run with ``store_widget_state=False``; with the
state, the page would load the widget libraries from the Internet.

The live views use ipywidgets and anywidget, of the extra ``notebooks``.
"""

from sessionlab.study.widgets.gauge import Gauge, gauge
from sessionlab.study.widgets.inspector import Inspector, inspector
from sessionlab.study.widgets.panel import Panel
from sessionlab.study.widgets.playground import Playground, playground

__all__ = ["Gauge", "Inspector", "Panel", "Playground", "gauge", "inspector", "playground"]
