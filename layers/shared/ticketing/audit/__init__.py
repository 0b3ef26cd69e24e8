"""What is always true of the tables, as pure rules: the auditor's judgement and the tests' oracle.

`rules` has the table of all rules about one order, `seats` those about a ticket type.
"""
