"""What a person thinks of posts, sentences and claims: saying it, what was said, and where it is used."""
