"""Awkward and hostile files, made by hand, each with the picture or the reason that it deserves."""

from tests.services.common.images.awkward import heics, jpegs, others, pngs, webps
from tests.services.common.images.awkward.case import Case

CASES: tuple[Case, ...] = (*jpegs.CASES, *pngs.CASES, *webps.CASES, *heics.CASES, *others.CASES)
