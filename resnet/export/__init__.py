"""A comparison or a trace in other people's formats, one module a format."""
