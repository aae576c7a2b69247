"""The core's own lab reads no state after a refusal: it tells the contracts' reason, and no cause."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.denials.denial import OperationRefused
from sessionlab.core.lab.lab import BaseLab


def test_a_reason_has_the_same_words_and_no_cause() -> None:
    denials = []
    for lab in (BaseLab(), sl.Lab()):
        session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=1)], key=sl.new_key(1))
        with pytest.raises(OperationRefused) as refused:
            session.prepare_calls([sl.Call(to=lab.recipient, value=2)])
        denials.append(refused.value.denial)
    plain, diagnosed = denials
    assert (plain.code, plain.sentence, plain.fix) == (diagnosed.code, diagnosed.sentence, diagnosed.fix)
    assert plain.code == "ExceededNativeTokenLimit"
    assert plain.cause is None


def test_what_ran_out_of_gas_in_validation_is_not_said_to_name_no_function() -> None:
    lab = BaseLab()
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    calls = [sl.Call(to=lab.addresses["counter"], function="increment()")]
    denial = session.send_calls(calls, gas=sl.Gas(verification=20_000)).denial
    assert denial is not None and denial.phase == "validation" and denial.cause is None
    assert "the reason is unknown" in denial.sentence and "names no function" not in denial.sentence
