"""What organisers read of their events: an overview, the list of guests, the sales. Pure."""
