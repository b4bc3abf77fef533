"""Examines a deployment: attacks its front from outside, as somebody would who wants another person's card."""
