"""The styles that are offered, and what a picture of one is rendered from.

styles = read_styles()
shot = styles.shot("corporate", picture=0, free_text="in a red scarf")
options = shot.options()              all that the style decides; who, seeds and key points are still missing
options = shot.stronger().options()   for a picture that drifted
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1 import style_pb2
from likeness.generator.v1 import options_pb2

from gateway.rule_files import read_rules
from gateway.styles_file import Expression, Pose, Preview, Strength, Style, StylesFile, size_message
from likeness_wire.errors import BadRequest

FREE_TEXT_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Shot:
    """How to take one picture: everything but of whom, and from which noise."""

    style: str
    pose: str
    expression: str
    pose_template: str
    prompt: str = field(repr=False)
    negative: str = field(repr=False)
    has_free_text: bool
    size: tuple[int, int]
    plan: str
    steps: int
    cfg: float
    scheduler: str
    adapter: Strength
    identity_net: Strength
    stronger_by: float
    preview: Preview

    def stronger(self) -> "Shot":
        """The same picture, held closer to the person."""
        return replace(
            self,
            adapter=self.adapter.times(self.stronger_by),
            identity_net=self.identity_net.times(self.stronger_by),
        )

    def options(self) -> options_pb2.GenerateOptions:
        """To be completed with the identity, seeds, the person's key points and, for `preview`, the photo."""
        prompt = options_pb2.Prompt(
            text=self.prompt,
            negative=self.negative,
            # Whatever a person wrote is not kept by the generator.
            text_is_template=not self.has_free_text,
            negative_is_template=True,
        )
        return options_pb2.GenerateOptions(
            prompts=[prompt],
            pose=options_pb2.Pose(template=options_pb2.PoseTemplate(name=self.pose_template)),
            size=size_message(self.size),
            steps=self.steps,
            cfg=self.cfg,
            scheduler=f"SCHEDULER_{self.scheduler.upper().replace('-', '_')}",
            adapter=self.adapter.message(),
            identity_net=self.identity_net.message(),
            plan=options_pb2.Plan(name=self.plan),
            staging=self.preview.message(),
        )


class Styles:
    """All styles by id."""

    def __init__(self, file: StylesFile) -> None:
        self._styles: Mapping[str, Style] = file.styles
        self._poses = file.poses
        self._expressions = file.expressions
        self._always = ", ".join(file.always.negative)
        self._premium_size = file.premium.size

    def shot(
        self,
        style_id: str,
        *,
        pose: str = "",
        expression: str = "",
        free_text: str = "",
        picture: int = 0,
        premium: bool = False,
    ) -> Shot:
        """What is empty is the style's: its first poses in turn, by the picture's number, and its first expression.

        `free_text` has passed the policy. Raises BadRequest for what the style does not offer.
        """
        style = self._styles[_one_of("style", style_id, self._styles)]
        pose_id = _one_of("pose", pose or style.poses[picture % style.in_turn], style.poses)
        expression_id = _one_of("expression", expression or style.expressions[0], style.expressions)
        position, face = self._poses[pose_id], self._expressions[expression_id]
        words = _tidy(style, free_text)
        return Shot(
            style=style_id,
            pose=pose_id,
            expression=expression_id,
            pose_template=position.smiling if face.smiles and position.smiling else position.template,
            prompt=style.filled(_slots(style, position, face, words)),
            negative=f"{self._always}, {style.negative}",
            has_free_text=bool(words),
            size=self._premium_size if premium else style.size,
            plan=style.plan,
            steps=style.steps,
            cfg=style.cfg,
            scheduler=style.scheduler,
            adapter=style.adapter,
            identity_net=style.identity_net.times(face.identity_net),
            stronger_by=style.stronger,
            preview=style.preview,
        )

    def messages(self) -> list[style_pb2.Style]:
        """As ListStyles shows them, in the order of the file."""
        return [
            style_pb2.Style(
                id=style_id,
                title=style.title,
                description=style.description,
                poses=style.poses,
                expressions=style.expressions,
                size=size_message(style.size),
                plan=style.plan,
                takes_free_text=style.takes_free_text,
            )
            for style_id, style in self._styles.items()
        ]


def read_styles(path: Path | None = None) -> Styles:
    """Those shipped, or an operator's own file. StartupError where it cannot be used."""
    return Styles(read_rules(StylesFile, path, "styles.toml"))


def _slots(style: Style, pose: Pose, expression: Expression, words: str) -> dict[str, str]:
    return {
        "framing": pose.framing or style.framing,
        "pose": pose.phrase,
        "expression": expression.phrase,
        "free_text": words,
    }


def _tidy(style: Style, free_text: str) -> str:
    """On one line, without what nobody can see."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in free_text).split())
    if words and not style.takes_free_text:
        raise _invalid("this style takes no words of one's own")
    if len(words) > FREE_TEXT_CHARACTERS:
        raise _invalid(f"at most {FREE_TEXT_CHARACTERS} characters")
    return words


def _invalid(problem: str) -> BadRequest:
    return BadRequest(reasons.REASON_INVALID_FIELD, f"free_text: {problem}", fields={"free_text": problem})


def _one_of(kind: str, name: str, there: Container[str]) -> str:
    if name not in there:
        told = f"there is no such {kind}; ListStyles names those there are"
        raise BadRequest(reasons.REASON_UNKNOWN_NAME, told, fields={kind: told}, field=kind)
    return name
