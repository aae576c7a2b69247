"""pytest fixtures for an application's tests: a lab, a factory of labs, wider labs, and a lab served at a URL.

    def test_my_application(served_lab):
        app = MyApplication(rpc_url=served_lab.url, policy_id=served_lab.manifest["policyId"])

    @pytest.mark.sessionlab(rules="deployed", seed=7)
    def test_under_the_rules_of_production(lab): ...

pytest finds this module once sessionlab is installed. Each test gets its own lab, and notebooks that pytest runs do
not change the learner's saved progress.

Markers add up, from far to near: ``sessionlab_rules``, ``sessionlab_seed`` and ``sessionlab_time`` of the ini file,
then the markers of the module, the class and the test. A nearer one changes only what it names: under ``pytestmark =
pytest.mark.sessionlab(rules="deployed")``, a test with ``@pytest.mark.sessionlab(seed=7)`` has both. The arguments are
those of ``Lab``, and any other one is an error.

The lab of ``served_lab``, which is also the test's ``lab``, has a clock that runs with the wall clock, because an
application counts its expiries from it. If a marker or the ini file names a ``time`` or a ``seed``, the clock is fixed,
as it is in every other lab. One of a lab with ``bundler="strict"`` answers the bundler's debug methods.

``make_lab`` makes as many labs as a test needs, with the test's markers and with what the call adds. ``module_lab`` and
``session_lab`` are made once, and keep what the tests do to them. For a clean start of each test, go back:

    @pytest.fixture
    def lab(module_lab):
        snapshot = module_lab.snapshot()
        yield module_lab
        module_lab.revert(snapshot)
"""

from __future__ import annotations

import inspect
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, SmartWalletClient


PROGRESS = "SESSIONLAB_PROGRESS"
MARKER = "sessionlab"
SERVED = pytest.StashKey[bool]()
#: The labs that several tests share, so that a test's own marker cannot change them.
SHARED: dict[str, type[pytest.Collector]] = {"module_lab": pytest.Module, "session_lab": pytest.Session}


