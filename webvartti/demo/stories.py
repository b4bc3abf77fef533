"""All stories of the demo country, in the order in which they are listed. The first is the ordinary case."""

from __future__ import annotations

from webvartti.demo.stories_of_cards import STORIES_OF_CARDS
from webvartti.demo.stories_of_names import STORIES_OF_NAMES
from webvartti.demo.stories_of_registers import STORIES_OF_REGISTERS
from webvartti.demo.story import Story

STORIES: tuple[Story, ...] = (*STORIES_OF_CARDS, *STORIES_OF_REGISTERS, *STORIES_OF_NAMES)
