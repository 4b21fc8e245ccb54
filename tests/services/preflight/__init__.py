"""What a person is told before they ask."""
