"""Benchmarks, beside peers and goals. They report figures; none fails because of a slow one."""
