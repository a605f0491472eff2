"""The independent path: diffusers' own SDXL ControlNet pipelines, IP-Adapter loader and attention processors.

Only one thing is ours to do: the stock pipelines feed the text to every ControlNet, InstantID feeds the identity tokens
to IdentityNet.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    ControlNetModel,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    StableDiffusionXLControlNetImg2ImgPipeline,
    StableDiffusionXLControlNetPipeline,
    UniPCMultistepScheduler,
)
from diffusers.models.controlnets.multicontrolnet import MultiControlNetModel
from PIL import Image
from torch import Tensor

from services.generator.tiny import BASE, INSTANTID

SCHEDULERS: dict[str, tuple[type[Any], dict[str, object]]] = {
    "euler": (EulerDiscreteScheduler, {}),
    "dpmpp-2m-karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "dpmpp-2m-sde": (DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}),
    "unipc": (UniPCMultistepScheduler, {}),
    "lcm": (LCMScheduler, {}),
    "ddim": (DDIMScheduler, {}),
}


@dataclass(frozen=True)
class Case:
    """What is asked of the reference. Pictures are PIL; the embedding is (id_dim,) float32."""

    embedding: Tensor
    key_points: Image.Image
    prompt: str | list[str] = "a portrait"
    negative: str | list[str] | None = None
    seeds: tuple[int, ...] = (1,)
    steps: int = 4
    cfg: float = 5.0
    scheduler: str = "euler"
    adapter: float = 0.8
    identitynet: float = 0.8
    window: tuple[float, float] = (0.0, 1.0)
    init: Image.Image | None = None
    denoise: float = 0.6
    controls: tuple[tuple[str, Image.Image, float, tuple[float, float]], ...] = ()
    loras: dict[str, float] = field(default_factory=dict)


class Reference:
    """One base model, loaded once by diffusers."""

    def __init__(self, models: Path, base: str = BASE) -> None:
        self.models = models
        self.identitynet = ControlNetModel.from_pretrained(models / INSTANTID / "ControlNetModel")
        self.pipe = StableDiffusionXLControlNetPipeline.from_pretrained(
            models / base, controlnet=self.identitynet, local_files_only=True, add_watermarker=False
        )
        self.pipe.set_progress_bar_config(disable=True)
        self.pipe.load_ip_adapter(
            str(models / INSTANTID), subfolder="", weight_name="ip-adapter.bin", image_encoder_folder=None
        )
        self.scheduler_config = dict(self.pipe.scheduler.config)
        self.tokens: Tensor | None = None
        plain = self.identitynet.forward
        self.identitynet.forward = lambda *args, **kw: plain(*args, **{**kw, "encoder_hidden_states": self.tokens})

    def latents(self, case: Case) -> Tensor:
        return self.prepared(case, "latent")()

    @torch.no_grad()
    def pictures(self, latents: Tensor) -> Tensor:
        """(n, 3, h, w) in [0, 1], before rounding: what the pipeline does with its last latents."""
        image = self.pipe.vae.decode(latents / self.pipe.vae.config.scaling_factor, return_dict=False)[0]
        shown: Tensor = self.pipe.image_processor.postprocess(image, output_type="pt")
        return shown

    def prepared(self, case: Case, output: str) -> Callable[[], Tensor]:
        """Everything made ready that a caller of the pipeline would keep from call to call."""
        pipe = self._pipeline(case)
        images: list[Any] = [case.key_points, *(control[1] for control in case.controls)]
        scales = [case.identitynet, *(control[2] for control in case.controls)]
        starts = [case.window[0], *(control[3][0] for control in case.controls)]
        ends = [case.window[1], *(control[3][1] for control in case.controls)]
        count = len(case.seeds)
        several = bool(case.controls)
        prompts = case.prompt if isinstance(case.prompt, list) else [case.prompt] * count
        negatives = [case.negative] * count if isinstance(case.negative, str) else case.negative
        spread = images if several else images[0]
        size = {} if case.init is not None else {"width": case.key_points.width, "height": case.key_points.height}

        @torch.no_grad()
        def run() -> Tensor:
            pipe.scheduler = self._scheduler(case)
            pipe.set_ip_adapter_scale(case.adapter)
            made: Tensor = pipe(
                prompt=prompts,
                negative_prompt=negatives,
                num_inference_steps=case.steps,
                guidance_scale=case.cfg,
                generator=[torch.Generator().manual_seed(seed) for seed in case.seeds],
                ip_adapter_image_embeds=[self._embeds(case, count)],
                controlnet_conditioning_scale=scales if several else scales[0],
                control_guidance_start=starts if several else starts[0],
                control_guidance_end=ends if several else ends[0],
                output_type=output,
                **self._images(case, spread),
                **size,
            ).images
            return made

        return run

    def _images(self, case: Case, control: Any) -> dict[str, Any]:
        if case.init is None:
            return {"image": control}
        return {"image": [case.init], "control_image": control, "strength": case.denoise}

    def _embeds(self, case: Case, count: int) -> Tensor:
        """(2n, 1, 1, d) under guidance, zeros first; sets what IdentityNet is going to be told."""
        embedding = case.embedding.reshape(1, 1, 1, -1)
        halves = [torch.zeros_like(embedding), embedding] if case.cfg > 1 else [embedding]
        project = self.pipe.unet.encoder_hid_proj.image_projection_layers[0]
        self.tokens = torch.cat([project(half[:, 0]).repeat(count, 1, 1) for half in halves])
        return torch.cat([half.repeat(count, 1, 1, 1) for half in halves])

    def _pipeline(self, case: Case) -> Any:
        kind = StableDiffusionXLControlNetPipeline if case.init is None else StableDiffusionXLControlNetImg2ImgPipeline
        pipe: Any = kind(
            **{**self.pipe.components, "controlnet": self._controlnets(case), "scheduler": self._scheduler(case)},
            add_watermarker=False,
        )
        pipe.set_progress_bar_config(disable=True)
        pipe.unload_lora_weights()
        for name in case.loras:
            pipe.load_lora_weights(str(self.models / name), adapter_name=name)
        if case.loras:
            pipe.set_adapters(list(case.loras), list(case.loras.values()))
        return pipe

    def _controlnets(self, case: Case) -> ControlNetModel | MultiControlNetModel:
        further = [ControlNetModel.from_pretrained(self.models / control[0]) for control in case.controls]
        return MultiControlNetModel([self.identitynet, *further]) if further else self.identitynet

    def _scheduler(self, case: Case) -> Any:
        kind, settings = SCHEDULERS[case.scheduler]
        return kind.from_config({**self.scheduler_config, **settings})
