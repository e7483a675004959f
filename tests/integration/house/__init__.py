"""What the repository promises about what it leaves in a running Redis, held true."""
