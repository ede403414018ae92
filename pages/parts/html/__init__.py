"""A page's parts as HTML, one module a page: values go into the templates of ``pages/templates``. No Streamlit here
but for the network's table."""
