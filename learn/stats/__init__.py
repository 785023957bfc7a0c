"""PSEs, bootstrap intervals and paired tests."""
