"""RSS, Atom, RDF and JSON Feed: documents to observations, the sensor that polls them, and lists of them as OPML."""
