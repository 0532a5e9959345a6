"""The cases, a module for each group; every module here is found and loaded."""
