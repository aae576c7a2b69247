"""What happened and why: denials, outcomes, allowances, history, and how they look."""