@dataclass(frozen=True)
class ServedLab:
    """A lab served at ``url``; inspect it through ``lab``."""

    url: str
    lab: Lab
    #: The owner's client for a deployed and funded wallet.
    wallet: SmartWalletClient
    #: The content of ``sessionlab serve --manifest``: addresses, policy, and keys.
    manifest: dict[str, Any] = field(repr=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini options."""
    parser.addini("sessionlab_rules", "the ruleset of every lab, unless a marker names another")
    parser.addini("sessionlab_seed", "the seed of every lab, unless a marker names another")
    parser.addini("sessionlab_time", 'when every lab begins, in Unix seconds, or "now", unless a marker names another')


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and redirect the progress of notebooks to a temporary file of this process."""
    config.addinivalue_line("markers", "sessionlab(rules, seed, time, …): what the labs of these tests are made with")
    before = os.environ.get(PROGRESS)
    folder = tempfile.TemporaryDirectory(prefix="sessionlab-")
    os.environ[PROGRESS] = str(Path(folder.name) / "progress.json")

    def put_back() -> None:
        folder.cleanup()
        if before is None:
            os.environ.pop(PROGRESS, None)
        else:
            os.environ[PROGRESS] = before

    config.add_cleanup(put_back)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse markers that would change nothing: with a wrong argument, or on a test of a lab that is made already."""
    wanted = lab_arguments(item)
    for name, kind in SHARED.items():
        node = item.getparent(kind)
        if name in getattr(item, "fixturenames", ()) and node is not None and (made := lab_arguments(node)) != wanted:
            from sessionlab.core.base.errors import InvalidInput

            raise InvalidInput(
                f"{item.name} wants a lab with {_shown(wanted)}, and {name} has {_shown(made)}: its tests share it.",
                field=MARKER,
                asked=_shown(wanted),
                left=_shown(made),
                fix="use lab or make_lab, or mark the whole module."
                if kind is pytest.Module
                else "use module_lab, lab or make_lab, or set sessionlab_rules, _seed and _time in the ini file.",
            )


def lab_arguments(node: pytest.Collector | pytest.Item) -> dict[str, Any]:
    """Return what labs are made with here: the ini file's values and the markers', from far to near."""
    rules = node.config.getini("sessionlab_rules")
    result: dict[str, Any] = {"rules": rules} if rules else {}
    for name in ("seed", "time"):
        if value := node.config.getini(f"sessionlab_{name}"):
            result[name] = int(value) if value.strip().lstrip("-").isdecimal() else value  # Lab refuses text by name
    for marker in reversed(list(node.iter_markers(MARKER))):
        result |= _named(marker)
    return result


def _named(marker: pytest.Mark) -> Mapping[str, Any]:
    """Return a marker's arguments by name. Raises InvalidInput for one that ``Lab`` does not take."""
    from sessionlab.core.base.errors import InvalidInput
    from sessionlab.study.facade import Lab

    taken = inspect.signature(Lab)
    try:
        return taken.bind_partial(*marker.args, **marker.kwargs).arguments
    except TypeError as error:
        unknown = next((name for name in marker.kwargs if name not in taken.parameters), None)
        message = f"The marker {MARKER} takes no {unknown!r}." if unknown else f"The marker {MARKER} has {error}."
        fix = f"use {', '.join(taken.parameters)}."
        raise InvalidInput(message, field=unknown or MARKER, asked=marker.kwargs.get(unknown or ""), fix=fix) from None


def _shown(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items()) or "the defaults"


@pytest.fixture
def make_lab(request: pytest.FixtureRequest) -> Callable[..., Lab]:
    """A function that makes fresh labs: with the arguments of ``Lab``, and the test's markers for those left out."""
    from sessionlab.study.facade import Lab

    def make(*args: Any, **arguments: Any) -> Lab:
        given = inspect.signature(Lab).bind_partial(*args, **arguments).arguments
        return Lab(**lab_arguments(request.node) | given)

    return make


@pytest.fixture
def lab(request: pytest.FixtureRequest, make_lab: Callable[..., Lab]) -> Lab:
    """A fresh lab: chain, EntryPoint, wallets, tokens, sponsor. If it is served, its clock runs unless it is fixed."""
    served = "served_lab" in request.fixturenames or request.node.stash.get(SERVED, False)
    named = lab_arguments(request.node)
    return make_lab(time="now") if served and not named.keys() & {"time", "seed"} else make_lab()


@pytest.fixture(scope="module")
def module_lab(request: pytest.FixtureRequest) -> Lab:
    """One lab for the tests of a module, made with the module's markers. What a test does to it stays."""
    from sessionlab.study.facade import Lab

    return Lab(**lab_arguments(request.node))


@pytest.fixture(scope="session")
def session_lab(request: pytest.FixtureRequest) -> Lab:
    """One lab for all tests, made with the values of the ini file. What a test does to it stays."""
    from sessionlab.study.facade import Lab

    return Lab(**lab_arguments(request.node))


@pytest.fixture
def _will_be_served(request: pytest.FixtureRequest) -> None:
    """Tell ``lab`` that it is made for ``served_lab``, also when the test asks for that by name while it runs."""
    request.node.stash[SERVED] = True


@pytest.fixture
def served_lab(_will_be_served: None, lab: Lab) -> Iterator[ServedLab]:
    """The test's lab, served on 127.0.0.1 until the test ends. Needs the ``server`` extra."""
    from sessionlab.server.background import in_background
    from sessionlab.server.manifest import make_demo_wallet, manifest

    wallet, keys = make_demo_wallet(lab)
    with in_background(lab, debug_bundler=lab.bundler.strict) as url:
        yield ServedLab(url, lab, wallet, manifest(lab, wallet, keys, url, None))
