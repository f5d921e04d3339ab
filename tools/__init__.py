"""Small helpers of the project itself; nothing here is part of a running Ebb."""
