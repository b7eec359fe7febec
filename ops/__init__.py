"""Operations: the ``fordeling`` command and the embedded stack it starts."""
