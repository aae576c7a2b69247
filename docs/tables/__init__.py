"""What the reference shows of the library's own tables, as Markdown."""
