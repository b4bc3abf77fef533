"""The message catalogues in Finnish and Swedish; the message ids are the English words."""
