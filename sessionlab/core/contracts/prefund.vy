# pragma version 0.4.3
"""
@title Prefunds
@notice Before an operation is validated, the most that it can cost is taken from who pays for it: the account's
        deposit, topped up by the account, or the paymaster's. What it did cost goes to the beneficiary.
"""

import deposits
import verdicts

uses: deposits


@internal
@view
def _missing_funds(sender: address, prefund: uint256, paymaster: address) -> uint256:
    deposit: uint256 = deposits.deposit_of[sender]
    if paymaster != empty(address) or deposit > prefund:
        return 0
    return prefund - deposit


@internal
def _take_prefund(place: uint256, sender: address, prefund: uint256, paymaster: address):
    if paymaster != empty(address):
        return
    deposit: uint256 = deposits.deposit_of[sender]
    if prefund > deposit:
        verdicts._fail(place, "AA21 didn't pay prefund")
    deposits.deposit_of[sender] = deposit - prefund


@internal
def _take_paymaster_prefund(place: uint256, paymaster: address, prefund: uint256):
    deposit: uint256 = deposits.deposit_of[paymaster]
    if prefund > deposit:
        verdicts._fail(place, "AA31 paymaster deposit too low")
    if not paymaster.is_contract:
        verdicts._fail(place, "AA30 paymaster not deployed")
    deposits.deposit_of[paymaster] = deposit - prefund


@internal
def _compensate(beneficiary: address, amount: uint256):
    assert beneficiary != empty(address), "AA90 invalid beneficiary"
    assert deposits._send(beneficiary, amount), "AA91 failed send to beneficiary"
