"""A demo card without hardware: a PKCS#15 card behind ``transmit(apdu)``, in this process or in pcscd's virtual reader.

It is written apart from ``webvartti.cards`` and shares no code with it, so that a mistake in reading isn't made good by the
same mistake in writing; OpenSC reads it too.
"""
