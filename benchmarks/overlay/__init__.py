"""What the overlay finds, compared with what was done to a face."""
