"""Systems measured side by side; each module is run as a process of its own."""
