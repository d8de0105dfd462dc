"""Property tests here have no deadline: the first curve loads scikit-learn, and the machine may be shared."""

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")
