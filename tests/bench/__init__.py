"""Every figure of the quality table, measured beside the floor that it is held against, in one run."""
