"""The one Streamlit component, its script and its style."""
