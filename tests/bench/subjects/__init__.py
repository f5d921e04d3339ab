"""The servers that are measured, each started in a process of its own: Ebb, and what it is held against."""
