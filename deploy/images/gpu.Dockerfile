# Generator and upscaler, and embedder and verifier where they are to have a GPU. CUDA, cuDNN and TensorRT come as
# packages of pip; the driver's own part is put in by NVIDIA's container toolkit. Never built: no GPU was at hand.
# docker build -f deploy/images/gpu.Dockerfile -t likeness/gpu:0.1.0 .
ARG PYTHON=python:3.11.14-slim-bookworm

# hadolint ignore=DL3006
FROM ${PYTHON} AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY protos protos
COPY likeness_wire likeness_wire
COPY likeness_client likeness_client
COPY services services
COPY gateway gateway
COPY deploy/images deploy/images
RUN --mount=type=cache,target=/root/.cache/pip deploy/images/install gpu,tracing /opt/likeness

# hadolint ignore=DL3006
FROM ${PYTHON}
LABEL org.opencontainers.image.title="likeness/gpu" \
      org.opencontainers.image.version="0.1.0"
# Triton compiles a launcher for its kernels when torch.compile is used.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 likeness \
    && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin likeness
COPY --from=build /opt/likeness /opt/likeness
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Where the packages of CUDA have put their libraries, for whoever does not look there by itself (ONNX Runtime).
RUN find /opt/likeness/lib -name '*.so*' \( -path '*/nvidia/*/lib/*' -o -path '*/tensorrt_libs/*' \) -printf '%h\n' \
    | sort -u > /etc/ld.so.conf.d/likeness.conf \
    && ldconfig
ENV PATH=/opt/likeness/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    OMP_WAIT_POLICY=PASSIVE \
    GRPC_VERBOSITY=ERROR \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    TORCHINDUCTOR_CACHE_DIR=/tmp/inductor \
    TRITON_CACHE_DIR=/tmp/triton
WORKDIR /
USER 10001:10001
EXPOSE 7420 7421 7492 7430 7431 7493 7410 7411 7491 7440 7441 7494
ENTRYPOINT ["/opt/likeness/bin/python"]
CMD ["-m", "services.generator"]
