"""What a phone asks for and sends while it is offline."""
