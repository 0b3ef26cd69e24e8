"""Use cases, without AWS and HTTP. A function calls the flow of the same name."""
