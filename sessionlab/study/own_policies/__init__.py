"""A policy of your own, as your application sends it: what it allows, what a thief takes, what is missing or too wide.

    sl.explain("policy.json", "calls.json")       # whether the application's operations fit, under each ruleset
    print(sl.typescript("policy.json"))           # the same policy for the published SDK

``sessionlab audit`` and ``sessionlab explain`` do this in a terminal.
"""

from sessionlab.study.own_policies.audits import PolicyAudit, audit_policy
from sessionlab.study.own_policies.explanation import PolicyExplanation, explain
from sessionlab.study.own_policies.typescript import typescript

__all__ = ["PolicyAudit", "PolicyExplanation", "audit_policy", "explain", "typescript"]
