"""Is this certificate a valid, unrevoked card of a trusted issuer at this moment?"""
