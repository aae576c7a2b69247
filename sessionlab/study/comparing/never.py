"""Whether a key can ever make one call, exactly.

    sl.never_allows([sl.ContractAccess(address=shop)], sl.Call(to=token, function="transfer(address,uint256)", ...))

More calls in one operation only use up more, and so do operations before it, so the call is never made exactly if no
operation of this call alone is ever accepted. A call to the wallet itself is what an operation asks of it, too, so data
that calls ``execute`` is read as the calls that it makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.doors import ADDRESS, maybe, reads
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.decide import Decision
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.operation import Operation, operation_of, plain_call, read_operation
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset, RulesName, ruleset
from sessionlab.study.comparing.search import moments, put
from sessionlab.study.comparing.subject import MOMENT, ending, moment_of, read_request, subject_of, wallet_of
from sessionlab.study.comparing.text import never_text
from sessionlab.study.doors import CALL, NAMES, RULES_OR_NAME

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Never:
    """The answer, true if the call is never allowed. ``example`` is an operation that makes it otherwise."""

    call: Call
    rules: Ruleset
    #: An operation that makes the call and is accepted; None if there is none.
    example: Operation | None
    #: How the plainest operation with this call is refused; None if one is accepted.
    refusal: Decision | None
    names: AddressBook

    def __bool__(self) -> bool:
        return self.example is None

    def __repr__(self) -> str:
        return never_text(self)


@reads(
    policy=read_request,
    call=CALL,
    rules=maybe(RULES_OR_NAME),
    wallet=maybe(ADDRESS),
    now=maybe(MOMENT),
    names=maybe(NAMES),
)
def never_allows(
    policy: Any,
    call: Call,
    *,
    rules: RulesName | Ruleset | None = None,
    wallet: str | None = None,
    now: int | None = None,
    expiry_sec: int | datetime | None = None,
    expires_in: int | None = None,
    names: AddressBook | None = None,
) -> Never:
    """Say whether no operation with this call is ever accepted, whatever the session did before.

    ``policy`` and ``rules``: as for ``compare``. ``wallet``: the wallet's address, for calls to the wallet itself;
    a session knows it. ``now`` and ``expiry_sec`` (Unix seconds) and ``expires_in`` (seconds): as for ``compare``.
    Raises InvalidInput for what is neither, GrantRefused if the rules make no session of the list.
    """
    (asked,), of = ending([policy], expiry_sec, expires_in), ruleset(rules or policy.rules or DOCUMENTED)
    moment = moment_of(now, asked)
    subject = subject_of(asked, of, wallet=wallet.lower() if wallet else wallet_of(asked), now=moment)
    if subject.refused is not None:
        raise subject.refused
    plain = plain_call("0x" + address_bytes(call.to).hex(), call.value, call.data)
    forms = [operation_of([plain], batch=batch, sponsored=True) for batch in (False, True)]
    if plain.target == subject.wallet and not plain.value and len(plain.data) >= 4:
        forms.append(read_operation(EXECUTE_USER_OP + plain.data, sponsored=True))
    first, *_ = moments(subject, subject, moment)
    decisions = [(form, put(subject, form, first)) for form in forms]
    example = next((form for form, decision in decisions if decision.accepted), None)
    refusal = None if example is not None else decisions[-1][1] if len(forms) > 2 else decisions[0][1]
    return Never(call, of, example, refusal, names or asked.names or AddressBook(gas_unit=gas_unit(of)))
