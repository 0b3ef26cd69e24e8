"""A simulated night: many people want few seats within minutes. `make bench ROW=night`."""
