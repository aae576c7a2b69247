"""Integrations of the lab with other tools: eth-tester, pytest, notebook magics."""
