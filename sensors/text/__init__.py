"""What sources write, put into clean text: characters, markup, dates, languages."""
