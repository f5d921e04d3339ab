"""`ebb load`: many pairs at once against a demo on this machine, and whether anything was lost."""
