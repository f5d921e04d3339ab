"""`ebb demo`: one invented clinic on loopback, with people who never lived and a visit that is due."""
