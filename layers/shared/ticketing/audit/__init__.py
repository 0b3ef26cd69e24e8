"""What must always be true of the tables, as pure rules for the nightly audit and for the tests.

`rules` has the table of all rules about an order, `seats` has those about a ticket type.
"""
