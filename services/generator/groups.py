"""Who sits in the next tick. Pictures that may share a forward are a group; groups take turns; rows go by rank."""

from collections.abc import Iterable, Iterator

from services.generator.batch import Batch
from services.generator.image import Image, Kinship


class Group:
    """Pictures of one kinship. Those that sit have rows; the others wait for some, parked if they have begun."""

    def __init__(self, kinship: Kinship) -> None:
        self.kinship = kinship
        self.images: set[Image] = set()
        self.seated: list[Image] = []
        self.batch: Batch | None = None
        """Of those who sit, once they have made a step together."""
        self.urgent = False
        """Whether an urgent picture sits here."""
        self.greets = False
        """Whether one sits here that has not made a step yet."""
        self.served_at = -1
        """The tick in which it last had its turn."""
        self._changed = True

    def add(self, image: Image) -> None:
        self.images.add(image)
        self._changed = True

    def remove(self, image: Image) -> None:
        """Also for a picture that comes back at once with its next pass: what was stacked for the last one is over."""
        self.images.discard(image)
        self._changed = True
        if image in self.seated:
            self.batch = None

    def stand_up(self) -> None:
        self.seated, self.batch, self._changed = [], None, True

    def seat(self, rows: int) -> list[Image]:
        """Gives rows by rank, if somebody might be seated differently than before. Returns who was parked by that.

        A slow reader's pictures wait in front of the door, and that is looked at again each time.
        """
        if not self._changed:
            return []
        before, self.seated = self.seated, _seats(self.images, rows)
        self.urgent = any(image.urgent for image in self.seated)
        self.greets = any(image.urgent and not image.started for image in self.seated)
        self._changed = any(image.pack.call.reader_is_slow for image in self.images)
        if before != self.seated:
            self.batch = None
        return [image for image in before if image in self.images and image not in self.seated]


class Groups:
    """All groups with somebody in them."""

    def __init__(self) -> None:
        self._groups: dict[Kinship, Group] = {}
        self._ticks = 0
        self._last_was_urgent = False

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups.values())

    def __len__(self) -> int:
        return len(self._groups)

    @property
    def images(self) -> Iterator[Image]:
        return (image for group in self for image in group.images)

    def add(self, image: Image) -> None:
        kinship = image.kinship
        if kinship not in self._groups:
            self._groups[kinship] = Group(kinship)
        self._groups[kinship].add(image)

    def remove(self, image: Image) -> None:
        group = self._groups[image.kinship]
        group.remove(image)
        if not group.images:
            del self._groups[image.kinship]

    def reseat(self) -> None:
        """Everybody anew, since there are fewer rows now."""
        for group in self:
            group.stand_up()

    def next(self) -> Group | None:
        """Whose turn it is, among groups where somebody sits: the one served longest ago.

        Groups with an urgent picture and groups without one alternate, so that one picture waits for no more than a
        step of any number of packs; among the former, one that has not made a step yet goes first.
        """
        ready = [group for group in self if group.seated]
        if not ready:
            return None
        others = [group for group in ready if group.urgent is not self._last_was_urgent]
        group = min(others or ready, key=lambda group: (not group.greets, group.served_at))
        self._ticks += 1
        group.served_at = self._ticks
        group.greets = False
        self._last_was_urgent = group.urgent
        return group


def rank(image: Image) -> tuple[bool, bool, int, int]:
    """Urgent pictures first, then those that have begun, then one of each pack in turn."""
    return not image.urgent, not image.started, image.index, image.pack.number


def _seats(images: Iterable[Image], rows: int) -> list[Image]:
    seated = []
    for image in sorted(images, key=rank):
        if image.rows <= rows and (image.started or not image.pack.call.reader_is_slow):
            rows -= image.rows
            seated.append(image)
    return seated
