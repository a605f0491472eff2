"""The measurements behind docs/thresholds.md: `python -m bench.thresholds [FOLDER OF GENUINE PHOTOS]`."""
