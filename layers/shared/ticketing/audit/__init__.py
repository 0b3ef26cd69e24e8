"""What is always true of the tables, as pure rules for the nightly audit and for the tests.

`rules` has the table of all rules about one order, `seats` those about a ticket type.
"""
