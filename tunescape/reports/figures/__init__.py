"""One figure a file: findings in, plain Plotly dictionaries out, nothing computed anew."""
