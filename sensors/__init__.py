"""What watches the outside and says what it saw."""
