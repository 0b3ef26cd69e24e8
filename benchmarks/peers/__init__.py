"""What we are compared with: each peer in a process of its own."""
