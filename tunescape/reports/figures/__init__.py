"""One figure a file: findings or plain arrays in, plain Plotly dictionaries out, nothing trained or tested here."""
