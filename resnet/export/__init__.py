"""A comparison, a trace or a network in other people's formats, one module a format.

Comes in: a trace, or a comparison. Goes out: text or plain data. May import: ``numbers`` and what stands below it.
"""
