"""What pages are made of: ``component`` shows HTML, ``html`` writes it, ``controls`` ask."""
