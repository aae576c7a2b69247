"""The published compatibility tests of bundlers, run unmodified against a served lab (eth-infinitism/bundler-spec-tests)."""
