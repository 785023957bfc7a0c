"""Label policies: which lambda_g people see at a lambda_f."""
