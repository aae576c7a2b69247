"""The published compatibility tests of bundlers (eth-infinitism/bundler-spec-tests), run against a served lab."""
