"""Property tests have no deadline: a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("services", deadline=None)
settings.load_profile("services")
