"""SumUp: its HTTP API, and what its answers mean in our own types."""
