"""Home practice on the server: what a phone takes with it, and what it brings back."""
