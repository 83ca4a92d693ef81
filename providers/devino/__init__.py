"""What both faces of Devino share: the vendor's vocabulary and the rules that hang on it.

REST and SOAP differ in how a call is written. What a state number or an error text means, how ids belong to
recipients, how segments make a message, how a period is asked for and how long a session lives is the same,
and stands here once. Source: the Devino protocol sheet, whose sections the comments name. No I/O.
"""
