"""Many readers: N processes of the application on one machine, behind nginx.

``site`` says what nginx is to do, as a value, and writes it into ``nginx.conf.j2``; ``settings`` is what whoever starts
it may say, and ``folder`` what is kept where. ``serve`` keeps all of it running: ``slot`` a process of the application
in each place (``worker`` is one of them), ``front`` nginx, ``kept`` whatever stands beside.
"""
