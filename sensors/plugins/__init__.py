"""The kinds of sources that other packages bring."""
