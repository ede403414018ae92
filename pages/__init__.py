"""The web application's pages: ``main`` is the frame, and each other file one page, which lays out and calls."""
