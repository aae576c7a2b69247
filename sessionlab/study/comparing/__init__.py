"""Whether one permission list grants anything that another does not: exactly, with a smallest example."""
