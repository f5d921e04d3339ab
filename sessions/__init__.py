"""What happens in a session: commands in, events out, state from events. Pure: no I/O, no clock, no tasks."""
