"""What the EVM really did: the calls that one address made, taken from its frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.evm.interpreter import LabComputation
from sessionlab.core.permissions.operation import PlainCall, plain_call


@contextmanager
def calls_of(who: str) -> Iterator[list[PlainCall]]:
    """Within ``with``: every CALL that this address makes, in order. Static and delegate calls move nothing."""
    caller, made = address_bytes(who), []
    original: Any = LabComputation.apply_computation

    def noted(cls: Any, state: Any, message: Any, *rest: Any, **more: Any) -> Any:
        if message.sender == caller and message.should_transfer_value:
            made.append(plain_call("0x" + message.to.hex(), message.value, bytes(message.data)))
        return original.__func__(cls, state, message, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LabComputation, "apply_computation", classmethod(noted))
        yield made
