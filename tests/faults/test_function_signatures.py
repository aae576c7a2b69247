"""A function's text is the function that its author means, or it is refused: never another selector in silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sessionlab as sl

from .steps import refusal

TRANSFER = "0xa9059cbb"
SOMEWHERE, SOMEBODY = "0x" + "11" * 20, "0x" + "22" * 20

#: Each place that takes a function's text, and the selector that it makes of it.
PLACES: dict[str, Callable[[str], str]] = {
    "functions-on-all-contracts": lambda text: sl.FunctionsOnAllContracts(functions=[text]).functions[0],
    "functions-on-contract": lambda text: sl.FunctionsOnContract(address=SOMEWHERE, functions=[text]).functions[0],
    "call": lambda text: "0x" + sl.Call(SOMEWHERE, function=text, args=[SOMEBODY, 1]).data[:4].hex(),
}
FIELDS = {"functions-on-all-contracts": "functions", "functions-on-contract": "functions", "call": "function"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", ["function transfer(address,uint256)", "public transfer(address,uint256)"])
def test_a_pasted_declaration_is_the_function_or_refused(place: str, text: str) -> None:
    try:
        found = PLACES[place](text)
    except sl.InvalidInput as error:
        assert FIELDS[place] in str(error.field)
    else:
        assert found == TRANSFER


@pytest.mark.parametrize("place", PLACES)
def test_a_name_with_a_blank_is_refused(place: str) -> None:
    error = refusal(lambda: PLACES[place]("trans fer(address,uint256)"))
    assert isinstance(error, sl.InvalidInput)
    assert FIELDS[place] in str(error.field)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", ["transfer(address,uint256)", "transfer(address, uint256)"])
def test_a_signature_with_or_without_blanks_between_its_types_is_the_function(place: str, text: str) -> None:
    assert PLACES[place](text) == TRANSFER
