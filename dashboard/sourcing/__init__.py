"""Sources: how reading each goes and why, trying and adding one, lists of them in and out."""
