"""A course of nbgrader's: copy this file into its folder, and put the sources beside it.

See README.md in this folder for the commands.
"""

from lossbook.check.nbgrader import PREPROCESSORS

c = get_config()  # noqa: F821 -- nbgrader defines it

c.CourseDirectory.course_id = "losses"
# Submissions run in a process of their own, their tests outside of it.
c.Autograde.autograde_preprocessors = PREPROCESSORS
c.Isolate.seconds = 10.0
c.Isolate.memory = 2 * 2**30
