"""What strict bundlers ask of validation (ERC-7562), watched opcode by opcode."""
