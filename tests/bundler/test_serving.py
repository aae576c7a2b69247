"""``sessionlab serve`` with a strict bundler: which options go together, and what it says on start."""

from __future__ import annotations

import argparse

import pytest

import sessionlab as sl
from sessionlab.cli import parser, serve
from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.erc4337.bundler import BUNDLE_GAS
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, to_json
from sessionlab.node.bundler.stakes import StakeMinimum
from tests.bundler.actors import ETHER, Actors


def options(*given: str) -> argparse.Namespace:
    return parser().parse_args(["serve", *given])


STRICT = ("--bundler", "strict")


@pytest.mark.parametrize(
    "given",
    [
        STRICT,
        (*STRICT, "--debug-bundler"),
        (*STRICT, "--min-unstake-delay", "0"),
        (*STRICT, "--min-unstake-delay", str(2**32 - 1)),
        (*STRICT, "--max-verification-gas", "1"),
        (*STRICT, "--max-verification-gas", str(BUNDLE_GAS)),
        ("--bundler", "ordinary"),
    ],
)
def test_what_goes_together(given: tuple[str, ...]) -> None:
    serve.check(options(*given))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("--debug-bundler",), "--debug-bundler"),
        (("--bundler", "ordinary", "--debug-bundler"), "--debug-bundler"),
        (("--min-unstake-delay", "2"), "--min-unstake-delay"),
        (("--max-verification-gas", "6000000"), "--max-verification-gas"),
        ((*STRICT, "--min-unstake-delay", "-1"), "--min-unstake-delay"),
        ((*STRICT, "--min-unstake-delay", str(2**32)), "--min-unstake-delay"),
        ((*STRICT, "--max-verification-gas", "0"), "--max-verification-gas"),
        ((*STRICT, "--max-verification-gas", str(BUNDLE_GAS + 1)), "--max-verification-gas"),
        ((*STRICT, "--load", "my.lab"), "--bundler"),
    ],
)
def test_what_does_not(given: tuple[str, ...], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        serve.check(options(*given))
    assert refused.value.field == field


def test_a_saved_lab_says_itself_what_it_is() -> None:
    asked = options("--load", "my.lab", "--debug-bundler")
    serve.check(asked)
    serve._check_saved(asked, sl.Lab(bundler="strict"))
    with pytest.raises(InvalidInput, match="not strict"):
        serve._check_saved(asked, sl.Lab())
    serve._check_saved(options("--load", "my.lab"), sl.Lab())


def test_the_start_says_that_the_debug_methods_are_on() -> None:
    lab = sl.Lab(bundler="strict")
    asked = options(*STRICT, "--debug-bundler")
    assert "any client decides what is bundled" in serve.block(asked, "http://127.0.0.1:1", lab, lab.recipient, True)
    quiet = serve.block(options(*STRICT), "http://127.0.0.1:1", lab, lab.recipient, True)
    assert "strict: it keeps to ERC-7562" in quiet
    assert "decides what is bundled" not in quiet
    assert "ERC-7562" not in serve.block(options(), "http://127.0.0.1:1", sl.Lab(), lab.recipient, True)


def test_settings_bound_what_a_bundler_takes() -> None:
    lab = sl.Lab(bundler="strict")
    actors = Actors(lab)
    account = actors.account()
    actors.stake(account, ETHER, 2)
    assert not lab.bundler.stake_of(account).is_staked
    dear = actors.operation(account, verification_gas_limit=5_000_001)
    with pytest.raises(RpcError, match="must be at most 5000000"):
        lab.provider.request("eth_sendUserOperation", [to_json(dear), ENTRY_POINT])
    lab.bundler.be_strict(StakeMinimum(unstake_delay=2), max_verification_gas=6_000_000)
    assert lab.bundler.stake_of(account).is_staked
    assert lab.provider.request("eth_sendUserOperation", [to_json(dear), ENTRY_POINT])
