"""A production refusal in words: codes of the EntryPoint, revert data, and messages of bundlers."""

from __future__ import annotations

import json

import pytest
from eth_abi import encode
from eth_utils import keccak

import sessionlab as sl
from sessionlab.core.contracts.reverts import known_errors
from sessionlab.core.denials.reasons import REASONS

#: As AllowlistModule, NativeTokenLimitModule, TimeRangeModule and ModularAccount v2 declare them.
DECLARED = (
    "AddressNotAllowed()", "SelectorNotAllowed()", "NoSelectorSpecified()", "ExceededTokenLimit()",
    "ExceededNativeTokenLimit()", "InvalidPaymaster()", "SpendingRequestNotAllowed(bytes4)",
    "ERC20NotAllowed(address)", "InvalidCalldataLength()", "RequireUserOperationContext()",
    "SelfCallRecursionDepthExceeded()", "ValidationFunctionMissing(bytes4)", "UnrecognizedFunction(bytes4)",
    "SignatureValidationInvalid(bytes24)", "UserOpValidationInvalid(bytes24)", "DeferredActionSignatureInvalid()",
    "TimeRangeNotValid()", "NotEntryPoint()",
)  # fmt: skip


def data_of(signature: str) -> str:
    return "0x" + (keccak(text=signature)[:4] + b"\x22" * 32 * signature.count("bytes")).hex()


def wrapped(reason: str, inner: bytes) -> str:
    """What handleOps of EntryPoint v0.7 reverts with: FailedOpWithRevert(uint256,string,bytes)."""
    selector = keccak(text="FailedOpWithRevert(uint256,string,bytes)")[:4]
    return "0x" + (selector + encode(["uint256", "string", "bytes"], [0, reason, inner])).hex()


@pytest.mark.parametrize("signature", DECLARED)
def test_production_errors_are_known_by_their_own_selectors(signature: str) -> None:
    name, data = signature.partition("(")[0], data_of(signature)
    for text in (data, f"AA23 reverted {data}", wrapped("AA23 reverted", bytes.fromhex(data[2:])), name):
        error = sl.decode_error(text)
        assert error.code == name
        assert error.known
        assert error.phase == ("validation" if "AA23" in error.path[0] else None)
        assert len(error.sentence.split()) > 4
        assert error.fix


@pytest.mark.parametrize("code", sorted(code for code in REASONS if code.startswith("AA")))
def test_every_code_of_the_entry_point_is_told_without_its_data(code: str) -> None:
    error = sl.decode_error(f"UserOperation reverted during simulation with reason: {code} what it says")
    assert error.path == (f"{code} what it says",)
    assert error.phase == "validation"
    assert "A contract reverted with" not in error.sentence
    assert " 0," not in error.sentence  # no fact that nobody knows


def test_one_name_for_two_limits_is_told_apart_by_its_phase() -> None:
    data = data_of("ExceededNativeTokenLimit()")
    assert "gas-limit, which counts wei" in sl.decode_error(f"AA23 reverted {data}").sentence
    assert "Two limits share this name" in sl.decode_error(data).sentence


def test_every_error_of_the_labs_contracts_is_decoded_whole_cut_and_wrapped() -> None:
    for selector, entry in known_errors().items():
        for data in (selector, selector + bytes(32 * 8)):
            for text in (data, "AA23 reverted 0x" + data.hex()):
                error = sl.decode_error(text)
                assert error.sentence, entry.name
                assert error._repr_html_()


def test_a_bundlers_json_is_read_as_it_stands() -> None:
    message = "validation reverted: [reason]: AA23 reverted"
    said = json.dumps({"code": -32500, "message": message, "data": data_of("AddressNotAllowed()")})
    assert sl.decode_error(said).path == ("AA23 reverted", "AddressNotAllowed")
    empty = sl.decode_error(json.dumps({"code": -32500, "message": "AA23 reverted: 0x"}))
    assert empty.path == ("AA23 reverted", "EmptyRevert")
    assert "does not say why" in empty.sentence


@pytest.mark.parametrize("text", ["AA23 reverted AddressNotAllowed()", "reason: AA23 reverted: AddressNotAllowed"])
def test_a_name_behind_a_code_is_read(text: str) -> None:
    error = sl.decode_error(f"validation reverted: {text}")
    assert (error.path, error.phase) == (("AA23 reverted", "AddressNotAllowed"), "validation")
    assert error.sentence == sl.decode_error("AA23 reverted " + data_of("AddressNotAllowed()")).sentence


def test_texts_and_panics_of_contracts_are_told() -> None:
    text = keccak(text="Error(string)")[:4] + encode(["string"], ["not enough"])
    assert "not enough" in sl.decode_error("0x" + text.hex()).sentence
    panic = keccak(text="Panic(uint256)")[:4] + encode(["uint256"], [0x11])
    assert "Panic(0x11)" in sl.decode_error(panic).sentence


def test_what_is_not_known_is_said_to_be_so_with_its_selector() -> None:
    error = sl.decode_error("AA23 reverted 0xdeadbeef")
    assert not error.known
    assert "its selector is 0xdeadbeef" in error.sentence
    assert "no code AA99" in sl.decode_error("AA99 new").sentence


@pytest.mark.parametrize("data", ["", "   ", "it failed", None, 23, "a" * 300_000, []])
def test_what_holds_no_error_is_refused(data: object) -> None:
    with pytest.raises(sl.InvalidInput) as caught:
        sl.decode_error(data)  # type: ignore[arg-type]
    assert caught.value.field == "data"
    assert caught.value.fix
