"""What the offline provider thinks with: extracting, drafting and judging without a language model."""
