"""What the people who run this are told, once per fact."""
