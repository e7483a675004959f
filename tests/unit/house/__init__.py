"""What the repository promises about itself, held true."""
