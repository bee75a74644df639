"""Text tools without a model: sentences, words, names, numbers, dates, quotes, key phrases, noise."""
