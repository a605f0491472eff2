"""How jobs are worked on."""

from pydantic import Field

from gateway.pipeline.orders import OrderLimits
from gateway.pipeline.seeds import MOST_TRIES
from services.common.settings import Count, ProcessSettings


class PipelineSettings(ProcessSettings):
    """What one job may ask for, and what this process does at once."""

    max_pictures: int = Field(100, ge=1, le=1000, description="Pictures of one job, all orders together.")
    max_tries: int = Field(8, ge=1, le=MOST_TRIES, description="Renders of one picture that a job may ask for.")
    max_long_side: int = Field(3840, ge=256, le=16383, description="The largest result, in pixels.")
    max_candidates: int = Field(64, ge=1, le=256, description="Seeds of one FindSeed.")
    may_keep_everything: bool = Field(False, description="Whether jobs may keep whatever comes out, for trials.")

    pictures_at_once: Count = Field(
        24, description="Pictures of each priority at work here. Each takes about 100 MB at 4K, less otherwise."
    )
    encoders: Count = Field(2, description="Pictures that are marked and encoded at once.")
    looks_every_steps: int = Field(5, ge=0, description="Steps between two looks at a picture in the making. 0: none.")

    def order_limits(self) -> OrderLimits:
        return OrderLimits(self.max_pictures, self.max_tries, self.max_long_side, self.may_keep_everything)
