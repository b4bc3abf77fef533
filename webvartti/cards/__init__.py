"""Talks to the card in the reader. Every reply is taken for hostile: what is wrong with it becomes a CardError, nothing else.

Nothing is imported here: most of the program runs without card support.
"""
