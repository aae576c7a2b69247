"""The facts about one refused operation, and what they say beyond the reason that the contracts gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sessionlab.core.contracts.reverts import EMPTY
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.evm.records import FailedCall


@dataclass(frozen=True)
class DiagnosisFacts:
    """Facts about one refused operation. Amounts in wei, gas in gas, times in Unix seconds.

    All of them are read from the state in which it was refused.
    """

    #: ``AA23 reverted``, or empty if the EntryPoint did not refuse it; and the innermost reason.
    code: str
    reason: str
    #: The calls that are certain to have led to the failure, outermost first; empty if no call failed, or none is
    #: known. And a call inside the last of them that failed, too, which its caller may have survived.
    failure: tuple[FailedCall, ...] = ()
    inside: FailedCall | None = None
    #: The innermost revert data.
    raw: bytes = b""
    names: AddressBook = field(default_factory=AddressBook)
    wallet: str = ""
    code_bytes: int = 0
    #: Whether the account runs, or its factory deploys, this lab's wallet.
    is_lab_wallet: bool = True
    call_data: bytes = b""
    brings_factory: bool = False
    factory_bytes: int = 0
    #: The worst case: total gas, and the fee in wei per gas.
    gas: int = 0
    fee: int = 0
    balance: int = 0
    deposit: int = 0
    sequence: int = 0
    next_sequence: int = 0
    verification_gas: int = 0
    #: The verificationGasLimit that an estimate would set; None if validation fails with plenty of gas, too.
    verification_needs: int | None = None
    #: The callGasLimit that an estimate would set; None if the calls fail with plenty of gas, too, or were not tried.
    call_needs: int | None = None
    #: What the wallet must also pay for gas, in wei, where the run that failed set none aside for it.
    gas_to_pay: int = 0
    #: Whether the calls run out of gas even when given plenty.
    call_never_ends: bool = False
    now: int = 0
    valid_until: int = 0
    #: From when to when the account takes the operation, by its own answer; None: it has not answered, 0: no bound.
    window: tuple[int, int] | None = None
    #: Whether the operation carries an install, and whether its session is installed already.
    installs: bool = False
    installed: bool = False
    #: Whether the owner revoked the session that the operation names by its nonce key.
    revoked: bool = False
    signer: str | None = None
    #: Whether a session signs, by the nonce key; and the session of this wallet whose key the signer is.
    by_session: bool = False
    session_of_signer: str = ""
    #: The signer that the wallet expects: the session's key or the owner; empty if only the wallet knows.
    wanted_signer: str = ""
    owner: str = ""
    paymaster: str | None = None
    paymaster_bytes: int = 0
    paymaster_deposit: int = 0
    paymaster_gas: int = 0
    #: The limit that an estimate would set for the paymaster's validation; None if it fails with plenty, too.
    paymaster_needs: int | None = None

    @property
    def more_gas_helps(self) -> bool:
        """Whether the step that failed was run again with plenty of gas, and passed."""
        if self.code.startswith("AA33"):
            return (self.paymaster_needs or 0) > self.paymaster_gas
        if self.code.startswith(("AA21", "AA23")):
            return (self.verification_needs or 0) > self.verification_gas
        return not self.code and self.call_needs is not None

    @property
    def cost(self) -> int:
        """The prefund, in wei."""
        return self.gas * self.fee


#: Codes about the account. What they say of one that is not this lab's wallet mentions no session.
OF_THE_ACCOUNT = ("AA20", "AA21", "AA22", "AA23", "AA24", "AA25", "AA26")


class Diagnosis(StrEnum):
    """What the facts say beyond a reason of the EntryPoint or of the wallet, or in place of one."""

    FOREIGN = "foreign"
    INSTALLED = "installed"
    REVOKED = "revoked"
    #: Of a signature: of a session's key on an operation of the owner; of the owner, or of another session's key, on an
    #: operation of a session; of somebody else; of nobody.
    OF_A_SESSION = "of-a-session"
    OF_THE_OWNER = "of-the-owner"
    OF_ANOTHER_SESSION = "of-another-session"
    OF_A_STRANGER = "of-a-stranger"
    OF_NOBODY = "of-nobody"
    #: How the innermost call ended that gave no reason.
    OUT_OF_FUNDS = "OutOfFunds"
    OUT_OF_GAS = "OutOfGas"
    HALTED = "halted"
    EMPTY = "empty"


def diagnose(facts: DiagnosisFacts) -> Diagnosis | None:
    """Return what the facts add to the reason; None if nothing."""
    judged_by_account = facts.code[:4] in ("AA23", "AA24")
    if facts.code[:4] in OF_THE_ACCOUNT and not facts.is_lab_wallet:
        starved = facts.code.startswith("AA23") and facts.reason == EMPTY and facts.more_gas_helps
        return Diagnosis.OUT_OF_GAS if starved else Diagnosis.FOREIGN
    if facts.revoked and (judged_by_account or facts.code.startswith("AA25")):
        return Diagnosis.REVOKED
    if facts.installs and facts.installed and (judged_by_account or facts.code.startswith("AA25")):
        return Diagnosis.INSTALLED
    if facts.code.startswith("AA24"):
        return _signed_by(facts)
    if facts.code.startswith("AA21"):  # with the ETH and without the gas to move it, the wallet does not pay either
        rich = facts.balance + facts.deposit >= facts.cost
        return Diagnosis.OUT_OF_GAS if rich and facts.more_gas_helps else None
    if facts.reason != EMPTY or not facts.failure:
        return None
    if facts.more_gas_helps:
        return Diagnosis.OUT_OF_GAS
    match facts.failure[-1].halt:
        case "OutOfFunds":
            return Diagnosis.OUT_OF_FUNDS
        case "OutOfGas":
            return Diagnosis.OUT_OF_GAS
        case "Revert":
            return Diagnosis.EMPTY
        case _:
            return Diagnosis.HALTED


def _signed_by(facts: DiagnosisFacts) -> Diagnosis | None:
    if facts.signer is None:
        return Diagnosis.OF_NOBODY
    if facts.signer == facts.wanted_signer or not facts.wanted_signer:
        return None
    if facts.by_session and facts.signer == facts.owner:
        return Diagnosis.OF_THE_OWNER
    if facts.session_of_signer:
        return Diagnosis.OF_ANOTHER_SESSION if facts.by_session else Diagnosis.OF_A_SESSION
    return Diagnosis.OF_A_STRANGER
