"""What a therapist's desk shows, and the news that reach it while it is open."""
