"""What a person can do about a photo, in one or two plain sentences. No number that does not help."""

from services.faces.limits import Limit, Verdict
from services.faces.quality import Quality

NO_FACE = (
    "No face was found. Send a photo of one person who faces the camera, upright, with nothing in front of the face, "
    "and with some space around the head."
)
NO_FACE_BLURRED = (
    "No face was found: the whole photo is out of focus, or the camera moved. Tap on the face to focus, hold still, "
    "use more light, and wipe the lens."
)
NO_FACE_DARK = "No face was found: the photo is almost black. Turn towards a window or a lamp and take it again."
NO_FACE_WHITE = (
    "No face was found, and much of the photo is plain white. Step out of the sun or away from the flash, and send a "
    "photo of one person who faces the camera."
)
SEVERAL = (
    "There are {count} faces of similar size, and no telling who is meant. Crop the photo to the person, "
    "or send one where nobody else is close to the camera."
)
DOUBTFUL = (
    "This may not be a face: only one of two detectors sees one. Send a photo where the face is seen from the front, "
    "upright and in full."
)
LITTLE_LEFT = (
    "None of these faults would matter alone; together they leave too little to recognise. Put right the first one, "
    "or send another photo."
)
DIFFERENT_PEOPLE = (
    "These photos do not show one and the same person: look at {which}, counted from 1. Send photos of one person only."
)

_BLACK_OR_WHITE = 0.5


def advice_for(limit: Limit, quality: Quality, verdict: Verdict) -> str:
    """What is wrong, seen from the photographer's side, and what to do."""
    match limit.field:
        case "face_px":
            return _too_small(quality, limit, verdict)
        case "cut_off":
            return "The face runs over the edge of the photo. Keep the whole head inside it, with some space around."
        case "yaw_deg":
            side = "right" if quality.pose.yaw > 0 else "left"
            return f"The head is turned to the {side} of the picture. Look straight into the camera."
        case "pitch_deg" if quality.pose.pitch > 0:
            return "The head is tilted back. Hold the camera at the height of the eyes and look into it."
        case "pitch_deg":
            return "The head is bent down. Hold the camera at the height of the eyes and look into it."
        case "roll_deg":
            return _leaning(quality, verdict)
        case "sharpness":
            return _blurred(verdict)
        case "contrast" if quality.brightness < _BLACK_OR_WHITE:
            return "The face is too dark. Turn towards a window or a lamp and take the photo again."
        case "contrast":
            return "The face is washed out. Clean the lens, avoid haze and light from behind, and take the photo again."
        case _ if quality.brightness < _BLACK_OR_WHITE:
            return "Parts of the face are black: too little light, or a hard shadow. Turn towards a window."
        case _:
            return "Parts of the face are plain white: too much light. Step out of the sun or away from the flash."


def _too_small(quality: Quality, limit: Limit, verdict: Verdict) -> str:
    wanted = f"The face is {int(quality.face_px)} pixels wide; {limit.warn:.0f} or more would do."
    if verdict is Verdict.REFUSE:
        wanted = f"The face is only {int(quality.face_px)} pixels wide; {limit.warn:.0f} or more are needed."
    return f"{wanted} Go closer, and send the photo as the camera stored it, not a preview or a screenshot."


def _leaning(quality: Quality, verdict: Verdict) -> str:
    if verdict is Verdict.REFUSE:
        return "The photo lies on its side or upside down. Turn it so that the face is upright, and send it again."
    side = "right" if quality.pose.roll > 0 else "left"
    return f"The head leans to the {side} of the picture. Hold it upright, or turn the photo."


def _blurred(verdict: Verdict) -> str:
    if verdict is Verdict.REFUSE:
        return (
            "The face is blurred: out of focus, or moved. Tap on the face to focus, hold still, use more light, "
            "and wipe the lens."
        )
    return "The face is a little soft. Tap on it to focus, hold still, and use more light."
