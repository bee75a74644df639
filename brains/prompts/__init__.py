"""The prompts: versioned text files beside this one, and their loader."""

from brains.prompts.loading import Prompt, load_prompt

__all__ = ["Prompt", "load_prompt"]
