"""The prompt policy: what has to pass as well as what must not, and that spelling makes no difference."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from likeness.common.v1 import reason_pb2 as reasons
from likeness.gateway.v1.style_pb2 import Style

from gateway.policy import read_policy
from gateway.styles import read_styles
from likeness_wire.errors import BadRequest
from services.common.startup import StartupError

POLICY = read_policy()


def _cases(text: str) -> list[str]:
    return [case.strip() for case in text.split(";")]


PASSES = _cases(
    """
    Essex; Sussex and Middlesex; a therapist; Scunthorpe United scarf; cocktail dress; bass guitar; tall grass;
    assistant to the analyst; classic cashmere; a class act; grapes; rapeseed field; peacock feather;
    titanium glasses; shiitake; documents; constitution hall; Matsushita badge; Arsenal scarf; Mr. Dickens;
    Kidderminster; canteen; thirteen buttons; striped shirt; skyscraper at night; Hancock tower;
    button-down shirt; pistachio blouse; kids' hospital logo on the lapel; children’s hospital; childcare centre;
    baby blue shirt; minor league jacket; nude lipstick; cum laude ribbon; blood orange tie; gunmetal grey suit;
    headshot for a photo shoot; killer smile; dressed to kill; skinny tie; kind eyes; the face of the company;
    look like a lawyer; bare shoulders; in front of a bald eagle mural; in a Windsor chair; black hair tie;
    green eye shadow; brown leather jacket; asian restaurant behind; white shirt, black tie; blue background;
    12 years of experience; 10 year old whisky; in front of a 300 year old oak; I am 45 years old; 50th birthday;
    room 455; 35mm film, f/1.4; 16:9 framing; M.B.A. hoodie; U.S.A. flag; the pen is in my pocket;
    an US flag pin; weißes Hemd, Bücherregal im Hintergrund; chemise blanche, fond gris; de 15 ans d'expérience;
    nudo Windsor; camisa azul, fondo de oficina; camicia bianca e cravatta; camisa branca e gravata;
    белая рубашка, библиотека; голубая рубашка; с опытом 15 лет работы; 白衬衫，蓝色背景; 裸色西装; 白いシャツ、図書館;
    아이보리 재킷
    """
)

REFUSED = {
    "nudity": _cases(
        """
        nude; NUDE!; nüde; completely naked; topless at the beach; sexy; in lingerie; splitternackt; oben ohne;
        toute nue; desnuda; senza vestiti; sem roupa; голая; обнажённая женщина; 裸体; ヌード; 누드
        """
    ),
    "minors": _cases(
        """
        as a child; 12 year old; 12-year-old; twelve years old; 16yo; aged 15; under 18; little girl; teenager;
        １２ years old; ١٢ years old; 12 Jahre alt; 12-jährig; enfant; un niño; bambina; criança; ребёнок; 小孩; 15岁;
        子供; 12歳; 어린이; naked child
        """
    ),
    "violence": _cases(
        """
        bloody face; holding a gun; covered in blood; with an AK-47; nazi uniform; mit Pistole; couvert de sang;
        sangre; sangue; кровь; 血腥; 武器; 銃; being beheaded
        """
    ),
    "features": _cases(
        """
        blue eyes; with blonde hair; lighter skin; make me younger; look 20 years younger; with a beard; as a woman;
        face swap; asian woman; with the face of somebody; blaue Augen; yeux bleus; ojos azules; occhi verdi;
        olhos verdes; голубые глаза; 蓝眼睛; 金髪
        """
    ),
}

EVADED = _cases(
    """
    n u d e; n.u.d.e; n-u-d-e photo; a n u d e photo; n_u_d_e; nu.de; n ude; nud e; *nude*; nuuuude; nu\u200bde;
    n\xadude; nudе; пude; ｎｕｄｅ; ⓝⓤⓓⓔ; 🅝🅤🅓🅔; 🇳🇺🇩🇪; ɴᴜᴅᴇ; n̶u̶d̶e̶; 𝓃𝓊𝒹ℯ; b00bs; boooobs; pu$$y; @ss; p0rn; n!pple;
    5exy; p o r n; e r o t i c a; г о л а я; гoлaя; гол\u200dая; 裸 体; 裸·体
    """
)

# Words of every category, long enough that they are nothing else by chance.
PLAIN = [
    "naked",
    "topless",
    "erotica",
    "toddler",
    "teenager",
    "schoolgirl",
    "swastika",
    "pistol",
    "genocide",
    "deepfake",
]
INVISIBLE = ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\ufe0f"]
LOOKALIKES = {"a": "аɑᴀ", "c": "сϲ", "d": "ԁᴅ", "e": "еєᴇ", "g": "ɡɢ", "i": "іιı", "k": "кᴋ", "l": "ⅼʟ", "o": "оοø"}
LOOKALIKES |= {"p": "рρ", "s": "ѕꜱ", "t": "тτŧ"}
LEET = {"a": "4@", "e": "3€", "i": "1!", "o": "0", "s": "5$", "t": "7"}
SEPARATORS = [" ", ".", "-", "_", "*", " . ", "·", "  ", "\n"]
INNOCENT = re.findall(r"\w+", "white shirt in front of a grey wall silk scarf and warm light office at dusk navy suit")


@pytest.mark.parametrize("text", PASSES)
def test_what_is_harmless_passes(text: str) -> None:
    """A refusal of a harmless wish is a fault like any other."""
    assert POLICY.category_of(text) is None


@pytest.mark.parametrize("style", read_styles().messages(), ids=lambda style: style.id)
def test_our_own_prompts_pass(style: Style) -> None:
    """What we would not let a caller ask for, we do not ask for either."""
    for pose in style.poses:
        assert POLICY.category_of(read_styles().shot(style.id, pose=pose).prompt) is None


def test_a_harmless_phrase_does_not_cover_for_another() -> None:
    """It is read over, and nothing beside it."""
    assert POLICY.category_of("nude lipstick, nude") == "nudity"
    assert POLICY.category_of("kids' hospital logo, with two kids") == "minors"


@pytest.mark.parametrize(
    ("category", "text"), [(category, text) for category, texts in REFUSED.items() for text in texts]
)
def test_what_is_not_made_is_refused_with_its_category(category: str, text: str) -> None:
    """In the languages that people try."""
    expected = "minors" if "child" in text else category

    assert POLICY.category_of(f"in a park, {text}, sharp focus") == expected


@pytest.mark.parametrize("text", EVADED)
def test_spelling_it_otherwise_does_not_help(text: str) -> None:
    """Spaces, marks, digits, accents, look-alikes, and what nobody can see."""
    assert POLICY.category_of(text) == "nudity"


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """A refused word as somebody might hide it: letter by letter, then perhaps spelt out."""
    word = draw(st.sampled_from(PLAIN))
    letters = []
    for letter in word:
        choices = [
            letter,
            letter.upper(),
            *LOOKALIKES.get(letter, ""),
            *LEET.get(letter, ""),
            chr(ord(letter) + 0xFEE0),
        ]
        letters.append(draw(st.sampled_from(choices)) + draw(st.sampled_from(["", "", *INVISIBLE, "\u0301"])))
    separator = draw(st.sampled_from(["", *SEPARATORS]))
    return word, f"portrait, {separator.join(letters)}, outdoors"


@settings(max_examples=300, deadline=None)
@given(disguised())
def test_no_disguise_of_single_letters_helps(case: tuple[str, str]) -> None:
    """Whichever letters are replaced, however they are set apart."""
    word, text = case

    assert POLICY.category_of(text) == POLICY.category_of(word) is not None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(INNOCENT), max_size=25), st.sampled_from([" ", ", ", " - ", "  "]))
def test_harmless_words_stay_harmless_in_any_order(words: list[str], between: str) -> None:
    """Putting words together finds nothing that is not there."""
    assert POLICY.category_of(between.join(words)) is None


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    """Nothing that can be typed is an error of ours."""
    POLICY.category_of(text)


def test_a_refusal_names_the_category_and_never_the_words() -> None:
    """The caller knows what it wrote; logs must not."""
    with pytest.raises(BadRequest) as refused:
        POLICY.check("a secret wish, naked")

    assert refused.value.reason == reasons.REASON_PROMPT_REFUSED
    assert refused.value.metadata == {"category": "nudity"}
    assert "naked" not in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("version = 1", "categories: Field required"),
        ("version = ", "Invalid value"),
        (
            "version = 1\ncategories.x.words = ['<nobody> x']\ngroups = {}\nnumbers = {}\nlookalikes = {}\n"
            "leet = { first = {}, second = {} }",
            "the group 'nobody', which there is not",
        ),
    ],
)
def test_rules_that_cannot_be_used_are_refused_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    """Before anything is served."""
    path = tmp_path / "mine.toml"
    path.write_text(text)

    with pytest.raises(StartupError, match=rf"mine\.toml: .*{re.escape(complaint)}"):
        read_policy(path)
