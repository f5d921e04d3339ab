"""People, sign-in, invitations, and the only door to a patient's things."""
