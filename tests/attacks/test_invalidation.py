"""Mass invalidation is measured, not told: its figures are those of the run."""

from __future__ import annotations

import sessionlab as sl


def test_one_write_makes_all_of_them_invalid_and_the_bundler_pays() -> None:
    few, many = sl.attacks.mass_invalidation(3), sl.attacks.mass_invalidation(6)
    for found, count in ((few, 3), (many, 6)):
        assert (found.operations, found.taken, found.still_valid, found.refusal) == (count, count, 0, None)
        assert 21_000 < found.write_gas < 30_000
        assert found.lost == found.bundle_gas * sl.gwei(1) > 0
        assert f"leaves 0 of them valid: {found.wasted_gas:,} gas" in str(found)
    assert few.write_gas == many.write_gas
    assert many.wasted_gas == 2 * few.wasted_gas > 0
    assert many.bundle_gas > few.bundle_gas


def test_a_strict_bundler_takes_none_of_them() -> None:
    found = sl.attacks.mass_invalidation(3, bundler="strict")
    assert (found.taken, found.wasted_gas, found.bundle_gas, found.lost) == (0, 0, 0, 0)
    assert found.refusal == "STO-033"
    assert "takes none of 3 operations (STO-033)" in str(found)


def test_a_paymaster_of_ones_own_pays() -> None:
    lab = sl.Lab(seed=4)
    paymaster = lab.deploy(sl.attacks.CLOCKED_PAYMASTER, lab.now + 60, value=sl.ether(1), name="clocked")
    wallet = lab.wallet()
    before = wallet.balance
    operation = sl.attacks.sponsored_by(paymaster, wallet, [sl.Call(to=lab.recipient, value=5)], lab)
    assert sl.attacks.send_operation(operation, lab) is None
    assert (lab.balance(lab.recipient), wallet.balance) == (5, before - 5)
    denial = sl.attacks.send_operation(operation, lab)
    assert denial is not None and denial.code.startswith("AA25")
