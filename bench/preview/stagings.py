"""What the gateway's styles ask of the preview engine, read the way the service reads it: through the contract."""

from gateway.styles import read_styles
from services.generator.preview.staging import Staging
from services.generator.staging_options import staging_of


def stagings() -> dict[str, Staging]:
    """By style."""
    styles = read_styles()
    names = [style.id for style in styles.messages()]
    return {name: staging_of(styles.shot(name).options().staging) for name in names}
