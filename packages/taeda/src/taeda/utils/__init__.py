"""Utilities, of which `taeda.utils.data` is `taeda_data`."""

import taeda_data as data
