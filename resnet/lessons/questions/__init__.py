"""The questions, one file a subject. A new one is a function that answers it and a row of its file's ``QUESTIONS``."""
