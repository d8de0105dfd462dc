"""Happy and sad photos, small networks, and a fair comparison of them."""
