"""What a wallet had sent before an operation: its first operation, and its first of each kind, take more gas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from sessionlab.study.recording.recording import RecordedOperation, Recording


class Standing(NamedTuple):
    """What of an operation's gas depends on what was sent before it."""

    #: It carries the session's install.
    installs: bool
    #: Its nonce key was used before.
    nonce_key_used: bool
    #: It is the first for which the wallet pays, and leaves the wallet a deposit at the EntryPoint.
    first_paid: bool
    #: It deploys the wallet.
    creates: bool


@dataclass(frozen=True, slots=True)
class SentBefore:
    """What a session's operations on the chain have left behind."""

    deployed: bool = True
    installed: bool = False
    paid: bool = False
    nonce_keys: frozenset[int] = frozenset()

    @classmethod
    def nothing(cls, recording: Recording) -> SentBefore:
        """As the recording began."""
        return cls(deployed=not any(step.creates for step in recording.steps))

    def standing(self, step: RecordedOperation) -> Standing:
        """Return how an operation stands if it is sent next."""
        used = self.installed and step.nonce_key in self.nonce_keys
        return Standing(not self.installed, used, not (step.sponsored or self.paid), not self.deployed)

    def after(self, step: RecordedOperation) -> SentBefore:
        """Return what is left behind after this operation was mined, whether its calls succeeded or not."""
        # The install has a nonce key of its own.
        keys = self.nonce_keys | {step.nonce_key} if self.installed else self.nonce_keys
        return replace(self, deployed=True, installed=True, paid=self.paid or not step.sponsored, nonce_keys=keys)


def standings(recording: Recording) -> Iterator[Standing]:
    """Yield how each operation stood when it was recorded."""
    before = SentBefore.nothing(recording)
    for step in recording.steps:
        yield before.standing(step)
        if step.is_on_chain:
            before = before.after(step)
