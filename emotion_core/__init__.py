"""Happy and sad photos, small networks, and a fair comparison of them.

Each package shows its public names in its own ``__init__``; imports run one way, down this list:

- ``settings``, ``errors``, ``images``, ``files``, ``processes``, ``jobs``: the ground that all stand on
- ``dataset``: the photos there are; catalog, near copies, splits, snapshots
- ``collect``: web pages and files to photos in the catalog
- ``network``: settings to Keras model
- ``training``: studies and runs
- ``evaluation``: scores to ROC curve, statistics, diagnosis, figures
- ``prediction``: photo to P(sad)
- ``guided``, ``command_line``: the guided study, and every stage without the browser

Importing any of them loads neither Streamlit nor TensorFlow.
"""
