"""What the API answers, a file per noun. The command line prints the same documents with `--json`."""
