"""The same steps, here and in the browser: what they print must be the same bytes."""

from __future__ import annotations

import sessionlab as sl


def told() -> str:
    """Outcomes, refusals, explanations, cards, audits, allowances, state and saved bytes, under both rulesets."""
    lines: list[str] = []
    for rules in ("documented", "deployed"):
        lab = sl.Lab(rules, seed=22)
        wallet = lab.wallet()
        permissions = [
            sl.NativeTokenTransfer(allowance=sl.ether(1)),
            sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6)),
            sl.ContractAccess(address=lab.counter),
            sl.ContractAccess(address=lab.recipient),
        ]
        session = wallet.grant_permissions(permissions, expires_in=3_600, key=sl.new_key(seed=5))
        pay = sl.Call(to=lab.recipient, value=sl.ether("0.3"))
        count = sl.Call(to=lab.counter, function="increment()")
        token = sl.Call(to=lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, sl.units(10, 6)])
        for calls in ([pay], [pay, count], [token], [pay], [pay], [token, token]):
            outcome = session.send_calls(calls, policy_id=lab.policy_id)
            lines += [str(outcome), outcome._repr_html_()]
            if outcome.denial is not None:
                lines += [str(outcome.denial), str(outcome.denial.explain()), outcome.denial._repr_html_()]
            lines.append(lab.chain.state_root)
        lines += [str(session.audit()), session.audit()._repr_html_(), str(session), session._repr_html_()]
        lines += [str(session.allowances), str(session.history), session.history._repr_html_(), str(session.operations)]
        wallet.revoke(session)
        lines.append(repr(lab.chain.block()))
    return "\n".join(lines)
