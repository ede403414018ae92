"""What each page shows, as a frozen value that is an address; ``pages`` lists them.

Comes in: an address's query. Goes out: a view, and a sentence for everything that had to be dropped. May import:
``lessons`` and what stands below it. A new page is a view here, a row of ``pages``, and a file in the folder
``pages/``.
"""
