"""What operators are told, once per fact."""
