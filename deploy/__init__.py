"""Many readers: N processes of the application on one machine, behind nginx.

``site`` says what nginx is to do, as a value, and writes it into ``nginx.conf.j2``; ``settings`` is what whoever starts
it may say; ``worker`` is one process of the application, ``front`` nginx itself; ``serve`` keeps all of them running.
"""
