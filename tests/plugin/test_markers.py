"""Markers of the plugin add up, labs can be shared, and what would change nothing is refused."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

ADDING_UP = """
import pytest
import sessionlab as sl

pytestmark = pytest.mark.sessionlab(rules="deployed")


def test_of_the_module(lab):
    assert (lab.rules.name, lab.seed) == ("deployed", 0)


@pytest.mark.sessionlab(seed=7)
def test_adds_a_seed(lab):
    assert (lab.rules.name, lab.seed) == ("deployed", 7)


@pytest.mark.sessionlab("documented")
def test_the_nearest_wins(lab):
    assert (lab.rules.name, lab.seed) == ("documented", 0)


@pytest.mark.sessionlab(seed=3, extensions=["call-limit"])
class TestClass:
    def test_of_the_class(self, lab):
        assert (lab.rules.name, lab.seed, lab.rules.extensions) == ("deployed", 3, ("call-limit",))

    @pytest.mark.sessionlab(seed=4)
    @pytest.mark.sessionlab(extensions=[])
    def test_three_levels(self, lab):
        assert (lab.rules.name, lab.seed, lab.rules.extensions) == ("deployed", 4, ())


@pytest.mark.sessionlab(seed=5)
def test_served(served_lab):
    assert (served_lab.lab.rules.name, served_lab.lab.seed) == ("deployed", 5)


@pytest.mark.sessionlab(bundler="strict")
def test_a_strict_bundler_with_its_debug_methods(served_lab):
    assert served_lab.lab.bundler.strict
    assert sl.HttpProvider(served_lab.url).request("debug_bundler_clearState") == "ok"


@pytest.mark.sessionlab(seed=6)
def test_a_factory(make_lab):
    one, two, other = make_lab(), make_lab(), make_lab("documented", seed=8)
    assert one.chain is not two.chain
    assert [(lab.rules.name, lab.seed) for lab in (one, two, other)] == [
        ("deployed", 6), ("deployed", 6), ("documented", 8)
    ]
"""


def run(pytester: pytest.Pytester, text: str, **more: str) -> pytest.RunResult:
    pytester.makepyfile(text)
    for name, content in more.items():
        (pytester.path / name.replace("_", ".")).write_text(content)
    return pytester.runpytest_subprocess("-q", "--strict-markers", "-p", "no:cacheprovider", "-p", "no:randomly")


def test_markers_add_up_from_far_to_near(pytester: pytest.Pytester) -> None:
    run(pytester, ADDING_UP).assert_outcomes(passed=8)


INI = "[pytest]\nsessionlab_rules = deployed\nsessionlab_seed = 9\n"
OF_THE_INI = """
import pytest


def test_everywhere(lab, session_lab, module_lab):
    for one in (lab, session_lab, module_lab):
        assert (one.rules.name, one.seed) == ("deployed", 9)


@pytest.mark.sessionlab(seed=1)
def test_a_marker_is_nearer(lab):
    assert (lab.rules.name, lab.seed) == ("deployed", 1)
"""


def test_the_ini_file_is_the_farthest(pytester: pytest.Pytester) -> None:
    run(pytester, OF_THE_INI, pytest_ini=INI).assert_outcomes(passed=2)
    refused = run(pytester, OF_THE_INI, pytest_ini=INI.replace("9", "nine"))
    refused.assert_outcomes(passed=1, errors=1)
    refused.stdout.fnmatch_lines(["*InvalidInput: 'nine' is not a whole number. (field: seed)*"])


SHARED = """
import pytest
import sessionlab as sl

pytestmark = pytest.mark.sessionlab(rules="deployed")


@pytest.fixture(scope="module")
def wallet(module_lab):
    return module_lab.wallet()


@pytest.fixture
def clean(module_lab):
    snapshot = module_lab.snapshot()
    yield module_lab
    module_lab.revert(snapshot)


def test_one(module_lab, wallet):
    module_lab.fund(module_lab.recipient, 5)
    assert module_lab.rules.name == "deployed"


@pytest.mark.parametrize("time", range(2))
def test_clean(clean, wallet, time):
    assert clean.balance(clean.recipient) == 5 and not wallet.sessions()
    clean.fund(clean.recipient, 1)
    wallet.grant_permissions([sl.Root()])
"""


def test_a_shared_lab_keeps_what_happened_or_goes_back(pytester: pytest.Pytester) -> None:
    run(pytester, SHARED).assert_outcomes(passed=3)


NOT_THEIR_RULES = """
import pytest


@pytest.mark.sessionlab(rules="deployed")
def test_of_the_module(module_lab):
    raise AssertionError


@pytest.mark.sessionlab(seed=1)
def test_of_the_session(session_lab):
    raise AssertionError
"""


def test_a_shared_lab_refuses_a_tests_own_marker(pytester: pytest.Pytester) -> None:
    """It would run under rules that the marker does not name."""
    done = run(pytester, NOT_THEIR_RULES)
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines(
        [
            "*InvalidInput: test_of_the_module wants a lab with rules='deployed', and module_lab has the defaults*",
            "*InvalidInput: test_of_the_session wants a lab with seed=1, and session_lab has the defaults*",
        ]
    )


WRONG = """
import pytest


@pytest.mark.sessionlab(ruels="deployed")
def test_a_typo(lab):
    raise AssertionError


@pytest.mark.sessionlab("deployed", 1, 2)
def test_too_many():
    raise AssertionError


@pytest.mark.sessionlab("deployed", rules="deployed")
def test_twice(make_lab):
    raise AssertionError


@pytest.mark.sessionlab(rules="depolyed")
def test_a_wrong_value(lab):
    raise AssertionError
"""


def test_a_marker_with_another_argument_is_refused_by_name(pytester: pytest.Pytester) -> None:
    done = run(pytester, WRONG)
    done.assert_outcomes(errors=4)
    done.stdout.fnmatch_lines(
        [
            "*InvalidInput: The marker sessionlab takes no 'ruels'. (field: ruels) Next step: use rules, seed, *",
            "*InvalidInput: The marker sessionlab has too many positional arguments. (field: sessionlab)*",
            "*InvalidInput: The marker sessionlab has multiple values for argument 'rules'. (field: sessionlab)*",
            "*InvalidInput: *depolyed*",
        ]
    )
