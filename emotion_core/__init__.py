"""Happy and sad photos, small networks, and a fair comparison of them.

Each package exports its public names from its own ``__init__``. A package imports only from those above it here:

- ``settings``, ``errors``, ``files``, ``images``, ``formatting``, ``jobs``: the foundation
- ``dataset``: catalog, near copies, faces, splits, snapshots
- ``collect``: photos from web pages and files into the catalog
- ``network``: a Keras model from its settings
- ``training``: studies and runs
- ``evaluation``: ROC curves, statistics, diagnosis and figures from scores
- ``prediction``: P(sad) of a photo
- ``teaching``, ``guided``, ``command_line``: the teaching pages, the guided study, every stage without the browser

Importing any of them loads neither Streamlit nor TensorFlow.
"""
