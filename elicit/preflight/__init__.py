"""What would stop a session, found before anybody sits down."""
