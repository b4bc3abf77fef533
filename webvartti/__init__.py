"""WebVartti: the self-service renewal of health and social care professionals' smart cards."""

__version__ = "0.1.0"
