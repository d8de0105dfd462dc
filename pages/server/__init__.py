"""Routes and middleware of the web server; no Streamlit elements."""
