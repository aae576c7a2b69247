"""What a strict bundler does before it takes an operation: ERC-7562's rules, judged on what validation really did."""
