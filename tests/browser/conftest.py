"""One JupyterLab and one browser for all tests of notebooks: ``jupyter.open(path)``, ``jupyter.write([source, …])``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.jupyter import Jupyter, jupyter_lab


@pytest.fixture(scope="package")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with jupyter_lab(tmp_path_factory.mktemp("jupyter")) as found:
        yield found
        assert found.outside == [], "something asked for an address elsewhere"
