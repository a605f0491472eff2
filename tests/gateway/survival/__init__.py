"""Whole jobs through processes that die, services that vanish, databases and stores that fail. The services behind are
stand-ins in the test's process, which outlive every gateway and count what they are asked for, or the real engine.
"""
