"""Imports the packages that lie in a folder of their own name, before pytest takes that folder for the package.

`chassis/tests` is collected as `chassis.tests`; without this, `chassis` would then be the outer folder.
"""

import chassis  # noqa: F401 see above
import gateway  # noqa: F401 see above
import notifier  # noqa: F401 see above
