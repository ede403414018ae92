"""What is taught: the story, the answers, the practice, the words, and what others have published.

Comes in: a place in a lesson, and conventions. Goes out: words, numbers and figures as values. May import: ``draw`` and
what stands below it. A new question is a function and a row in ``questions``.
"""
